"""Conformal prediction: sets of classes and intervals that hold the truth as often as asked.

Held-out rows say how wrong the model is. For a score s that is large where the truth fits badly, the
threshold q is the k-th smallest of the n held-out scores, k = ⌈(n + 1) coverage⌉; a new row's true score is
then at most q with a probability of at least the coverage, whatever the model, as long as the row comes from
where the held-out rows came from.

Sets grow with the threshold: below 0 they hold the likeliest class where it is sure enough, from 0 on the
likeliest class in every row, and beyond that all classes that are likely enough. Where the network is right
less often than asked, the threshold lies above 0: no set is empty, and the coverage is as asked.

Source: Vovk, Gammerman, Shafer (2005); Sadinle, Lei, Wasserman (2019) for sets; Romano, Patterson, Candès
(2019) for intervals around quantiles.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from netwright.errors import RecipeError

COVERAGES = tuple(round(0.5 + 0.005 * step, 3) for step in range(100))
"""The coverages that thresholds are kept for, .5 to .995; one between is answered by the next above."""

LEAST_ROWS = 9
"""With fewer held-out rows even an interval of 90 % would be without end."""


@dataclass(frozen=True)
class Thresholds:
    """What is kept of held-out scores: a threshold for each coverage, and no row.

    Attributes:
        values: a threshold for each of `COVERAGES`; infinite where there were too few rows.
        rows: how many held-out rows there were.
    """

    values: tuple[float, ...]
    rows: int

    @classmethod
    def of(cls, scores: np.ndarray) -> Self:
        """Take the thresholds from the scores of held-out rows, one and the same for every coverage.

        >>> Thresholds.of(np.arange(1.0, 100.0)).at(0.9)
        90.0
        """
        return cls.by_coverage(lambda coverage: scores, len(scores))

    @classmethod
    def by_coverage(cls, scores: Callable[[float], np.ndarray], rows: int) -> Self:
        """Take the thresholds from scores that differ with the coverage, such as those of quantiles."""
        return cls(tuple(conformal_quantile(scores(coverage), coverage) for coverage in COVERAGES), rows)

    def at(self, coverage: float) -> float:
        """Return the threshold for a coverage.

        Raises:
            RecipeError: for a coverage outside .5 to .995.
        """
        return self.values[place_of(coverage)]

    def finite_at(self, coverage: float) -> float:
        """Return the threshold for a coverage.

        Raises:
            RecipeError: for a coverage outside .5 to .995.
            RecipeError: when there were too few held-out rows for it.
        """
        threshold = self.at(coverage)
        if not math.isfinite(threshold):
            raise RecipeError(
                f"coverage {coverage}: {self.rows:,} held-out rows are too few. Ask for at most "
                f"{self.widest}, or train with more rows or a larger validation_fraction."
            )
        return threshold

    def to_array(self) -> np.ndarray:
        """Return the thresholds and the number of rows as one array, of one length whatever the rows."""
        return np.array([*self.values, self.rows])

    @classmethod
    def from_array(cls, array: np.ndarray) -> Self:
        """Return what `to_array` described."""
        *values, rows = array.tolist()
        return cls(tuple(values), int(rows))

    @cached_property
    def widest(self) -> float:
        """The largest coverage whose threshold is finite, 0 without any."""
        finite = [c for c, value in zip(COVERAGES, self.values, strict=True) if math.isfinite(value)]
        return max(finite, default=0.0)


def conformal_quantile(scores: np.ndarray, coverage: float) -> float:
    """Return the ⌈(n + 1) coverage⌉-th smallest score, infinity where n is too small for that.

    >>> conformal_quantile(np.array([3.0, 1.0, 2.0]), 0.5), conformal_quantile(np.array([1.0]), 0.9)
    (2.0, inf)
    """
    place = math.ceil(round((len(scores) + 1) * coverage, 9))
    if place > len(scores):
        return math.inf
    return float(np.partition(scores, place - 1)[place - 1])


def place_of(coverage: float) -> int:
    """Return which of `COVERAGES` answers for a coverage.

    Raises:
        RecipeError: for a coverage outside .5 to .995.
    """
    if not COVERAGES[0] <= coverage <= COVERAGES[-1]:
        raise RecipeError(
            f"coverage: expected a share from {COVERAGES[0]} to {COVERAGES[-1]}, such as 0.9, "
            f"got {coverage!r}."
        )
    return next(place for place, known in enumerate(COVERAGES) if known >= coverage - 1e-9)


def set_scores(chances: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the threshold from which on a set holds the true class of held-out rows (n,).

    -p of a true class that is the likeliest, 1 - p of another.

    Args:
        chances: (n, classes).
        truth: class numbers (n,).

    >>> set_scores(np.array([[0.75, 0.25], [0.75, 0.25]]), np.array([0, 1])).tolist()
    [-0.75, 0.75]
    """
    true = chances[np.arange(len(truth)), truth].astype(np.float64)
    scores: np.ndarray = np.where(chances.argmax(axis=1) == truth, -true, 1 - true)
    return scores


def prediction_sets(chances: np.ndarray, threshold: float, *, empty: bool = False) -> np.ndarray:
    """Return which classes belong to the set of each row (n, classes).

    Args:
        chances: (n, classes).
        threshold: of `set_scores`.
        empty: whether a set may be empty where the likeliest class is not sure enough; otherwise the
            likeliest class always belongs to it.

    >>> chances = np.array([[0.7, 0.2, 0.1], [0.45, 0.4, 0.15]])
    >>> prediction_sets(chances, threshold=0.65).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0]]
    >>> prediction_sets(chances, threshold=-0.5, empty=True).astype(int).tolist()
    [[1, 0, 0], [0, 0, 0]]
    """
    exact = chances.astype(np.float64)
    inside: np.ndarray = 1 - exact <= threshold + 1e-12
    rows, likeliest = np.arange(len(chances)), chances.argmax(axis=1)
    inside[rows, likeliest] = -exact[rows, likeliest] <= threshold + 1e-12 if empty else True
    return inside
