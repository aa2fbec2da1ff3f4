"""What classifier and regressor share: fit on raw rows of any form, answer raw rows, save and load."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from torch import Tensor, nn

from netwright.clinic.attach import AttachedClinic, attach
from netwright.clinic.record import Record
from netwright.data.preparation import Preparation
from netwright.data.schema import Schema
from netwright.data.target import Target, Wish
from netwright.errors import DataError
from netwright.estimators.answering import mapped
from netwright.estimators.assembly import check_network, shape_of
from netwright.estimators.division import Part, checked_weights, divide
from netwright.estimators.health import Health
from netwright.estimators.intake import (
    Given,
    Rows,
    describe_rows,
    describe_target,
    fitting_rows,
    read_given,
    read_rows,
    wanted_form,
)
from netwright.estimators.looking import look
from netwright.estimators.map_reading import fit_beside, read_beside
from netwright.estimators.preparing import form_of
from netwright.estimators.ready import Ready, make_ready
from netwright.estimators.reliability import answers_of_held, learn_assurance, likeness
from netwright.estimators.seen import Seen
from netwright.estimators.session import Session
from netwright.estimators.settling import settle
from netwright.estimators.transfer import Body, adapted, open_body, transferred
from netwright.findings import Finding
from netwright.nets.network import TEXTS_UNREAD, reads_no_texts
from netwright.randomness import derive_seed, isolated
from netwright.recipe.choices import Resolved
from netwright.recipe.recipe import Recipe, ResolvedRecipe
from netwright.training.compilation import compile_where_faster
from netwright.training.fit import Outcome, Setup, fit
from netwright.training.flat import release
from netwright.training.history import Round
from netwright.training.objective import decode
from netwright.training.precision import deterministic
from netwright.training.progress import show_progress
from netwright.training.threads import threads_for
from netwright.training.without_compiler import without_compiler
from netwright.uncertainty.assurance import Assurance, known


class NetworkEstimator(BaseEstimator):  # type: ignore[misc]
    """A network for tables, pictures, texts, sequences or sounds behind scikit-learn's estimator interface.

    The parameters are the settings of a recipe, see `Recipe`; `progress`: True, False, or "auto" to show
    it on a terminal only; and `watch`: whether the training is watched for what goes wrong, which
    does not change the weights.
    """

    _wish: ClassVar[Wish] = None

    target_: Target
    assurance_: Assurance

    def __init__(
        self,
        *,
        preparation: Any = "auto",
        network: Any = "auto",
        ensemble: int = 1,
        blend: Any = (),
        body: Any = None,
        freeze: str = "gradual",
        loss: Any = "auto",
        optimizer: Any = "auto",
        schedule: Any = "auto",
        penalties: Any = (),
        averaging: Any = "auto",
        mixup: Any = None,
        augmentation: Any = "auto",
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
        calibrate: bool = True,
        threshold: Any = None,
        seed: int = 0,
        progress: bool | Literal["auto"] = "auto",
        watch: bool = True,
    ) -> None:
        self.preparation = preparation
        self.network = network
        self.ensemble = ensemble
        self.blend = blend
        self.body = body
        self.freeze = freeze
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.penalties = penalties
        self.averaging = averaging
        self.mixup = mixup
        self.augmentation = augmentation
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
        self.calibrate = calibrate
        self.threshold = threshold
        self.seed = seed
        self.progress = progress
        self.watch = watch

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
            X: rows of a table (n, columns): pandas, Polars, Arrow, NumPy, PyTorch, or lists; pictures,
                texts, sequences or sounds: arrays, lists of arrays, strings, or paths of files.
            y: the target values (n,), or the name of the target column in X.
            sample_weight: how much each row counts (n,), or None for all alike.
            validation: (X, y) to stop by and choose weights on; without it a share of the rows is
                held out for that, unless early_stopping is None.

        Raises:
            DataError: when the data cannot be used; names column and row.
            RecipeError: when a parameter is unknown or impossible.
            TrainingError: when the numbers are no longer finite; names step and layer.
        """
        return self._fit(X, y, sample_weight, validation, Session(several=True))

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any] | None,
        session: Session,
    ) -> Self:
        begun = time.perf_counter()
        seen = self._seen(X, y, sample_weight, validation, session)
        if session.several and seen.several:
            from netwright.estimators.several import fit_several

            outcome, self.assurance_ = fit_several(self, seen, session, begun)
        else:
            ready = self._prepared(seen, session)
            with isolated(derive_seed(ready.recipe.seed, "training")), without_compiler():
                outcome = self._train(ready, session, begun)
                outcome = fit_beside(self.network_, ready, outcome)
                join = seen.sight.held is None
                # Held-out rows tell of the network as it stays, or as it was before it learnt from them.
                held_answers = answers_of_held(self.network_, ready) if join else None
                outcome = settle(self.network_, ready, outcome, join=join)
                if not join:
                    held_answers = answers_of_held(self.network_, ready)
            self.assurance_ = learn_assurance(self.network_, ready, held_answers)
        self.history_: tuple[Round, ...] = outcome.rounds
        self.outcome_ = outcome
        if self.assurance_.threshold is not None:
            self.target_ = replace(self.target_, threshold=self.assurance_.threshold.value)
        if outcome.interrupted:
            raise KeyboardInterrupt
        return self

    def _ready(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any] | None,
        session: Session,
    ) -> Ready:
        """Read the rows, decide what was left open, and prepare everything but the network."""
        return self._prepared(self._seen(X, y, sample_weight, validation, session), session)

    def _seen(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any] | None,
        session: Session,
    ) -> Seen:
        """Read the rows and understand what they are."""
        recipe = self.recipe()
        body = None if recipe.body is None else open_body(recipe.body)
        recipe = recipe if body is None else adapted(recipe, body)
        form, own = wanted_form(recipe), isinstance(recipe.network, nn.Module) and body is None
        given = read_given(X, y, form, own)
        self._learn_columns(given, session, body, plain=body is None and reads_no_texts(recipe.network))
        weights = checked_weights(sample_weight, len(given.rows))
        whole, held = Part(self._aligned(given.rows), given.target, weights), None
        if validation is not None:
            other = read_given(*validation, form, own)
            held = Part(self._aligned(other.rows), other.target)
        sight = look(whole, held, self.target_, recipe)
        recipe = read_beside(recipe, body, len(given.rows), self.target_.task)
        return Seen(recipe, sight, body)

    def _prepared(self, seen: Seen, session: Session) -> Ready:
        """Hold rows out, decide what was left open, and prepare the rows."""
        division = divide(seen.recipe, self.target_, seen.sight.whole, seen.sight.held)
        settled = self._settle(seen, len(division.train.rows), division.held is not None, session)
        ready = make_ready(settled, self.schema_, self.target_, division, seen.body)
        self._take_over(ready)
        return ready

    def _take_over(self, ready: Ready) -> None:
        self.preparation_, self.target_, self.loss_ = ready.preparation, ready.target, ready.loss

    def _learn_columns(self, given: Given, session: Session, body: Body | None, *, plain: bool) -> None:
        known = session.schema or (None if body is None else body.columns_of(given.rows))
        self.schema_: Schema = known or describe_rows(given.rows)
        if plain:
            self.schema_ = self.schema_.without_texts(TEXTS_UNREAD)
        if not self.schema_.used:
            reasons = "; ".join(f"{column.name}: {column.reason}" for column in self.schema_.columns[:5])
            raise DataError(f"No input column can be used ({reasons}). Give at least one column that varies.")
        self.target_ = session.target or describe_target(given.target, self._wish)
        self.n_features_in_ = len(self.schema_.columns)
        if given.named:
            self.feature_names_in_ = np.array(self.schema_.names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _settle(self, seen: Seen, rows: int, held: bool, session: Session) -> ResolvedRecipe:
        """Decide what was left open, with reasons, for so many training rows."""
        resolved = seen.settle(self.schema_, self.target_, rows, held=held)
        self.recipe_, self.reasons_ = resolved.recipe, resolved.reasons
        session.settled(resolved)
        return resolved.recipe

    def _train(self, ready: Ready, session: Session, begun: float) -> Outcome:
        """Build the network and train it."""
        recipe = ready.recipe
        ready.check_memory()
        self.network_: nn.Module = ready.build()
        if ready.body is not None:
            self.transferred_ = transferred(self.network_, ready.body)
            self.reasons_["body"] = str(self.transferred_)
            session.settled(Resolved(recipe, self.reasons_))
        check_network(self.network_, recipe, self.loss_, ready.shape, ready.train.inputs)
        setup = ready.setup(self.network_)
        # Preparing the rows and building the network are part of the time that was given.
        setup.spend(setup.clock() - begun)
        return self._run(setup, recipe, session)

    def _run(
        self, setup: Setup, recipe: ResolvedRecipe, session: Session, *, watched: bool = True
    ) -> Outcome:
        """Perform a training that is set up; one that is not watched leaves what was seen of others."""
        if not recipe.deterministic:
            compile_where_faster(setup)
        with threads_for(self.network_, recipe.batch_size), show_progress(setup, self.progress) as line:
            clinic = (
                attach(setup, announce=session.announce, seed=recipe.seed) if self.watch and watched else None
            )
            told = [line.round] if line else []
            told += [clinic.round_ended] if clinic else []
            finished = False
            try:
                with deterministic(recipe.deterministic and recipe.device != "cpu"):
                    outcome = fit(setup, [*session.observers, *told], session.resume)
                finished = not outcome.interrupted
            finally:
                if watched:
                    self._take_health(clinic, finished)
                release(self.network_.float() if recipe.precision == "float64" else self.network_)
            if line:
                line.close(outcome.ended)
        return outcome

    def _take_health(self, clinic: AttachedClinic | None, finished: bool) -> None:
        """Keep what was seen of the training."""
        if clinic is not None:
            clinic.close(finished=finished)
        self.record_: Record | None = None if clinic is None else clinic.record
        self.health_: Health | None = None if clinic is None else Health.of(clinic)

    @property
    def findings_(self) -> tuple[Finding, ...]:
        """What was found wrong with the training, or worth knowing, worst first."""
        health = getattr(self, "health_", None)
        return () if health is None else health.findings

    def _aligned(self, rows: Rows) -> Rows:
        return fitting_rows(rows, self.schema_, type(self).__name__)

    def _answers(self, X: Any) -> np.ndarray:
        """Return what the loss decodes for raw rows: probabilities, margins, or standardised numbers."""
        self._check_fitted()
        shape = shape_of(self.target_)
        return self._map(X, lambda output: self.loss_.point(decode(self.loss_, output, shape)))

    def _map(self, X: Any, answer: Callable[[Tensor], Tensor]) -> np.ndarray:
        """Return what `answer` makes of the network's outputs for raw rows."""
        rows = self._aligned(read_rows(X, form_of(self.preparation_)))
        return mapped(self.network_, self.preparation_, rows, answer)

    def familiarity(self, X: Any) -> np.ndarray:
        """Return how much each row of a table is like the training rows, a p-value (n,).

        Of ordinary rows a share p has one below p; a row below .01 is unlike what the model has seen, and
        its answer is a guess.

        Raises:
            RecipeError: when no rows were held out, or the rows are no table.
        """
        self._check_fitted()
        learnt = known(self.assurance_.familiarity, "familiarity", self.assurance_.why("familiarity"))
        rows = self._aligned(read_rows(X, form_of(self.preparation_)))
        assert isinstance(self.preparation_, Preparation)
        return likeness(learnt, self.preparation_, rows)

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
