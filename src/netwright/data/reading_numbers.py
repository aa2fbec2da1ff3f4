"""Numbers as people write them: 1,234.5 and 1.234,5 and $12 and 7%."""

from __future__ import annotations

import polars as pl

# How a column of text writes its numbers, where not plainly as 1234.5.
THOUSANDS = "1,234.5"
DECIMAL_COMMA = "1.234,5"
SIGNS = "$1,234.5 or 12%"
# Codes such as 02134: not the number 2134. Two digits are left alone, hours and months are often so.
CODE = r"^[+-]?0\d{2,}$"
# What may be a number in some way of writing.
FIGURE = r"^[+-]?[$€£¥]?\s*[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?\s*[%$€£¥]?$"
# Whole numbers beyond this one are not told apart by floating point any more.
LARGEST_EXACT = 2**53

_WRITTEN = {
    THOUSANDS: r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$",
    DECIMAL_COMMA: r"^[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d+)?$",
    SIGNS: r"^([$€£¥]\s*)?[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?(\s*[%$€£¥])?$",
}


def plain_digits(text: pl.Expr, format: str) -> pl.Expr:
    """Return text with its thousands separators, decimal commas and signs made plain digits."""
    if format == THOUSANDS:
        return text.str.replace_all(",", "", literal=True)
    if format == DECIMAL_COMMA:
        return text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    if format == SIGNS:
        return text.str.replace_all(r"^[$€£¥]\s*|\s*[%$€£¥]$|,", "")
    return text


def written_as(text: pl.Series, decimal_comma: bool = False) -> str | None:
    """Return how a column of text writes numbers: a format, "" where plainly, None where it does not.

    Args:
        text: values without blanks at their ends; null where missing.
        decimal_comma: whether 1,234 is a little more than one.

    >>> [written_as(pl.Series(values)) for values in (["1,234", "17"], ["1", "2.5"], ["a1"])]
    ['1,234.5', '', None]
    >>> written_as(pl.Series(["02134", "90210"])) is None
    True
    """
    values = text.drop_nulls()
    if values.is_empty() or values.str.contains(CODE).any():
        return None
    if values.cast(pl.Float64, strict=False).null_count() == 0:
        return None if _loses_digits(values) else ""
    order = (DECIMAL_COMMA,) if decimal_comma else (THOUSANDS, DECIMAL_COMMA, SIGNS)
    return next((format for format in order if values.str.contains(_WRITTEN[format]).all()), None)


def _loses_digits(values: pl.Series) -> bool:
    """Whether whole numbers too long for floating point stand in the text."""
    long = values.filter(values.str.contains(r"^[+-]?\d{16,}$"))
    exact = long.cast(pl.Int64, strict=False)
    return exact.null_count() > 0 or bool((exact.abs() > LARGEST_EXACT).any())
