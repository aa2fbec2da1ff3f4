"""Snapshots: several networks from one training, whose rate falls and rises once for each of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from netwright.errors import RecipeError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.division import Part
from netwright.estimators.session import Session
from netwright.training.history import Round
from netwright.training.schedules import Cosine
from netwright.training.state import TrainingState, Weights


def train_snapshots(
    make: Callable[..., NetworkEstimator], count: int, train: Part, held: Part
) -> list[NetworkEstimator]:
    """Return models with the weights at the end of each cycle of one training.

    Args:
        make: returns an estimator with settings of a recipe.
        count: how many cycles.
        train: the training rows.
        held: rows held out, see `NetworkEstimator.fit`.

    Raises:
        RecipeError: when there are fewer epochs than snapshots.

    Source: Huang, Li, Pleiss, Liu, Hopcroft, Weinberger (2017), Snapshot ensembles: train 1, get M for free.
    """
    model = make(schedule=Cosine(restarts=count - 1), averaging=None, early_stopping=None, calibrate=False)
    collector = _Collector(count)
    session = Session(observers=[collector], settled=lambda settled: collector.plan(settled.recipe.epochs))
    model._fit(train.rows, train.target, train.weights, (held.rows, held.target), session)
    models = []
    for weights in collector.taken:
        member = copy.copy(model)
        member.network_ = copy.deepcopy(model.network_)
        member.network_.load_state_dict(weights)
        models.append(member)
    return models


@dataclass
class _Collector:
    """Takes the weights at the end of each cycle."""

    count: int
    taken: list[Weights] = field(default_factory=list)
    ends: tuple[float, ...] = ()

    def plan(self, epochs: int) -> None:
        """Learn how long the training is."""
        if epochs < self.count:
            raise RecipeError(f"epochs: {self.count} snapshots need as many epochs, got {epochs}.")
        self.ends = tuple(epochs * (cycle + 1) / self.count for cycle in range(self.count))

    def __call__(self, finished: Round, state: TrainingState) -> None:
        if len(self.taken) < self.count and finished.epoch >= self.ends[len(self.taken)] - 0.5:
            self.taken.append(state.engine["network"])
