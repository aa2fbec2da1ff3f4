"""Gaps are filled with what is typical in training, and flagged where training had gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.impute import SimpleImputer

from netwright.data.missing import Imputation, Imputer


def with_gaps(rows: int, columns: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    matrix = generator.gamma(2.0, size=(rows, columns))
    matrix[generator.random((rows, columns)) < 0.2] = np.nan
    matrix[:, 0] = generator.normal(size=rows)
    return matrix


@pytest.mark.parametrize("strategy", ["mean", "median"])
def test_equals_scikit_learn(strategy: Imputation) -> None:
    train, test = with_gaps(200, 5), with_gaps(50, 5)
    reference = SimpleImputer(strategy=strategy, add_indicator=True).fit(train)
    filled, indicators = Imputer.fit(train, strategy).transform(test)
    assert np.allclose(np.hstack([filled, indicators]), reference.transform(test))


def test_zero_and_a_column_without_values_are_filled_with_zero() -> None:
    matrix = np.array([[np.nan, 4.0], [np.nan, np.nan]])
    assert Imputer.fit(matrix, "zero").fill.tolist() == [0, 0]
    assert Imputer.fit(matrix, "mean").fill.tolist() == [0, 4]
    assert Imputer.fit(matrix, "median").flagged.tolist() == [0, 1]


def test_no_indicators_when_not_asked_for() -> None:
    imputer = Imputer.fit(np.array([[np.nan], [1.0]]), indicators=False)
    filled, indicators = imputer.transform(np.array([[np.nan]]))
    assert filled.tolist() == [[1.0]]
    assert indicators.shape == (1, 0)


def test_columns_that_are_missing_only_later_are_filled_too() -> None:
    imputer = Imputer.fit(np.array([[1.0, 10.0], [3.0, 20.0]]), "mean")
    filled, indicators = imputer.transform(np.array([[np.nan, np.nan]]))
    assert filled.tolist() == [[2.0, 15.0]]
    assert indicators.shape == (1, 0)


@given(arrays(np.float64, (7, 3), elements=st.floats(allow_infinity=False)))
def test_nothing_is_missing_afterwards_and_nothing_else_changes(matrix: np.ndarray) -> None:
    before = matrix.copy()
    with np.errstate(over="ignore"):
        filled, _ = Imputer.fit(matrix, "median").transform(matrix)
    assert not np.isnan(filled).any()
    present = ~np.isnan(matrix)
    assert np.array_equal(filled[present], matrix[present])
    assert np.array_equal(matrix, before, equal_nan=True)
