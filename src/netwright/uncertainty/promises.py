"""What a model promised of its reliability beside what came true, on rows that took no part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.metrics.threshold import Threshold, mean_cost, metrics_at
from netwright.uncertainty.abstention import Abstention
from netwright.uncertainty.conformal import Thresholds, prediction_sets
from netwright.uncertainty.temperature import Temperature

COVERAGES = (0.8, 0.9, 0.95)
ERROR_RATES = (0.01, 0.05, 0.1)


@dataclass(frozen=True)
class Coverage:
    """How often sets or intervals held the truth.

    Attributes:
        asked: how often they should.
        held: how often they did.
        size: mean number of classes in a set, or mean width of an interval in the target's unit.
    """

    asked: float
    held: float
    size: float


@dataclass(frozen=True)
class Answered:
    """How many rows were answered at a rate of errors.

    Attributes:
        error_rate: the share of wrong answers that may be.
        share: of the rows that were answered; the model said "I don't know" of all others.
        wrong: share of the answers that were wrong, None without any answer.
    """

    error_rate: float
    share: float
    wrong: float | None


@dataclass(frozen=True)
class Promises:
    """What was promised, and what came.

    Attributes:
        rows: how many rows it was measured on.
        sets: whether coverages are those of sets of classes; of intervals otherwise.
        coverages: of those for which there were held-out rows enough.
        answered: for classes, one for each rate of errors.
        temperature: as it was fitted to held-out rows, or None.
        threshold: between two classes, where one was chosen.
        missing: why something was not learnt, a sentence for each name.
    """

    rows: int
    sets: bool
    coverages: tuple[Coverage, ...] = ()
    answered: tuple[Answered, ...] = ()
    temperature: Temperature | None = None
    threshold: Threshold | None = None
    missing: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def covered_by_sets(thresholds: Thresholds | None, chances: np.ndarray, truth: np.ndarray) -> list[Coverage]:
    """Return how often sets held the true class, from chances (n, classes) and class numbers (n,)."""
    found = []
    for asked in _known(thresholds):
        assert thresholds is not None
        sets = prediction_sets(chances, thresholds.finite_at(asked))
        held = sets[np.arange(len(truth)), truth].mean()
        found.append(Coverage(asked, float(held), float(sets.sum(axis=1).mean())))
    return found


def covered_by_intervals(
    thresholds: Thresholds | None, ends: Mapping[float, np.ndarray], truth: np.ndarray
) -> list[Coverage]:
    """Return how often intervals held the true number, from their ends (n, 2) by the coverage asked."""
    found = []
    for asked in _known(thresholds):
        low, high = ends[asked].T
        held = ((low <= truth) & (truth <= high)).mean()
        found.append(Coverage(asked, float(held), float((high - low).mean())))
    return found


def answered(
    abstention: Abstention | None, chosen: np.ndarray, chances: np.ndarray, truth: np.ndarray
) -> list[Answered]:
    """Return for each rate of errors how many rows were answered and how many of them wrong.

    Args:
        abstention: learnt on other rows; without it nothing is returned.
        chosen: the class numbers that are answered (n,).
        chances: (n, classes).
        truth: class numbers (n,).
    """
    if abstention is None:
        return []
    right, found = chosen == truth, []
    for rate in ERROR_RATES:
        sure = chances[np.arange(len(truth)), chosen] >= abstention.confidence(rate) - 1e-6
        wrong = float((~right[sure]).mean()) if sure.any() else None
        found.append(Answered(rate, float(sure.mean()), wrong))
    return found


def effect_of(
    chosen: Threshold | None, chances: np.ndarray, truth: np.ndarray, costs: Mapping[str, float] | None
) -> Threshold | None:
    """Return what a threshold does on rows that it was not chosen on.

    Args:
        chosen: on other rows, or None.
        chances: of both classes (n, 2).
        truth: 0 or 1 (n,).
        costs: of mistakes, where it was chosen for these.
    """
    if chosen is None:
        return None
    positive = chances[:, 1].astype(np.float64)
    before, after = (metrics_at(truth, positive, at) for at in (0.5, chosen.value))
    if costs is None:
        return Threshold(chosen.value, chosen.aim, before, after)
    prices = (mean_cost(truth, positive, at, costs) for at in (0.5, chosen.value))
    return Threshold(chosen.value, chosen.aim, before, after, *prices)


def _known(thresholds: Thresholds | None) -> Sequence[float]:
    return [] if thresholds is None else [asked for asked in COVERAGES if asked <= thresholds.widest]
