"""What is worth knowing about a table before a network is trained on it, each finding with its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from netwright.data.inspect_classes import absent_classes, imbalance, tiny_classes
from netwright.data.inspect_columns import left_out, mostly_missing, numbers_as_text, twins
from netwright.data.inspect_rows import conflicting_rows, repeated_rows
from netwright.data.leaks import find_leaks
from netwright.data.schema import Kind, Schema, align
from netwright.data.split import Split
from netwright.data.target import Target
from netwright.errors import DataError
from netwright.findings import Finding
from netwright.randomness import numpy_generator
from netwright.task import Task

ROWS_EXAMINED = 10_000
"""Rows of the training part in which leaks and columns that say the same are looked for."""


def inspect(
    frame: pl.DataFrame,
    schema: Schema,
    target_name: str,
    target: Target,
    split: Split | None = None,
    *,
    seed: int = 0,
) -> list[Finding]:
    """Return what is wrong with a table or worth knowing, alarms first.

    Leaks and columns that say the same are looked for in the training part only, in a sample of at
    most 10,000 rows; everything else counts all rows.

    Args:
        frame: raw rows, the target among the columns.
        schema: the input columns.
        target_name: the column to predict; for several outputs their names are taken from `target`.
        target: what it is.
        split: the parts, where they are known.
        seed: of the sample.

    >>> from netwright.data.kinds import infer_schema
    >>> x, y, z = [i % 7 for i in range(90)], ["a", "b", "b"] * 30, ["on", "off", "off"] * 30
    >>> frame = pl.DataFrame({"x": x, "y": y, "z": z})
    >>> for finding in inspect(frame, infer_schema(frame, target="y"), "y", Target.infer(frame["y"])):
    ...     print(finding.rule, finding.columns)
    leak ('z',)
    repeated rows ()
    """
    names = target.names if len(target.names) > 1 else (target_name,)
    findings = [
        *left_out(frame, schema),
        *numbers_as_text(frame, schema, target_name if target.task is Task.REGRESSION else None),
        *mostly_missing(frame, schema),
    ]
    if target.classes:
        column = frame.get_column(target_name)
        findings += [*absent_classes(column, split), *tiny_classes(column), *imbalance(column)]
    if schema.used and frame.height:
        inputs = [column.name for column in schema.used]
        findings += repeated_rows(frame, inputs, names, split)
        if target.classes:
            findings += conflicting_rows(frame, inputs, target_name)
    # Nearly every text is different: as categories they say nothing of leaks and twins.
    plain = Schema(tuple(column for column in schema.columns if column.kind is not Kind.TEXT))
    if plain.used and frame.height:
        findings += _in_a_sample(frame, plain, names, target, split, seed)
    return sorted(findings, key=lambda finding: finding.severity != "alarm")


def _in_a_sample(
    frame: pl.DataFrame,
    schema: Schema,
    names: Sequence[str],
    target: Target,
    split: Split | None,
    seed: int,
) -> list[Finding]:
    rows = np.arange(frame.height) if split is None else split.train
    if len(rows) > ROWS_EXAMINED:
        rows = np.sort(numpy_generator(seed, "inspect").choice(rows, ROWS_EXAMINED, replace=False))
    sample = frame.select(*(column.name for column in schema.used), *names)[rows]
    aligned = _aligned(sample, schema, rows)
    codes = aligned.select(pl.all().rank("dense").fill_null(0).cast(pl.Int64)).to_numpy()
    examined = {"rows_examined": len(rows), "rows": frame.height}
    findings = []
    for name in names:
        findings += _leaks(sample.get_column(name), codes, schema, target, examined, seed)
    return findings + twins(aligned, codes, schema, examined)


def _aligned(sample: pl.DataFrame, schema: Schema, rows: np.ndarray) -> pl.DataFrame:
    """Return the aligned sample; where a value cannot be aligned, the whole table names its row better."""
    try:
        return align(sample, schema)
    except DataError as error:
        raise DataError(f"In a sample of {len(rows):,} training rows: {error}") from error


def _leaks(
    column: pl.Series,
    codes: np.ndarray,
    schema: Schema,
    target: Target,
    examined: dict[str, int],
    seed: int,
) -> list[Finding]:
    """Return a finding for each input column that alone gives a target column away."""
    if target.task is Task.MULTILABEL:
        y, classes = column.cast(pl.Int64).to_numpy(), 2
    else:
        classes = len(target.classes)
        y = target.encode(column) if classes else column.cast(pl.Float64).to_numpy()
    ordered = np.array([used.kind in (Kind.NUMBER, Kind.DATETIME) for used in schema.used])
    measure = "Matthews' correlation" if classes else "R² of the ranks"
    findings = []
    for leak in find_leaks(codes, ordered, y, classes=classes, seed=seed):
        name = schema.used[leak.column].name
        told = f"{column.name!r}: {measure} {leak.score:.3f}"
        if leak.others is None:
            message = f"Column {name!r} repeats the target {told}, each of its values stands for one answer."
        else:
            message = (
                f"Column {name!r} alone gives away the target {told}, where all other columns together "
                f"reach {leak.others:.3f}."
            )
        findings.append(
            Finding(
                rule="leak",
                severity="alarm",
                message=message,
                remedy=f"Unless it is known before the answer is, leave it out: ignore {name!r}.",
                columns=(name,),
                evidence={"measure": measure, "alone": leak.score, "others": leak.others, **examined},
            )
        )
    return findings
