"""Whether a row is like those that the network was trained on.

    s(x, c) = (x - μ)ᵀ Σ⁻¹ (x - μ) - 2 Σ_j log f_j(c_j)

with the mean μ and the covariance Σ of the prepared numbers and the frequencies f_j of the categories: how
far out a row lies. What s is large is told by rows that were held out: the share of them with a larger one
is the row's p-value, and a share α of ordinary rows has one below α.

Source: Lee, Lee, Lee, Shin (2018) for the distance; Bates, Candès, Lei, Romano, Sesia (2023), Testing for
outliers with conformal p-values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

RARE = 0.01
"""Rows with a p-value below this are called unlike the training rows."""

MOST_NUMBERS = 512
"""Of wider tables the first columns are looked at, that the covariance fits in memory."""

LEVELS = 501
SHRINKAGE = 0.01
LEAST_ROWS = 50

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Familiarity:
    """What is kept of the training rows to tell whether another is like them: means and frequencies, no row.

    Attributes:
        mean: of the prepared numbers (p,).
        precision: the inverse of their covariance (p, p), shrunk towards its diagonal.
        surprise: -2 log frequency of every code of all category columns, one after another.
        starts: where each category column begins in it (c,).
        levels: quantiles of the held-out rows' scores, ascending.
        rows: how many rows were held out.
    """

    mean: np.ndarray
    precision: np.ndarray
    surprise: np.ndarray
    starts: np.ndarray
    levels: np.ndarray
    rows: int

    @classmethod
    def fit(
        cls, train: tuple[np.ndarray, np.ndarray], held: tuple[np.ndarray, np.ndarray], sizes: tuple[int, ...]
    ) -> Self:
        """Learn from prepared rows.

        Args:
            train: numbers (n, p) and category codes (n, c) of the training rows.
            held: the same of held-out rows.
            sizes: how many codes each category column has.
        """
        numbers = train[0][:, :MOST_NUMBERS].astype(np.float64)
        mean = numbers.mean(axis=0)
        centred = numbers - mean
        covariance = centred.T @ centred / max(1, len(numbers))
        # Columns that are multiples of one another would make the distance infinite.
        spread = np.diag(covariance) + 1e-6
        shrunk = (1 - SHRINKAGE) * covariance + np.diag(SHRINKAGE * spread + 1e-6)
        counts = [np.bincount(train[1][:, column], minlength=size) + 0.5 for column, size in enumerate(sizes)]
        surprise = [-2 * np.log(count / count.sum()) for count in counts]
        found = cls(
            mean.astype(np.float32),
            np.linalg.inv(shrunk).astype(np.float32),
            np.concatenate([np.empty(0), *surprise]).astype(np.float32),
            np.cumsum([0, *sizes])[: len(sizes)].astype(np.int64),
            np.empty(0, dtype=np.float32),
            len(held[0]),
        )
        levels = np.quantile(found.scores(*held), np.linspace(0, 1, LEVELS))
        return cls(**{**found.__dict__, "levels": levels.astype(np.float32)})

    def scores(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return how far out each prepared row lies (n,)."""
        centred = numbers[:, :MOST_NUMBERS] - self.mean
        distance = np.einsum("np,np->n", centred @ self.precision, centred)
        if len(self.starts):
            distance = distance + self.surprise[codes + self.starts].sum(axis=1)
        scores: np.ndarray = distance.astype(np.float32)
        return scores

    def p_values(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return the share of held-out rows that lie as far out as each prepared row (n,), never 0."""
        below = np.searchsorted(self.levels, self.scores(numbers, codes), side="left") / max(
            1, len(self.levels)
        )
        shares: np.ndarray = ((1 - below) * self.rows + 1) / (self.rows + 1)
        return shares

    def to_state(self) -> tuple[dict[str, Any], Arrays]:
        """Return plain data for JSON, and arrays."""
        names = ("mean", "precision", "surprise", "starts", "levels")
        return {"rows": self.rows}, {name: getattr(self, name) for name in names}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Return what `to_state` described."""
        mean, precision, surprise, starts, levels = (
            np.array(arrays[name]) for name in ("mean", "precision", "surprise", "starts", "levels")
        )
        return cls(mean, precision, surprise, starts, levels, int(state["rows"]))
