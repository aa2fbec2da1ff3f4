"""Branches: short trainings from the same start with exactly one thing changed tell which cause it is.

A branch that does better is a hypothesis, no proof: on healthy trainings, too, some branch always looks
better after a few steps, and is often worse in the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch

from netwright.clinic.causes import Cause
from netwright.errors import UserError
from netwright.estimators.ready import Ready
from netwright.randomness import derive_seed, isolated
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.fit import Setup
from netwright.training.loop import Position, training_steps
from netwright.training.objective import decode
from netwright.training.optimizers.schedule_free import ScheduleFreeOptimizer
from netwright.training.threads import threads_for
from netwright.training.validation import outputs
from netwright.treatment.case import Case
from netwright.treatment.judgement import row_losses
from netwright.treatment.remedy import Remedy

SHARE_OF_TRAINING = 0.05
"""A branch is this long, measured by the training it stands for."""

FEWEST_STEPS, MOST_STEPS = 30, 150
LARGEST_SHARE, FEWEST_OF_ALL = 0.1, 10
"""Of short trainings the fewest steps are this share, but never under ten."""

SEEDS = 2
FINALISTS = 2
FEWEST_BRANCHES = 2
LOOKED_AT = 512
"""Training rows that are looked at besides the held-out ones."""

EXPLAINS = 0.75
"""The share of the best branch's gain from which another one explains, or gains, as much."""

EXPLAINS_SMALL = 0.5
"""The same for changes of numbers and parts: another architecture may be better without being the cause."""

EXPLAINS_NAMED = 0.3
"""The same for causes that findings name: two faults at once hide what mending one of them brings."""

SMALL = 2

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
    """

    steps: int
    control: tuple[float, ...]
    branches: tuple[Branch, ...]
    visits: int
    named: tuple[Cause, ...] = ()
    alarmed: Cause | None = None

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
        return sorted(ordered, key=lambda b: (not self._is_alarmed(b), b.remedy.size > SMALL))

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
        tried = f"{len(self.branches)} short trainings of {self.steps} steps, one thing changed in each"
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
    case: Case, recipe: Recipe, remedies: Sequence[Remedy], visits: int, allowed: int, seed: int
) -> Experiment:
    """Try remedies for a few steps, from the same initial weights and in the same order of rows.

    Args:
        case: the rows.
        recipe: of the unchanged training.
        remedies: the likeliest first; those that no short branch can show are left out.
        visits: rows that the whole training visits.
        allowed: rows that all branches together may visit.
        seed: of the first branch; further ones follow.
    """
    size = case.ready(recipe).recipe.batch_size
    steps = length(visits / size)
    horizon = steps * size
    affordable = allowed // horizon - (SEEDS - 1) * (FINALISTS + 1) - 1
    if affordable < FEWEST_BRANCHES:
        return Experiment(steps, (), (), 0)
    quick = [remedy for remedy in remedies if remedy.quick and remedy.cause is not None]
    # What netwright's own settings come to is the yardstick for all others.
    whole = [remedy for remedy in remedies if remedy.quick and remedy.cause is None]
    tried = quick[: max(1, affordable - len(whole))] + whole
    ceiling = BROKEN * float(case.constant_losses(case.stopping).mean())
    seeds = [seed + k for k in range(SEEDS)]

    def run(changed: Recipe, number: int) -> float:
        return min(ceiling, short_training(case, changed, horizon, number))

    control = [run(recipe, seed)]
    branches = [Branch(remedy, (_tried(remedy, recipe, run, seed),)) for remedy in tried]
    finalists = sorted(branches, key=lambda branch: branch.loss)[:FINALISTS]
    for number in seeds[1:]:
        control.append(run(recipe, number))
        branches = [
            replace(b, losses=(*b.losses, _tried(b.remedy, recipe, run, number)))
            if b.remedy in _of(finalists)
            else b
            for b in branches
        ]
    spent = horizon * (len(control) + sum(len(branch.losses) for branch in branches))
    return Experiment(steps, tuple(control), tuple(branches), spent)


def _of(branches: Sequence[Branch]) -> list[Remedy]:
    return [branch.remedy for branch in branches]


def _tried(remedy: Remedy, recipe: Recipe, run: Any, seed: int) -> float:
    """Return the loss of a branch; a change that cannot be made on these rows counts as broken."""
    try:
        return float(run(remedy.applied(recipe), seed))
    except UserError:
        return math.inf


def short_training(case: Case, recipe: Recipe, visits: int, seed: int) -> float:
    """Train a recipe until so many rows were visited; return the proper loss, infinity when it breaks down.

    Weights and order of rows are those that the whole training has with this seed.
    """
    ready = case.ready(recipe)
    ready = replace(ready, recipe=ready.recipe.edited(seed=seed, time=None))
    steps = max(1, round(visits / ready.recipe.batch_size))
    with isolated(derive_seed(seed, "training")):
        network = ready.build()
        with threads_for(network, ready.recipe.batch_size):
            setup = ready.setup(network)
            epochs = max(setup.epochs, 1 + steps // setup.batches.per_epoch)
            for step in islice(training_steps(setup.engine, setup.batches, epochs, Position()), steps):
                if setup.average is not None:
                    setup.average.update(setup.engine.pace.progress(step.number))
            return _proper_loss(case, ready, setup)


def _proper_loss(case: Case, ready: Ready, setup: Setup) -> float:
    """Return the mean loss on held-out rows and some training rows, with the weights that would be kept."""
    if isinstance(setup.engine.optimizer, ScheduleFreeOptimizer):
        setup.engine.optimizer.eval()
    if setup.average is not None:
        setup.average.apply()
    assert ready.held is not None
    every = max(1, ready.train.rows // LOOKED_AT)
    parts = [ready.held, ready.train.take(torch.arange(0, ready.train.rows, every))]
    losses = np.concatenate([_losses(case.target.task, ready, setup, part) for part in parts])
    return float(losses.mean())


def _losses(task: Task, ready: Ready, setup: Setup, part: Batch) -> np.ndarray:
    network = setup.engine.network
    device = next(network.parameters()).device
    inputs = tuple(tensor.to(device) for tensor in part.inputs)
    output = outputs(network, inputs, setup.engine.autocast)
    with torch.inference_mode():
        answers = ready.loss.point(decode(ready.loss, output, ready.shape)).cpu().numpy()
    truth = part.target.cpu().numpy()
    if task is Task.REGRESSION:
        answers, truth = ready.target.decode_numbers(answers), ready.target.decode_numbers(truth)
        spread = np.maximum(
            np.std(ready.target.decode_numbers(ready.train.target.cpu().numpy()), axis=0), 1e-12
        )
        return row_losses(task, truth, answers, spread)
    if not ready.loss.probabilities:
        answers = np.exp(answers - answers.max(axis=1, keepdims=True))
        answers = answers / answers.sum(axis=1, keepdims=True)
    return row_losses(task, truth, answers, np.ones(1))
