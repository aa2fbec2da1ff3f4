"""What each column of a table is: decided from its values, its type and its name, with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from netwright.data.reading_dates import date_format
from netwright.data.reading_markers import present
from netwright.data.reading_numbers import LARGEST_EXACT, written_as
from netwright.data.reading_values import UNIX
from netwright.data.reading_words import (
    NEARLY_UNIQUE,
    NOT_TO_BE_LEARNT,
    look_at_words,
    named_like_identifier,
    type_beyond,
    type_words,
    words_of,
)
from netwright.data.recognition import holds_pictures, holds_sounds
from netwright.data.schema import Column, Kind, Schema
from netwright.errors import DataError, did_you_mean

# Types of which it is worth to count how many different values there are; text is looked at apart.
_FEW_VALUES = (pl.Categorical, pl.Enum, pl.Boolean)
_ROW_NUMBER = "counts the rows by one: it says where a row stands, not what it is"
_UNUSED = (Kind.IDENTIFIER, Kind.CONSTANT)
_ITEMS = {Kind.IMAGE: "pictures", Kind.SOUND: "sounds", Kind.SEQUENCE: "sequences"}
_STEPS = pl.List(pl.List(pl.Float32))
_TIMESTAMP = re.compile(r"(?i)timestamp|unix|epoch_?(s|ms|time|seconds)|(^|_)ts$|_at$|_time$|^time$")
_DATE = re.compile(r"(?i)date|day")
# The years 1973 to 2096 in seconds: what a timestamp with such a name may be.
_UNIX_SECONDS = (1e8, 4e9)
_ROW_NUMBERS_FROM = 20
# What may well count up by one and still be measured.
_MEASURES = re.compile(
    r"(?i)(^|[_ ])(x|t|time|second|minute|hour|day|week|month|quarter|year|step|epoch|trial|position|"
    r"distance|age|depth|dose|size|length|temperature|speed|round|iteration|frame)s?([_ ]|$)"
)


def infer_schema(
    frame: pl.DataFrame,
    *,
    target: str | None = None,
    ignore: Sequence[str] = (),
    overrides: Mapping[str, Kind] | None = None,
) -> Schema:
    """Decide what each input column is.

    Args:
        frame: the table.
        target: the column to predict, which is not an input.
        ignore: columns to leave out.
        overrides: what columns are, whatever they look like.

    Returns:
        the input columns; each says why it was taken so and whether it is used.

    Raises:
        DataError: for a name that the table does not have, or a kind that a column cannot be.

    >>> frame = pl.DataFrame({"id": ["a", "b", "c"], "age": [41, 29, 35], "smoker": ["yes", "no", "no"]})
    >>> [(column.name, column.kind.value, column.used) for column in infer_schema(frame).columns]
    [('id', 'identifier', False), ('age', 'number', True), ('smoker', 'yes/no', True)]
    """
    overrides = overrides or {}
    _require_known(frame, [*([target] if target is not None else []), *ignore, *overrides])
    if target is not None and target in ignore:
        raise DataError(
            f"Column {target!r} is the target, it cannot be ignored. Take it out of one of the two."
        )
    inputs = frame.drop(target) if target is not None else frame
    facts = _facts(inputs)
    words = look_at_words(inputs, [name for name, dtype in inputs.schema.items() if dtype == pl.String])
    columns = []
    for name in inputs.columns:
        if name in overrides:
            column = _as_told(inputs[name], overrides[name])
        elif name in words and holds_pictures(inputs[name]):
            column = Column(name, Kind.IMAGE, "paths of picture files")
        elif name in words and holds_sounds(inputs[name]):
            column = Column(name, Kind.SOUND, "paths of wave files")
        elif inputs[name].dtype == _STEPS or (inputs.width == 1 and isinstance(inputs[name].dtype, pl.List)):
            column = Column(name, Kind.SEQUENCE, "the steps of a sequence in each row")
        elif name in words:
            column = type_words(words[name])
        else:
            column = _typed(inputs[name], facts[name])
        if name in ignore:
            column = Column(name, column.kind, "you asked to ignore it", used=False)
        columns.append(column)
    return Schema(tuple(_beside_items(_with_a_text(_with_a_measure(columns), inputs))))


def _require_known(frame: pl.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in frame.columns:
            raise DataError(f"There is no column {name!r}. {did_you_mean(name, frame.columns)}")


@dataclass(frozen=True)
class _Facts:
    """What is known of a column before its kind: smallest and largest are of numbers only."""

    missing: int
    distinct: int = 0
    smallest: float = 0
    largest: float = 0
    counts_up: bool = False


def _facts(frame: pl.DataFrame) -> dict[str, _Facts]:
    """Look at all columns at once: one pass for many columns is what makes wide tables fast."""
    schema = frame.schema
    missing = dict(zip(schema, frame.null_count().row(0), strict=True)) if schema else {}
    numeric = [name for name, dtype in schema.items() if dtype.is_numeric()]
    floats = [name for name in numeric if schema[name].is_float()]
    whole = [name for name in numeric if schema[name].is_integer()]
    smallest = _row(frame, numeric, pl.col(numeric).min())
    largest = _row(frame, numeric, pl.col(numeric).max())
    for name, nans in _row(frame, floats, pl.col(floats).is_nan().sum()).items():
        missing[name] += nans
    counts_up = _row(frame, whole, (pl.col(whole).diff().drop_nulls() == 1).all())
    counted = [name for name, dtype in schema.items() if isinstance(dtype, _FEW_VALUES)]
    counted += [
        name for name in whole if named_like_identifier(name) or _is_beyond(smallest[name], largest[name])
    ]
    distinct = _row(frame, counted, pl.col(counted).drop_nulls().n_unique())
    return {
        name: _Facts(
            missing=missing[name],
            distinct=distinct.get(name, 0),
            smallest=smallest.get(name) or 0,
            largest=largest.get(name) or 0,
            counts_up=counts_up.get(name, False),
        )
        for name in schema
    }


def _row(frame: pl.DataFrame, names: Sequence[str], look: pl.Expr) -> dict[str, Any]:
    return dict(zip(names, frame.select(look).row(0), strict=True)) if names else {}


def _is_beyond(smallest: float | None, largest: float | None) -> bool:
    return max(abs(smallest or 0), abs(largest or 0)) > LARGEST_EXACT


def _typed(values: pl.Series, facts: _Facts) -> Column:
    name, dtype = values.name, values.dtype
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        reason = f"values of type {dtype}, a network for tables takes one plain value for each row; left out"
        return Column(name, Kind.TEXT, reason, used=False)
    if facts.missing == len(values):
        return Column(name, Kind.CONSTANT, "all values are missing", used=False)
    if dtype.is_numeric():
        return _type_numbers(values, facts)
    if dtype.is_temporal():
        return _type_moments(values, facts)
    if facts.distinct == 1 and not facts.missing:
        return Column(name, Kind.CONSTANT, f"always {values[0]!r}", used=False)
    if dtype == pl.Boolean:
        return Column(
            name, Kind.YES_NO, "true and false" if facts.distinct == 2 else "one truth value or missing"
        )
    return Column(name, Kind.CATEGORY, f"a categorical column, {facts.distinct:,} different values")


def _type_numbers(values: pl.Series, facts: _Facts) -> Column:
    name, known = values.name, len(values) - facts.missing
    if facts.smallest == facts.largest and not facts.missing:
        return Column(name, Kind.CONSTANT, f"always {facts.smallest:,g}", used=False)
    if unix := _unix(name, facts):
        return Column(
            name, Kind.DATETIME, f"named like a time, in the range of {unix} timestamps", format=unix
        )
    if values.dtype.is_integer():
        if _is_beyond(facts.smallest, facts.largest):
            return type_beyond(name, facts.distinct, known)
        if named_like_identifier(name):
            return _type_keys(name, facts, known)
        if _DATE.search(name) and (found := _written_dates(values, facts)):
            return Column(name, Kind.DATETIME, found[1], format=found[0])
        if _numbers_the_rows(values, facts):
            return Column(name, Kind.IDENTIFIER, _ROW_NUMBER, used=False)
    return Column(name, Kind.NUMBER, _range(values, facts))


def _range(values: pl.Series, facts: _Facts) -> str:
    if not values.dtype.is_integer():
        return f"numbers from {float(facts.smallest):,.6g} to {float(facts.largest):,.6g}"
    if (facts.smallest, facts.largest) == (0, 1):
        return "only 0 and 1, which a network takes as they are"
    hint = f"; if they are codes without an order, say {values.name}=category"
    few = facts.largest - facts.smallest < 10
    return f"whole numbers from {facts.smallest:,} to {facts.largest:,}{hint if few else ''}"


def _type_keys(name: str, facts: _Facts, known: int) -> Column:
    if facts.distinct >= NEARLY_UNIQUE * known:
        reason = f"named like an identifier, {facts.distinct:,} different values in {known:,} rows"
        return Column(name, Kind.IDENTIFIER, reason, used=False)
    reason = f"named like an identifier, but its {facts.distinct:,} values come back: codes, not amounts"
    return Column(name, Kind.CATEGORY, reason)


def _unix(name: str, facts: _Facts) -> str:
    if _TIMESTAMP.search(name):
        for unit, seconds in UNIX.items():
            if _UNIX_SECONDS[0] <= facts.smallest * seconds and facts.largest * seconds <= _UNIX_SECONDS[1]:
                return unit
    return ""


def _written_dates(values: pl.Series, facts: _Facts) -> tuple[str, str] | None:
    """Whether whole numbers are dates such as 20241231."""
    if facts.smallest < 19_000_101 or facts.largest > 21_001_231:
        return None
    return date_format(values.cast(pl.String))


def _numbers_the_rows(values: pl.Series, facts: _Facts) -> bool:
    long = len(values) >= _ROW_NUMBERS_FROM and facts.missing == 0
    return long and facts.counts_up and facts.smallest in (0, 1) and not _MEASURES.search(values.name)


def _type_moments(values: pl.Series, facts: _Facts) -> Column:
    name, smallest, largest = values.name, values.min(), values.max()
    if smallest == largest and not facts.missing:
        return Column(name, Kind.CONSTANT, f"always {smallest!s}", used=False)
    if values.dtype == pl.Duration:
        return Column(name, Kind.NUMBER, "durations, taken as seconds")
    noun = "times of day" if values.dtype == pl.Time else "dates and times"
    noun = "dates" if values.dtype == pl.Date else noun
    return Column(name, Kind.DATETIME, f"{noun} from {smallest!s} to {largest!s}")


def _as_told(values: pl.Series, kind: Kind) -> Column:
    """Return a column of the kind that the user named, with the format that its text needs."""
    name, kind = values.name, Kind(kind)
    used = kind not in _UNUSED
    if used and (values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object)):
        raise DataError(f"Column {name!r} cannot be a {kind}: its values are of type {values.dtype}.")
    format = ""
    if kind is Kind.NUMBER and values.dtype == pl.String:
        format = written_as(present(values)) or ""
    if kind is Kind.DATETIME and values.dtype == pl.String:
        format = (date_format(present(values)) or ("", ""))[0]
    if kind is Kind.DATETIME and values.dtype.is_numeric():
        found = date_format(values.cast(pl.Int64, strict=False).cast(pl.String))
        format = found[0] if found else _unix_unit(values)
    return Column(name, kind, "you said so", used, format)


def _unix_unit(values: pl.Series) -> str:
    """Return the unit in which numbers are the likeliest seconds since 1970."""
    largest = values.cast(pl.Float64).abs().max() or 0
    assert isinstance(largest, (int, float))
    return next((unit for unit, seconds in UNIX.items() if largest * seconds <= _UNIX_SECONDS[1]), "unix ns")


def _beside_items(columns: list[Column]) -> list[Column]:
    """Leave out all but the first column of pictures, sounds or sequences: a network reads one of them."""
    first = next((column for column in columns if column.kind in _ITEMS and column.used), None)
    if first is None:
        return columns
    reason = f"beside the {_ITEMS[first.kind]} of {first.name}, which are what the network reads; left out"
    return [
        replace(column, used=False, reason=reason) if column.used and column is not first else column
        for column in columns
    ]


def _with_a_measure(columns: list[Column]) -> list[Column]:
    """Take row numbers as numbers where they are all there is, such as in a table of x and y."""
    if any(column.used for column in columns):
        return columns
    reason = "counts up by one, taken as a number because there is no other column"
    return [
        replace(column, kind=Kind.NUMBER, reason=reason, used=True)
        if column.reason == _ROW_NUMBER
        else column
        for column in columns
    ]


def _with_a_text(columns: list[Column], frame: pl.DataFrame) -> list[Column]:
    """Take short texts as texts where they are all there is: they do not come back, but their words do."""
    if any(column.used for column in columns):
        return columns
    reason = "short texts, taken as such because there is no other column"
    return [
        replace(column, kind=Kind.TEXT, reason=reason, used=True)
        if column.reason.endswith(NOT_TO_BE_LEARNT) and words_of(frame[column.name]) >= 2
        else column
        for column in columns
    ]
