"""What a column of text holds: numbers, dates, yes and no, codes of its rows, running text, or categories."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from netwright.data.reading_dates import DATE, date_format
from netwright.data.reading_markers import MARKERS_IN_NUMBERS, present, without_markers
from netwright.data.reading_numbers import CODE, FIGURE, written_as
from netwright.data.schema import Column, Kind

_PAIRS = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"}, {"1", "0"})
_UNIQUE_CODE = r"(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$|^[0-9a-f]{24,}$"
_SAMPLE = 10_000
# From this share of different values on, nothing comes back often enough to be learnt from.
NEARLY_UNIQUE = 0.95
_FEW_ROWS = 30
_TEXT_WORDS, _TEXT_LENGTH, _TEXT_DIFFERENT = 3.0, 20.0, 0.5
# From this share of values that look like numbers or dates on, a column is tried as such.
_MOSTLY = 0.9
# Scripts without spaces: a character says about as much as three letters, and stands for a word.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_LETTERS_EACH = 3
NOT_TO_BE_LEARNT = "nothing comes back that could be learnt from"
"""Why a column of text is left out whose values hardly ever come back."""


@dataclass(frozen=True)
class Words:
    """A column of text and what one look at its first rows tells.

    Attributes:
        text: the column.
        distinct: how many different values it has, missing not counted.
        figures: the share of values that look like numbers.
        dates: the share of values that look like dates or times.
        length: the mean number of characters.
    """

    text: pl.Series
    distinct: int
    figures: float
    dates: float
    length: float

    @property
    def name(self) -> str:
        """The column's name."""
        return self.text.name

    @property
    def known(self) -> int:
        """How many values are not missing."""
        return len(self.text) - self.text.null_count()

    @property
    def share(self) -> float:
        """How many of the values are different."""
        return self.distinct / self.known

    @cached_property
    def values(self) -> pl.Series:
        """The different values, in the order in which they appear, tidied."""
        return present(self.text.drop_nulls().unique(maintain_order=True)).drop_nulls()

    def column(self, kind: Kind, reason: str, format: str = "") -> Column:
        """Return the column as one of that kind."""
        return Column(self.name, kind, reason, kind not in (Kind.CONSTANT, Kind.IDENTIFIER), format)


def look_at_words(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Words]:
    """Look at all text columns at once: all rows are counted for `distinct`, the first for the rest."""
    if not names:
        return {}
    texts = pl.col(names)
    distinct = frame.select(texts.drop_nulls().n_unique()).row(0)
    first = frame.select(names).head(_SAMPLE)
    given = without_markers(texts, MARKERS_IN_NUMBERS)
    looks = (given.str.contains(FIGURE), given.str.contains(DATE), texts.str.len_chars())
    figures, dates, length = (first.select(look.mean()).row(0) for look in looks)
    return {
        name: Words(column, distinct[place], figures[place] or 0, dates[place] or 0, length[place] or 0)
        for place, (name, column) in enumerate(zip(names, frame.select(names), strict=True))
    }


def type_words(words: Words) -> Column:
    """Return what a column of text is, and why."""
    if words.distinct == 0:
        return words.column(Kind.CONSTANT, "all values are missing")
    if words.distinct == 1 and words.known == len(words.text):
        return words.column(Kind.CONSTANT, f"always {words.text[0]!r}")
    return (
        _as_yes_no(words)
        or _as_named_identifier(words)
        or _as_numbers(words)
        or _as_dates(words)
        or _as_text(words)
        or _as_identifier(words)
        or _as_category(words)
    )


def named_like_identifier(name: str) -> bool:
    """Whether a name says that its column tells rows apart.

    >>> [named_like_identifier(name) for name in ("customerID", "id", "uuid", "PassengerId", "grid", "paid")]
    [True, True, True, True, False, False]
    """
    parts = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    return bool({"id", "ids", "uuid", "guid", "pk", "key"} & set(parts[:1] + parts[-1:]))


def type_beyond(name: str, distinct: int, known: int) -> Column:
    """Return what whole numbers too long for floating point are: as numbers they would lose digits."""
    if distinct >= NEARLY_UNIQUE * known:
        reason = "whole numbers beyond 2^53 that hardly come back: they would lose digits as numbers"
        return Column(name, Kind.IDENTIFIER, reason, used=False)
    reason = "whole numbers beyond 2^53, taken as codes: as numbers they would lose digits"
    return Column(name, Kind.CATEGORY, reason)


def _as_yes_no(words: Words) -> Column | None:
    if words.distinct > 6:
        return None
    found = words.values.to_list()
    lowered = {word.lower() for word in found}
    if not lowered or not any(lowered <= pair for pair in _PAIRS):
        return None
    missing = " or missing" if len(found) == 1 else ""
    return words.column(Kind.YES_NO, f"only {' and '.join(sorted(found, reverse=True))}{missing}")


def _as_named_identifier(words: Words) -> Column | None:
    if not named_like_identifier(words.name) or words.share < NEARLY_UNIQUE:
        return None
    reason = f"named like an identifier, {words.distinct:,} different values in {words.known:,} rows"
    return words.column(Kind.IDENTIFIER, reason)


def _as_numbers(words: Words) -> Column | None:
    """Type numbers stored as text; where some values are none, which to mend is for a person to say."""
    if words.figures < _MOSTLY or words.values.str.contains(CODE).any():
        return None
    format = written_as(words.values)
    if format is not None:
        written = f", written as {format}" if format else ""
        return words.column(Kind.NUMBER, f"numbers stored as text{written}", format)
    odd = words.values.filter(words.values.str.contains(FIGURE).not_())
    if odd.is_empty():
        long = words.values.str.contains(r"^[+-]?\d{16,}$").any()
        return type_beyond(words.name, words.distinct, words.known) if long else None
    hint = f"mend such values, then say {words.name}=number"
    return words.column(Kind.CATEGORY, f"mostly numbers, but {odd[0]!r} is not one: {hint}")


def _as_dates(words: Words) -> Column | None:
    if words.dates < _MOSTLY:
        return None
    found = date_format(words.values)
    return words.column(Kind.DATETIME, found[1], found[0]) if found else None


def _as_text(words: Words) -> Column | None:
    shortest = _TEXT_LENGTH * (1 if words.known >= _FEW_ROWS else 2)
    if words.share < _TEXT_DIFFERENT:
        return None
    unspaced, count = _matches(words.text, _UNSPACED), words_of(words.text)
    if words.length + (_LETTERS_EACH - 1) * unspaced < shortest or count < _TEXT_WORDS:
        return None
    reason = f"free text: {count:.0f} words on average, {words.share:.0%} of the values are different"
    return words.column(Kind.TEXT, reason)


def words_of(text: pl.Series) -> float:
    """Return the mean number of words; in scripts without spaces every character is one.

    >>> words_of(pl.Series(["two words", "這部電影"]))
    3.0
    """
    return _matches(text, rf"{_UNSPACED}|\S+")


def _matches(text: pl.Series, pattern: str) -> float:
    """Return how often a pattern stands in a value, on average; 0 where none of the first values is there."""
    count = text.head(_SAMPLE).str.count_matches(pattern).mean()
    return count if isinstance(count, float) else 0.0


def _as_identifier(words: Words) -> Column | None:
    if words.share < NEARLY_UNIQUE:
        return None
    if words.values.head(_SAMPLE).str.contains(_UNIQUE_CODE).all():
        return words.column(Kind.IDENTIFIER, "unique codes such as UUIDs and hashes")
    if words.known < _FEW_ROWS:
        return None
    counted = f"{words.distinct:,} different values in {words.known:,} rows"
    return words.column(Kind.IDENTIFIER, f"{counted}: {NOT_TO_BE_LEARNT}")


def _as_category(words: Words) -> Column:
    if words.distinct == 1:
        return words.column(Kind.CATEGORY, f"{words.text.drop_nulls()[0]!r} or missing")
    codes = "; codes with leading zeros" if words.figures and words.values.str.contains(CODE).any() else ""
    return words.column(Kind.CATEGORY, f"{words.distinct:,} different values in {words.known:,} rows{codes}")
