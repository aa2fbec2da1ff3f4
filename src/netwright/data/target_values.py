"""Target values as they come: brought into few types, missing and infinite ones refused by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from netwright.errors import DataError, listing

LARGEST_EXACT = 2**53
"""Whole numbers up to here are exact in 64-bit floating point."""


def checked_column(series: pl.Series, name: str) -> pl.Series:
    """Return the column as Boolean, Int64, UInt64, Float64 or String; refuse what cannot be a target."""
    series = _unwrapped(series, name)
    dtype = series.dtype
    if dtype in (pl.Categorical, pl.Enum):
        series = series.cast(pl.String)
    elif dtype.is_integer() and dtype not in (pl.UInt64, pl.Int128):
        series = series.cast(pl.Int64)
    elif dtype.is_float() or dtype.is_decimal():
        series = series.cast(pl.Float64).fill_nan(None)
    elif dtype not in (pl.Boolean, pl.String, pl.Null) and not dtype.is_integer():
        raise DataError(
            f"Target {name!r} holds values of type {dtype}; expected numbers, text or true/false. "
            "Turn it into a number (a date into days, say) or into classes first."
        )
    if series.dtype == pl.String:
        series = pl.select(pl.when(series.str.strip_chars() != "").then(series)).to_series()
    if len(series) == 0:
        raise DataError(f"Target {name!r} has no rows.")
    _refuse_rows(series.is_null(), name, "missing", "Drop these rows, or fill in the values.")
    if series.dtype == pl.Float64:
        _refuse_rows(series.is_infinite(), name, "infinite", "Drop these rows, or correct the values.")
    return series


def checked_matrix(matrix: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return several target columns (n, k) as float64, each of them checked."""
    columns = [
        numbers_of(checked_column(pl.Series(values=column), name), name)
        for name, column in zip(names, matrix.T, strict=True)
    ]
    return np.column_stack(columns)


def _unwrapped(series: pl.Series, name: str) -> pl.Series:
    """Return a column of python objects as the type that they all share."""
    if series.dtype != pl.Object:
        return series
    try:
        return pl.Series(series.name, series.to_list())
    except TypeError as error:
        raise DataError(
            f"Target {name!r} holds values of different kinds: {error}. "
            "Bring all of them to numbers, or all of them to text."
        ) from None


def _refuse_rows(wrong: pl.Series, name: str, what: str, remedy: str) -> None:
    if not wrong.any():
        return
    rows = wrong.arg_true().to_list()
    if len(rows) == len(wrong):
        raise DataError(f"Target {name!r}: all {len(rows):,} values are {what}. Choose another column.")
    shown = listing([row + 1 for row in rows], limit=5)
    noun = "value is" if len(rows) == 1 else "values are"
    raise DataError(f"Target {name!r}: {len(rows):,} {noun} {what} (row {shown}). {remedy}")


def _refuse_inexact(values: pl.Series, name: str) -> None:
    """Refuse whole numbers that 64-bit floats round: they name things, they measure nothing."""
    if values.dtype.is_integer():
        rows = ((values > LARGEST_EXACT) | (values < -LARGEST_EXACT)).arg_true()
        if len(rows):
            first = int(rows[0])
            raise DataError(
                f"Target {name!r}, row {first + 1}: {values[first]} is past 2^53 and would lose "
                "digits as a number. Is the column an identifier? Choose another one, or scale it down."
            )


def numbers_or_none(values: pl.Series) -> pl.Series | None:
    """Return the values as Float64, or None where some are not numbers."""
    if values.dtype == pl.String:
        values = values.str.strip_chars().cast(pl.Float64, strict=False)
        return values if values.is_finite().all() and values.null_count() == 0 else None
    return None if values.dtype == pl.Boolean else values.cast(pl.Float64)


def numbers_of(values: pl.Series, name: str) -> np.ndarray:
    """Return the values as float64 (n,), naming the first that is no number."""
    if values.dtype != pl.String:
        _refuse_inexact(values, name)
        return values.cast(pl.Float64).to_numpy()
    numbers = values.str.strip_chars().cast(pl.Float64, strict=False)
    wrong = (numbers.is_null() | ~numbers.is_finite().fill_null(False)).arg_true()
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"Target {name!r}, row {row + 1}: expected a number, got {values[row]!r}"
            f" ({len(wrong):,} such rows). Correct them, or predict classes instead."
        )
    return numbers.to_numpy()
