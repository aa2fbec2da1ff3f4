"""How errors fall with more rows: a power law fitted to what was measured, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from netwright.compare.intervals import Interval
from netwright.randomness import numpy_generator

RESAMPLES = 200
FEWEST_SIZES = 3


@dataclass(frozen=True)
class PowerLaw:
    """An error that falls with size.

        e(n) = floor + scale · n^(−rate)

    Attributes:
        floor: the error that is left however many rows there are.
        scale: how much of it size takes away.
        rate: how fast.
        resampled: the three of each resample (resamples, 3).
    """

    floor: float
    scale: float
    rate: float
    resampled: np.ndarray

    def at(self, size: float) -> float:
        """Return the expected error at a size."""
        return float(self.floor + self.scale * size**-self.rate)

    def interval(self, size: float) -> Interval:
        """Return the 95 % interval of the expected error at a size."""
        floor, scale, rate = self.resampled.T
        low, high = np.percentile(floor + scale * float(size) ** -rate, [2.5, 97.5])
        return Interval(float(low), float(high))

    def gain(self, size: float, larger: float) -> Interval:
        """Return the 95 % interval of by how much the error falls from one size to another."""
        _, scale, rate = self.resampled.T
        low, high = np.percentile(scale * (float(size) ** -rate - float(larger) ** -rate), [2.5, 97.5])
        return Interval(float(low), float(high))


def fit_power_law(sizes: np.ndarray, errors: np.ndarray, seed: int) -> PowerLaw | None:
    """Fit a power law to errors at several sizes; None with fewer than three sizes.

    Intervals come from resampling the repetitions at each size.

    Args:
        sizes: rows (k,).
        errors: of each repetition (k, repeats), NaN where there is none.
        seed: of the resamples.

    Hestness et al., "Deep learning scaling is predictable, empirically", 2017.

    >>> sizes = np.array([100, 200, 400, 800])
    >>> law = fit_power_law(sizes, (0.1 + 2 * sizes**-0.5)[:, None].repeat(3, axis=1), seed=0)
    >>> round(law.floor, 2), round(law.rate, 2)
    (0.1, 0.5)
    """
    if len(sizes) < FEWEST_SIZES:
        return None
    means = np.nanmean(errors, axis=1)
    best = _fit(sizes, means)
    generator = numpy_generator(seed, "power law")
    repeats = errors.shape[1]
    drawn = []
    for _ in range(RESAMPLES):
        some = errors[:, generator.integers(0, repeats, repeats)]
        known = np.isfinite(some).any(axis=1)
        drawn.append(
            _fit(sizes[known], np.nanmean(some[known], axis=1)) if known.sum() >= FEWEST_SIZES else best
        )
    return PowerLaw(*best, np.array(drawn))


def _fit(sizes: np.ndarray, errors: np.ndarray) -> tuple[float, float, float]:
    """Return floor, scale and rate: for each rate the other two are a linear fit."""
    unit = float(sizes.max())
    spread = max(float(np.ptp(errors)), 1e-12)
    low = max(0.0, float(errors.min()) - 2 * spread)

    def residuals(numbers: np.ndarray) -> np.ndarray:
        floor, scale, rate = numbers
        return np.asarray((floor + scale * (sizes / unit) ** -rate - errors) / spread)

    start = [max(low, float(errors.min()) - spread / 2), max(spread / 2, 1e-12), 0.5]
    bounds = ([0.0, 0.0, 0.05], [max(float(errors.max()), 1e-9), 10 * float(errors.max()) + 1e-9, 2.0])
    start[0] = min(start[0], bounds[1][0])
    floor, scale, rate = least_squares(residuals, start, bounds=bounds, x_scale=[spread, spread, 1.0]).x
    return float(floor), float(scale * unit**rate), float(rate)
