"""Rows far from all others."""

from __future__ import annotations

import numpy as np

from netwright.audit.outliers import find_outliers

ROWS = np.random.default_rng(0).normal(size=(300, 3))


def test_planted_rows_are_found_with_the_column_that_says_why() -> None:
    rows = ROWS.copy()
    rows[5, 1], rows[77, 2] = 80, -50
    found = find_outliers(rows, seed=0)
    assert {(one.row, one.column) for one in found} >= {(5, 1), (77, 2)}
    assert len(found) <= 4
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_ordinary_rows_are_left_alone() -> None:
    assert len(find_outliers(ROWS, seed=0)) <= 2


def test_gaps_are_never_the_reason() -> None:
    rows = ROWS.copy()
    rows[::3, 0] = np.nan
    rows[9, 2] = 90
    found = find_outliers(rows, seed=0)
    assert found[0].row == 9
    assert found[0].column == 2


def test_a_column_of_mostly_one_value_makes_nothing_an_outlier() -> None:
    rows = np.column_stack([ROWS, np.where(np.arange(300) % 20 == 0, 5.0, 0.0)])
    assert all(one.column != 3 for one in find_outliers(rows, seed=0))


def test_heavy_tails_are_usual_in_their_table() -> None:
    heavy = np.random.default_rng(1).standard_cauchy(size=(400, 2))
    assert len(find_outliers(heavy, seed=0)) < 40


def test_few_rows_and_no_columns_have_none() -> None:
    assert find_outliers(ROWS[:20], seed=0) == []
    assert find_outliers(np.empty((300, 0)), seed=0) == []
