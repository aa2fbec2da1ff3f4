"""The corrected paired test against a simulation and against its formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from netwright.compare.paired import corrected, holm


def test_without_overlap_it_is_the_usual_test() -> None:
    values = np.array([0.3, -0.1, 0.2, 0.4, 0.05])
    found = corrected(values, 0.0)
    expected = stats.ttest_1samp(values, 0)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.interval is not None
    interval = expected.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((interval.low, interval.high))


def test_the_variance_is_that_of_nadeau_and_bengio() -> None:
    values = np.array([0.02, 0.01, 0.03, 0.015])
    found = corrected(values, 0.25)
    error = math.sqrt((1 / 4 + 0.25) * values.var(ddof=1))
    assert found.p == pytest.approx(2 * stats.t.sf(values.mean() / error, 3))


def test_it_does_not_find_differences_where_there_are_none() -> None:
    """Errors of two equally good rules on overlapping folds: the plain test cries wolf, this one does not."""
    generator = np.random.default_rng(0)
    overlap = 0.2  # correlation of the scores of five folds
    plain = mended = 0
    for _ in range(400):
        shared, own = generator.normal(), generator.normal(size=10)
        values = np.sqrt(overlap) * shared + np.sqrt(1 - overlap) * own
        plain += (corrected(values, 0.0).p or 0) < 0.05
        mended += (corrected(values, 0.25).p or 0) < 0.05
    assert plain > 80
    assert mended < 35


def test_one_fold_proves_nothing() -> None:
    found = corrected([0.4], 0.25)
    assert (found.mean, found.interval, found.p) == (0.4, None, None)


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (0.3, 0.0)], ids=["no difference", "always the same"])
def test_differences_that_never_vary(value: float, p: float) -> None:
    assert corrected([value] * 4, 0.25).p == p


def test_holm_grows_and_never_exceeds_one() -> None:
    assert holm([0.5, 0.9, 0.01]) == pytest.approx([1.0, 1.0, 0.03])
    assert holm([]) == []
