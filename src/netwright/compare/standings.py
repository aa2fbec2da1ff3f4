"""The result of a comparison: who stands where, who cannot be told apart, and which model to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from netwright.compare.contest import Played, clear_scores
from netwright.compare.game import Contender
from netwright.compare.paired import Paired, corrected, holm
from netwright.compare.plain import from_plain
from netwright.metrics import Metric

ENOUGH = 0.05
"""Probability below which a difference is taken as more than luck."""

SAME = {"fixed": 0.005, "units": 0.01, "percent": 0.01}
"""Differences that make no difference: on scales up to 1 as they are, else as a share of the best score."""


@dataclass(frozen=True)
class Standing:
    """One model in a comparison.

    Attributes:
        name: as in options and files.
        label: as shown to people.
        settings: how it was set, in words.
        is_network: whether it is one of ours.
        score: mean over the folds.
        low: lower end of its 95 % interval, None with one fold.
        high: upper end.
        rank: mean over the folds, 1 for the best.
        gap: by how much it is behind the best model on the same folds, 0 for the best itself.
        gap_low: lower end of the 95 % interval of the gap.
        gap_high: upper end.
        p: of the corrected paired test against the best, adjusted for the number of models.
        level: whether it cannot be told from the best, or the difference makes none.
        fit_seconds: median over the folds.
        predict_seconds: for a thousand rows, median over the folds.
        size: bytes when saved.
        scores: one a fold.
        note: what is to be known otherwise.
    """

    name: str
    label: str
    settings: str
    is_network: bool
    score: float
    low: float | None
    high: float | None
    rank: float
    gap: float
    gap_low: float | None
    gap_high: float | None
    p: float | None
    level: bool
    fit_seconds: float
    predict_seconds: float
    size: int
    scores: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True)
class Absence:
    """A model that is not in the table, and why."""

    name: str
    label: str
    reason: str


@dataclass(frozen=True)
class Group:
    """Models that cannot be told apart."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Standings:
    """All models, the best first.

    Attributes:
        models: those that played all folds.
        groups: largest sets of neighbours in rank of whom no pair can be told apart, for the figure.
        folds: how many were played.
    """

    models: tuple[Standing, ...]
    groups: tuple[Group, ...]
    folds: int

    def model(self, name: str) -> Standing | None:
        """Return a model by its name, None where it is not among them."""
        return next((model for model in self.models if model.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Standings:
        """Return what `to_json` described."""
        return from_plain(cls, data)


def standings(played: Played, contenders: Sequence[Contender], metric: Metric) -> Standings:
    """Return who stands where after a contest.

    Args:
        played: what became of it; at least one contender finished a fold on which the metric has a value.
        contenders: who took part.
        metric: by which it is decided.
    """
    present = [contender for contender in contenders if played.rounds.get(contender.name)]
    scores = np.column_stack([clear_scores(played, contender.name) for contender in present])
    valued = np.isfinite(scores).all(axis=1)
    scores = scores[valued]
    assert len(scores), "no fold on which every model has a score"
    sign = 1.0 if metric.higher_is_better else -1.0
    ratio = float(np.mean([fold.ratio for fold in played.folds]))
    order = np.argsort(-sign * scores.mean(axis=0), kind="stable")
    ranks = stats.rankdata(-sign * scores, axis=1).mean(axis=0)
    best = int(order[0])
    gaps = [corrected(sign * (scores[:, best] - scores[:, place]), ratio) for place in order]
    adjusted = [None, *_adjusted(gaps[1:])]
    margin = SAME[metric.style] * (1.0 if metric.style == "fixed" else abs(float(scores[:, best].mean())))
    models = [
        _standing(present[place], scores[:, place], float(ranks[place]), ratio, gap, p, margin, played)
        for place, gap, p in zip(order, gaps, adjusted, strict=True)
    ]
    groups = _groups(scores, ranks, ratio, [contender.name for contender in present])
    return Standings(tuple(models), groups, len(scores))


def _adjusted(gaps: Sequence[Paired]) -> list[float | None]:
    if any(gap.p is None for gap in gaps):
        return [None] * len(gaps)
    return list(holm([gap.p for gap in gaps if gap.p is not None]))


def _standing(
    contender: Contender,
    scores: np.ndarray,
    rank: float,
    ratio: float,
    gap: Paired,
    p: float | None,
    margin: float,
    played: Played,
) -> Standing:
    rounds = played.rounds[contender.name]
    own = corrected(scores, ratio)
    same = gap.interval is not None and gap.interval.high <= margin
    level = gap.mean == 0 or same or (p is not None and p >= ENOUGH)
    return Standing(
        name=contender.name,
        label=contender.label,
        settings=contender.settings,
        is_network=contender.is_network,
        score=own.mean,
        low=own.interval.low if own.interval else None,
        high=own.interval.high if own.interval else None,
        rank=rank,
        gap=gap.mean,
        gap_low=gap.interval.low if gap.interval else None,
        gap_high=gap.interval.high if gap.interval else None,
        p=p,
        level=level,
        fit_seconds=float(np.median([one.fit_seconds for one in rounds])),
        predict_seconds=float(np.median([1000 * one.predict_seconds / one.rows for one in rounds])),
        size=played.sizes[contender.name],
        scores=tuple(scores.tolist()),
        note=played.notes.get(contender.name, ""),
    )


def _groups(scores: np.ndarray, ranks: np.ndarray, ratio: float, names: list[str]) -> tuple[Group, ...]:
    """Return the largest runs of models, in the order of their ranks, of whom no pair can be told apart."""
    order = np.argsort(ranks, kind="stable")
    count = len(order)
    pairs = [(first, second) for first in range(count) for second in range(first + 1, count)]
    tests = [corrected(scores[:, order[first]] - scores[:, order[second]], ratio) for first, second in pairs]
    if not tests or any(test.p is None for test in tests):
        return ()
    different = {
        pair for pair, p in zip(pairs, holm([test.p or 0.0 for test in tests]), strict=True) if p < ENOUGH
    }
    runs: list[range] = []
    for first in range(count):
        last = first
        while last + 1 < count and not any((one, last + 1) in different for one in range(first, last + 1)):
            last += 1
        if last > first and not (runs and runs[-1].stop > last):
            runs.append(range(first, last + 1))
    return tuple(Group(tuple(names[order[place]] for place in run)) for run in runs)
