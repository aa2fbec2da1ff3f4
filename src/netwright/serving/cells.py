"""Rows of a request checked against the schema, so that a wrong one never meets the rows of others."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import polars as pl

from netwright.data import sequences
from netwright.data.encode import YesNo
from netwright.data.items import objects
from netwright.data.preparation import Preparation
from netwright.data.schema import Column, Kind, Schema, align
from netwright.errors import DataError, UserError, did_you_mean
from netwright.serving.limits import RefusedError

_UNTIDY = re.compile(r"^\s|\s$|\.0+$|^$")

_KINDS = (Kind.NUMBER, Kind.CATEGORY, Kind.YES_NO, Kind.DATETIME, Kind.TEXT, Kind.SEQUENCE)

Row = dict[str, Any]


class Cells:
    """What the cells of a row may hold.

    Values that are canonical already pass with a look at each; rows with others take the way that `predict`
    takes, by a frame.
    """

    def __init__(self, schema: Schema, preparations: Sequence[Preparation]) -> None:
        self.schema = schema
        self.names = schema.names
        self._columns = schema.used
        self._used = frozenset(column.name for column in schema.used)
        self._yes_no: dict[str, YesNo] = {}
        for one in preparations:
            self._yes_no |= one.yes_no

    def checked(self, rows: Sequence[Any]) -> list[Row]:
        """Return the used columns of rows in canonical types.

        Args:
            rows: as they came, dicts by column name.

        Raises:
            RefusedError: 422 for a row that cannot be read; names column and row.
        """
        found = []
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, dict):
                raise RefusedError(422, f"Row {number:,}: expected an object, got {_shown(row)}.", row=number)
            if not self._used.issubset(row):
                raise self._missing(row, number)
            plain = self._plain(row)
            found.append(plain if plain is not None else self._read(row, number))
        return found

    def of_frame(self, frame: pl.DataFrame) -> list[Row]:
        """Return the rows of a table of text, such as a CSV file, in canonical types.

        Raises:
            RefusedError: 422 for a column or value that cannot be read.
        """
        try:
            return align(frame, self.schema).to_dicts()
        except DataError as error:
            raise _refused(error, self.names, offset=None) from error

    def _plain(self, row: Row) -> Row | None:
        """Return a row whose values are canonical, or None where they have to be read first."""
        plain: Row = {}
        for column in self._columns:
            name = column.name
            value = row[name]
            if value is None:
                plain[name] = None
            elif not self._is_canonical(column, value):
                return None
            else:
                plain[name] = value
        return plain

    def _is_canonical(self, column: Column, value: Any) -> bool:
        kind = type(value)
        if column.kind is Kind.NUMBER:
            return (kind is float and math.isfinite(value)) or (kind is int and abs(value) < 2**53)
        if column.kind is Kind.CATEGORY:
            return kind is str and not _UNTIDY.search(value)
        if column.kind is Kind.YES_NO:
            return kind is str and value in self._yes_no[column.name].words
        return False

    def _read(self, row: Row, number: int) -> Row:
        """Return a row read as `predict` reads a table of one row."""
        values = {}
        for column in self._columns:
            value = row[column.name]
            nested = isinstance(value, (list, dict))
            if nested and column.kind is not Kind.SEQUENCE:
                raise _wrong(column, number, value)
            if isinstance(value, float) and not math.isfinite(value):
                raise _wrong(column, number, value)
            values[column.name] = value
        try:
            frame = pl.DataFrame({name: [_bounded(value)] for name, value in values.items()}, strict=False)
            return align(frame, self.schema).row(0, named=True)
        except UserError as error:
            raise _refused(error, self.names, offset=number) from error
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
            raise self._culprit(values, number) from error

    def _culprit(self, values: Row, number: int) -> RefusedError:
        """Return what is said of the first column that cannot be read by itself."""
        for column in self._columns:
            try:
                frame = pl.DataFrame({column.name: [_bounded(values[column.name])]}, strict=False)
                align(frame, Schema((column,)))
            except (UserError, TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
                return _wrong(column, number, values[column.name])
        return RefusedError(422, f"Row {number:,} cannot be read.", row=number)

    def _missing(self, row: Row, number: int) -> RefusedError:
        name = next(column.name for column in self._columns if column.name not in row)
        spare = [given for given in row if given not in self.names]
        hint = f" {did_you_mean(name, spare[:12])}" if spare else ""
        return RefusedError(
            422,
            f"Row {number:,}: the column {name!r} is missing.{hint} Give null if its value is not known.",
            name,
            number,
        )


def check_sequences(rows: Sequence[Row], name: str, channels: int) -> None:
    """Raise RefusedError, 422, for a sequence that the preparation would refuse: it waits among others'."""
    for number, row in enumerate(rows, start=1):
        try:
            sequences.checked(objects([row[name]]), channels)
        except UserError as error:
            raise _refused(error, (name,), offset=number) from error
        except (TypeError, ValueError, IndexError) as error:
            message = f"Column {name!r}, row {number:,}: expected {_EXPECTED[Kind.SEQUENCE]}, each step with "
            message += f"{channels} of them, got {_shown(row[name])}."
            raise RefusedError(422, message, name, number) from error


_EXPECTED = {
    Kind.NUMBER: "a finite number",
    Kind.CATEGORY: "a category, as text or a number",
    Kind.YES_NO: "yes or no",
    Kind.DATETIME: "a date such as 2024-12-31 or 2024-12-31T23:59:00",
    Kind.TEXT: "a text",
    Kind.SEQUENCE: "a list of steps, each a number or a list of numbers",
}


def expected(column: Column) -> str:
    """Return what a column holds, in words."""
    return _EXPECTED.get(column.kind, str(column.kind))


def _wrong(column: Column, number: int, value: Any) -> RefusedError:
    message = f"Column {column.name!r}, row {number:,}: expected {expected(column)}, got {_shown(value)}."
    return RefusedError(422, message, column.name, number)


def _refused(error: UserError, names: Sequence[str], offset: int | None) -> RefusedError:
    """Return a refusal that names the column and the row of an error's message."""
    message = str(error)
    column = next((name for name in names if repr(name) in message), None)
    found = re.search(r"row ([\d,]+)", message)
    row = int(found[1].replace(",", "")) if found else None
    if offset is not None:
        message = re.sub(r"row [\d,]+", f"row {offset:,}", message)
        row = offset
    return RefusedError(422, message, column, row)


def _bounded(value: Any) -> Any:
    """Return whole numbers beyond 64 bits as floats, which columns hold."""
    return float(value) if isinstance(value, int) and abs(value) >= 2**63 else value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
