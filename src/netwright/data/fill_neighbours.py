"""Missing numbers filled with the mean of the nearest rows, by matrix products in blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from netwright.randomness import numpy_generator

NEIGHBOURS = 8
MOST_ROWS = 20_000
"""Rows among which neighbours are looked for; they are kept with the model."""

CANDIDATES = 48
"""Nearest rows among which those with a value are taken."""

CELLS_AT_ONCE = 8_000_000
FARTHEST = 1e6


@dataclass(frozen=True)
class NeighbourFill:
    """Rows of the training part in which neighbours are found: this filling keeps training rows.

    Attributes:
        rows: standardised, 0 where missing, float32 (m, d).
        present: 1 where there is a value, float32 (m, d).
        center: mean of each column (d,).
        spread: deviation of each column, never 0 (d,).
    """

    rows: np.ndarray
    present: np.ndarray
    center: np.ndarray
    spread: np.ndarray

    kind = "neighbours"

    @classmethod
    def fit(cls, matrix: np.ndarray, fill: np.ndarray) -> NeighbourFill:
        """Keep the training rows, at most 20,000 of them.

        Args:
            matrix: numbers (n, d), NaN where missing.
            fill: what stands for a column without any value (d,).
        """
        kept = matrix
        if len(matrix) > MOST_ROWS:
            chosen = numpy_generator(0, "neighbours to fill from").choice(
                len(matrix), MOST_ROWS, replace=False
            )
            kept = matrix[np.sort(chosen)]
        known = ~np.isnan(kept)
        counts = np.maximum(known.sum(axis=0), 1)
        center = np.where(known.any(axis=0), np.where(known, kept, 0.0).sum(axis=0) / counts, fill)
        deviation = np.sqrt(np.where(known, (kept - center) ** 2, 0.0).sum(axis=0) / counts)
        spread = np.where(deviation > 0, deviation, 1.0)
        rows = _cut(np.where(known, (kept - center) / spread, 0.0))
        return cls(rows, known.astype(np.float32), center, spread)

    def fill(self, matrix: np.ndarray, filled: np.ndarray) -> np.ndarray:
        """Return the numbers with each gap filled by the nearest rows that have a value there.

            d(x, y)² = mean of (x_j − y_j)² over the columns j that both have

        The eight nearest count in inverse proportion to their squared distance. A gap for which no row is
        near keeps what `filled` says.

        Args:
            matrix: numbers (n, d), NaN where missing.
            filled: the same without gaps (n, d).

        Troyanskaya et al., "Missing value estimation methods for DNA microarrays", 2001.
        """
        missing = np.isnan(matrix)
        asked = np.flatnonzero(missing.any(axis=1))
        result = np.array(filled, dtype=np.float64)
        if not len(asked) or not len(self.rows):
            return result
        known = _Known(self.rows, self.present)
        step = max(1, CELLS_AT_ONCE // len(self.rows))
        for start in range(0, len(asked), step):
            places = asked[start : start + step]
            gaps = missing[places]
            part = _cut(np.where(gaps, 0.0, (matrix[places] - self.center) / self.spread))
            told, found = known.answer(torch.from_numpy(part), torch.from_numpy(~gaps).float())
            values = told.numpy().astype(np.float64) * self.spread + self.center
            result[places] = np.where(gaps & found.numpy(), values, result[places])
        return result

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that was learnt, by name."""
        return {
            "neighbour_rows": self.rows,
            "neighbour_present": self.present,
            "neighbour_center": self.center,
            "neighbour_spread": self.spread,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> NeighbourFill:
        """Return the filling that `arrays` described."""
        return cls(*(arrays[f"neighbour_{name}"] for name in ("rows", "present", "center", "spread")))


def _cut(standardised: np.ndarray) -> np.ndarray:
    """Return numbers in single precision, cut so that no square overflows."""
    return np.asarray(np.clip(standardised, -FARTHEST, FARTHEST), dtype=np.float32)


class _Known:
    """The rows that are known, ready for products."""

    def __init__(self, rows: np.ndarray, present: np.ndarray) -> None:
        self.rows, self.present = torch.from_numpy(rows), torch.from_numpy(present)
        self.sides = torch.cat([-2 * self.rows, self.present, self.rows * self.rows], dim=1).T.contiguous()
        self.count = min(CANDIDATES, len(rows))

    def answer(self, rows: torch.Tensor, present: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what neighbours say of every cell (n, d), and for which cells any of them has a value."""
        # The three products of the squared distance are one: [x, x², 1] · [−2y, 1, y²], each where both are.
        squares = torch.cat([rows, rows * rows, present], dim=1) @ self.sides
        common = present @ self.present.T
        squares = squares.clamp_min_(0).div_(common.clamp_min(1)).masked_fill_(common == 0, torch.inf)
        near = squares.topk(self.count, dim=1, largest=False)
        has = self.present[near.indices] * torch.isfinite(near.values)[:, :, None]
        chosen = has * (has.cumsum(1) <= NEIGHBOURS)
        weight = chosen / (near.values[:, :, None] + 1e-6).nan_to_num(posinf=1e9)
        total = weight.sum(1)
        told = (weight * self.rows[near.indices]).sum(1) / total.clamp_min(1e-30)
        return told, total > 0
