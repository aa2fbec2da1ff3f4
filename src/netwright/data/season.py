"""The season of a series: after how many steps it resembles itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FAINTEST = 0.1
"""A season shows when values a season apart are this much more alike than values half a season apart."""

FAINTEST_UNNAMED = 0.3
"""The same, where no calendar proposes a season and any number of steps may be one by chance."""

LONGEST_UNNAMED = 400

FAINTEST_HIDDEN = 0.1
"""A season under a wandering level shows when half of the cycles tell this share of the others' variance."""

FEWEST_CYCLES = 8
"""With fewer, a wandering level looks like a season by chance."""


def season_of(series: Sequence[np.ndarray], candidates: Sequence[int]) -> int:
    """Return the season with the clearest autocorrelation, or 1 where there is none.

        strength(m) = r(m) - r(m / 2),    r the autocorrelation without the linear trend

    A level that wanders far hides a season from it. Where none is seen, one is looked for in what lies above
    or below the level: the mean cycle of either half of the cycles has to tell the other half.

    Args:
        series: values (length,) of each series, NaN where missing.
        candidates: seasons that the calendar proposes; none of them when times are only counted.

    >>> season_of([np.tile([0.0, 1.0, 3.0, 1.0], 12)], (4, 12))
    4
    """
    longest = max(len(one) for one in series)
    if candidates:
        strengths = {m: _strength(series, m) for m in candidates if 2 * m < longest}
        best = max(strengths, key=lambda m: strengths[m], default=1)
        return best if strengths.get(best, 0.0) >= FAINTEST else _hidden(series, tuple(strengths))
    return _unnamed(series, longest)


def _hidden(series: Sequence[np.ndarray], candidates: Sequence[int]) -> int:
    """Return the season that tells most of the values beside their level, or 1."""
    told = {m: float(np.mean([_told_by_cycle(values, m) for values in series])) for m in candidates}
    best = max(told, key=lambda m: told[m], default=1)
    return best if told.get(best, 0.0) >= FAINTEST_HIDDEN else 1


def _told_by_cycle(values: np.ndarray, season: int) -> float:
    """Return which share of the variance of one half of the cycles the mean cycle of the other half tells.

    The smaller of both directions; 0 where there are too few cycles.
    """
    half = len(values) // season // 2
    if 2 * half < FEWEST_CYCLES:
        return 0.0
    cycles = (values - _level(values, season))[: 2 * half * season].reshape(2, half, season)
    known = ~np.isnan(cycles)
    cycles = np.where(known, cycles, 0.0)
    means = cycles.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    left = (np.where(known, cycles - means[::-1, None], 0.0) ** 2).sum(axis=(1, 2))
    whole = (cycles**2).sum(axis=(1, 2))
    return float((1 - left / whole).min()) if (whole > 0).all() else 0.0


def _level(values: np.ndarray, season: int) -> np.ndarray:
    """Return the centred moving average over a season (length,); NaN at both ends and in long gaps."""
    weights = np.ones(season + 1 - season % 2)
    if season % 2 == 0:
        weights[[0, -1]] = 0.5  # an even season has no middle step: half of each end
    known = ~np.isnan(values)
    total = np.convolve(np.where(known, values, 0.0), weights, "same")
    count = np.convolve(known.astype(float), weights, "same")
    level = np.where(count >= season / 2, total / np.maximum(count, 1.0), np.nan)
    ends = len(weights) // 2
    level[:ends] = level[len(level) - ends :] = np.nan
    return np.asarray(level)


def _unnamed(series: Sequence[np.ndarray], longest: int) -> int:
    """Return the clearest season of any length that is a peak of the autocorrelation, or 1."""
    most = min(longest // 3, LONGEST_UNNAMED)
    if most < 5:
        return 1
    correlations = np.array([_correlation(series, m) for m in range(most + 1)])
    middle = correlations[2:-1]
    peaks = 2 + np.flatnonzero((middle >= correlations[1:-2]) & (middle >= correlations[3:]))
    strengths = {int(m): correlations[m] - correlations[m // 2] for m in peaks if m >= 4}
    clearest = max(strengths.values(), default=0.0)
    # Multiples of a season are about as clear as the season itself.
    best = min((m for m in strengths if strengths[m] >= 0.8 * clearest), default=1)
    return best if clearest >= FAINTEST_UNNAMED and correlations[best] > 0 else 1


def _strength(series: Sequence[np.ndarray], season: int) -> float:
    return _correlation(series, season) - _correlation(series, max(1, season // 2))


def _correlation(series: Sequence[np.ndarray], lag: int) -> float:
    """Return the mean autocorrelation at a lag over the series that are long enough."""
    found = []
    for values in series:
        if len(values) <= lag + 2:
            continue
        rest = without_trend(values)
        early, late = rest[: len(rest) - lag], rest[lag:]
        both = ~(np.isnan(early) | np.isnan(late))
        spread = np.nanvar(rest)
        if both.any() and spread > 0:
            found.append(float(np.mean(early[both] * late[both]) / spread))
    return float(np.mean(found)) if found else 0.0


def without_trend(values: np.ndarray) -> np.ndarray:
    """Return values (length,) less their straight line; NaN stays NaN.

    >>> np.abs(without_trend(np.array([1.0, 2.0, np.nan, 4.0]))[[0, 1, 3]]).max() < 1e-12
    np.True_
    """
    known = ~np.isnan(values)
    if known.sum() < 2:
        return np.zeros_like(values)
    places = np.arange(len(values), dtype=np.float64)
    slope, start = np.polyfit(places[known], values[known], 1)
    return np.asarray(values - start - slope * places)
