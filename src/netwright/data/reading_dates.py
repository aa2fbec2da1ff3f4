"""Dates and times in text: how they are written, and whether the day or the month comes first."""

from __future__ import annotations

from datetime import datetime
from itertools import product

import polars as pl

from netwright.data.reading_values import ISO_FORMATS, moment

_DATES = (
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%d-%b-%y", "%d %b %y"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d"),
    *("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%Y-%m", "%Y%m%d"),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S%.f", "T%H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S")
_TIMES = ("%I:%M %p", "%I:%M:%S %p")
_FORMATS = (*ISO_FORMATS, *(date + clock for date, clock in product(_DATES, _CLOCKS)), *_TIMES)
# What may be a date or a time in some way of writing.
DATE = (
    r"(?i)^(\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?|\d{1,2}[- ][a-z]{3,9}[- ]\d{2,4}|[a-z]{3,9} \d{1,2},? \d{4})"
    r"([ T,].*)?$|^\d{1,2}:\d{2}|^(19|20)\d{6}$"
)
_SAMPLE = 200
# So many different dates are hardly in order by chance.
_ENOUGH = 6
# A date outside these years is a number that happens to look like one.
_EARLIEST, _LATEST = datetime(1600, 1, 1), datetime(2300, 1, 1)


def date_format(text: pl.Series) -> tuple[str, str] | None:
    """Return how a column of text writes dates or times, and the reason, or None where it does not.

    Args:
        text: values in the order of the rows, without blanks at their ends; null where missing.

    Returns:
        a `strptime` format ("" for ISO 8601 in several lengths), and a plain sentence.

    >>> date_format(pl.Series(["31/12/2024", "01/02/2025"]))
    ('%d/%m/%Y', 'dates written day/month/year, from 2024-12-31 to 2025-02-01')
    >>> date_format(pl.Series(["red", "blue"])) is None
    True
    """
    values = text.drop_nulls().unique(maintain_order=True)
    sample = values.head(_SAMPLE)
    if sample.is_empty() or not sample.str.contains(DATE).all():
        return None
    candidates = [format for format in _FORMATS if _parsed(sample, format) is not None]
    # The last resort, ISO 8601 in several lengths, is the slowest to read.
    for format in (*candidates, ""):
        read = _parsed(values, format)
        if read is None:
            continue
        rival = _swapped(format)
        other = _parsed(values, rival) if rival != format and rival in candidates else None
        if other is None:
            return format, f"{_noun(sample, format)} written {_in_words(format)}, {_span(read)}"
        return _likeliest(sample, {format: read, rival: other})
    return None


def _parsed(values: pl.Series, format: str) -> pl.Series | None:
    """Return the values as moments, or None where one of them is not written so."""
    read = values.to_frame("text").select(moment(pl.col("text"), pl.String(), format)).to_series()
    if read.null_count():
        return None
    return read if read.is_between(_EARLIEST, _LATEST).all() else None


def _likeliest(sample: pl.Series, readings: dict[str, pl.Series]) -> tuple[str, str]:
    """Choose between day first and month first: by which of them the rows are in order, else by habit."""
    in_order = [
        format for format, read in readings.items() if read.is_sorted() or read.is_sorted(descending=True)
    ]
    if len(in_order) == 1 and len(readings[in_order[0]]) >= _ENOUGH:
        format = in_order[0]
        doubt = "day and month could be swapped, but only so are the rows in order"
    else:
        format = next(format for format in readings if format.startswith("%m" if "/" in format else "%d"))
        doubt = (
            "day and month could be swapped, nothing in the data tells: write dates as 2024-12-31 to be sure"
        )
    return format, f"{_noun(sample, format)} written {_in_words(format)}, {_span(readings[format])}; {doubt}"


def _swapped(format: str) -> str:
    return format.translate(str.maketrans("dm", "md"))


def _noun(sample: pl.Series, format: str) -> str:
    clock = "%H" in format or "%I" in format or (not format and ":" in sample[0])
    if format in _TIMES or sample[0][1:3].find(":") >= 0:
        return "times of day"
    return "dates and times" if clock else "dates"


def _in_words(format: str) -> str:
    if not format or format in ISO_FORMATS:
        return "as ISO 8601"
    words = {"%d": "day", "%m": "month", "%b": "month", "%B": "month", "%Y": "year", "%y": "year"}
    words |= {"%H": "hour", "%I": "hour", "%M": "minute", "%S": "second", "%.f": "", "%p": "am/pm"}
    for code, word in words.items():
        format = format.replace(code, word)
    return format


def _span(read: pl.Series) -> str:
    first, last = read.min(), read.max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    if last.year == 1970 and first.year == 1970:
        return f"from {first:%H:%M} to {last:%H:%M}"
    return f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
