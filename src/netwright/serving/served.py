"""A fitted model as the server sees it: what its rows are, what it predicts, and what answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.data.items import Form, ImageRows
from netwright.data.mixed import MixedPreparation
from netwright.data.preparation import Preparation
from netwright.data.schema import Kind, Schema
from netwright.data.target import Target
from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.preparing import form_of
from netwright.exporting.ensemble_whole import members_of
from netwright.exporting.subjects import subject_of
from netwright.serving.cells import Row

SERVED = (Form.TABLE, Form.TEXTS, Form.MIXED, Form.SEQUENCES, Form.IMAGES)

_TYPES: dict[Kind, Any] = {
    Kind.NUMBER: pl.Float64,
    Kind.CATEGORY: pl.String,
    Kind.YES_NO: pl.String,
    Kind.DATETIME: pl.Datetime("us"),
    Kind.TEXT: pl.String,
}


@dataclass(frozen=True)
class Served:
    """A fitted model as the server sees it.

    Attributes:
        model: a classifier, a regressor, or an ensemble of them.
        form: what its rows are.
        schema: the columns of a row, of all members.
        preparations: what made numbers of rows, one a member.
        target: what is predicted.
        probabilities: whether classes are answered with probabilities; else with scores.
        answers: rows as the model takes them to answers (n, k).
    """

    model: Any
    form: Form
    schema: Schema
    preparations: tuple[Any, ...]
    target: Target
    probabilities: bool
    answers: Callable[[Any], np.ndarray]

    @property
    def preparation(self) -> Any:
        """What made numbers of the rows of the first member."""
        return self.preparations[0]

    @property
    def tables(self) -> tuple[Preparation, ...]:
        """What made numbers of the columns that hold no texts, of each member."""
        parts = (one.table if isinstance(one, MixedPreparation) else one for one in self.preparations)
        return tuple(one for one in parts if isinstance(one, Preparation))

    @property
    def table(self) -> bool:
        """Whether the rows are those of a table whose columns are known one by one."""
        return all(isinstance(one, Preparation) for one in self.preparations)

    def material(self, rows: list[Row]) -> Any:
        """Return checked rows as the model takes them."""
        columns = self.schema.used
        if self.form is Form.IMAGES:
            return ImageRows(np.stack([row[columns[0].name] for row in rows]))
        return pl.DataFrame(
            [
                pl.Series(column.name, [row[column.name] for row in rows], dtype=_TYPES.get(column.kind))
                for column in columns
            ]
        )


def served_of(model: Any) -> Served:
    """Return a fitted model as the server sees it.

    Raises:
        UserError: for a model whose rows cannot be sent.
    """
    if not isinstance(model, (NetworkEstimator, Ensemble)):
        raise UserError(
            f"A {type(model).__name__} is not served: a Classifier, a Regressor and an Ensemble are. Answer "
            "files with netwright predict, or take the model elsewhere with netwright export."
        )
    members = members_of(model)[0] if isinstance(model, Ensemble) else [model]
    form = form_of(members[0].preparation_)
    if form not in SERVED:
        raise UserError(
            f"Models of {form} are not served. Served are those of {', '.join(SERVED)}; for others use "
            "netwright predict or netwright export."
        )
    used = {column.name: column for one in members[::-1] for column in one.schema_.used}
    return Served(
        model=model,
        form=form,
        schema=Schema(tuple(used.values())) if isinstance(model, Ensemble) else model.schema_,
        preparations=tuple(one.preparation_ for one in members),
        target=model.target_,
        probabilities=bool(members[0].loss_.probabilities),
        answers=subject_of(model).answers,
    )
