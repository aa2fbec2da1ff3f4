"""A short training: the beginning of one recipe's training, and how well it does by then."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import torch

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
from netwright.treatment.judgement import bounded_losses

LOOKED_AT = 512
"""Training rows that are looked at besides the held-out ones."""


def short_training(case: Case, recipe: Recipe, visits: int, seed: int) -> float:
    """Train a recipe until so many rows were visited; return the proper loss, infinity when it breaks down.

    Weights and order of rows are those that the whole training has with this seed.
    """
    ready = case.ready(recipe)
    ready = replace(ready, recipe=ready.recipe.edited(seed=seed, time=None))
    steps = max(1, visits // ready.recipe.batch_size)
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
        return bounded_losses(task, truth, answers, spread)
    if not ready.loss.probabilities:
        answers = np.exp(answers - answers.max(axis=1, keepdims=True))
        answers = answers / answers.sum(axis=1, keepdims=True)
    return bounded_losses(task, truth, answers, np.ones(1))
