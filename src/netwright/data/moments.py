"""The times of a series as they are written in tables: dates, years, quarters, or the numbers of steps."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from netwright.data.reading_dates import date_format
from netwright.data.reading_values import moment

_QUARTER = re.compile(r"^\s*(\d{4})[- ]?Q([1-4])\s*$", re.IGNORECASE)
_WORDED_MONTHS = ("%Y %b", "%Y %B", "%b %Y", "%B %Y", "%Y-%b", "%b-%Y", "%Y/%m", "%YM%m")
_FIRST_YEAR, _LAST_YEAR = 1500, 2300


def read_moments(values: pl.Series) -> tuple[np.ndarray, str] | None:
    """Return the times of a column and how they were taken, or None where they cannot be understood.

    Args:
        values: dates, text, or whole numbers; none missing.

    Returns:
        datetime64 (n,) or whole numbers (n,), and a plain sentence.

    >>> times, told = read_moments(pl.Series(["1970 Q1", "1970 Q2"]))
    >>> times.astype("datetime64[M]").astype(str).tolist(), told
    (['1970-01', '1970-04'], 'quarters')
    """
    if values.dtype == pl.Date or isinstance(values.dtype, pl.Datetime):
        return _without_zone(values), "dates"
    if values.dtype.is_integer():
        numbers = values.to_numpy()
        if len(numbers) > 1 and numbers.min() >= _FIRST_YEAR and numbers.max() <= _LAST_YEAR:
            return _of_years(numbers), "years"
        return numbers.astype(np.int64), "numbers of steps"
    if values.dtype.is_float() and bool((values == values.round()).all()):
        return read_moments(values.cast(pl.Int64))
    if values.dtype != pl.String:
        return None
    return _of_text(values.str.strip_chars())


def _of_text(text: pl.Series) -> tuple[np.ndarray, str] | None:
    quarters = [_QUARTER.match(one) for one in text.head(5)]
    if all(quarters):
        matches = [_QUARTER.match(one) for one in text]
        if not all(matches):
            return None
        months = [f"{match[1]}-{3 * int(match[2]) - 2:02d}" for match in matches if match]
        return np.array(months, dtype="datetime64[us]"), "quarters"
    if text.str.contains(r"^\d{1,9}$").all() and not text.str.contains(r"^(19|20)\d{6}$").all():
        return read_moments(text.cast(pl.Int64))
    for format in _WORDED_MONTHS:
        read = (text + " 1").str.to_datetime(format + " %d", strict=False)
        if not read.null_count():
            return read.to_numpy().astype("datetime64[us]"), "months"
    found = date_format(text)
    if found is None:
        return None
    read = text.to_frame("text").select(moment(pl.col("text"), pl.String(), found[0])).to_series()
    return _without_zone(read), found[1]


def _without_zone(values: pl.Series) -> np.ndarray:
    """Return moments as datetime64 in microseconds; those with a time zone as the hour in UTC."""
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is not None:
        values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return values.cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]")


def _of_years(numbers: np.ndarray) -> np.ndarray:
    return (numbers.astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[us]")
