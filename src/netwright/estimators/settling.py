"""How a training that was stopped early ends: at a falling rate, on the held-out rows as well."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from netwright.data.preparation import Preparation, PreparationOptions
from netwright.estimators.assembly import engine_for, sampling_weight
from netwright.estimators.ready import Ready
from netwright.recipe.recipe import ResolvedRecipe
from netwright.training.batches import Batch, Batches, joined
from netwright.training.finite import all_finite
from netwright.training.fit import Outcome
from netwright.training.flat import release
from netwright.training.loop import Position, training_steps
from netwright.training.optimizers.schedule_free import ScheduleFreeOptimizer
from netwright.training.pace import Pace
from netwright.training.precision import deterministic, in_double
from netwright.training.schedules import Cosine
from netwright.training.state import load_weights, weights
from netwright.training.threads import threads_for

RISE = 0.05
"""Share of the way in which the rate rises first: the optimizer remembers nothing of what was before."""


def settle(network: nn.Module, ready: Ready, outcome: Outcome, *, join: bool) -> Outcome:
    """Let the best weights of a training come to rest; return its outcome with a word on that.

    For a share of the epochs that led to the best weights, see `EarlyStopping.settling`, training goes on
    from them while the rate falls. How long was decided on held-out rows; nothing is decided on them any
    more, so that they can be learnt from as well. What they tell of the network has to be taken before.

    Args:
        network: holds the best weights.
        ready: what it was trained on.
        outcome: how the training ended.
        join: whether the held-out rows are learnt from.
    """
    if ready.body is not None or not isinstance(ready.preparation, Preparation):
        return outcome  # the trainings of pictures, texts and sequences come to rest by themselves
    rows = _joined(ready) if join else ready.train
    epochs = _epochs(ready.recipe, outcome, rows.rows / ready.train.rows)
    if epochs == 0:
        return outcome
    kept, mode = weights(network), network.training
    try:
        with threads_for(network, ready.recipe.batch_size):
            _train(network, ready, rows, epochs)
        sound = all_finite(list(network.parameters()))
    except KeyboardInterrupt:
        load_weights(network, kept)
        return replace(outcome, ended="interrupted", interrupted=True)
    finally:
        release(network)
        network.train(mode)
    more = "1 more epoch" if epochs == 1 else f"{epochs} more epochs"
    if not sound:
        load_weights(network, kept)
        told = f"numbers did not stay finite in {more} at a falling rate; left out"
        return replace(outcome, events=(*outcome.events, told))
    which = "the held-out rows as well" if rows.rows > ready.train.rows else "the same rows"
    told = f"after that, {more} at a falling rate on {which}"
    return replace(outcome, afterwards=(*outcome.afterwards, told))


def _epochs(recipe: ResolvedRecipe, outcome: Outcome, growth: float) -> int:
    """Return how many epochs follow: those that are asked for, or fewer where the time is short."""
    if recipe.early_stopping is None or outcome.best_round is None or outcome.interrupted:
        return 0
    wanted = recipe.early_stopping.settling * outcome.rounds[outcome.best_round - 1].epoch
    if wanted == 0:
        return 0
    if recipe.time is None:
        return max(1, round(wanted))
    seconds_each = growth * outcome.seconds / outcome.rounds[-1].epoch
    return int(min(wanted, max(0.0, recipe.time - outcome.seconds) / seconds_each))


def _joined(ready: Ready) -> Batch:
    """Return training and held-out rows together, unless the training rows were drawn or made in a way."""
    train, held, options = ready.train, ready.held, ready.recipe.preparation
    resampled = isinstance(options, PreparationOptions) and options.resampling != "none"
    if held is None or resampled:
        return train
    return joined([train, held])


def _train(network: nn.Module, ready: Ready, rows: Batch, epochs: int) -> None:
    recipe = ready.recipe
    if recipe.precision == "float64":
        rows, _ = in_double(network, rows, None)
    drawn = sampling_weight(recipe, ready.target, rows)
    batches = Batches(rows, recipe.batch_size, recipe.seed, drawn, torch.device(recipe.device))
    pace = Pace(Cosine(warmup=RISE), epochs * batches.per_epoch)
    engine, _ = engine_for(recipe, network, ready.loss, pace)
    with deterministic(recipe.deterministic and recipe.device != "cpu"):
        for _ in training_steps(engine, batches, epochs, Position()):
            pass
    if isinstance(engine.optimizer, ScheduleFreeOptimizer):
        engine.optimizer.eval()
    if recipe.precision == "float64":
        network.float()
