"""Python objects and NumPy arrays to columns: each column gets one type, whatever mixture came."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from netwright.data.reading_numbers import LARGEST_EXACT
from netwright.errors import DataError

_INT64 = 2**63


def from_objects(name: str, values: Iterable[Any]) -> pl.Series:
    """Return a column of Python objects, None and NaN read as missing.

    Numbers among words are written as text; whole numbers too large for 64 bits too.

    Raises:
        TypeError: for an object that is no number, word, date or truth value; names column and row.

    >>> from_objects("a", [1, "b", None, float("nan")]).to_list()
    ['1', 'b', None, None]
    """
    items = [None if _is_missing(value) else value for value in values]
    kinds = {type(value) for value in items if value is not None}
    if not kinds:
        return pl.Series(name, [None] * len(items), dtype=pl.Null)
    if all(issubclass(kind, (bool, np.bool_)) for kind in kinds):
        return pl.Series(name, [None if item is None else bool(item) for item in items], dtype=pl.Boolean)
    if all(_is_real(kind) for kind in kinds):
        return _from_numbers(name, items)
    if all(issubclass(kind, str) for kind in kinds):
        return pl.Series(name, [None if item is None else str(item) for item in items], dtype=pl.String)
    if all(issubclass(kind, (datetime, date, np.datetime64)) for kind in kinds):
        return _from_moments(name, items)
    for dtype, kind in ((pl.Time(), time), (pl.Duration("us"), timedelta)):
        if all(issubclass(found, kind) for found in kinds):
            return pl.Series(name, items, dtype=dtype)
    return pl.Series(name, [_as_text(name, row, item) for row, item in enumerate(items)], dtype=pl.String)


def from_array(name: str, values: np.ndarray[Any, Any]) -> pl.Series:
    """Return one column of a NumPy array; what it holds as numbers becomes Float64.

    Whole numbers that floating point would round stay whole numbers.

    Args:
        name: the column's name.
        values: one dimension, of any type.
    """
    kind = values.dtype.kind
    if kind == "c":
        raise DataError(f"Complex data not supported: column {name!r}. Give real and imaginary parts apart.")
    if kind == "f" or kind == "b":
        return pl.Series(name, values.astype(np.float64))
    if kind in "iu":
        beyond = values.size > 0 and max(abs(int(values.min())), abs(int(values.max()))) > LARGEST_EXACT
        return pl.Series(name, values if beyond else values.astype(np.float64))
    if kind in "Mm":
        unit = "datetime64[us]" if kind == "M" else "timedelta64[us]"
        return pl.Series(name, values.astype(unit))
    if kind == "S":
        values = np.char.decode(values, "utf-8")
    found = from_objects(name, values.tolist())
    return found.cast(pl.Float64) if found.dtype == pl.Boolean or _fits_float(found) else found


def _fits_float(column: pl.Series) -> bool:
    if not column.dtype.is_integer() or column.is_empty():
        return False
    smallest, largest = column.min(), column.max()
    assert isinstance(smallest, int)
    assert isinstance(largest, int)
    return max(abs(smallest), abs(largest)) <= LARGEST_EXACT


def _is_missing(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, (float, np.floating, Decimal)):
        return bool(value != value)
    # pandas.NA and NaT, and NumPy's NaT, are known by their type's name: pandas need not be there.
    return type(value).__name__ in ("NAType", "NaTType") or (
        isinstance(value, (np.datetime64, np.timedelta64)) and bool(np.isnat(value))
    )


def _is_real(kind: type) -> bool:
    return issubclass(kind, (numbers.Real, Decimal, np.integer, np.floating)) and not issubclass(kind, bool)


def _from_numbers(name: str, items: list[Any]) -> pl.Series:
    whole = all(item is None or isinstance(item, (numbers.Integral, np.integer)) for item in items)
    if not whole:
        return pl.Series(
            name, [None if item is None else _as_float(item) for item in items], dtype=pl.Float64
        )
    integers = [None if item is None else int(item) for item in items]
    if all(item is None or -_INT64 <= item < _INT64 for item in integers):
        return pl.Series(name, integers, dtype=pl.Int64)
    return pl.Series(name, [None if item is None else str(item) for item in integers], dtype=pl.String)


def _as_float(item: Any) -> float:
    try:
        return float(item)
    except OverflowError:
        return math.inf if item > 0 else -math.inf


def _from_moments(name: str, items: list[Any]) -> pl.Series:
    plain = [np.datetime64("NaT") if item is None else np.datetime64(_in_utc(item), "us") for item in items]
    return pl.Series(name, np.array(plain, dtype="datetime64[us]"))


def _in_utc(moment: Any) -> Any:
    if getattr(moment, "tzinfo", None) is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)


def _as_text(name: str, row: int, item: Any) -> str | None:
    if item is None or isinstance(item, str):
        return item
    if isinstance(item, (bool, np.bool_)):
        return "true" if item else "false"
    if _is_real(type(item)):
        return str(int(item)) if _as_float(item).is_integer() else str(item)
    if isinstance(item, (date, time)) or type(item).__name__ in ("Period", "Interval"):
        return str(item)
    raise TypeError(
        f"Column {name!r}, row {row + 1:,}: each argument must be a string or a real number, "
        f"got {type(item).__name__} ({str(item)[:40]!r})."
    )
