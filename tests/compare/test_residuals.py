"""Residuals are summed up rightly and shown by a sample that the seed decides."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.compare.residuals import MOST_POINTS, residuals


def test_the_summary() -> None:
    truth = np.array([1.0, 2.0, 3.0, 4.0])
    found = residuals("y", truth, truth + np.array([1, 1, 1, -3]), seed=0)
    assert found is not None
    assert (found.mean, found.largest) == (0.0, 3.0)
    assert found.spread == pytest.approx(np.std([1, 1, 1, -3]))
    assert found.quantiles[2] == 1.0
    assert found.true == (1.0, 2.0, 3.0, 4.0)
    assert found.predicted == (2.0, 3.0, 4.0, 1.0)


def test_weights_count_in_mean_and_spread() -> None:
    found = residuals("y", np.zeros(3), np.array([1.0, 3.0, 100.0]), np.array([1.0, 1.0, 0.0]), seed=0)
    assert found is not None
    assert (found.mean, found.spread) == (pytest.approx(2.0), pytest.approx(1.0))


def test_many_rows_are_shown_by_a_sample() -> None:
    truth = np.arange(3 * MOST_POINTS, dtype=float)
    one, again, other = (residuals("y", truth, truth + 1, seed=seed) for seed in (0, 0, 1))
    assert one == again
    assert one is not None
    assert other is not None
    assert len(one.true) == MOST_POINTS == len(set(one.true))
    assert one.true != other.true
    assert np.array_equal(np.array(one.predicted), np.array(one.true) + 1)


def test_huge_errors_do_not_overflow() -> None:
    found = residuals("y", np.zeros(2), np.array([1e200, -1e200]), seed=0)
    assert found is not None
    assert found.spread == pytest.approx(1e200)


@pytest.mark.parametrize("said", [[np.nan, 1.0], [np.inf, 1.0]])
def test_what_is_not_finite_has_no_residuals(said: list[float]) -> None:
    assert residuals("y", np.zeros(2), np.array(said), seed=0) is None


def test_no_rows_have_no_residuals() -> None:
    assert residuals("y", np.empty(0), np.empty(0), seed=0) is None
