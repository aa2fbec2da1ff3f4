"""What repairs come to: how often treatment mends, how often chance does, harm, and cost."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from .kill import Kill, kill
from .recipes import RecipeCase, RepairPart
from .score import Share

ENOUGH = 0.95
"""Share of the healthy score that a mended recipe reaches."""


@dataclass(frozen=True)
class Repaired:
    """One recipe from one seed: scores on test rows, and what the treatment cost in original trainings."""

    healthy: float
    before: float
    treated: float
    random: float
    cost: float
    changed: bool
    verdict: str


@dataclass(frozen=True)
class Verdict:
    """A recipe over all seeds: whether its fault shows, and whether treatment and chance mended it."""

    case: RecipeCase
    runs: Sequence[Repaired]

    @property
    def shows(self) -> bool:
        """Whether the fault shows in the outcome."""
        return kill([run.healthy for run in self.runs], [run.before for run in self.runs]).shows

    @property
    def mended(self) -> bool:
        """Whether treatment mended it."""
        return self._mended([run.treated for run in self.runs])

    @property
    def mended_by_chance(self) -> bool:
        """Whether random repair mended it."""
        return self._mended([run.random for run in self.runs])

    @property
    def harm(self) -> Kill:
        """Test whether treatment made it worse."""
        return kill([run.before for run in self.runs], [run.treated for run in self.runs])

    def _mended(self, scores: Sequence[float]) -> bool:
        """At least 95 % of the healthy score, and better than before by the sign-flip test."""
        enough = statistics.fmean(scores) >= ENOUGH * statistics.fmean(run.healthy for run in self.runs)
        return enough and kill(scores, [run.before for run in self.runs]).probability < 0.05


def report(verdicts: Sequence[Verdict]) -> None:
    """Print how often treatment mends, how often chance does, harm, and cost."""
    for name in get_args(RepairPart):
        part = [one for one in verdicts if one.case.part == name]
        sick = [one for one in part if one.case.faulty and one.shows]
        sound = [one for one in part if not one.case.faulty]
        if not sick and not sound:
            continue
        print(f"\nRepair, {name} part")
        for what, figure, bound, met in (*_repairs(sick), *_harm(sound)):
            verdict = f"bound {bound}: {'met' if met else 'NOT MET'}" if bound else ""
            print(f"   {what:<28}{figure:<36}{verdict}".rstrip())
        hidden = sum(one.case.faulty and not one.shows for one in part)
        print(f"   faults that do not show     {hidden}, not counted")
        for one in sick:
            if not one.mended:
                print(f"      not mended  {line(one)}")
        for one in sound:
            if one.harm.shows:
                print(f"      made worse  {line(one)}")


Row = tuple[str, str, str, bool]
"""A figure: its name, what it is, its bound, and whether it is met."""


def _repairs(sick: Sequence[Verdict]) -> list[Row]:
    if not sick:
        return []
    mended = Share(sum(one.mended for one in sick), len(sick))
    chance = Share(sum(one.mended_by_chance for one in sick), len(sick))
    lead = mended.value - chance.value
    low, high = _interval_of_lead(sick)
    cost = statistics.median(run.cost for one in sick for run in one.runs)
    return [
        ("treat mends", str(mended), "≥ 90%", mended.value >= 0.9),
        ("random repair mends", str(chance), "", True),
        ("lead over random repair", f"{lead:+.1%} ({low:+.0%} to {high:+.0%})", "≥ +25%", lead >= 0.25),
        ("cost, median, trainings", f"{cost:.1f}", "≤ 3", cost <= 3),
    ]


def _interval_of_lead(sick: Sequence[Verdict]) -> tuple[float, float]:
    """Return the 95 % interval of the lead, by a bootstrap over the recipes."""
    leads = np.array([int(one.mended) - int(one.mended_by_chance) for one in sick])
    draws = np.random.default_rng(0).integers(0, len(leads), size=(5000, len(leads)))
    low, high = np.quantile(leads[draws].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _harm(sound: Sequence[Verdict]) -> list[Row]:
    if not sound:
        return []
    harmed = Share(sum(one.harm.shows for one in sound), len(sound))
    changed = sum(run.changed for one in sound for run in one.runs)
    of = sum(len(one.runs) for one in sound)
    return [
        ("sound ones made worse", str(harmed), "0", harmed.hits == 0),
        ("sound trainings changed", f"{changed} of {of}", "", True),
    ]


def line(verdict: Verdict) -> str:
    names = ("before", "treated", "random", "healthy")
    means = [statistics.fmean(getattr(run, name) for run in verdict.runs) for name in names]
    scores = ", ".join(f"{name} {mean:.2f}" for name, mean in zip(names, means, strict=True))
    cost = statistics.median(run.cost for run in verdict.runs)
    return f"{verdict.case.name}: {scores}; cost {cost:.1f}; {_state(verdict)}"


def _state(verdict: Verdict) -> str:
    if not verdict.case.faulty:
        return "made worse" if verdict.harm.shows else "sound, not worse"
    if not verdict.shows:
        return "does not show"
    return "mended" if verdict.mended else "not mended"
