"""Findings about columns: left out, numbers written as text, mostly missing, saying the same."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from netwright.data.schema import Kind, Schema
from netwright.errors import listing
from netwright.findings import Finding

MOSTLY_MISSING = 0.5

MOSTLY_NUMBERS = 0.8
"""A column of words in which this share of the values are numbers was perhaps meant as numbers."""

FEWEST_NUMBERS = 10
"""With fewer different numbers than this they are codes, and words are right."""

SAME_ORDER = 0.9995
"""Columns whose ranks correlate at least so much say the same."""

FEWEST_EXCEPTIONS = 5
"""Columns that are nearly constant are the same by chance: so many rows must differ from the commonest."""

FEWEST_ROWS = 20
"""In fewer rows columns agree by chance."""

ROWS_PER_VALUE = 10
"""Columns with fewer rows for each value part the rows alike because the rows are few."""

MOST_MULTIPLICATIONS = 2e9

_TEXTS = (pl.String, pl.Categorical, pl.Enum)


def left_out(frame: pl.DataFrame, schema: Schema) -> list[Finding]:
    """Return a note for each kind of column that the network does not see, with the reason for each."""
    why = {
        Kind.IDENTIFIER: ("identifier", "name a row instead of describing it"),
        Kind.CONSTANT: ("constant", "have the same value in every row"),
        Kind.TEXT: ("free text", "hold free text"),
    }
    findings = []
    for kind, (rule, what) in why.items():
        columns = [column for column in schema.columns if column.kind is kind and not column.used]
        names = tuple(column.name for column in columns)
        if not names:
            continue
        distinct = frame.select(pl.col(name).n_unique() for name in names).row(0)
        verb = "is" if len(names) == 1 else "are"
        findings.append(
            Finding(
                rule=rule,
                severity="note",
                message=f"{_quoted(names)} {verb} left out: columns of this kind {what}.",
                remedy=f"Should one be of use, say what it is: --column {names[0]}=category, for instance.",
                columns=names,
                evidence={
                    column.name: {"reason": column.reason, "distinct": count, "rows": frame.height}
                    for column, count in zip(columns, distinct, strict=True)
                },
            )
        )
    return findings


def numbers_as_text(frame: pl.DataFrame, schema: Schema, number_target: str | None) -> list[Finding]:
    """Return notes on columns of text that were read as numbers, and on words that are mostly numbers."""
    is_text = {name for name, dtype in frame.schema.items() if isinstance(dtype, _TEXTS)}
    names = [column.name for column in schema.used if column.kind is Kind.NUMBER and column.name in is_text]
    if number_target in is_text:
        names.append(str(number_target))
    findings = []
    if names:
        examples = {name: _first_value(frame.get_column(name)) for name in names}
        shown = listing((f"{name!r} (such as {examples[name]!r})" for name in names), limit=5)
        findings.append(
            Finding(
                rule="numbers as text",
                severity="note",
                message=f"Numbers are stored as text in {shown}; they are read as numbers.",
                remedy=f"Are they codes? Then say so: --column {names[0]}=category.",
                columns=tuple(names),
                evidence={"examples": examples},
            )
        )
    for column in schema.used:
        if column.kind is Kind.CATEGORY and column.name in is_text:
            findings += _words_among_numbers(frame.get_column(column.name))
    return findings


def _words_among_numbers(column: pl.Series) -> list[Finding]:
    counted = column.cast(pl.String).drop_nulls().value_counts(name="rows")
    numbers = counted.get_column(column.name).str.strip_chars().cast(pl.Float64, strict=False)
    words = counted.filter(numbers.is_null()).sort("rows", column.name, descending=[True, False])
    rows = int(counted.get_column("rows").sum())
    share = 1 - words.get_column("rows").sum() / max(rows, 1)
    if share < MOSTLY_NUMBERS or share == 1 or numbers.n_unique() <= FEWEST_NUMBERS:
        return []
    name = column.name
    found = dict(words.head(5).iter_rows())
    finding = Finding(
        rule="numbers as text",
        severity="note",
        message=f"Column {name!r} is taken as words, but {share:.1%} of its values are numbers; the rest are "
        f"{listing((repr(word) for word in words.get_column(name)), limit=5)}.",
        remedy=f"Leave those cells empty and it is read as numbers, or keep it so: --column {name}=category.",
        columns=(name,),
        evidence={"share_of_numbers": share, "words": found, "values": rows},
    )
    return [finding]


def mostly_missing(frame: pl.DataFrame, schema: Schema) -> list[Finding]:
    """Return a note on the columns in which more values are missing than present."""
    missing = {column.name: _missing(frame.get_column(column.name)) for column in schema.used}
    shares = {name: count / max(frame.height, 1) for name, count in missing.items()}
    sparse = {name: share for name, share in shares.items() if share > MOSTLY_MISSING}
    if not sparse:
        return []
    shown = listing((f"{name!r} ({share:.0%} missing)" for name, share in sparse.items()), limit=5)
    return [
        Finding(
            rule="mostly missing",
            severity="note",
            message=f"More values are missing than present in {shown}.",
            remedy="Missing values are filled and flagged; ask whether they will be missing in use as well.",
            columns=tuple(sparse),
            evidence={"missing": {name: missing[name] for name in sparse}, "rows": frame.height},
        )
    ]


def twins(
    aligned: pl.DataFrame, codes: np.ndarray, schema: Schema, examined: Mapping[str, int]
) -> list[Finding]:
    """Return a note on columns that say the same: under other names for the values, or in the same order.

    Args:
        aligned: sampled rows (n).
        codes: their ranks among the distinct values of each column (n, d), 0 where missing.
        schema: the columns.
        examined: how many rows were sampled, of how many.
    """
    if len(aligned) < FEWEST_ROWS:
        return []
    ordered = np.array([column.kind in (Kind.NUMBER, Kind.DATETIME) for column in schema.used])
    groups = _joined([*_same_partition(codes, ordered), *_same_order(aligned, ordered)])
    if not groups:
        return []
    told = [[schema.used[column].name for column in group] for group in groups]
    return [
        Finding(
            rule="same columns",
            severity="note",
            message=f"Columns say the same: {listing((_equal(group) for group in told), limit=5)}.",
            remedy="One of each is enough; importance is shared out among the others.",
            columns=tuple(name for group in told for name in group),
            evidence={"groups": told, **examined},
        )
    ]


def _equal(group: list[str]) -> str:
    """Return names joined by equal signs, shortened where there are many."""
    shown = " = ".join(group[:5])
    return shown if len(group) <= 5 else f"{shown} and {len(group) - 5:,} more"


def _joined(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Return groups of columns that pairs connect."""
    group_of: dict[int, set[int]] = {}
    for left, right in pairs:
        group = group_of.get(left, {left}) | group_of.get(right, {right})
        group_of.update(dict.fromkeys(group, group))
    return [sorted(group) for column, group in sorted(group_of.items()) if column == min(group)]


def _same_partition(codes: np.ndarray, ordered: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs of columns with few values, not both of them numbers, that part the rows alike."""
    seen: dict[bytes, int] = {}
    pairs = []
    for column in np.argsort(ordered, kind="stable").tolist():
        _, first, place = np.unique(codes[:, column], return_index=True, return_inverse=True)
        rows, values = len(place), len(first)
        if ROWS_PER_VALUE * values > rows or rows - np.bincount(place).max() < FEWEST_EXCEPTIONS:
            continue
        # Values numbered in the order in which they appear are equal however they are named.
        key = np.argsort(np.argsort(first))[place].astype(np.int32).tobytes()
        twin = seen.setdefault(key, column)
        if twin != column and not (ordered[twin] and ordered[column]):
            pairs.append((twin, column))
    return pairs


def _same_order(aligned: pl.DataFrame, ordered: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs of numbers or dates whose ranks agree, or are exactly reversed, nearly everywhere."""
    columns = np.flatnonzero(ordered).tolist()
    chosen = [aligned.columns[place] for place in columns]
    if len(columns) < 2:
        return []
    # Wide tables are compared on fewer rows first, and what agrees there on all of them.
    few = int(np.clip(MOST_MULTIPLICATIONS / len(columns) ** 2, 200, len(aligned)))
    first = _standardised_ranks(aligned.select(chosen).head(few), usual_too=True)
    agree = np.triu(np.abs(first.T @ first) >= SAME_ORDER, k=1)
    pairs = []
    for right in np.flatnonzero(agree.any(axis=0)).tolist():
        left = int(agree[:, right].argmax())
        ranks = _standardised_ranks(aligned.select(chosen[left], chosen[right]))
        if abs(float(ranks[:, 0] @ ranks[:, 1])) >= SAME_ORDER:
            pairs.append((columns[left], columns[right]))
    return pairs


def _standardised_ranks(frame: pl.DataFrame, usual_too: bool = False) -> np.ndarray:
    """Return ranks (n, d) of mean 0 and length 1: their products are correlations.

    Constants become 0, and so do columns that are nearly constant unless `usual_too`.
    """
    ranks = frame.select(pl.all().rank("average").fill_null(0).cast(pl.Float32)).to_numpy()
    ranks = ranks - ranks.mean(axis=0)
    length = np.linalg.norm(ranks, axis=0)
    kept = length > 0
    if not usual_too:
        unusual = [len(column) - column.unique_counts().to_numpy().max() for column in frame]
        kept &= np.array(unusual) >= FEWEST_EXCEPTIONS
    return np.asarray(ranks / np.where(kept, length, np.inf))


def _missing(column: pl.Series) -> int:
    nan = int(column.is_nan().sum()) if column.dtype.is_float() else 0
    return column.null_count() + nan


def _first_value(column: pl.Series) -> str:
    present = column.drop_nulls()
    return str(present[0]) if len(present) else ""


def _quoted(names: tuple[str, ...]) -> str:
    return ("Column " if len(names) == 1 else "Columns ") + listing((repr(name) for name in names), limit=8)
