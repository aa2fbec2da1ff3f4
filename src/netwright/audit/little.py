"""Little's test: whether gaps in numbers lie completely at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netwright.randomness import numpy_generator

MOST_ROWS, MOST_COLUMNS = 2_000, 20
"""Rows drawn, and columns with the most gaps, that are looked at: each pattern is a matrix to solve."""

ROUNDS, SETTLED = 200, 1e-6
RIDGE = 1e-9
"""Beside variances of 1: columns that are sums of others can then be told apart by a hair."""


@dataclass(frozen=True)
class LittleTest:
    """What came of the test.

    Attributes:
        statistic: d², large where means differ between patterns of gaps.
        degrees: of freedom.
        p: the chance of a statistic as large where gaps lie completely at random.
        patterns: how many different patterns of gaps there are.
        rows: that were looked at.
        columns: that were looked at.
    """

    statistic: float
    degrees: int
    p: float
    patterns: int
    rows: int
    columns: int


def little_test(matrix: np.ndarray, seed: int = 0) -> LittleTest | None:
    """Return Little's test of gaps that lie completely at random; None where it says nothing.

        d² = Σ_j n_j (ȳ_j - μ_j)ᵀ Σ_j⁻¹ (ȳ_j - μ_j)  ~  χ² with Σ_j p_j - p degrees of freedom

    over the patterns j of gaps: n_j rows, the mean ȳ_j of the p_j columns that they have, and mean and
    covariance of these by maximum likelihood of one normal distribution (expectation and maximisation).
    A small p says that rows with gaps differ from others in what they have. Made for numbers that are about
    normal; heavy tails make p too small.

    Args:
        matrix: numbers (n, d), NaN where missing.
        seed: of the rows that are drawn of a long table.

    Source: Little (1988), A test of missing completely at random for multivariate data with missing values.

    >>> rows = np.random.default_rng(0).normal(size=(400, 2))
    >>> hidden = np.where(rows[:, :1] > 0.5, np.nan, rows[:, 1:])
    >>> bool(little_test(np.hstack([rows[:, :1], hidden])).p < 1e-6)
    True
    """
    rows = _usable(matrix, seed)
    if rows is None:
        return None
    groups = [group for group in _patterns(rows) if group.here.any()]
    if len(groups) < 2:
        return None
    mean, covariance = _normal(rows.shape[1], groups)
    statistic, seen = 0.0, 0
    for group in groups:
        here = group.here
        away = group.values.mean(axis=0) - mean[here]
        statistic += len(group.values) * float(away @ np.linalg.solve(covariance[np.ix_(here, here)], away))
        seen += int(here.sum())
    from scipy.stats import chi2

    degrees = seen - rows.shape[1]
    if degrees < 1:
        return None
    counted = sum(len(group.values) for group in groups)
    p = float(chi2.sf(statistic, degrees))
    return LittleTest(statistic, degrees, p, len(groups), counted, rows.shape[1])


@dataclass(frozen=True)
class _Pattern:
    """Rows with the same gaps: which columns they have (d,), and their values there (rows, columns)."""

    here: np.ndarray
    values: np.ndarray


def _usable(matrix: np.ndarray, seed: int) -> np.ndarray | None:
    """Return standardised rows of columns that vary, with gaps in some; None where there are none."""
    if len(matrix) > MOST_ROWS:
        chosen = numpy_generator(seed, "Little's test").choice(len(matrix), MOST_ROWS, replace=False)
        matrix = matrix[np.sort(chosen)]
    known = ~np.isnan(matrix)
    enough = known.sum(axis=0) >= 3
    matrix, known = matrix[:, enough], known[:, enough]
    counts = known.sum(axis=0)
    mean = np.where(known, matrix, 0).sum(axis=0) / np.maximum(counts, 1)
    deviation = np.sqrt(np.where(known, (matrix - mean) ** 2, 0).sum(axis=0) / np.maximum(counts, 1))
    varied = deviation > 1e-9 * np.maximum(1, np.abs(mean))
    order = np.flatnonzero(varied)[np.argsort(counts[varied], kind="stable")][:MOST_COLUMNS]
    if len(order) < 2 or known[:, order].all():
        return None
    return np.asarray(((matrix - mean) / np.where(varied, deviation, 1))[:, np.sort(order)])


def _patterns(rows: np.ndarray) -> Iterator[_Pattern]:
    known = ~np.isnan(rows)
    kinds, which = np.unique(known, axis=0, return_inverse=True)
    which = which.reshape(-1)
    for number, here in enumerate(kinds):
        yield _Pattern(here, rows[which == number][:, here])


def _normal(columns: int, groups: list[_Pattern]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (d,) and covariance (d, d) of the normal distribution that explains the rows best."""
    mean, covariance = np.zeros(columns), np.eye(columns)
    total = sum(len(group.values) for group in groups)
    for _ in range(ROUNDS):
        sums, squares = np.zeros(columns), np.zeros((columns, columns))
        for group in groups:
            here, gone = group.here, ~group.here
            filled = np.empty((len(group.values), columns))
            filled[:, here] = group.values
            if gone.any():
                slopes = np.linalg.solve(covariance[np.ix_(here, here)], covariance[np.ix_(here, gone)])
                filled[:, gone] = mean[gone] + (group.values - mean[here]) @ slopes
                rest = covariance[np.ix_(gone, gone)] - covariance[np.ix_(gone, here)] @ slopes
                squares[np.ix_(gone, gone)] += len(group.values) * rest
            sums += filled.sum(axis=0)
            squares += filled.T @ filled
        before, mean = mean, sums / total
        spread = squares / total - np.outer(mean, mean) + RIDGE * np.eye(columns)
        change = max(np.abs(mean - before).max(), np.abs(spread - covariance).max())
        covariance = spread
        if change < SETTLED:
            break
    return mean, covariance
