"""Scaling numbers to a size that a network learns from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch

Scaling = Literal["standard", "robust", "quantile", "minmax", "none"]

KNOTS = 1000
"""Most quantiles that are stored for a column, as many as scikit-learn's transformer stores."""

SMALLEST_TAIL = 1e-7
"""Probabilities are kept this far from 0 and 1: the normal quantiles there are -5.2 and 5.2."""

LARGEST_SCALED = 1e4
"""Scaled values are cut here. Nothing seen in training is: of n values none lies more than √n standard
deviations from their mean, and 10⁴ squared is more rows than are prepared at once."""

SMALLEST_RANGE = 1e-100
"""A column whose values lie closer together counts as constant: its squares would vanish."""

LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Affine:
    """z = (x - center) / spread, and where `smooth` is set z / √(1 + (z / 3)²), which stays within ±3.

    The smooth limit tames outliers but keeps their order (RealMLP, Holzmüller et al. 2024, "Better by
    default").

    Attributes:
        center: of each column (d,).
        spread: of each column (d,); infinite where the column was constant, which makes z = 0.
        smooth: whether large values are limited smoothly.
        bound: where scaled values are cut.
    """

    center: np.ndarray
    spread: np.ndarray
    smooth: bool = False
    bound: float = LARGEST_SCALED

    def transform(self, matrix: np.ndarray) -> np.ndarray:
        """Return scaled numbers (n, d), always finite; `matrix` (n, d) must hold no NaN."""
        with np.errstate(over="ignore"):
            scaled = (matrix - self.center) / self.spread
        scaled = np.clip(scaled, -self.bound, self.bound)
        return np.asarray(scaled / np.sqrt(1 + (scaled / 3) ** 2) if self.smooth else scaled)


@dataclass(frozen=True)
class QuantileMap:
    """z = Φ⁻¹(F(x)): each column's distribution function F, made normal.

    F is linear between the knots. A value that many rows share is a step of F; it gets the middle of
    the step. Values beyond the knots are taken as the outermost knot.

    Attributes:
        knots: distinct quantiles in ascending order (d, m), filled up with infinity on the right.
        below: F just below each knot (d, m).
        above: F just above each knot (d, m).
    """

    knots: np.ndarray
    below: np.ndarray
    above: np.ndarray

    def transform(self, matrix: np.ndarray) -> np.ndarray:
        """Return normal scores (n, d) within ±5.2; `matrix` (n, d) must hold no NaN."""
        lowest, highest, lower, width, start, rise, middle = self._tables
        values = np.clip(np.ascontiguousarray(matrix.T), lowest, highest)
        at = _knots_up_to(values, self.knots) - 1
        at += np.arange(len(values))[:, None] * self.knots.shape[1]
        below = lower.take(at)
        between = start.take(at) + (values - below) / width.take(at) * rise.take(at)
        probability = np.where(values == below, middle.take(at), between)
        probability = np.clip(probability, SMALLEST_TAIL, 1 - SMALLEST_TAIL)
        return np.asarray(torch.special.ndtri(torch.from_numpy(probability)).numpy().T)

    @cached_property
    def _tables(self) -> tuple[np.ndarray, ...]:
        """Lowest and highest knot (d, 1); then for each knot, flat (d · m,): the knot, the distance to
        the next, F above it, the rise of F to below the next, and F in the middle of its step."""
        highest = np.where(np.isfinite(self.knots), self.knots, -np.inf).max(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            width = np.diff(self.knots, axis=1, append=np.inf)
        rise = np.concatenate([self.below[:, 1:], self.above[:, -1:]], axis=1) - self.above
        middle = (self.below + self.above) / 2
        flat = (array.ravel() for array in (self.knots, width, self.above, rise, middle))
        return self.knots[:, :1], highest, *flat


def _knots_up_to(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return how many of a column's knots (d, m) are not above each of its values (d, n)."""
    rows, most = values.shape[1], knots.shape[1]
    if rows <= most:
        return torch.searchsorted(torch.from_numpy(knots), torch.from_numpy(values), right=True).numpy()
    # Sorting many values and looking the knots up among them takes a third of the time.
    counts = np.empty(values.shape, dtype=np.int64)
    for column, (order, own) in enumerate(zip(values.argsort(axis=1), knots, strict=True)):
        first = values[column].take(order).searchsorted(own)
        counts[column, order] = np.repeat(np.arange(most + 1), np.diff(first, prepend=0, append=rows))
    return counts


Scaler = Affine | QuantileMap


def fit_scaler(matrix: np.ndarray, method: Scaling) -> Scaler:
    """Learn a scaling from numbers in which NaN stands for missing; missing values do not count.

    A column that is constant, or has no value at all, becomes 0 (with "none" it stays as it is).

    Args:
        matrix: numbers (n, d).
        method: "standard" (mean 0, deviation 1), "robust" (median 0, interquartile range 1, limited
            smoothly to ±3), "quantile" (normal scores), "minmax" (0 to 1) or "none".

    >>> fit_scaler(np.array([[1.0], [3.0]]), "standard").transform(np.array([[4.0]])).item()
    2.0
    """
    # One column at a time: a copy of the whole matrix would double the memory.
    columns = (column[~np.isnan(column)] for column in matrix.T)
    if method == "quantile":
        return _fit_quantiles(columns)
    if method == "none":
        nothing = np.zeros(matrix.shape[1])
        return Affine(center=nothing, spread=nothing + 1, bound=LARGEST_FLOAT32)
    measure = {"standard": _standard, "robust": _robust, "minmax": _minmax}[method]
    measured = [measure(column) if _varies(column) else (0.0, np.inf) for column in columns]
    center, spread = np.array(measured, dtype=np.float64).reshape(-1, 2).T.copy()
    return Affine(center=center, spread=spread, smooth=method == "robust")


def _varies(values: np.ndarray) -> bool:
    return len(values) > 0 and bool(values.max() - values.min() > SMALLEST_RANGE)


def _standard(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std())


def _robust(values: np.ndarray) -> tuple[float, float]:
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    # Where half of the values are equal, the range takes the place of the quartiles.
    return float(middle), float(high - low) or float(values.max() - values.min()) / 2


def _minmax(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max() - values.min())


def _fit_quantiles(columns: Iterable[np.ndarray]) -> QuantileMap:
    steps = [_steps(column) for column in columns]
    width = max((len(knots) for knots, _, _ in steps), default=1)
    padded = [np.full((len(steps), width), filler) for filler in (np.inf, 1.0, 1.0)]
    for row, step in enumerate(steps):
        for array, values in zip(padded, step, strict=True):
            array[row, : len(values)] = values
    return QuantileMap(*padded)


def _steps(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distinct quantiles of a column, and the distribution function below and above each."""
    if not _varies(values):
        return np.zeros(1), np.zeros(1), np.ones(1)
    levels = np.linspace(0, 1, min(KNOTS, len(values)))
    quantiles = _sorted_quantiles(np.sort(values), levels)
    knots, first, count = np.unique(quantiles, return_index=True, return_counts=True)
    return knots, levels[first], levels[first + count - 1]


def _sorted_quantiles(ordered: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return quantiles of sorted values, linear between neighbours."""
    # Rounded, and as a step from the lower one: else values that rows share become several knots that differ
    # in the last bit, and only some of the rows lie on one of them.
    place = np.round(levels * (len(ordered) - 1), 9)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(ordered) - 1)
    steps = (place - low) * (ordered[high] - ordered[low])
    return np.maximum.accumulate(ordered[low] + steps)
