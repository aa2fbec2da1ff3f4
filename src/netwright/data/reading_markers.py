"""The ways in which files write that a value is missing."""

from __future__ import annotations

import polars as pl

# Missing wherever they stand alone in a cell.
MARKERS = (
    "",
    "?",
    "NA",
    "N/A",
    "n/a",
    "<NA>",
    "#N/A",
    "nan",
    "NaN",
    "NAN",
    "null",
    "NULL",
    "Null",
    "-",
    "--",
)
# Missing among numbers and dates only: in a column of words these can be an answer of their own.
MARKERS_IN_NUMBERS = (*MARKERS, "None", "none", "NONE", ".", "n.a.", "na", "unknown", "Unknown", "missing")


def without_markers(text: pl.Expr, markers: tuple[str, ...]) -> pl.Expr:
    """Return text without blanks at its ends, and null where a marker stands.

    >>> frame = pl.DataFrame({"a": [" 1 ", "?", "NA", " "]})
    >>> frame.select(without_markers(pl.col("a"), MARKERS))["a"].to_list()
    ['1', None, None, None]
    """
    stripped = text.str.strip_chars()
    return pl.when(stripped.is_in(markers).not_()).then(stripped)


def present(text: pl.Series, markers: tuple[str, ...] = MARKERS_IN_NUMBERS) -> pl.Series:
    """Return the text of one column without blanks at its ends, null where a marker of missing stands."""
    column = pl.col(text.name).cast(pl.String)
    return text.to_frame().select(without_markers(column, markers)).to_series()
