"""Trials: throw-away trainings of a model, which itself stays as it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from sklearn.base import clone
from torch import nn

from netwright.errors import RecipeError, TrainingError
from netwright.estimators.assembly import assemble, build_network, fit_preparation, shape_of
from netwright.estimators.base import TableEstimator
from netwright.estimators.division import divide
from netwright.estimators.intake import read_given
from netwright.estimators.session import Session
from netwright.randomness import derive_seed, isolated
from netwright.recipe.recipe import ResolvedRecipe
from netwright.training.batches import Batch
from netwright.training.fit import Setup, fit
from netwright.training.losses import Loss
from netwright.training.threads import threads_for


@dataclass(frozen=True)
class Trial:
    """A model's training, ready to be tried.

    Attributes:
        recipe: with nothing left open.
        loss: fitted to the training targets.
        train: the training rows.
        held: rows held out, or None.
        build: returns a fresh network; what it draws comes from PyTorch's global generator.
    """

    recipe: ResolvedRecipe
    loss: Loss
    train: Batch
    held: Batch | None
    build: Callable[[], nn.Module]
    _target: Any

    def setup(self, seed: int, rows: int | None = None, **changes: Any) -> Setup:
        """Return a fresh training.

        Args:
            seed: of its weights and the order of its rows.
            rows: the most training rows to use; all when left out.
            changes: of the recipe.
        """
        recipe = self.recipe.edited(**changes, seed=seed)
        train = self.train if rows is None or rows >= self.train.rows else self.train.slice(0, rows)
        with isolated(derive_seed(seed, "trial")):
            setup = assemble(recipe, self.build(), self.loss, self._target, train, self.held)
        return replace(setup, observe_layers=False)

    def score(self, setup: Setup, seed: int) -> float:
        """Train and return the best held-out loss, else the last training loss; infinity if it breaks."""
        network, rows = setup.engine.network, setup.batches.batch_size
        try:
            with isolated(derive_seed(seed, "training")), threads_for(network, rows):
                outcome = fit(setup)
        except TrainingError:
            return math.inf
        if not outcome.rounds:
            return math.inf
        if setup.validation is None:
            return outcome.rounds[-1].train_loss
        return min(finished.validation["loss"] for finished in outcome.rounds)


def trial_of(model: Any, X: Any, y: Any) -> Trial:
    """Return the training that `model.fit(X, y)` would perform, ready to be tried.

    Args:
        model: an estimator, fitted or not; it is not changed.
        X: rows.
        y: target values, or the name of the target column in X.

    Raises:
        TypeError: when the model is no estimator for tables.
        DataError, RecipeError: as `fit` would.
    """
    if not isinstance(model, TableEstimator):
        raise TypeError(f"expected a Classifier or a Regressor, got {type(model).__name__}.")
    twin: TableEstimator = clone(model)
    recipe, given = twin.recipe(), read_given(X, y)
    if recipe.batch_size != "auto" and recipe.batch_size > len(given.rows):
        raise RecipeError(f"batch_size: {recipe.batch_size:,} is more than the {len(given.rows):,} rows.")
    twin._learn_columns(given, Session())
    division = divide(recipe, twin.target_, given, None, None, twin._aligned)
    settled = twin._settle(recipe, division, Session())
    twin.preparation_ = fit_preparation(division.train.rows, twin.schema_, settled)
    shape = shape_of(twin.target_)
    settled.loss.check(shape)
    twin.target_ = twin._target_for(settled.loss, division.train.target)
    train = _shuffled(twin._batch(division.train), settled.seed)
    held = None if division.held is None else twin._batch(division.held)
    loss = settled.loss.fitted(train.target, train.weight, shape)

    def build() -> nn.Module:
        return build_network(settled, twin.preparation_, loss.outputs(shape), train.inputs)

    return Trial(settled, loss, train, held, build, twin.target_)


def _shuffled(batch: Batch, seed: int) -> Batch:
    """Return the rows in another order, so that the first ones are a fair sample."""
    generator = torch.Generator().manual_seed(derive_seed(seed, "trial rows"))
    return batch.take(torch.randperm(batch.rows, generator=generator))
