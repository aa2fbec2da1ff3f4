"""Trials: throw-away trainings of a model, which itself stays as it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from sklearn.base import clone
from torch import nn

from netwright.errors import RecipeError, TrainingError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.intake import read_given
from netwright.estimators.ready import Ready
from netwright.estimators.session import Session
from netwright.randomness import derive_seed, isolated
from netwright.recipe.recipe import ResolvedRecipe
from netwright.training.batches import Batch
from netwright.training.fit import Setup, fit
from netwright.training.losses import Loss
from netwright.training.threads import threads_for


@dataclass(frozen=True)
class Trial:
    """A model's training, ready to be tried: its rows are shuffled, so that the first are a fair sample.

    Attributes:
        ready: rows, loss and recipe.
    """

    ready: Ready

    @property
    def recipe(self) -> ResolvedRecipe:
        """The recipe, with nothing left open."""
        return self.ready.recipe

    @property
    def loss(self) -> Loss:
        """The loss, fitted to the training targets."""
        return self.ready.loss

    @property
    def train(self) -> Batch:
        """The training rows."""
        return self.ready.train

    @property
    def held(self) -> Batch | None:
        """Rows held out, or None."""
        return self.ready.held

    def build(self) -> nn.Module:
        """Return a fresh network; what it draws comes from PyTorch's global generator."""
        return self.ready.build()

    def setup(self, seed: int, rows: int | None = None, **changes: Any) -> Setup:
        """Return a fresh training.

        Args:
            seed: of its weights and the order of its rows.
            rows: the most training rows to use; all when left out.
            changes: of the recipe.
        """
        train = self.train if rows is None or rows >= self.train.rows else self.train.slice(0, rows)
        ready = replace(self.ready, recipe=self.recipe.edited(**changes, seed=seed), train=train)
        with isolated(derive_seed(seed, "trial")):
            setup = ready.setup(self.build())
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
    if not isinstance(model, NetworkEstimator):
        raise TypeError(f"expected a Classifier or a Regressor, got {type(model).__name__}.")
    twin: NetworkEstimator = clone(model)
    size, rows = twin.recipe().batch_size, len(read_given(X, y).rows)
    if size != "auto" and size > rows:
        raise RecipeError(f"batch_size: {size:,} is more than the {rows:,} rows.")
    ready = twin._ready(X, y, None, None, Session())
    return Trial(replace(ready, train=_shuffled(ready.train, ready.recipe.seed)))


def _shuffled(batch: Batch, seed: int) -> Batch:
    """Return the rows in another order, so that the first ones are a fair sample."""
    generator = torch.Generator().manual_seed(derive_seed(seed, "trial rows"))
    return batch.take(torch.randperm(batch.rows, generator=generator))
