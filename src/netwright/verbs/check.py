"""`check`: what is wrong with the rows and columns of a table, and what each defect costs."""

from __future__ import annotations

import os
import time as clocks
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from netwright.audit import search
from netwright.audit.drift import find_drift
from netwright.audit.report import DataCheck, check_page
from netwright.audit.trial import Trial
from netwright.compare.game import Field
from netwright.data.convert import to_frame
from netwright.data.kinds import infer_schema
from netwright.data.read import read_table
from netwright.data.schema import Kind, Schema, align
from netwright.data.target import Target
from netwright.errors import DataError
from netwright.findings import Finding
from netwright.randomness import numpy_generator
from netwright.task import Task
from netwright.verbs.request import Request
from netwright.verbs.tables import record_text, table_given, write_files

MOST_ROWS = 100_000
FEWEST_ROWS = 20
NAMES = ("label_errors", "exact_copies", "near_copies", "outliers", "columns", "drift")
PAGE, RECORD = "check.html", "check.json"
DIFFERENT = 0.6


def check(
    source: Any,
    target: str | None = None,
    *,
    against: Any = None,
    out: str | os.PathLike[str] | None = None,
    ignore: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    group: str | None = None,
    order_by: str | None = None,
    task: str | None = None,
    seed: int = 0,
    told: Callable[[str], object] = lambda sentence: None,
    clock: Callable[[], float] = clocks.monotonic,
) -> DataCheck:
    """Look for label errors, copies, leaks, outliers, idle columns and drift, and measure what each costs.

    Args:
        source: a file or rows in memory.
        target: the column to predict; without it nothing can be said of labels, leaks and scores.
        against: a second file or table, such as newer rows, to look for drift.
        out: a folder for the page check.html, the record check.json, and a CSV file for each list.
        ignore: columns to leave out.
        columns: kinds of columns where the automatic choice is wrong: {"zip": "category"}.
        group: a column whose groups are kept on one side when scores are measured.
        order_by: a column of dates or numbers; scores are then measured on later rows.
        task: binary, multiclass or regression, where the target does not decide it.
        seed: of samples, folds and trees.
        told: told what is looked for.
        clock: returns seconds.

    Raises:
        DataError: when the table cannot be used.

    >>> from netwright.data.samples import sample
    >>> check(sample("iris"), "species").target
    'species'
    """
    begun = clock()
    field, labelled, frame, remarks = table_or_rows(
        source, target, ignore=ignore, columns=columns, group=group, order_by=order_by, task=task, seed=seed
    )
    if field.frame.height < FEWEST_ROWS:
        raise DataError(f"The table has {field.frame.height} rows; a check needs {FEWEST_ROWS} or more.")
    trial = None
    if labelled:
        told("scores of gradient boosting on held-out rows")
        trial = Trial(field, seed)
    found = list(_search(field, frame, trial, seed, told))
    if against is not None:
        told("drift")
        found += _drift(field, against, trial, seed)
    lists = {one.list_name: one.rows for one in found if one.rows is not None and one.list_name}
    result = DataCheck(
        rows=field.frame.height,
        columns=field.frame.width,
        target=field.target.name if labelled else "",
        findings=tuple(sorted((one.finding for one in found), key=lambda one: one.severity != "alarm")),
        lists={name: lists[name] for name in NAMES if name in lists},
        checked=_checked(labelled, against is not None),
        remarks=tuple(remarks),
        seconds=clock() - begun,
    )
    if out is not None:
        write_files(out, texts(result))
    return result


def texts(result: DataCheck) -> dict[str, str]:
    """Return page, record and lists by the names of their files."""
    lists = {f"{name}.csv": frame.write_csv() for name, frame in result.lists.items()}
    return {PAGE: check_page(result), RECORD: record_text(result.to_json()), **lists}


def _checked(labelled: bool, drift: bool) -> tuple[str, ...]:
    always = ("exact copies", "near copies", "outliers", "constant and dependent columns")
    of_labels = ("label errors", "leaks", "equal rows with different answers") if labelled else ()
    return (*of_labels, *always, *(("drift",) if drift else ()))


def table_or_rows(
    source: Any, target: str | None, *, seed: int, **given: Any
) -> tuple[Field, bool, pl.DataFrame, list[str]]:
    """Return the rows as a field, whether they have labels, the raw table, and what was left out."""
    if target is not None:
        table = table_given(source, target, "check", settings={"seed": seed}, **given)
        field, frame = table.field, table.material.frame
    else:
        frame = read_table(source).frame if isinstance(source, (str, os.PathLike)) else to_frame(source)
        kinds = Request("", "", kinds=dict(given["columns"] or {})).column_kinds
        schema = infer_schema(frame, ignore=given["ignore"], overrides=kinds)
        nothing = Target(Task.REGRESSION, ("",), "none was named", mean=(0.0,), scale=(1.0,))
        field = Field(frame, pl.Series("", np.zeros(frame.height)), schema, nothing)
    if field.frame.height <= MOST_ROWS:
        return field, target is not None, frame, []
    chosen = np.sort(numpy_generator(seed, "check rows").choice(field.frame.height, MOST_ROWS, replace=False))
    remark = (
        f"{MOST_ROWS:,} of {frame.height:,} rows were looked at, drawn at random; row numbers are theirs."
    )
    return field.take(chosen), target is not None, frame[chosen], [remark]


def _search(
    field: Field, frame: pl.DataFrame, trial: Trial | None, seed: int, told: Callable[[str], object]
) -> list[search.Found]:
    found: list[search.Found] = []
    aligned = field.aligned.drop(field.texts)
    if trial is not None:
        told("leaks and label errors")
        found += search.leaks(field, frame, trial, seed)
        found += search.label_errors(field, trial)
    told("copies, outliers and idle columns")
    found += search.copies(
        frame, search.space_of(aligned, seed) if aligned.width else np.empty((0, 0)), trial
    )
    names, matrix = search.numbers_of(field)
    found += search.outliers(field, names, matrix, trial, seed)
    found += search.idle_columns(field, aligned, trial)
    return found


def _drift(field: Field, against: Any, trial: Trial | None, seed: int) -> list[search.Found]:
    """Return how a second table differs, and what that does to the score."""
    other = read_table(against).frame if isinstance(against, (str, os.PathLike)) else to_frame(against)
    plain = Schema(tuple(column for column in field.schema.columns if column.kind is not Kind.TEXT))
    drift = find_drift(field.aligned.drop(field.texts), align(other, plain), seed)
    rows = pl.DataFrame(
        {
            "column": [one.column for one in drift.columns],
            "test": [one.test for one in drift.columns],
            "distance": [one.distance for one in drift.columns],
            "p": [one.p for one in drift.columns],
            "drifts": [one.drifts for one in drift.columns],
            "what_differs": [one.detail for one in drift.columns],
        }
    )
    apart = drift.auc_interval.low > DIFFERENT
    if not drift.drifts and not apart:
        return []
    first = drift.drifts[0] if drift.drifts else drift.columns[0]
    finding = Finding(
        rule="drift",
        severity="alarm" if apart else "note",
        message=f"{len(drift.drifts):,} of {len(drift.columns):,} columns differ between the two tables, "
        "first of all "
        f"{first.column!r} ({first.test} {first.distance:.2f}, p {first.p:.2g}; {first.detail}). Rows of "
        "the two "
        f"are told apart with ROC AUC {drift.auc:.3f}, where .5 is not at all.",
        remedy=(
            "Train on rows like those that will be answered, or leave out columns that changed their meaning."
        ),
        columns=tuple(one.column for one in drift.drifts),
        evidence={"auc": drift.auc, "auc_low": drift.auc_interval.low, "auc_high": drift.auc_interval.high},
        source="Lopez-Paz and Oquab, Revisiting classifier two-sample tests, 2017",
    )
    if trial is not None:
        told = _score_there(field, trial, drift.weights)
        finding = replace(finding, evidence={**finding.evidence, **told})
    return [search.Found(finding, "drift", rows)]


def _score_there(field: Field, trial: Trial, weights: np.ndarray) -> dict[str, Any]:
    """Return the score when rows count as often as rows like them stand in the second table."""
    from netwright.metrics import answers_from, format_score

    known = np.isfinite(trial.outputs).reshape(len(weights), -1).all(axis=1)
    answers = answers_from(field.target.task, trial.outputs[known])
    scores = [
        trial.metric.score(field.truth[known], answers, counted).value for counted in (None, weights[known])
    ]
    if None in scores:
        return {}
    here, there = (format_score(trial.metric, score) for score in scores)
    return {
        "effect": f"{trial.metric.label} {here} here; about {there} on rows like those of the second table."
    }
