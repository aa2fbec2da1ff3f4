"""Fewer rows keep every class, and the constant answer is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.compare.design import Design
from netwright.compare.problem import Problem, all_classes, constant, fewer_rows, untrained


def problem(truth: np.ndarray, classes: int, weights: np.ndarray | None = None) -> Problem:
    matrix = np.arange(len(truth), dtype=float)[:, None]
    return Problem(Design(matrix, matrix[:2], np.array([False])), truth, weights, classes, seed=0)


def test_fewer_rows_hold_every_class_and_stay_together() -> None:
    truth = np.array([0] * 500 + [1, 2])
    whole = problem(truth, 3, weights=np.arange(502.0))
    few = whole.first(10)
    assert few.rows == 10
    assert set(few.truth) == {0, 1, 2}
    rows = few.design.train[:, 0].astype(int)
    assert np.array_equal(few.truth, truth[rows])
    assert few.weights is not None
    assert np.array_equal(few.weights, rows)
    assert whole.first(502) is whole
    assert np.array_equal(whole.first(10).truth, few.truth)


def test_more_classes_than_rows_wished_are_kept_all() -> None:
    assert problem(np.arange(30), 30).first(5).rows == 30


def test_one_class_against_the_rest() -> None:
    single = problem(np.array([0, 1, 2, 0]), 3).single()
    assert (single.classes, single.truth.tolist()) == (2, [0, 1, 1, 0])
    two = problem(np.array([0, 1]), 2)
    assert two.single() is two
    assert (two.trees, problem(np.array([0, 1, 2]), 3).trees, problem(np.ones(2), 0).trees) == (1, 3, 1)


def test_the_constant_is_the_weighted_share_or_mean() -> None:
    shares = constant(problem(np.array([0, 1, 1, 1]), 3, np.array([3.0, 1.0, 1.0, 1.0]))).outputs
    assert shares.tolist() == [[0.5, 0.5, 0.0]] * 2
    mean = constant(problem(np.array([1.0, 4.0]), 0, np.array([1.0, 2.0]))).outputs
    assert mean == pytest.approx([3.0, 3.0])


def test_absent_classes_get_no_probability() -> None:
    assert all_classes(np.array([[0.4, 0.6]]), np.array([0, 2]), 4).tolist() == [[0.4, 0, 0.6, 0]]


def test_what_was_cut_is_said() -> None:
    whole = problem(np.zeros(1500), 0)
    assert fewer_rows(whole, whole) == ()
    assert fewer_rows(whole.first(1000), whole) == (
        "Trained on 1,000 of 1,500 rows to keep within the time.",
    )
    assert "Not trained" in untrained(whole).cuts[0]
