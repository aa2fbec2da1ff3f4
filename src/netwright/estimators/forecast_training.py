"""Training networks that forecast: each candidate by the one loop, the best on the validation part kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.data.shapes import WindowShape
from netwright.nets.forecasting import forecast_network
from netwright.nets.network import Network
from netwright.randomness import derive_seed, isolated
from netwright.recipe.forecast import ForecastRecipe
from netwright.task import Task
from netwright.training.averaging import EMA, averaged_tensors
from netwright.training.batches import Batches
from netwright.training.fit import Observer, Outcome, Setup, fit
from netwright.training.loop import Engine
from netwright.training.losses import Loss, TargetShape
from netwright.training.objective import Objective
from netwright.training.optimizers import parameter_groups
from netwright.training.pace import Pace
from netwright.training.schedules import Constant
from netwright.training.state import TrainingState
from netwright.training.threads import threads_for
from netwright.training.validation import Validation
from netwright.training.windows import Windows

GRADIENT_CLIP = 1.0


@dataclass(frozen=True)
class Candidate:
    """A trained network.

    Attributes:
        part: its settings.
        network: the module, with the weights that were kept.
        outcome: how its training went.
        loss: on the validation part; NaN without one.
    """

    part: Network
    network: nn.Module
    outcome: Outcome
    loss: float


Watch = Callable[[str, Setup], AbstractContextManager[tuple[Sequence[Observer], TrainingState | None]]]
"""Opens a block around a training, by its name: gives what is told of its rounds, and where it goes on."""

AGAIN = "again"
"""What the training of the chosen network on all windows is called."""


def train_candidates(
    recipe: ForecastRecipe, shape: WindowShape, train: Windows, held: Windows | None, watch: Watch
) -> list[Candidate]:
    """Train every network of the recipe, in order; the time is shared among them.

    Args:
        recipe: with nothing left open.
        shape: of the windows.
        train: windows to train on.
        held: windows that choose the weights, or None.
        watch: told of each training.
    """
    seconds = None if recipe.time is None else recipe.time / (len(recipe.network) + bool(recipe.refit))
    return [
        train_one(recipe, part, shape, train, held, watch, name=f"{number}-{part.kind}", seconds=seconds)
        for number, part in enumerate(recipe.network)
    ]


def best_of(candidates: list[Candidate]) -> Candidate:
    """Return the candidate with the least validation loss; the first where none was measured."""
    return min(candidates, key=lambda one: math.inf if math.isnan(one.loss) else one.loss)


def train_one(
    recipe: ForecastRecipe,
    part: Network,
    shape: WindowShape,
    train: Windows,
    held: Windows | None,
    watch: Watch,
    *,
    name: str = AGAIN,
    epochs: int | None = None,
    seconds: float | None = None,
) -> Candidate:
    """Train one network.

    Args:
        recipe: with nothing left open.
        part: the network.
        shape: of the windows.
        train: windows to train on.
        held: windows that choose the weights, or None to keep the last weights.
        watch: told of the training.
        name: of the training, for `watch`.
        epochs: how often the windows are visited; the recipe's number when left out.
        seconds: the time it may take, or None.
    """
    assert isinstance(recipe.loss, Loss)
    target = TargetShape(Task.REGRESSION, width=recipe.horizon)
    with isolated(derive_seed(recipe.seed, "forecast", part.kind)):
        network = forecast_network(part, shape, recipe.loss.outputs(target)).to(torch.device(recipe.device))
        setup = _setup(recipe, network, target, train, held, epochs, seconds)
        with threads_for(network, int(recipe.batch_size)), watch(name, setup) as (observers, state):
            outcome = fit(setup, observers, state)
    if outcome.interrupted:
        raise KeyboardInterrupt
    losses = [one.validation["loss"] for one in outcome.rounds if one.validation]
    return Candidate(part, network.eval(), outcome, min(losses, default=math.nan))


def _setup(
    recipe: ForecastRecipe,
    network: nn.Module,
    target: TargetShape,
    train: Windows,
    held: Windows | None,
    epochs: int | None,
    seconds: float | None,
) -> Setup:
    assert isinstance(recipe.loss, Loss)
    assert not isinstance(recipe.optimizer, str)
    device = torch.device(recipe.device)
    batches = Batches(train, int(recipe.batch_size), recipe.seed, device=device)
    visits = int(recipe.epochs) if epochs is None else epochs
    pace = Pace.of(Constant(), visits * batches.per_epoch, seconds, larger_is_better=False)
    groups = parameter_groups(network, recipe.optimizer.layer_rates)
    validation = None
    if held is not None:
        validation = Validation(held.whole().to(device), recipe.loss, target, _no_metrics)
    return Setup(
        engine=Engine(
            network=network,
            objective=Objective(recipe.loss),
            optimizer=recipe.optimizer.build(groups),
            pace=pace,
            gradient_clip=GRADIENT_CLIP,
        ),
        batches=batches,
        epochs=visits,
        validation=validation,
        early_stopping=recipe.early_stopping if held is not None else None,
        average=EMA(decay=0.99).average(averaged_tensors(network)),
        seconds=seconds,
    )


def _no_metrics(answers: Tensor, truth: Tensor) -> dict[str, float]:
    return {}
