"""The case: a model and its rows, divided so that the treatment can be judged on rows it never saw."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from netwright.clinic.record import Record
from netwright.data.convert import to_frame
from netwright.data.items import Items
from netwright.data.schema import Schema
from netwright.data.target import Target
from netwright.errors import TrainingError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.classifier import Classifier
from netwright.estimators.intake import Rows, TargetValues
from netwright.estimators.ready import Ready
from netwright.estimators.regressor import Regressor
from netwright.estimators.session import Session
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.history import Round
from netwright.training.state import TrainingState
from netwright.treatment.judgement import bounded_losses, row_mistakes


def key_of(recipe: Recipe) -> str:
    """Return a short name of a recipe: the same for the same settings."""
    settings = sorted((name, str(value)) for name, value in recipe.to_plain().items())
    return hashlib.blake2b(repr(settings).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Rowset:
    """Some rows with their target."""

    rows: Rows
    target: TargetValues

    def __len__(self) -> int:
        return len(self.target)

    def take(self, index: np.ndarray) -> Rowset:
        """Return the rows that `index` names."""
        return Rowset(self.rows[index], self.target[index])


@dataclass(frozen=True)
class Trained:
    """A training that came to its end, or broke down.

    Attributes:
        model: the fitted model, None when the training broke down.
        visits: rows that were visited, counted as often as they were.
        findings: what is wrong with it.
        error: why it broke down, "" when it did not.
        cut: whether it was cut off because it visited as many rows as it might.
    """

    model: NetworkEstimator | None
    visits: int
    findings: tuple[Finding, ...] = ()
    error: str = ""
    cut: bool = False

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that are alarms."""
        return tuple(finding for finding in self.findings if finding.severity == "alarm")


Shelf = MutableMapping[str, Trained]


class CutOffError(Exception):
    """A training has visited as many rows as it may."""


@dataclass
class Case:
    """A model in treatment.

    Attributes:
        recipe: the recipe as the user wrote it.
        schema: the columns.
        target: what is predicted.
        fitting: rows that weights are learnt on.
        stopping: rows that decide when to stop, and which branch is better.
        judging: rows that no training and no choice of the treatment has seen.
        told: told of every sentence on the way.
        shelf: whole trainings that were done before, by recipe; where it is kept, none is done twice.
        folds: where few rows judge, further divisions of the same rows, matched for every recipe.
        places: numbers of the fitting rows in the data (n,); None where they are the data.
        name: of a fold, which tells its trainings from those of others on the shelf.
        classical: how wrong classical models are on each held-out row, once that is known.
    """

    recipe: Recipe
    schema: Schema
    target: Target
    fitting: Rowset
    stopping: Rowset
    judging: Rowset
    told: Callable[[str], object] = lambda sentence: None
    shelf: Shelf = field(default_factory=dict)
    folds: tuple[Case, ...] = ()
    places: np.ndarray | None = None
    name: str = ""
    classical: dict[str, np.ndarray] | None = None
    _ready: dict[str, Ready] = field(default_factory=dict, init=False)

    @property
    def can_judge(self) -> bool:
        """Whether there are rows to judge on, in a part of their own or in folds."""
        return len(self.judging) > 0 or bool(self.folds)

    def model(self, recipe: Recipe) -> NetworkEstimator:
        """Return an estimator that is not fitted."""
        estimator = Classifier if self.target.task.is_classification else Regressor
        return estimator(**{name: getattr(recipe, name) for name in Recipe.model_fields}, progress=False)

    def ready(self, recipe: Recipe) -> Ready:
        """Return the training of a recipe, ready to begin; rows are prepared once for all seeds."""
        key = key_of(recipe.edited(seed=0))
        if key not in self._ready:
            session = Session(schema=self.schema, target=self.target)
            held = (self.stopping.rows, self.stopping.target)
            self._ready[key] = self.model(recipe)._ready(
                self.fitting.rows, self.fitting.target, None, held, session
            )
        return self._ready[key]

    def train(self, recipe: Recipe, most: int | None = None) -> Trained:
        """Train in full, watched; a training that was done before is not done again.

        Args:
            recipe: of the training.
            most: rows that it may visit, no less than an epoch; what would visit more is cut off, and lost.
        """
        key = key_of(recipe) + self.name
        known = self.shelf.get(key)
        if known is None:
            known = self._train(recipe, most)
            if not known.cut:
                self.shelf[key] = known
        return known

    def _train(self, recipe: Recipe, most: int | None) -> Trained:
        model, held = self.model(recipe), (self.stopping.rows, self.stopping.target)
        rows, visited = len(self.fitting), 0

        def count(finished: Round, state: TrainingState) -> None:
            nonlocal visited
            before, visited = visited, round(rows * finished.epoch)
            over = finished.epoch >= model.recipe_.epochs or state.stopping.should_stop
            # The next round is as long as this one.
            if most is not None and not over and 2 * visited - before > most:
                raise CutOffError

        session = Session(observers=(count,), schema=self.schema, target=self.target)
        try:
            model._fit(self.fitting.rows, self.fitting.target, None, held, session)
        except CutOffError:
            return Trained(None, visited, cut=True)
        except TrainingError as error:
            record: Record | None = model.record_
            steps = 0 if record is None else record.step
            return Trained(None, steps * model.recipe_.batch_size, self._placed(model), str(error))
        visits = round(len(self.fitting) * model.history_[-1].epoch) if model.history_ else 0
        return Trained(model, visits, self._placed(model))

    def _placed(self, model: NetworkEstimator) -> tuple[Finding, ...]:
        return tuple(replace(finding, rows=self.placed(finding.rows)) for finding in model.findings_)

    def placed(self, rows: Sequence[int]) -> tuple[int, ...]:
        """Return numbers of fitting rows as numbers of the data: a training knows its own part only."""
        places = np.arange(len(self.fitting)) if self.places is None else self.places
        return tuple(int(places[row]) for row in rows if row < len(places))

    def losses(self, model: NetworkEstimator | None, part: Rowset) -> np.ndarray:
        """Return the proper loss of each row (n,); of no model, that of the best constant answer."""
        if model is None:
            return self.constant_losses(part)
        return bounded_losses(self.target.task, self.truth(part), self._answers(model, part), self.spread)

    def mistakes(self, model: NetworkEstimator, part: Rowset) -> np.ndarray:
        """Return how wrong each answer is (n,): 0 or 1 for classes, relative squared error for numbers."""
        return row_mistakes(self.target.task, self.truth(part), self._answers(model, part), self.spread)

    def constant_losses(self, part: Rowset) -> np.ndarray:
        """Return the loss of each row (n,) when every row gets the same answer, the best one."""
        learnt, truth, task = self.truth(self.fitting), self.truth(part), self.target.task
        if task in (Task.MULTICLASS, Task.BINARY):
            answer = np.bincount(learnt, minlength=len(self.target.classes)) / len(learnt)
        else:
            answer = learnt.mean(axis=0)
        return bounded_losses(
            task, truth, np.broadcast_to(answer, (len(truth), *np.shape(answer))), self.spread
        )

    @cached_property
    def spread(self) -> np.ndarray:
        """Standard deviation of a numeric target, of every column."""
        deviation = np.std(np.asarray(self.truth(self.fitting), dtype=np.float64), axis=0)
        return np.asarray(np.maximum(deviation, 1e-12))

    def _answers(self, model: NetworkEstimator, part: Rowset) -> np.ndarray:
        """Return probabilities (n, classes), or numbers in the target's own unit."""
        answers = model._answers(part.rows)
        if self.target.task is Task.REGRESSION:
            return model.target_.decode_numbers(answers)
        if model.loss_.probabilities:
            return answers
        margins = answers - answers.max(axis=1, keepdims=True)
        return np.asarray(np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True))

    def truth(self, part: Rowset) -> np.ndarray:
        """Return class indices, 0/1 labels, or numbers in the target's own unit."""
        encoded = self.target.encode(part.target)
        numbers = self.target.task is Task.REGRESSION
        return np.asarray(self.target.decode_numbers(encoded) if numbers else encoded)

    def frame(self, part: Rowset) -> pl.DataFrame:
        """Return rows as a frame with the columns of the schema."""
        rows = part.rows.values if isinstance(part.rows, Items) else part.rows
        if isinstance(rows, pl.DataFrame):
            return rows
        columns: Sequence[str] = self.schema.names
        table = to_frame(rows.reshape(-1, 1) if isinstance(part.rows, Items) else rows)
        return table.rename(dict(zip(table.columns, columns, strict=True)))
