"""Branches: short trainings from the same start with exactly one thing changed tell which cause it is.

A branch that does better is a hypothesis, no proof: on healthy trainings, too, some branch always looks
better after a few steps, and is often worse in the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from netwright.clinic.causes import Cause
from netwright.errors import UserError
from netwright.recipe.recipe import Recipe
from netwright.treatment.case import Case, key_of
from netwright.treatment.remedy import Remedy
from netwright.treatment.short_training import short_training

SHARE_OF_TRAINING = 0.05
"""A branch is this long, measured by the training it stands for."""

FEWEST_STEPS, MOST_STEPS = 30, 150
LARGEST_SHARE, FEWEST_OF_ALL = 0.1, 10
"""Of short trainings the fewest steps are this share, but never under ten."""

SEEDS = 2
FINALISTS = 2
FURTHER = (SEEDS - 1) * (FINALISTS + 1)
"""Branches of a further seed; where twice as many cannot be afforded, other causes are worth more."""

FEWEST_BRANCHES = 2
EXPLAINS = 0.75
"""The share of the best branch's gain from which another one explains, or gains, as much."""

EXPLAINS_SMALL = 0.5
"""The same for changes of numbers and parts: another architecture may be better without being the cause."""

EXPLAINS_NAMED = 0.3
"""The same for causes that findings name: two faults at once hide what mending one of them brings."""

SMALL = 2

DECISIVE = 0.5
"""The share of the loss from which on a gain is no matter of the seed, and one seed is enough."""

MUCH = 0.4
"""The share of the loss from which on the gain of another architecture is much."""

LEAST_GAIN = 0.1
"""The share of the loss that a branch has to gain before it explains anything."""

BROKEN = 3.0
"""What a branch counts that broke down, in losses of the best constant answer."""


@dataclass(frozen=True)
class Branch:
    """One short training.

    Attributes:
        remedy: what was changed.
        losses: at its end, one a seed.
    """

    remedy: Remedy
    losses: tuple[float, ...]

    @property
    def loss(self) -> float:
        """The mean over the seeds."""
        return float(np.mean(self.losses))


@dataclass(frozen=True)
class Experiment:
    """Branches beside an unchanged one.

    Attributes:
        steps: length of the branches.
        control: losses of the unchanged training, one a seed.
        branches: those that were tried, as they were proposed.
        visits: rows that all of them visited.
        named: causes that findings name, likeliest first.
        alarmed: the cause that the worst alarm names, None where it is a symptom of others.
        upon: what was changed in all of them, the unchanged one included; "" for nothing.
    """

    steps: int
    control: tuple[float, ...]
    branches: tuple[Branch, ...]
    visits: int
    named: tuple[Cause, ...] = ()
    alarmed: Cause | None = None
    upon: str = ""

    @property
    def control_loss(self) -> float:
        """The mean of the unchanged training over the seeds."""
        return float(np.mean(self.control))

    @property
    def explaining(self) -> list[Branch]:
        """The branches that explain what is wrong, the one to try first at the front.

        The cause that the worst alarm names needs to gain something only, one that another finding names a
        part of what the best gains; others have to gain about as much. Smaller changes come first, for a
        larger one may hide the cause, then causes in the order in which they are named; of the rest the
        lowest loss decides. Within one cause the first on the shelf goes before others that gain about as
        much: few steps flatter what is too much in the long run.
        """
        if not self.branches:
            return []
        gains = {branch.remedy.name: self._gain(branch) for branch in self.branches}
        best = max(gains.values())
        if best <= LEAST_GAIN * self.control_loss:
            return []
        among = [
            branch for branch in self.branches if gains[branch.remedy.name] >= self._needed(branch, best)
        ]
        groups: dict[Cause | None, list[Branch]] = {}
        for branch in among:
            groups.setdefault(branch.remedy.cause, []).append(branch)
        ranked = sorted(groups.values(), key=self._rank)
        ordered = [branch for group in ranked for branch in _by_shelf(group, gains)]
        # Where another architecture takes much of the loss away, a small change has to bring half of that.
        enough = EXPLAINS_SMALL * best if best >= MUCH * self.control_loss else 0.0

        def rank(branch: Branch) -> tuple[bool, bool]:
            small = branch.remedy.size <= SMALL and gains[branch.remedy.name] >= enough
            return not self._is_alarmed(branch), not small

        return sorted(ordered, key=rank)

    def _is_alarmed(self, branch: Branch) -> bool:
        return self.alarmed is not None and branch.remedy.cause == self.alarmed

    def _needed(self, branch: Branch, best: float) -> float:
        """Return what a branch has to gain to explain anything."""
        least = LEAST_GAIN * self.control_loss
        if self._is_alarmed(branch):
            return least
        share = EXPLAINS_SMALL if branch.remedy.size <= SMALL else EXPLAINS
        return max(least, best * (EXPLAINS_NAMED if branch.remedy.cause in self.named else share))

    def _rank(self, group: Sequence[Branch]) -> tuple[int, float]:
        cause = group[0].remedy.cause
        place = self.named.index(cause) if cause in self.named else len(self.named)
        return place, min(branch.loss for branch in group)

    def sentence(self) -> str:
        """Say what the branches showed."""
        found = self.explaining
        if not self.branches:
            return "No short trainings to compare causes with: the budget does not reach for them."
        upon = f"Upon {self.upon}, " if self.upon else ""
        count = len(self.branches)
        each = "trainings of {} steps, one thing changed in each" if count > 1 else "training of {} steps"
        tried = f"{upon}{count} short {each.format(self.steps)}"
        if not found:
            return f"{tried}: none does clearly better."
        first = found[0]
        return (
            f"{tried}: with {first.remedy.name} the loss is {first.loss:.3g} "
            f"instead of {self.control_loss:.3g}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        rows = [
            {"remedy": b.remedy.name, "cause": b.remedy.cause and b.remedy.cause.value, "losses": b.losses}
            for b in self.branches
        ]
        return {**asdict(self), "branches": rows, "sentence": self.sentence()}

    def _gain(self, branch: Branch) -> float:
        """Return how much lower the loss is than the unchanged one's; 0 where not every seed agrees."""
        gains = [control - changed for control, changed in zip(self.control, branch.losses, strict=False)]
        return float(np.mean(gains)) if min(gains) > 0 else 0.0


def _by_shelf(group: Sequence[Branch], gains: Mapping[str, float]) -> list[Branch]:
    """Return branches of one cause: as proposed those that gain half of the most, then the others."""
    enough = EXPLAINS_SMALL * max(gains[branch.remedy.name] for branch in group)
    close = [branch for branch in group if gains[branch.remedy.name] >= enough]
    return close + sorted((b for b in group if b not in close), key=lambda branch: branch.loss)


def length(steps: float) -> int:
    """Return how many steps the branches of a training of so many steps have.

    >>> length(90), length(400), length(1000), length(100_000)
    (10, 30, 50, 150)
    """
    fewest = max(FEWEST_OF_ALL, min(FEWEST_STEPS, round(LARGEST_SHARE * steps)))
    return max(fewest, min(MOST_STEPS, round(SHARE_OF_TRAINING * steps)))


def experiment(
    case: Case,
    recipe: Recipe,
    remedies: Sequence[Remedy],
    visits: int,
    allowed: int,
    seed: int,
    known: MutableMapping[str, float] | None = None,
) -> Experiment:
    """Try remedies for a few steps, from the same initial weights and in the same order of rows.

    Args:
        case: the rows.
        recipe: of the unchanged training.
        remedies: the likeliest first; those that no short branch can show are left out.
        visits: rows that the whole training visits.
        allowed: rows that all branches together may visit.
        seed: of the first branch; a further one makes sure where the gain is not decisive.
        known: losses of short trainings that were done before, which cost nothing; new ones are added.
    """
    steps = length(visits / case.ready(recipe).recipe.batch_size)
    bench = _Bench(case, steps * case.ready(recipe).recipe.batch_size, {} if known is None else known)
    affordable = allowed // bench.horizon - (not bench.knows(recipe, seed))
    tried = _chosen(remedies, affordable if affordable < 2 * FURTHER else affordable - FURTHER)
    if len(tried) < min(FEWEST_BRANCHES, len(remedies)) or not tried:
        return Experiment(steps, (), (), 0)
    control = [bench.loss(recipe, seed)]
    branches = [Branch(remedy, (bench.tried(remedy, recipe, seed),)) for remedy in tried]
    finalists = sorted(branches, key=lambda branch: branch.loss)[:FINALISTS]
    sure = finalists[0].loss <= (1 - DECISIVE) * control[0]
    if not sure and bench.spent + FURTHER * bench.horizon <= allowed:
        for number in range(seed + 1, seed + SEEDS):
            control.append(bench.loss(recipe, number))
            branches = [
                replace(b, losses=(*b.losses, bench.tried(b.remedy, recipe, number)))
                if b.remedy in _of(finalists)
                else b
                for b in branches
            ]
    return Experiment(steps, tuple(control), tuple(branches), bench.spent)


def _chosen(remedies: Sequence[Remedy], affordable: int) -> list[Remedy]:
    """Return the remedies that get a branch: the likeliest, and netwright's own settings as the yardstick."""
    quick = [remedy for remedy in remedies if remedy.quick and remedy.cause is not None]
    whole = [remedy for remedy in remedies if remedy.quick and remedy.cause is None]
    if affordable < min(FEWEST_BRANCHES, len(remedies)):
        return []
    return quick[: max(1, affordable - len(whole))] + whole


class _Bench:
    """Where short trainings are made, each once."""

    def __init__(self, case: Case, horizon: int, known: MutableMapping[str, float]) -> None:
        self.case, self.horizon, self.known = case, horizon, known
        self.ceiling = BROKEN * float(case.constant_losses(case.stopping).mean())
        self.spent = 0

    def knows(self, recipe: Recipe, seed: int) -> bool:
        """Return whether a short training was made before."""
        return self._key(recipe, seed) in self.known

    def loss(self, recipe: Recipe, seed: int) -> float:
        """Return the loss at the end of a short training."""
        if not self.knows(recipe, seed):
            loss = short_training(self.case, recipe, self.horizon, seed)
            self.known[self._key(recipe, seed)] = min(self.ceiling, loss)
            self.spent += self.horizon
        return self.known[self._key(recipe, seed)]

    def tried(self, remedy: Remedy, recipe: Recipe, seed: int) -> float:
        """Return the loss of a branch; a change that cannot be made on these rows counts as broken."""
        try:
            return self.loss(remedy.applied(recipe), seed)
        except UserError:
            return math.inf

    def _key(self, recipe: Recipe, seed: int) -> str:
        return f"{key_of(recipe)}-{self.horizon}-{seed}"


def _of(branches: Sequence[Branch]) -> list[Remedy]:
    return [branch.remedy for branch in branches]
