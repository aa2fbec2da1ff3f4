"""The rows on which exported files are checked: real ones, and the same with gaps and unknown words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from netwright.data.encode import MICROSECONDS
from netwright.data.items import MixedRows
from netwright.data.preparation import Preparation
from netwright.data.scale import QuantileMap
from netwright.data.schema import Kind, Schema
from netwright.data.target import Target
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.intake import Rows, fitting_rows, read_rows
from netwright.estimators.preparing import form_of

MOST_ROWS = 10_000
"""Rows that are checked at most."""

UNSEEN = "a word that was never seen in training"

STRANGE = {
    Kind.NUMBER: (None, 1e6),
    Kind.CATEGORY: (None, UNSEEN),
    Kind.YES_NO: (None,),
    Kind.DATETIME: (None,),
    Kind.TEXT: (None,),
}
"""What one cell of a strange row holds: nothing, or what lies beyond the training rows."""


@dataclass(frozen=True)
class CheckRows:
    """Rows to check exported files on.

    Attributes:
        rows: as the preparation takes them.
        real: how many of them are real; the others are made.
        source: where they come from, in words.
        truth: the encoded target of the real rows, None where they hold none.
    """

    rows: Any
    real: int
    source: str
    truth: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)


def check_rows(
    model: NetworkEstimator,
    given: Any,
    source: str,
    *,
    schema: Schema | None = None,
    target: Target | None = None,
) -> CheckRows:
    """Return rows to check on.

    Args:
        model: fitted.
        given: raw rows in any form that `predict` takes, or None: then rows are made of what the
            preparation has learnt, which only tables allow.
        source: where the rows come from, in words.
        schema: the columns of rows, where they are more than the model's.
        target: what is predicted, where it is not the model's.
    """
    schema, target = schema or model.schema_, target or model.target_
    if given is None:
        assert isinstance(model.preparation_, Preparation)
        made = with_strange(schema, made_rows(model.preparation_))
        return CheckRows(made, 0, "made of the training's statistics")
    rows: Any = read_rows(given, form_of(model.preparation_))
    rows = fitting_rows(rows, schema, type(model).__name__)[:MOST_ROWS]
    truth, real = _truth(target, given), len(rows)
    if isinstance(rows, np.ndarray) and rows.ndim == 2:
        rows = pl.DataFrame(rows, schema=list(schema.names), orient="row")
    if isinstance(rows, pl.DataFrame):
        rows = with_strange(schema, rows)
    elif isinstance(rows, MixedRows):
        rows = replace(rows, values=with_strange(schema, rows.values))
    return CheckRows(rows, real, source, None if truth is None else truth[:real])


def with_strange(schema: Schema, frame: pl.DataFrame) -> pl.DataFrame:
    """Return aligned rows, then the first of them with one cell at a time missing, unseen or far out."""
    strange = []
    for column in schema.used:
        for value in STRANGE.get(column.kind, ()):
            cell = pl.lit(value, dtype=frame.schema[column.name]).alias(column.name)
            strange.append(frame[:1].with_columns(cell))
    empty = frame[:1].with_columns(
        pl.lit(None, dtype=frame.schema[name]).alias(name) for name in frame.columns
    )
    return pl.concat([frame, *strange, empty])


def made_rows(preparation: Preparation, rows: int = 200) -> pl.DataFrame:
    """Return rows drawn from what a preparation knows: each number as in training, each category as often.

    >>> from netwright.data.preparation import PreparationOptions
    >>> options = PreparationOptions("standard")
    >>> made_rows(Preparation.fit_matrix(np.array([[1.0], [3.0]]), options), 3)["x0"].len()
    3
    """
    generator = np.random.default_rng(0)
    columns: dict[str, pl.Series] = {}
    for place, name in enumerate((*preparation.numbers, *preparation.dates)):
        values = _numbers(preparation, place, rows, generator)
        if name in preparation.dates:
            moments = np.round(values * MICROSECONDS["year"]).astype(np.int64)
            columns[name] = pl.Series(name, moments).cast(pl.Datetime("us"))
        else:
            columns[name] = pl.Series(name, values)
    words = {name: one.words for name, one in preparation.yes_no.items()}
    words |= {name: one.words for name, one in preparation.categories.items()}
    for name, known in words.items():
        drawn = generator.integers(0, len(known) or 1, rows)
        columns[name] = pl.Series(name, [known[one] if known else None for one in drawn], dtype=pl.String)
    return pl.DataFrame(columns)


def _numbers(preparation: Preparation, place: int, rows: int, generator: np.random.Generator) -> np.ndarray:
    scaler = preparation.scaler
    if isinstance(scaler, QuantileMap):
        there = np.isfinite(scaler.knots[place])
        levels = np.column_stack([scaler.below[place][there], scaler.above[place][there]]).ravel()
        knots = scaler.knots[place][there].repeat(2)
        return np.asarray(np.interp(generator.random(rows), levels, knots))
    spread = scaler.spread[place] if np.isfinite(scaler.spread[place]) else 0.0
    return np.asarray(scaler.center[place] + spread * generator.normal(size=rows))


def _truth(target: Target, given: Any) -> np.ndarray | None:
    """Return the encoded target where the rows hold it, else None."""
    names = target.names
    if not isinstance(given, pl.DataFrame) or any(name not in given.columns for name in names):
        return None
    return target.encode(given.select(names).to_numpy() if len(names) > 1 else given[names[0]])


def raw_rows(rows: Rows) -> list[Any]:
    """Return rows one by one, as the readers take them: dicts of a table, else what each row is."""
    if isinstance(rows, pl.DataFrame):
        return rows.to_dicts()
    if isinstance(rows, MixedRows):
        frame: pl.DataFrame = rows.values
        return frame.to_dicts()
    return list(rows if isinstance(rows, np.ndarray) else rows.values)
