"""Missing numbers: filled with what is typical in training, and flagged where they were missing there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Imputation = Literal["mean", "median", "zero"]


@dataclass(frozen=True)
class Imputer:
    """What to put in the place of missing numbers.

    Attributes:
        fill: the value for each column (d,).
        flagged: positions of the columns that get an indicator, 1 where the value was missing (k,).
    """

    fill: np.ndarray
    flagged: np.ndarray

    @classmethod
    def fit(cls, matrix: np.ndarray, strategy: Imputation = "median", *, indicators: bool = True) -> Imputer:
        """Learn the fill values, and which columns had missing values: only these get an indicator.

        Args:
            matrix: numbers (n, d), NaN where missing.
            strategy: "mean", "median" or "zero"; a column without any value is filled with 0.
            indicators: whether to flag missing values.

        >>> imputer = Imputer.fit(np.array([[1.0, 5.0], [np.nan, 6.0], [2.0, 7.0]]), "mean")
        >>> imputer.fill.tolist(), imputer.flagged.tolist()
        ([1.5, 6.0], [0])
        """
        fill = np.array([_typical(column[~np.isnan(column)], strategy) for column in matrix.T], dtype=float)
        had_missing = np.array([np.isnan(column).any() for column in matrix.T], dtype=bool)
        return cls(fill=fill, flagged=np.flatnonzero(had_missing & indicators).astype(np.int64))

    def transform(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers without gaps (n, d), and the indicators (n, k), 0.0 or 1.0."""
        missing = np.isnan(matrix)
        indicators = missing[:, self.flagged].astype(np.float64)
        return (np.where(missing, self.fill, matrix) if missing.any() else matrix), indicators


def _typical(values: np.ndarray, strategy: Imputation) -> float:
    if len(values) == 0 or strategy == "zero":
        return 0.0
    return float(np.mean(values) if strategy == "mean" else np.median(values))
