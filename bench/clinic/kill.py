"""The kill test: does a fault show in the outcome, over matched seeds, or is it there without harm?"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

SIGNIFICANCE, EFFECT = 0.05, 0.5


@dataclass(frozen=True)
class Kill:
    """Mean harm, its one-sided probability where there is none, and Cohen's d of the differences."""

    harm: float
    probability: float
    effect: float

    @property
    def shows(self) -> bool:
        """Whether the fault shows: p < .05 and d ≥ .5."""
        return self.probability < SIGNIFICANCE and self.effect >= EFFECT


def sign_flip(differences: Sequence[float]) -> float:
    """Return the exact one-sided probability of so large a mean when each sign is a fair coin.

    >>> sign_flip([1.0, 2.0, 1.5, 1.0, 3.0])
    0.03125
    """
    observed = sum(differences)
    signs = itertools.product((1, -1), repeat=len(differences))
    sums = [sum(sign * size for sign, size in zip(row, differences, strict=True)) for row in signs]
    return sum(total >= observed - 1e-12 for total in sums) / len(sums)


def cohen(differences: Sequence[float]) -> float:
    """Return mean over standard deviation of matched differences; infinite where they are all the same."""
    mean = statistics.fmean(differences)
    deviation = statistics.stdev(differences) if len(differences) > 1 else 0.0
    if deviation > 0:
        return mean / deviation
    return math.copysign(math.inf, mean) if mean else 0.0


def kill(healthy: Sequence[float], faulty: Sequence[float]) -> Kill:
    """Test whether the faulty outcomes are worse than the healthy ones of the same seeds."""
    differences = [good - bad for good, bad in zip(healthy, faulty, strict=True)]
    return Kill(statistics.fmean(differences), sign_flip(differences), cohen(differences))
