"""What the columns of a table are, and raw rows brought into that order and those types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from netwright.data import reading_values as values
from netwright.data.reading_markers import present
from netwright.errors import DataError, did_you_mean, listing, nearest


class Kind(StrEnum):
    """What the values of a column mean."""

    NUMBER = "number"
    CATEGORY = "category"
    YES_NO = "yes/no"
    DATETIME = "date"
    TEXT = "text"
    IMAGE = "image"
    SEQUENCE = "sequence"
    SOUND = "sound"
    IDENTIFIER = "identifier"
    CONSTANT = "constant"


@dataclass(frozen=True)
class Column:
    """One column of the input.

    Attributes:
        name: its name in the table.
        kind: what its values mean.
        reason: why it was taken so, a plain sentence.
        used: whether the network sees it.
        format: how its text is written where that is not evident: "%d/%m/%Y", "1,234.5", "unix s".
    """

    name: str
    kind: Kind
    reason: str
    used: bool = True
    format: str = ""


@dataclass(frozen=True)
class Schema:
    """The input columns of a table, in order.

    >>> age, key = Column("age", Kind.NUMBER, "whole numbers"), Column("id", Kind.IDENTIFIER, "", used=False)
    >>> schema = Schema((age, key))
    >>> schema.names, [column.name for column in schema.used]
    (('age', 'id'), ['age'])
    """

    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def used(self) -> tuple[Column, ...]:
        """The columns that the network sees."""
        return tuple(column for column in self.columns if column.used)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """Return the column of that name, or raise DataError with the nearest one."""
        if name not in self._by_name:
            raise DataError(f"There is no input column {name!r}. {did_you_mean(name, self.names)}")
        return self._by_name[name]

    def without_texts(self, reason: str) -> Schema:
        """Return the schema with columns of texts left out; as it is where nothing else would remain.

        >>> schema = Schema((Column("age", Kind.NUMBER, ""), Column("letter", Kind.TEXT, "")))
        >>> [column.name for column in schema.without_texts("not read").used]
        ['age']
        """
        if all(column.kind is Kind.TEXT for column in self.used):
            return self
        return Schema(
            tuple(
                replace(column, used=False, reason=reason) if column.kind is Kind.TEXT else column
                for column in self.columns
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"columns": [asdict(column) for column in self.columns]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Schema:
        """Return the schema that `to_json` wrote, or raise DataError where it is damaged."""
        try:
            return cls(
                tuple(
                    Column(
                        name=str(entry["name"]),
                        kind=Kind(entry["kind"]),
                        reason=str(entry["reason"]),
                        used=bool(entry["used"]),
                        format=str(entry["format"]),
                    )
                    for entry in data["columns"]
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"The schema is damaged: {error!r}. Save the model again.") from error


def align(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the used columns of a schema, in its order and in canonical types.

    Columns may come in any order, with others between them, and in other types: numbers become
    Float64 (null where missing), categories text in which 1, 1.0 and "1" agree, yes/no columns
    "yes" and "no", dates Datetime in microseconds.

    Args:
        frame: raw rows.
        schema: the columns that are expected.

    Raises:
        DataError: for a missing column, or a value that cannot be what its column asks for.

    >>> schema = Schema((Column("age", Kind.NUMBER, ""), Column("job", Kind.CATEGORY, "")))
    >>> align(pl.DataFrame({"job": [1, 2], "age": ["41", "?"]}), schema).rows()
    [(41.0, '1'), (None, '2')]
    """
    groups = _groups(frame, schema)
    order = [column.name for column in schema.used]
    changing = _changing(frame, groups)
    if not changing:
        return frame.select(order)
    aligned = frame.select(_expressions(groups, changing))[order]
    for (kind, dtype, _), names in groups.items():
        if kind in (Kind.NUMBER, Kind.DATETIME) and isinstance(dtype, _TEXT):
            aligned = _mend_or_refuse(frame, aligned, names, kind)
        if kind is Kind.NUMBER and not dtype.is_integer():
            _refuse_infinite(aligned, [name for name in names if name in changing])
    return aligned


_Group = tuple[Kind, pl.DataType, str]
_TEXT = (pl.String, pl.Categorical, pl.Enum)


def _groups(frame: pl.DataFrame, schema: Schema) -> dict[_Group, list[str]]:
    """Put columns that convert alike together: one expression for many columns is what makes this fast."""
    dtypes = frame.schema
    groups: dict[_Group, list[str]] = {}
    for column in schema.used:
        dtype = dtypes.get(column.name)
        if dtype is None:
            raise _missing(frame, schema)
        key = (column.kind, dtype, column.format)
        if key not in groups:
            if not _convertible(*key):
                raise DataError(
                    f"Column {column.name!r}: expected {_EXPECTED[column.kind]}, got values of type {dtype}. "
                    "Give one such value for each row."
                )
            groups[key] = []
        groups[key].append(column.name)
    return groups


_EXPECTED = {
    Kind.NUMBER: "a number",
    Kind.DATETIME: "a date or time",
    Kind.YES_NO: "yes or no",
    Kind.CATEGORY: "a category",
    Kind.TEXT: "a text",
    Kind.SEQUENCE: "the steps of a sequence",
    Kind.SOUND: "the path of a wave file",
}


def _convertible(kind: Kind, dtype: pl.DataType, format: str) -> bool:
    if kind is Kind.SEQUENCE:
        return dtype.is_nested()
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        return False
    if kind is Kind.NUMBER:
        return not dtype.is_temporal() or dtype == pl.Duration
    if kind is Kind.DATETIME:
        return dtype not in (pl.Duration, pl.Boolean) and (bool(format) or not dtype.is_numeric())
    return True


def _changing(frame: pl.DataFrame, groups: dict[_Group, list[str]]) -> set[str]:
    """Return the columns that are not canonical yet: looking is cheaper than converting."""
    looks = []
    changing: set[str] = set()
    for (kind, dtype, _), names in groups.items():
        if kind is Kind.NUMBER and dtype == pl.Float64:
            looks.append(values.not_finite(pl.col(names)))
        elif kind is Kind.CATEGORY and dtype == pl.String:
            looks.append(values.untidy(pl.col(names)))
        elif kind in (Kind.SEQUENCE, Kind.SOUND):
            continue
        elif kind is Kind.TEXT and dtype == pl.String:
            continue  # a network reads every sign of a text
        elif not (kind is Kind.DATETIME and dtype == pl.Datetime("us")):
            changing.update(names)
    if looks:
        found = frame.select(looks)
        changing.update(name for name, yes in zip(found.columns, found.row(0), strict=True) if yes)
    return changing


def _expressions(groups: dict[_Group, list[str]], changing: set[str]) -> list[pl.Expr]:
    expressions = []
    for (kind, dtype, format), names in groups.items():
        kept = [name for name in names if name not in changing]
        if kept:
            expressions.append(pl.col(kept))
        if len(kept) == len(names):
            continue
        rest = [name for name in names if name in changing]
        column = pl.col(rest)
        if kind is Kind.NUMBER:
            expressions.append(values.number(column, dtype, format))
        elif kind is Kind.DATETIME:
            expressions.extend(values.moment(pl.col(name), dtype, format) for name in rest)
        elif kind is Kind.YES_NO:
            expressions.append(values.yes_no(column, dtype))
        elif kind is Kind.TEXT:
            expressions.append(column.cast(pl.String))
        else:
            expressions.append(values.category(column, dtype))
    return expressions


def _missing(frame: pl.DataFrame, schema: Schema) -> DataError:
    absent = [column.name for column in schema.used if column.name not in frame.columns]
    spare = [name for name in frame.columns if name not in schema.names]
    closest = nearest(absent[0], spare)
    hint = f" Is it the column {closest!r}? Then rename that." if closest else ""
    noun = "Column" if len(absent) == 1 else "Columns"
    return DataError(
        f"{noun} {listing(repr(name) for name in absent)} not found: the model was trained with "
        f"{'it' if len(absent) == 1 else 'them'}.{hint} Got the columns {listing(frame.columns)}."
    )


def _mend_or_refuse(frame: pl.DataFrame, aligned: pl.DataFrame, names: list[str], kind: Kind) -> pl.DataFrame:
    """Refuse text that did not convert; dates first get a second chance as ISO 8601."""
    for name in names:
        given = present(frame[name])
        if given.null_count() == aligned[name].null_count():
            continue
        if kind is Kind.DATETIME:
            again = given.to_frame().select(values.moment(pl.col(name), pl.String()))
            aligned = aligned.with_columns(pl.coalesce(aligned[name], again[name]).alias(name))
        row = (given.is_not_null() & aligned[name].is_null()).arg_max()
        if row is not None and given[row] is not None and aligned[name][row] is None:
            raise DataError(
                f"Column {name!r}, row {row + 1:,}: expected {_EXPECTED[kind]}, got {given[row]!r}. "
                "Mend the value, or leave the cell empty if it is not known."
            )
    return aligned


def _refuse_infinite(aligned: pl.DataFrame, names: list[str]) -> None:
    for name in names:
        infinite = np.isinf(aligned.get_column(name).to_numpy())
        if infinite.any():
            raise DataError(
                f"Column {name!r}, row {int(infinite.argmax()) + 1:,}: expected a finite number, got "
                "infinity. Give the true value, or leave the cell empty if it is not known."
            )
