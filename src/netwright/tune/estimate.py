"""What a training will cost, before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import numpy as np
import polars as pl
import torch

from netwright.data.target import Target
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.classifier import Classifier
from netwright.estimators.intake import read_given, read_rows
from netwright.estimators.regressor import Regressor
from netwright.nets.count import count_flops, count_parameters
from netwright.randomness import derive_seed, isolated
from netwright.recipe.recipe import Recipe
from netwright.training.fit import Setup
from netwright.training.loop import Position, training_steps
from netwright.training.memory import check_memory, in_words, step_bytes
from netwright.training.threads import threads_for
from netwright.tune.trial import trial_of

WARM_STEPS = 3
MEASURED_STEPS = 20


@dataclass(frozen=True)
class Estimate:
    """What a training will cost.

    Attributes:
        parameters: trainable numbers of the network.
        flops: floating-point operations of the whole training; a multiplication and the addition that
            follows it count as two.
        memory_bytes: of a training step: weights, gradients, optimizer, activations.
        steps: updates of the whole training.
        seconds: the time it takes if it is not ended early.
        reason: how this was found out.
    """

    parameters: int
    flops: int
    memory_bytes: int
    steps: int
    seconds: float
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.parameters:,} parameters, {self.flops:.3g} floating-point operations, "
            f"{in_words(self.memory_bytes)}, {self.seconds:.3g} s ({self.reason})"
        )


def estimate(
    recipe: Recipe | NetworkEstimator,
    X: Any,
    y: Any = None,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Estimate:
    """Estimate what a training costs: parameters, operations, memory, seconds.

    The time is that of a few steps of a throw-away copy, times the number of steps.

    Args:
        recipe: a recipe, or a Classifier or Regressor; it is not changed.
        X: rows.
        y: target values, or the name of the target column in X; without them a made-up target stands in.
        clock: returns seconds.

    Raises:
        RecipeError: when the network is too large for the memory.
        DataError: when the data cannot be used.

    >>> import netwright as nw
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> recipe = nw.Recipe(network=nw.nets.MLP(hidden=(4,)), loss="mse", epochs=2, batch_size=10)
    >>> estimate(recipe, X).parameters
    21
    """
    model, rows, target, told = _subject(recipe, X, y)
    trial = trial_of(model, rows, target)
    settled = trial.recipe
    example = trial.train.slice(0, 1).inputs
    with isolated(0):
        check_memory(
            trial.build,
            example,
            settled.batch_size,
            settled.optimizer,
            torch.device(settled.device),
            pieces=settled.batch_pieces,
        )
    setup = trial.setup(settled.seed)
    network = setup.engine.network
    steps = settled.epochs * setup.batches.per_epoch
    seconds, measured = _seconds_of_step(setup, settled.seed, clock)
    total = seconds * steps if settled.time is None else min(settled.time, seconds * steps)
    return Estimate(
        parameters=count_parameters(network),
        flops=count_flops(network, example, settled.batch_size, backward=True) * steps,
        memory_bytes=step_bytes(
            network, example, settled.batch_size, settled.optimizer, settled.batch_pieces
        ),
        steps=steps,
        seconds=total,
        reason=f"{measured} steps of {settled.batch_size:,} rows measured at {1000 * seconds:,.3g} ms each "
        f"on {settled.device}, {steps:,} steps in at most {settled.epochs:,} epochs{told}",
    )


def _subject(recipe: Recipe | NetworkEstimator, X: Any, y: Any) -> tuple[NetworkEstimator, Any, Any, str]:
    """Return an estimator, rows and target, and what was made up."""
    settings = (
        {} if isinstance(recipe, NetworkEstimator) else {n: getattr(recipe, n) for n in Recipe.model_fields}
    )
    if y is not None:
        if isinstance(recipe, NetworkEstimator):
            return recipe, X, y, ""
        given = read_given(X, y)
        several = isinstance(given.target, np.ndarray)
        kind = None if several else Target.infer(pl.Series(given.target)).task
        made = Classifier if kind is not None and kind.is_classification else Regressor
        return made(**settings), X, y, ""
    rows = read_rows(X)
    loss = recipe.loss
    classes = isinstance(recipe, Classifier) or getattr(loss, "probabilities", False)
    model = (
        recipe if isinstance(recipe, NetworkEstimator) else (Classifier if classes else Regressor)(**settings)
    )
    numbers = np.arange(len(rows))
    target = np.where(numbers % 2, "b", "a") if classes else np.sin(numbers)
    told = "two classes" if classes else "one number"
    return model, X, target, f"; no target was given, {told} stood in"


def _seconds_of_step(setup: Setup, seed: int, clock: Callable[[], float]) -> tuple[float, int]:
    """Return the median time of a few steps, and how many there were."""
    times: list[float] = []
    with isolated(derive_seed(seed, "estimate")), threads_for(setup.engine.network, setup.batches.batch_size):
        steps = training_steps(setup.engine, setup.batches, setup.epochs, Position())
        before = clock()
        for step in islice(steps, WARM_STEPS + MEASURED_STEPS):
            float(step.loss)  # waits until the device is done
            now = clock()
            times.append(now - before)
            before = now
    measured = times[WARM_STEPS:] or times
    return float(np.median(measured)), len(measured)
