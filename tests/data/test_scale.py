"""Scalings equal scikit-learn's, and stay finite whatever comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from netwright.data.scale import Scaling, fit_scaler

METHODS: list[Scaling] = ["standard", "robust", "quantile", "minmax", "none"]


def skewed(rows: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.column_stack(
        [
            generator.normal(1e6, 3.0, rows),
            generator.lognormal(0, 2, rows),
            generator.uniform(-1e-2, 1e-2, rows),
            generator.integers(0, 9, rows) + generator.normal(0, 1e-3, rows),
        ]
    )


def test_standard_equals_scikit_learn() -> None:
    train, test = skewed(500), skewed(100, seed=1)
    assert np.allclose(
        fit_scaler(train, "standard").transform(test), StandardScaler().fit(train).transform(test)
    )


def test_minmax_equals_scikit_learn() -> None:
    train, test = skewed(500), skewed(100, seed=1)
    assert np.allclose(fit_scaler(train, "minmax").transform(test), MinMaxScaler().fit(train).transform(test))


def test_robust_is_scikit_learns_under_the_smooth_limit() -> None:
    train, test = skewed(500), skewed(100, seed=1)
    plain = RobustScaler().fit(train).transform(test)
    assert np.allclose(fit_scaler(train, "robust").transform(test), plain / np.sqrt(1 + (plain / 3) ** 2))


@pytest.mark.parametrize("rows", [30, 999, 1000, 5000])
def test_quantile_equals_scikit_learn(rows: int) -> None:
    train, test = skewed(rows), skewed(400, seed=1)
    reference = QuantileTransformer(
        output_distribution="normal", n_quantiles=min(rows, 1000), subsample=None
    ).fit(train)
    ours = fit_scaler(train, "quantile")
    assert np.allclose(ours.transform(test), reference.transform(test), atol=1e-6)
    assert np.allclose(ours.transform(train), reference.transform(train), atol=1e-6)


def test_quantile_equals_scikit_learn_on_ties_inside_the_range() -> None:
    values = np.concatenate([[-5.0], np.repeat([0.0, 1.0, 2.0], 40), [9.0]])[:, None]
    reference = QuantileTransformer(output_distribution="normal", n_quantiles=len(values)).fit(values)
    assert np.allclose(fit_scaler(values, "quantile").transform(values), reference.transform(values))


@given(arrays(np.float64, 30, elements=st.sampled_from([-2.0, 0.0, 0.5, 1.0, 3.0]) | st.floats(-9, 9)))
def test_many_rows_at_once_are_scaled_as_one_by_one(column: np.ndarray) -> None:
    scaler = fit_scaler(column[:10, None], "quantile")
    together = scaler.transform(column[:, None])
    assert np.array_equal(together, np.vstack([scaler.transform(value[None, None]) for value in column]))


def test_a_tie_at_the_edge_gets_the_middle_of_its_step() -> None:
    values = np.concatenate([np.zeros(91), np.arange(1, 11)])[:, None]
    scaled = fit_scaler(values, "quantile").transform(np.array([[0.0], [-3.0], [0.5]]))
    assert scaled[0] == pytest.approx(norm.ppf(0.45))
    assert scaled[1] == scaled[0]
    assert scaled[2] > norm.ppf(0.9)


@given(arrays(np.float64, 40, elements=st.floats(-1e6, 1e6)), st.sampled_from(METHODS))
def test_order_is_kept(column: np.ndarray, method: Scaling) -> None:
    scaled = fit_scaler(column[:20, None], method).transform(np.sort(column)[:, None])[:, 0]
    assert (np.diff(scaled) >= -1e-9).all()


@pytest.mark.parametrize("method", METHODS)
def test_missing_values_do_not_count(method: Scaling) -> None:
    complete = skewed(100)
    gaps = np.vstack([complete, np.full((20, 4), np.nan)])
    probe = skewed(10, seed=1)
    expected = fit_scaler(complete, method).transform(probe)
    assert np.array_equal(fit_scaler(gaps, method).transform(probe), expected)


@pytest.mark.parametrize("method", ["standard", "robust", "quantile", "minmax"])
@pytest.mark.parametrize("value", [0.1, 0.0, np.nan, -1e100])
def test_constant_columns_become_zero(method: Scaling, value: float) -> None:
    scaler = fit_scaler(np.full((50, 1), value), method)
    assert scaler.transform(np.array([[0.1], [7.0], [-1e100]])).tolist() == [[0.0]] * 3


def test_robust_uses_the_range_where_half_of_the_values_are_equal() -> None:
    column = np.array([0.0] * 8 + [4.0])[:, None]
    scaled = fit_scaler(column, "robust").transform(np.array([[2.0]]))
    assert scaled.item() == pytest.approx(1 / np.sqrt(1 + 1 / 9))


@given(
    arrays(np.float64, (12, 2), elements=st.floats(-1e100, 1e100)),
    arrays(np.float64, (5, 2), elements=st.floats(-1e100, 1e100)),
    st.sampled_from(METHODS),
)
def test_always_finite_as_float32(train: np.ndarray, probe: np.ndarray, method: Scaling) -> None:
    scaled = fit_scaler(train, method).transform(probe)
    assert np.isfinite(scaled.astype(np.float32)).all()
    if method in ("robust", "quantile"):
        assert np.abs(scaled).max() < 5.3


def test_no_more_than_a_thousand_quantiles_are_stored() -> None:
    scaler = fit_scaler(skewed(20_000), "quantile")
    assert scaler.knots.shape == (4, 1000)


def test_none_changes_nothing() -> None:
    assert np.array_equal(fit_scaler(skewed(10), "none").transform(skewed(5)), skewed(5))


def test_no_columns_at_all() -> None:
    for method in METHODS:
        assert fit_scaler(np.empty((5, 0)), method).transform(np.empty((3, 0))).shape == (3, 0)
