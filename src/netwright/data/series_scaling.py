"""Every series in its own unit: its mean is 0 and its deviation 1, of the logarithm where it grows by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

GROWS_WITH_LEVEL = 0.6
"""Correlation of level and spread from which on a series is taken by its logarithm."""

CLEARLY_MORE = 2.0
"""The highest level over the lowest, below which a logarithm would change little."""

FEWEST_BLOCKS = 4


@dataclass(frozen=True)
class SeriesScaling:
    """How one series is brought to its own unit, and back.

        z = (f(y) - mean) / spread,    f the logarithm or nothing

    Attributes:
        mean: of the training values.
        spread: their standard deviation.
        logarithm: whether it is taken first.
    """

    mean: float
    spread: float
    logarithm: bool = False

    @staticmethod
    def fit(values: np.ndarray, logarithm: bool) -> SeriesScaling:
        """Learn the unit of training values (length,), NaN where missing.

        >>> SeriesScaling.fit(np.array([1.0, 3.0]), logarithm=False)
        SeriesScaling(mean=2.0, spread=1.0, logarithm=False)
        """
        known = values[~np.isnan(values)]
        known = np.log(known) if logarithm else known
        mean, spread = float(known.mean()), float(known.std())
        return SeriesScaling(mean, spread if spread > 1e-12 * max(1.0, abs(mean)) else 1.0, logarithm)

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Return values in the unit of the series; what has no logarithm counts as the smallest number."""
        if self.logarithm:
            values = np.log(np.maximum(values, np.finfo(np.float32).tiny))
        return np.asarray((values - self.mean) / self.spread)

    def restore(self, scaled: np.ndarray) -> np.ndarray:
        """Return values of the series as they were."""
        values = scaled * self.spread + self.mean
        return np.asarray(np.exp(values) if self.logarithm else values)

    def to_json(self) -> list[Any]:
        """Return plain data for JSON."""
        return [self.mean, self.spread, self.logarithm]


def wants_logarithm(values: np.ndarray, season: int) -> bool:
    """Return whether a series swings more where it stands higher, and is never 0 or below.

    Args:
        values: of the training part (length,), NaN where missing.
        season: steps of a season; level and spread are compared from season to season.

    >>> growing = np.exp(np.arange(96) / 24) * (2 + np.sin(np.arange(96) * np.pi / 6))
    >>> wants_logarithm(growing, 12), wants_logarithm(10 + np.sin(np.arange(96.0)), 12)
    (True, False)
    """
    known = values[~np.isnan(values)]
    if len(known) == 0 or known.min() <= 0:
        return False
    size = max(season, 6)
    blocks = [known[start : start + size] for start in range(0, len(known) - size + 1, size)]
    if len(blocks) < FEWEST_BLOCKS:
        return False
    levels, spreads = (
        np.array([block.mean() for block in blocks]),
        np.array([block.std() for block in blocks]),
    )
    if levels.max() < CLEARLY_MORE * levels.min() or spreads.std() == 0:
        return False
    return bool(np.corrcoef(levels, spreads)[0, 1] > GROWS_WITH_LEVEL)
