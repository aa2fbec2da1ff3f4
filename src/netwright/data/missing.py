"""Missing numbers: filled with what is typical or told from the row's other numbers, and flagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netwright.data.fill_forest import ForestFill
from netwright.data.fill_neighbours import NeighbourFill

Imputation = Literal["mean", "median", "zero", "neighbours", "forest", "drop"]
"""How gaps are filled; "drop" leaves rows with gaps out of training and takes the median later."""

Fill = NeighbourFill | ForestFill

_FILLS: dict[str, type[NeighbourFill] | type[ForestFill]] = {
    "neighbours": NeighbourFill,
    "forest": ForestFill,
}


@dataclass(frozen=True)
class Imputer:
    """What to put in the place of missing numbers.

    Attributes:
        fill: the value for each column (d,).
        flagged: positions of the columns that get an indicator, 1 where the value was missing (k,).
        model: what tells a missing number from the others of its row, or None.
    """

    fill: np.ndarray
    flagged: np.ndarray
    model: Fill | None = None

    @classmethod
    def fit(cls, matrix: np.ndarray, strategy: Imputation = "median", *, indicators: bool = True) -> Imputer:
        """Learn the fill values, and which columns had missing values: only these get an indicator.

        Args:
            matrix: numbers (n, d), NaN where missing.
            strategy: see `Imputation`; a column without any value is filled with 0.
            indicators: whether to flag missing values.

        >>> imputer = Imputer.fit(np.array([[1.0, 5.0], [np.nan, 6.0], [2.0, 7.0]]), "mean")
        >>> imputer.fill.tolist(), imputer.flagged.tolist()
        ([1.5, 6.0], [0])
        """
        fill = np.array([_typical(column[~np.isnan(column)], strategy) for column in matrix.T], dtype=float)
        had_missing = np.array([np.isnan(column).any() for column in matrix.T], dtype=bool)
        model = _FILLS[strategy].fit(matrix, fill) if strategy in _FILLS else None
        return cls(fill, np.flatnonzero(had_missing & indicators).astype(np.int64), model)

    def transform(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers without gaps (n, d), and the indicators (n, k), 0.0 or 1.0."""
        missing = np.isnan(matrix)
        indicators = missing[:, self.flagged].astype(np.float64)
        if not missing.any():
            return matrix, indicators
        filled = np.where(missing, self.fill, matrix)
        return (filled if self.model is None else self.model.fill(matrix, filled)), indicators

    def to_state(self) -> tuple[str, dict[str, np.ndarray]]:
        """Return the kind of model, "" for none, and everything that was learnt."""
        arrays = {"fill": self.fill, "flagged": self.flagged}
        return ("", arrays) if self.model is None else (self.model.kind, arrays | self.model.arrays())

    @classmethod
    def from_state(cls, kind: str, arrays: Mapping[str, np.ndarray]) -> Imputer:
        """Return the imputer that `to_state` described."""
        model = _FILLS[kind].from_arrays(arrays) if kind else None
        return cls(arrays["fill"], arrays["flagged"], model)


def _typical(values: np.ndarray, strategy: Imputation) -> float:
    if len(values) == 0 or strategy == "zero":
        return 0.0
    return float(np.mean(values) if strategy == "mean" else np.median(values))
