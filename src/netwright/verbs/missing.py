"""`missing`: how much is missing, where and why, and which filling is best."""

from __future__ import annotations

import os
import time as clocks
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from netwright.audit.gaps import (
    FILLINGS,
    INDICATOR,
    Filling,
    fillings,
    gaps_of,
    hidden_errors,
    scores_by_filling,
)
from netwright.audit.gaps_page import MissingReport, missing_page
from netwright.audit.little import little_test
from netwright.compare.game import Field
from netwright.data.schema import Kind
from netwright.metrics import Metric, primary_metric
from netwright.randomness import numpy_generator
from netwright.verbs.check import table_or_rows
from netwright.verbs.tables import record_text, write_files

MOST_ROWS = 10_000
SCORED_ROWS = 4_000
FEWEST_ROWS = 50
PAGE, RECORD = "missing.html", "missing.json"


def missing(
    source: Any,
    target: str | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
    ignore: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    group: str | None = None,
    order_by: str | None = None,
    task: str | None = None,
    seed: int = 0,
    told: Callable[[str], object] = lambda sentence: None,
    clock: Callable[[], float] = clocks.monotonic,
) -> MissingReport:
    """Say how much is missing and where, whether it depends on other columns, and how to fill it.

    Fillings are compared on known cells that are hidden, and with a target by the score of gradient boosting.

    Args:
        source: a file or rows in memory.
        target: the column to predict, to compare fillings by the final score as well.
        out: a folder for the page missing.html and the record missing.json.
        ignore: columns to leave out.
        columns: kinds of columns where the automatic choice is wrong: {"zip": "category"}.
        group: a column whose groups are kept on one side of every division.
        order_by: a column of dates or numbers; scores are then measured on later rows.
        task: binary, multiclass or regression, where the target does not decide it.
        seed: of samples, hidden cells, folds and trees.
        told: told what is measured.
        clock: returns seconds.

    Raises:
        DataError: when the table cannot be used.

    >>> missing({"x": [1.0, 2.0, 3.0], "z": [2.5, 1.5, 0.5]}).verdict
    'Nothing is missing.'
    """
    begun = clock()
    given = {"ignore": ignore, "columns": columns, "group": group, "order_by": order_by, "task": task}
    field, labelled, _, remarks = table_or_rows(source, target, seed=seed, **given)
    table = field.aligned.drop(field.texts)
    cells_missing = sum(table.null_count().row(0)) if table.width else 0
    numbers = [column.name for column in field.schema.used if column.kind is Kind.NUMBER]
    number_missing = any(table[name].null_count() for name in numbers)
    comparable = number_missing and table.height >= FEWEST_ROWS
    told("where the gaps are")
    sample = table[_some(table.height, MOST_ROWS, seed)]
    gaps = tuple(gaps_of(sample, seed)) if cells_missing else ()
    little = little_test(_matrix(table, numbers), seed) if number_missing else None
    metric = primary_metric(field.target.task) if comparable and labelled else None
    compared = _compared(field, sample, numbers, metric, seed, told) if comparable else ()
    report = MissingReport(
        rows=table.height,
        cells=table.width * table.height,
        missing=cells_missing,
        complete=_complete_rows(table),
        columns=gaps,
        fillings=compared,
        best=_best(compared, metric) if number_missing else "",
        little=little,
        target=field.target.name if labelled else "",
        metric=metric,
        remarks=(*remarks, *_limits(table.height, number_missing)),
        seconds=clock() - begun,
    )
    if out is not None:
        write_files(out, texts(report))
    return report


def texts(report: MissingReport) -> dict[str, str]:
    """Return page and record by the names of their files."""
    return {PAGE: missing_page(report), RECORD: record_text(report.to_json())}


def _complete_rows(table: pl.DataFrame) -> int:
    """Return how many rows have no gap."""
    if not table.width:
        return 0
    return int(table.select(~pl.any_horizontal(pl.all().is_null())).to_series().sum())


def _compared(
    field: Field,
    sample: pl.DataFrame,
    numbers: list[str],
    metric: Metric | None,
    seed: int,
    told: Callable[[str], object],
) -> tuple[Filling, ...]:
    """Return what each filling gets wrong on hidden cells, and with a metric the score behind it."""
    told("fillings on hidden cells")
    errors = hidden_errors(_matrix(sample, numbers), seed)
    if metric is None:
        return fillings(errors, {})
    told("fillings by the score of gradient boosting")
    scored = field.take(_some(field.frame.height, SCORED_ROWS, seed))
    return fillings(errors, scores_by_filling(scored, numbers, metric, seed))


def _limits(rows: int, number_missing: bool) -> list[str]:
    """Say what was not judged, or not on every row."""
    remarks = []
    if number_missing and rows < FEWEST_ROWS:
        remarks.append(f"Fillings were not compared: {rows} rows are too few, {FEWEST_ROWS} are needed.")
    if rows > MOST_ROWS:
        remarks.append(f"Causes and fillings were judged on {MOST_ROWS:,} of {rows:,} rows.")
    return remarks


def _best(compared: Sequence[Filling], metric: Metric | None) -> str:
    """Return the simplest filling that is not clearly worse than the best."""
    if metric is not None and any(one.score is not None for one in compared):
        sign = 1 if metric.higher_is_better else -1
        scored = [one for one in compared if one.score is not None and one.score_low is not None]
        top = max(scored, key=lambda one: sign * (one.score or 0.0))
        reach = abs((top.score_high or 0.0) - (top.score_low or 0.0)) / 4
        level = [one.name for one in scored if abs((one.score or 0.0) - (top.score or 0.0)) <= reach]
        # Indicators are there by default: the median with them is the simplest.
        return next(
            ("median" if name == INDICATOR else name for name in (INDICATOR, *FILLINGS) if name in level),
            top.name,
        )
    known = [one for one in compared if one.error is not None]
    return min(known, key=lambda one: one.error or 0.0).name if known else "median"


def _some(rows: int, most: int, seed: int) -> np.ndarray:
    if rows <= most:
        return np.arange(rows)
    return np.sort(numpy_generator(seed, "gaps", most).choice(rows, most, replace=False))


def _matrix(aligned: pl.DataFrame, names: list[str]) -> np.ndarray:
    return aligned.select(pl.col(names).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
