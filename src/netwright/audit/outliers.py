"""Rows that lie far from all others, and the column that says most about why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import IsolationForest

FENCE = 3.0
"""Rows are outliers when their score lies this many quartile ranges above the upper quartile."""

EXTREME = 12.0
"""So are rows with one number this many times the usual spread away from the middle."""

TREES = 200
FEWEST_ROWS = 50


@dataclass(frozen=True)
class Outlier:
    """One row that lies far from all others.

    Attributes:
        row: its number.
        score: how easily it is told from the others, from 0 to 1.
        column: position of the column in which it is farthest.
        distance: there, in units of the usual spread.
    """

    row: int
    score: float
    column: int
    distance: float


def find_outliers(matrix: np.ndarray, seed: int) -> list[Outlier]:
    """Return outliers, the farthest first.

    Args:
        matrix: numbers, NaN where missing (n, d).
        seed: of the trees.

    Liu, Ting and Zhou, "Isolation forest", 2008.

    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> rows[7] = [60, -40]
    >>> find_outliers(rows, seed=0)[0].row
    7
    """
    if len(matrix) < FEWEST_ROWS or not matrix.shape[1]:
        return []
    low, middle, high = np.nanpercentile(matrix, [25, 50, 75], axis=0)
    # Where the quartiles agree, most rows have one value, and others are no farther for being rare.
    spread = np.where(high > low, (high - low) / 1.349, np.inf)
    distance = np.nan_to_num(np.abs(matrix - middle) / spread)
    filled = np.where(np.isnan(matrix), middle, matrix)
    score = -IsolationForest(n_estimators=TREES, random_state=seed % 2**32).fit(filled).score_samples(filled)
    lower, upper = np.percentile(score, [25, 75])
    farthest = distance.max(axis=1)
    odd = (score > upper + FENCE * (upper - lower)) | (farthest > EXTREME * max(1.0, _heavy(distance)))
    order = np.argsort(-score, kind="stable")
    return [
        Outlier(int(row), float(score[row]), int(distance[row].argmax()), float(farthest[row]))
        for row in order
        if odd[row]
    ]


def _heavy(distance: np.ndarray) -> float:
    """Return how heavy tails are in this table: in one where a hundredth lies far out, far is not odd."""
    return float(np.percentile(distance.max(axis=1), 99)) / 4.0
