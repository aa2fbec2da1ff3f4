"""From raw values of any type to the canonical ones that a network is prepared from."""

from __future__ import annotations

import polars as pl

from netwright.data.reading_markers import MARKERS_IN_NUMBERS, without_markers
from netwright.data.reading_numbers import plain_digits

# How many seconds one unit of a unix timestamp lasts.
UNIX = {"unix s": 1.0, "unix ms": 1e-3, "unix us": 1e-6, "unix ns": 1e-9}
ISO_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%H:%M:%S",
    "%H:%M",
)
_YES = ("yes", "y", "true", "t", "1", "on")
_NO = ("no", "n", "false", "f", "0", "off")


def number(values: pl.Expr, dtype: pl.DataType, format: str = "") -> pl.Expr:
    """Return values as Float64: null where missing, not a number, or text that does not parse.

    Args:
        values: the raw column or columns, all of one dtype.
        dtype: that dtype.
        format: how text writes its numbers: THOUSANDS, DECIMAL_COMMA, SIGNS, or plain.
    """
    if dtype == pl.Float64:
        return values.fill_nan(None)
    if dtype == pl.String:
        text = without_markers(values, MARKERS_IN_NUMBERS)
        return plain_digits(text, format).cast(pl.Float64, strict=False).fill_nan(None)
    if dtype == pl.Duration:
        return values.dt.total_microseconds() / 1e6
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        return number(values.cast(pl.String), pl.String(), format)
    result = values.cast(pl.Float64)
    return result.fill_nan(None) if dtype.is_float() else result


def category(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return values as text in which 1, 1.0 and "1" agree, null where missing."""
    if dtype == pl.String:
        tidied = values.str.strip_chars().str.replace(r"^([+-]?\d+)\.0+$", "$1")
        return pl.when(tidied != "").then(tidied)
    if dtype.is_decimal():
        return category(values.cast(pl.Float64), pl.Float64())
    if dtype.is_float():
        whole = values.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(values == values.round()).then(whole).otherwise(values.fill_nan(None).cast(pl.String))
    return values.cast(pl.String)


def untidy(values: pl.Expr) -> pl.Expr:
    """Whether `category` has something to change in a column of text: for most, looking is enough."""
    return values.str.contains(r"^\s|\s$|\.0+$|^$").any()


def not_finite(values: pl.Expr) -> pl.Expr:
    """Whether a column of floats holds NaN or infinity."""
    return values.is_finite().not_().any()


def yes_no(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return "yes" or "no" for true and false, 1 and 0, t and f, …; any other word as it is."""
    return (
        category(values, dtype)
        .str.to_lowercase()
        .replace(_YES + _NO, ["yes"] * len(_YES) + ["no"] * len(_NO))
    )


def moment(values: pl.Expr, dtype: pl.DataType, format: str = "") -> pl.Expr:
    """Return values as Datetime in microseconds, UTC where a time zone is given.

    Times of day are put on 1 January 1970. Text that does not parse becomes null.

    Args:
        values: one raw column.
        dtype: its dtype.
        format: a `strptime` format for text, a key of UNIX for numbers; text without one is read as ISO 8601.
    """
    if dtype == pl.Time:
        return (values.cast(pl.Int64) // 1000).cast(pl.Datetime("us"))
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return values.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        return moment(values.cast(pl.String), pl.String(), format)
    if dtype == pl.String:
        text = without_markers(values, MARKERS_IN_NUMBERS)
        if format in UNIX:
            return moment(text.cast(pl.Float64, strict=False), pl.Float64(), format)
        formats = (format,) if format else ISO_FORMATS
        return pl.coalesce(*(_moment_of_text(text, one) for one in formats))
    if dtype.is_numeric():
        if format in UNIX:
            return (values * (UNIX[format] * 1e6)).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
        return moment(category(values, dtype), pl.String(), format)
    return values.cast(pl.Datetime("us"))


def _moment_of_text(text: pl.Expr, format: str) -> pl.Expr:
    if format.startswith(("%H", "%I")):
        return moment(text.str.to_time(format, strict=False), pl.Time())
    if format.endswith("z"):
        aware = text.str.to_datetime(format, time_unit="us", time_zone="UTC", strict=False)
        return aware.dt.replace_time_zone(None)
    return text.str.to_datetime(format, time_unit="us", strict=False)
