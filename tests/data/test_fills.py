"""Gaps filled from neighbours and by forests: near the truth, the same after loading, later gaps included."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.impute import KNNImputer

from netwright.data.fill_forest import ForestFill, Trees
from netwright.data.fill_neighbours import NeighbourFill
from netwright.data.missing import Imputer
from netwright.data.preparation import Preparation, PreparationOptions

METHODS = ("neighbours", "forest")


def table(rows: int = 300, share: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers that depend on each other, and the same with gaps."""
    generator = np.random.default_rng(rows)
    hidden = generator.normal(size=(rows, 2))
    truth = np.column_stack(
        [hidden[:, 0], hidden[:, 0] ** 2, hidden.sum(axis=1), hidden[:, 1] * 3 + 5, np.sin(hidden[:, 0])]
    )
    gaps = generator.random(truth.shape) < share
    gaps[:, 4] = False
    return truth, np.where(gaps, np.nan, truth)


@pytest.mark.parametrize("method", METHODS)
def test_gaps_come_nearer_to_the_truth_than_the_mean(method: str) -> None:
    truth, gappy = table()
    gaps = np.isnan(gappy)
    errors = {}
    for one in ("mean", method):
        filled, _ = Imputer.fit(gappy, one).transform(gappy)  # type: ignore[arg-type]
        assert np.array_equal(filled[~gaps], truth[~gaps])
        errors[one] = np.sqrt(np.mean(((filled - truth) / truth.std(axis=0))[gaps] ** 2))
    assert errors[method] < {"neighbours": 0.75, "forest": 0.6}[method] * errors["mean"]


def test_neighbours_are_those_of_scikit_learn() -> None:
    """With the same weights the answers are KNNImputer's: the same rows are chosen."""
    _, gappy = table(80, 0.2)
    center, spread = np.nanmean(gappy, axis=0), np.nanstd(gappy, axis=0)
    scaled = (gappy - center) / spread
    expected = KNNImputer(n_neighbors=8, weights=lambda d: 1 / (np.asarray(d) ** 2 / 5 + 1e-6)).fit_transform(
        scaled
    )
    filled, _ = Imputer.fit(gappy, "neighbours").transform(gappy)
    assert np.allclose((filled - center) / spread, expected, atol=1e-3)


def test_trees_as_arrays_answer_like_scikit_learn() -> None:
    from sklearn.ensemble import ExtraTreesRegressor

    truth, _ = table()
    rows = truth.astype(np.float32)
    forest = ExtraTreesRegressor(5, random_state=0).fit(rows[:, :4], rows[:, 4])
    assert np.allclose(Trees.of(forest).predict(rows[:, :4]), forest.predict(rows[:, :4]), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_prepared_rows_are_the_same_after_loading(method: str) -> None:
    truth, gappy = table(120)
    options = PreparationOptions(imputation=method)  # type: ignore[arg-type]
    preparation = Preparation.fit_matrix(gappy, options)
    later = truth[:20].copy()
    later[:, 4] = np.nan  # no gap in training
    later[3] = np.nan
    state, arrays = preparation.to_state()
    again = Preparation.from_state(state, arrays)
    for rows in (gappy, later):
        prepared = preparation.transform_matrix(rows).numbers
        assert bool(prepared.isfinite().all())
        assert bool((prepared == again.transform_matrix(rows).numbers).all())


@pytest.mark.parametrize("method", METHODS)
def test_huge_numbers_and_empty_columns_do_no_harm(method: str) -> None:
    _, gappy = table(60)
    gappy[0, 0], gappy[1, 1] = 1e90, -1e90
    gappy[:, 3] = np.nan
    filled, _ = Imputer.fit(gappy, method).transform(gappy)  # type: ignore[arg-type]
    assert np.isfinite(filled).all()


def test_what_is_kept_is_plain_arrays() -> None:
    _, gappy = table(60)
    fill = np.zeros(5)
    for model in (NeighbourFill.fit(gappy, fill), ForestFill.fit(gappy, fill)):
        assert all(array.dtype.kind in "fiu" for array in model.arrays().values())
