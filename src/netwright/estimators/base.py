"""What every estimator for tables shares: fit on raw rows, answer raw rows, save and load."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from torch import nn

from netwright.data.preparation import Preparation, Prepared
from netwright.data.schema import Schema
from netwright.data.split import holdout
from netwright.data.target import Target, Wish
from netwright.device import choose_device
from netwright.errors import DataError
from netwright.estimators.assembly import assemble, build_network, inputs_of, shape_of, target_tensor
from netwright.estimators.intake import (
    Given,
    Rows,
    TargetValues,
    describe_rows,
    describe_target,
    fitting_rows,
    read_given,
    read_rows,
)
from netwright.randomness import derive_seed, isolated
from netwright.recipe.choices import Facts, Resolved, resolve
from netwright.recipe.recipe import Recipe, ResolvedRecipe
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.early_stopping import EarlyStopping
from netwright.training.fit import Observer, Outcome, fit
from netwright.training.history import Round
from netwright.training.losses import Loss
from netwright.training.objective import decode
from netwright.training.progress import show_progress
from netwright.training.state import TrainingState
from netwright.training.threads import threads_for
from netwright.training.validation import outputs

PREDICT_ROWS = 16_384
"""Rows that are prepared and answered at a time."""

FEWEST_ROWS_TO_HOLD_OUT = 40
"""With fewer rows than this, holding some out costs more than early stopping brings."""


@dataclass(frozen=True)
class Session:
    """What a caller adds to a training without changing what is learnt.

    Attributes:
        observers: told of every finished round.
        resume: the state in which an earlier training was left.
        schema: the columns, where they are known already.
        target: the target, where it is known already.
        settled: told the resolved recipe before training begins.
    """

    observers: Sequence[Observer] = ()
    resume: TrainingState | None = None
    schema: Schema | None = None
    target: Target | None = None
    settled: Callable[[Resolved], object] = lambda resolved: None


class TableEstimator(BaseEstimator):  # type: ignore[misc]
    """A network for tables behind scikit-learn's estimator interface.

    The parameters are the settings of a recipe, see `Recipe`, and `progress`: True, False, or "auto"
    to show it on a terminal only.
    """

    _wish: ClassVar[Wish] = None

    def __init__(
        self,
        *,
        preparation: Any = "auto",
        network: Any = "auto",
        loss: Any = "auto",
        optimizer: Any = "auto",
        schedule: Any = "auto",
        penalties: Any = (),
        averaging: Any = "auto",
        mixup: Any = None,
        gradient_clip: float | str | None = "auto",
        batch_size: int | str = "auto",
        batch_pieces: int = 1,
        balanced_sampling: bool = False,
        epochs: int | str = "auto",
        early_stopping: Any = "auto",
        validation_fraction: float | str = "auto",
        time: float | str | None = None,
        effort: str = "standard",
        precision: str = "auto",
        device: str = "auto",
        deterministic: bool = False,
        on_nonfinite: str = "stop",
        seed: int = 0,
        progress: bool | Literal["auto"] = "auto",
    ) -> None:
        self.preparation = preparation
        self.network = network
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.penalties = penalties
        self.averaging = averaging
        self.mixup = mixup
        self.gradient_clip = gradient_clip
        self.batch_size = batch_size
        self.batch_pieces = batch_pieces
        self.balanced_sampling = balanced_sampling
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.time = time
        self.effort = effort
        self.precision = precision
        self.device = device
        self.deterministic = deterministic
        self.on_nonfinite = on_nonfinite
        self.seed = seed
        self.progress = progress

    def recipe(self) -> Recipe:
        """Return the parameters as a checked recipe.

        Raises:
            RecipeError: for an unknown or impossible setting.
        """
        return Recipe(**{name: getattr(self, name) for name in Recipe.model_fields})

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, validation: tuple[Any, Any] | None = None
    ) -> Self:
        """Train on raw rows.

        Args:
            X: rows (n, columns): pandas, Polars, Arrow, NumPy, PyTorch, or lists.
            y: the target values (n,), or the name of the target column in X.
            sample_weight: how much each row counts (n,), or None for all alike.
            validation: (X, y) to stop by and choose weights on; without it a share of the rows is
                held out for that, unless early_stopping is None.

        Raises:
            DataError: when the data cannot be used; names column and row.
            RecipeError: when a parameter is unknown or impossible.
            TrainingError: when the numbers are no longer finite; names step and layer.
        """
        return self._fit(X, y, sample_weight, validation, Session())

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any] | None,
        session: Session,
    ) -> Self:
        recipe = self.recipe()
        given = read_given(X, y)
        self._learn_columns(given, session)
        weights = _checked_weights(sample_weight, len(given.rows))
        parts = self._divide(recipe, given, weights, validation)
        settled = self._settle(recipe, parts, session)
        with isolated(derive_seed(settled.seed, "training")):
            outcome = self._train(settled, parts, session)
        self.history_: tuple[Round, ...] = outcome.rounds
        self.outcome_ = outcome
        if outcome.interrupted:
            raise KeyboardInterrupt
        return self

    def _learn_columns(self, given: Given, session: Session) -> None:
        self.schema_: Schema = session.schema or describe_rows(given.rows)
        if not self.schema_.used:
            reasons = "; ".join(f"{column.name}: {column.reason}" for column in self.schema_.columns[:5])
            raise DataError(f"No input column can be used ({reasons}). Give at least one column that varies.")
        self.target_: Target = session.target or describe_target(given.target, self._wish)
        self.n_features_in_ = len(self.schema_.columns)
        if given.named:
            self.feature_names_in_ = np.array(self.schema_.names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _divide(
        self, recipe: Recipe, given: Given, weights: np.ndarray | None, validation: tuple[Any, Any] | None
    ) -> _Parts:
        """Return the training and the validation rows, aligned to the schema."""
        rows = self._aligned(given.rows)
        if validation is not None:
            held = read_given(*validation)
            return _Parts(rows, given.target, weights, self._aligned(held.rows), held.target)
        n = len(rows)
        wanted = recipe.validation_fraction != "auto" or isinstance(recipe.early_stopping, EarlyStopping)
        if recipe.early_stopping is None or (n < FEWEST_ROWS_TO_HOLD_OUT and not wanted):
            return _Parts(rows, given.target, weights)
        fraction = 0.15 if recipe.validation_fraction == "auto" else float(recipe.validation_fraction)
        classes = None
        if self.target_.task in (Task.BINARY, Task.MULTICLASS):
            classes = self.target_.encode(given.target)
        split = holdout(n, fraction, seed=recipe.seed, stratify=classes)
        return _Parts(
            rows[split.train],
            given.target[split.train],
            None if weights is None else weights[split.train],
            rows[split.validation],
            given.target[split.validation],
            None if weights is None else weights[split.validation],
        )

    def _settle(self, recipe: Recipe, parts: _Parts, session: Session) -> ResolvedRecipe:
        """Decide what was left open, with reasons."""
        device, device_reason = choose_device(recipe.device)
        facts = Facts(
            rows=len(parts.rows),
            columns=len(self.schema_.used),
            task=self.target_.task,
            classes=len(self.target_.classes),
            validation=parts.held_rows is not None,
            device=str(device),
            device_reason=device_reason,
        )
        resolved = resolve(recipe, facts)
        self.recipe_, self.reasons_ = resolved.recipe, resolved.reasons
        session.settled(resolved)
        return resolved.recipe

    def _train(self, recipe: ResolvedRecipe, parts: _Parts, session: Session) -> Outcome:
        self.preparation_: Preparation = (
            Preparation.fit_matrix(parts.rows, recipe.preparation)
            if isinstance(parts.rows, np.ndarray)
            else Preparation.fit(parts.rows, self.schema_, recipe.preparation)
        )
        shape = shape_of(self.target_)
        recipe.loss.check(shape)
        self.target_ = self._target_for(recipe.loss, parts.target)
        prepared = self._prepare(parts.rows)
        train = self._batch(prepared, parts.target, parts.weights)
        held = None
        if parts.held_rows is not None:
            held = self._batch(self._prepare(parts.held_rows), parts.held_target, parts.held_weights)
        recipe.loss.check_target(train.target, shape)
        self.loss_: Loss = recipe.loss.fitted(train.target, train.weight, shape)
        self.network_: nn.Module = build_network(
            recipe, self.preparation_, self.loss_.outputs(shape), inputs_of(prepared)
        )
        setup = assemble(recipe, self.network_, self.loss_, self.target_, train, held)
        weights = sum(parameter.numel() for parameter in self.network_.parameters())
        with threads_for(weights, recipe.batch_size), show_progress(setup, self.progress) as line:
            observers = [*session.observers, *([line.round] if line else [])]
            outcome = fit(setup, observers, session.resume)
            if line:
                line.close(outcome.ended)
        return outcome

    def _target_for(self, loss: Loss, values: TargetValues) -> Target:
        """Return the target with mean and spread of the training rows, or left in its own unit."""
        target = self.target_.standardised_on(values)
        if target.task is Task.REGRESSION and not loss.standardize_target:
            width = len(target.names)
            target = replace(target, mean=(0.0,) * width, scale=(1.0,) * width)
        return target

    def _batch(self, prepared: Prepared, values: TargetValues | None, weights: np.ndarray | None) -> Batch:
        assert values is not None
        target = target_tensor(self.target_, self.target_.encode(values))
        weight = None if weights is None else torch.from_numpy(weights).float()
        return Batch(inputs_of(prepared), target, weight)

    def _aligned(self, rows: Rows) -> Rows:
        return fitting_rows(rows, self.schema_, type(self).__name__)

    def _prepare(self, rows: Rows) -> Prepared:
        if isinstance(rows, np.ndarray):
            return self.preparation_.transform_matrix(rows)
        return self.preparation_.transform(rows)

    def _answers(self, X: Any) -> np.ndarray:
        """Return what the loss decodes for raw rows: probabilities, margins, or standardised numbers."""
        self._check_fitted()
        rows = self._aligned(read_rows(X))
        device = next(self.network_.parameters()).device
        shape = shape_of(self.target_)
        parts = []
        for start in range(0, max(1, len(rows)), PREDICT_ROWS):
            chunk = rows if len(rows) <= PREDICT_ROWS else rows[start : start + PREDICT_ROWS]
            inputs = tuple(tensor.to(device) for tensor in inputs_of(self._prepare(chunk)))
            answers = decode(self.loss_, outputs(self.network_, inputs), shape)
            parts.append(answers.cpu().numpy())
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file, see `netwright.artifact`.

        Raises:
            RunError: when the file cannot be written.
        """
        from netwright.estimators.saving import save_model

        save_model(self, path)

    def _check_fitted(self) -> None:
        if not hasattr(self, "network_"):
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet: call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        tags.non_deterministic = False
        return tags


@dataclass(frozen=True)
class _Parts:
    """Aligned training rows, and held-out rows where there are any."""

    rows: Rows
    target: TargetValues
    weights: np.ndarray | None = None
    held_rows: Rows | None = None
    held_target: TargetValues | None = None
    held_weights: np.ndarray | None = None


def _checked_weights(weights: Any, rows: int) -> np.ndarray | None:
    """Return sample weights as float64 (rows,).

    Raises:
        DataError: for another length, negative or missing weights, or all zero.
    """
    if weights is None:
        return None
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (rows,):
        raise DataError(
            f"sample_weight: expected {rows:,} values, one for each row, got shape {values.shape}."
        )
    bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
    if len(bad):
        raise DataError(f"sample_weight: row {bad[0] + 1} has {values[bad[0]]}; weights are 0 or more.")
    if not values.any():
        raise DataError("sample_weight: every weight is zero. Give some rows a weight above 0.")
    return values
