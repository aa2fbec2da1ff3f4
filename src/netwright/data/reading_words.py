"""What a column of text holds: numbers, dates, yes and no, codes of its rows, running text, or categories."""

from __future__ import annotations

import re

import polars as pl

from netwright.data.reading_dates import date_format
from netwright.data.reading_markers import present
from netwright.data.reading_numbers import CODE, FIGURE, written_as
from netwright.data.schema import Column, Kind

_PAIRS = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"}, {"1", "0"})
_UNIQUE_CODE = r"(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$|^[0-9a-f]{24,}$"
_SAMPLE = 10_000
# From this share of different values on, nothing comes back often enough to be learnt from.
NEARLY_UNIQUE = 0.95
_FEW_ROWS = 30
_TEXT_WORDS, _TEXT_LENGTH, _TEXT_DIFFERENT = 3.0, 20.0, 0.5
_MOSTLY = 0.9


def type_words(text: pl.Series, distinct: int) -> Column:
    """Return what a column of text is, and why.

    Args:
        text: the column.
        distinct: how many different values it has, missing not counted.
    """
    name, known = text.name, len(text) - text.null_count()
    if distinct == 0:
        return Column(name, Kind.CONSTANT, "all values are missing", used=False)
    values = text.drop_nulls().unique(maintain_order=True) if distinct < 0.5 * known else text.drop_nulls()
    if distinct == 1 and known == len(text):
        return Column(name, Kind.CONSTANT, f"always {values[0]!r}", used=False)
    if distinct <= 6 and (pair := _pair(values)):
        return Column(name, Kind.YES_NO, f"only {' and '.join(pair)}" + _or_missing(len(pair)))
    share = distinct / known
    by_name = named_like_identifier(name)
    if by_name and share >= NEARLY_UNIQUE:
        reason = f"named like an identifier, {distinct:,} different values in {known:,} rows"
        return Column(name, Kind.IDENTIFIER, reason, used=False)
    return (
        _as_numbers(values, distinct)
        or _as_dates(values)
        or _as_flawed_numbers(values)
        or _as_text(values, share, known)
        or _as_identifier(values, distinct, known)
        or _as_category(values, distinct, known)
    )


def named_like_identifier(name: str) -> bool:
    """Whether a name says that its column tells rows apart.

    >>> [named_like_identifier(name) for name in ("customerID", "id", "uuid", "PassengerId", "grid", "paid")]
    [True, True, True, True, False, False]
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    lowered = [word.lower() for word in words]
    return bool({"id", "ids", "uuid", "guid", "pk", "key"} & set(lowered[:1] + lowered[-1:]))


def _pair(values: pl.Series) -> list[str] | None:
    words = values.unique(maintain_order=True).to_list()
    lowered = {word.strip().lower() for word in words}
    return sorted(words, reverse=True) if any(lowered <= pair for pair in _PAIRS) else None


def _or_missing(count: int) -> str:
    return " or missing" if count == 1 else ""


def _as_numbers(values: pl.Series, distinct: int) -> Column | None:
    name = values.name
    first = present(values.head(_SAMPLE)).drop_nulls()
    figures = first.filter(first.str.contains(FIGURE))
    if len(figures) < _MOSTLY * max(len(first), 1) or first.str.contains(CODE).any():
        return None
    given = present(values)
    format = written_as(given)
    if format is not None:
        written = f", written as {format}" if format else ""
        return Column(name, Kind.NUMBER, f"numbers stored as text{written}", format=format)
    if given.str.contains(r"^[+-]?\d{16,}$").any():
        return type_beyond(name, distinct, len(values))
    return None


def type_beyond(name: str, distinct: int, known: int) -> Column:
    """Return what whole numbers too long for floating point are: as numbers they would lose digits."""
    if distinct >= NEARLY_UNIQUE * known:
        reason = "whole numbers beyond 2^53 that hardly come back: they would lose digits as numbers"
        return Column(name, Kind.IDENTIFIER, reason, used=False)
    return Column(
        name, Kind.CATEGORY, "whole numbers beyond 2^53, taken as codes: as numbers they would lose digits"
    )


def _as_dates(values: pl.Series) -> Column | None:
    found = date_format(present(values))
    return Column(values.name, Kind.DATETIME, found[1], format=found[0]) if found else None


def _as_text(values: pl.Series, share: float, known: int) -> Column | None:
    sample = values.head(_SAMPLE)
    length = float(sample.str.len_chars().mean() or 0)  # type: ignore[arg-type]
    words = float(sample.str.count_matches(r"\S+").mean() or 0)  # type: ignore[arg-type]
    if (
        words < _TEXT_WORDS
        or length < _TEXT_LENGTH * (1 if known >= _FEW_ROWS else 2)
        or share < _TEXT_DIFFERENT
    ):
        return None
    reason = (
        f"free text: {words:.0f} words on average, {share:.0%} of the values are different; "
        f"left out, say {values.name}=category to use it"
    )
    return Column(values.name, Kind.TEXT, reason, used=False)


def _as_identifier(values: pl.Series, distinct: int, known: int) -> Column | None:
    if distinct < NEARLY_UNIQUE * known:
        return None
    if values.head(_SAMPLE).str.contains(_UNIQUE_CODE).all():
        reason = "unique codes such as UUIDs and hashes"
    elif known >= _FEW_ROWS:
        reason = (
            f"{distinct:,} different values in {known:,} rows: nothing comes back that could be learnt from"
        )
    else:
        return None
    return Column(values.name, Kind.IDENTIFIER, reason, used=False)


def _as_flawed_numbers(values: pl.Series) -> Column | None:
    """Type numbers among which some values are none: which to mend is for a person to say."""
    first = present(values.head(_SAMPLE)).drop_nulls()
    odd = first.filter(~first.str.contains(FIGURE))
    if not 0 < len(odd) <= (1 - _MOSTLY) * len(first):
        return None
    reason = f"mostly numbers, but {odd[0]!r} is not one: mend such values, then say {values.name}=number"
    return Column(values.name, Kind.CATEGORY, reason)


def _as_category(values: pl.Series, distinct: int, known: int) -> Column:
    if distinct == 1:
        return Column(values.name, Kind.CATEGORY, f"{values[0]!r} or missing")
    codes = "; codes with leading zeros" if values.head(_SAMPLE).str.contains(CODE).any() else ""
    return Column(values.name, Kind.CATEGORY, f"{distinct:,} different values in {known:,} rows{codes}")
