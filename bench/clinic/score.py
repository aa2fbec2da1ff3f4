"""How well a diagnostician did: shares with their 95 % intervals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netwright.clinic.causes import Cause

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share, NaN of nothing."""
        return self.hits / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval.

        (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
        """
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.hits / self.total
        middle = p + Z**2 / (2 * n)
        half = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        scale = 1 + Z**2 / n
        low = (middle - half) / scale if self.hits else 0.0
        high = (middle + half) / scale if self.hits < n else 1.0
        return low, high

    def __str__(self) -> str:
        if not self.total:
            return "none"
        low, high = self.interval
        return f"{self.value:6.1%} ({self.hits}/{self.total}; {low:.1%}–{high:.1%})"


@dataclass(frozen=True)
class Opinion:
    """What a diagnostician says of one whole training.

    Attributes:
        first_alarm: share of the run after which it first raised an alarm, None for never.
        guesses: causes it names, likeliest first.
    """

    first_alarm: float | None
    guesses: tuple[Cause, ...] = ()

    @property
    def alarmed(self) -> bool:
        """Whether it raised any alarm."""
        return self.first_alarm is not None


@dataclass(frozen=True)
class Judged:
    """One training with what is true of it and what was said.

    Attributes:
        failing: whether it fails by outcome.
        causes: accepted ones; empty where the cause is not known.
        opinion: what was said.
    """

    failing: bool
    causes: frozenset[Cause]
    opinion: Opinion


@dataclass(frozen=True)
class Scores:
    """The figures of one diagnostician on one part of the benchmark."""

    false_alarms: Share
    detected: Share
    first: Share
    among_three: Share
    delay: float


def score(judged: Iterable[Judged]) -> Scores:
    """Count false alarms on healthy trainings; detections, causes and the delay on failing ones.

    A cause counts where it is known, whether the training was detected or not; the delay is the median
    share of the run until the first alarm, over what was detected.
    """
    every = list(judged)
    healthy = [one for one in every if not one.failing]
    failing = [one for one in every if one.failing]
    known = [one for one in failing if one.causes]
    delays = [one.opinion.first_alarm for one in failing if one.opinion.first_alarm is not None]
    return Scores(
        false_alarms=Share(sum(one.opinion.alarmed for one in healthy), len(healthy)),
        detected=Share(sum(one.opinion.alarmed for one in failing), len(failing)),
        first=Share(sum(_named(one, 1) for one in known), len(known)),
        among_three=Share(sum(_named(one, 3) for one in known), len(known)),
        delay=statistics.median(delays) if delays else math.nan,
    )


def distinct(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return causes without repetition, first mention first."""
    return tuple(dict.fromkeys(causes))


def _named(one: Judged, guesses: int) -> bool:
    return any(cause in one.causes for cause in _heads(one.opinion.guesses, guesses))


def _heads(guesses: Sequence[Cause], count: int) -> Sequence[Cause]:
    return guesses[:count]
