"""One or many series on a regular grid: values with gaps, known columns into the future, static columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from netwright.data.frequency import Frequency, Unit, infer_frequency
from netwright.data.moments import read_moments
from netwright.errors import DataError, did_you_mean


@dataclass(frozen=True)
class Columns:
    """What the columns of a table of series are.

    Attributes:
        target: the columns to forecast; each is a series of its own.
        time: the column of times, or None when rows follow each other.
        group: the column that says which series a row belongs to, or None for one.
        known: columns that are known ahead, such as prices and holidays.
        static: columns that say something of a whole series, such as its region.
    """

    target: tuple[str, ...]
    time: str | None = None
    group: str | None = None
    known: tuple[str, ...] = ()
    static: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that is read."""
        chosen = (self.time, self.group)
        return (*self.target, *(name for name in chosen if name), *self.known, *self.static)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Columns:
        """Return the columns from plain data with their fields."""
        several = {name: tuple(data[name]) for name in ("target", "known", "static")}
        return Columns(time=data["time"], group=data["group"], **several)


@dataclass(frozen=True, eq=False)
class Series:
    """One series.

    Attributes:
        target: the column that it comes from.
        group: the group that it belongs to, "" where there are none.
        first: its first time.
        values: float64 (length,), NaN where a value is missing.
        known: float64 (length + what is known ahead, k), NaN where missing.
        static: one value a static column, as text; "" where missing.
    """

    target: str
    group: str
    first: Any
    values: np.ndarray
    known: np.ndarray
    static: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called: group and target."""
        return f"{self.group} {self.target}".strip()

    def __len__(self) -> int:
        return len(self.values)

    def until(self, length: int) -> Series:
        """Return the series with its first `length` values; what is known ahead stays known."""
        return replace(self, values=self.values[:length])


@dataclass(frozen=True, eq=False)
class Panel:
    """Series with one frequency.

    Attributes:
        columns: what the columns were.
        frequency: the step from value to value.
        series: at least one.
        decisions: how the table was read, one plain sentence each.
    """

    columns: Columns
    frequency: Frequency
    series: tuple[Series, ...]
    decisions: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        """Values of the longest series."""
        return max(len(one) for one in self.series)

    def until(self, lengths: Sequence[int]) -> Panel:
        """Return the panel with each series cut after so many values."""
        cut = tuple(one.until(length) for one, length in zip(self.series, lengths, strict=True))
        return Panel(self.columns, self.frequency, cut, self.decisions)

    def times(self, series: Series, start: int, count: int) -> np.ndarray:
        """Return the times of `count` values of a series from number `start` on."""
        return self.frequency.times(series.first, start + count)[start:]


def read_panel(frame: pl.DataFrame, columns: Columns, frequency: Frequency | None = None) -> Panel:
    """Return the series of a table.

    Rows whose target is missing behind the last value of a series tell what is known ahead.

    Args:
        frame: one row for each time, or for each time and group.
        columns: what its columns are.
        frequency: the step where it is known already.

    Raises:
        DataError: for missing columns, values that are no numbers, two rows at one time, or times
            without a regular step.
    """
    for name in columns.all:
        if name not in frame.columns:
            raise DataError(f"There is no column {name!r}. {did_you_mean(name, frame.columns)}")
    numbers = _numbers(frame, (*columns.target, *columns.known))
    moments, told = _moments(frame, columns)
    groups = _groups(frame, columns, moments)
    if frequency is None:
        frequency = infer_frequency([moments[rows] for _, rows in groups])
    series, gaps, ahead = [], 0, 0
    for name, rows in groups:
        grid = _Grid.of(frequency, moments[rows], name)
        known = grid.spread(numbers[rows][:, len(columns.target) :])
        static = tuple(_static(frame, column, rows, name) for column in columns.static)
        for place, target in enumerate(columns.target):
            values = grid.spread(numbers[rows][:, place : place + 1])[:, 0]
            there = np.flatnonzero(~np.isnan(values))
            if not len(there):
                raise DataError(f"Column {target!r} holds no value{f' for {name}' if name else ''}.")
            values = values[: there[-1] + 1]
            gaps += int(np.isnan(values).sum())
            ahead = max(ahead, len(known) - len(values))
            series.append(Series(target, name, grid.first, values, known, static))
    decisions = [told, f"{frequency}, {len(series):,} series" if len(series) > 1 else str(frequency)]
    if gaps:
        decisions.append(f"{gaps:,} values are missing; they are filled in between, and never count as true")
    if ahead and columns.known:
        decisions.append(f"known ahead for {ahead:,} steps: {', '.join(columns.known)}")
    return Panel(columns, frequency, tuple(series), tuple(filter(None, decisions)))


@dataclass(frozen=True)
class _Grid:
    """Where the rows of one series stand on the regular grid."""

    first: Any
    places: np.ndarray

    @classmethod
    def of(cls, frequency: Frequency, moments: np.ndarray, name: str) -> _Grid:
        positions = frequency.position(moments)
        places = np.round(positions - positions[0])
        wrong = np.flatnonzero(np.abs(positions - positions[0] - places) > 1e-6)
        if len(wrong):
            raise DataError(
                f"{moments[wrong[0]]}{f' of {name}' if name else ''} does not fit the step ({frequency})."
            )
        first = moments[0] if frequency.unit is not Unit.STEP else int(moments[0])
        return cls(first, places.astype(np.int64))

    def spread(self, table: np.ndarray) -> np.ndarray:
        """Return rows (n, k) on the grid (steps, k), NaN where a step has no row."""
        out = np.full((int(self.places[-1]) + 1, table.shape[1]), np.nan)
        out[self.places] = table
        return out


def _numbers(frame: pl.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Return columns as float64 (n, k), NaN where missing."""
    matrix = np.full((frame.height, len(names)), np.nan)
    for place, name in enumerate(names):
        column = frame[name]
        if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
            text = column.cast(pl.String)
            bad = text.str.strip_chars().cast(pl.Float64, strict=False).is_null() & text.is_not_null()
            if bad.any():
                row = int(bad.arg_true()[0])
                raise DataError(f"Column {name!r}, row {row + 1:,}: expected a number, got {text[row]!r}.")
            column = text.str.strip_chars()
        values = column.cast(pl.Float64).to_numpy()
        if np.isinf(values).any():
            row = int(np.flatnonzero(np.isinf(values))[0]) + 1
            raise DataError(f"Column {name!r}, row {row:,}: expected a finite number, got infinity.")
        matrix[:, place] = values
    return matrix


def _moments(frame: pl.DataFrame, columns: Columns) -> tuple[np.ndarray, str]:
    if columns.time is None:
        if columns.group is None:
            return np.arange(frame.height), "no column of times: the rows follow each other"
        counted = frame.select(pl.int_range(pl.len()).over(columns.group)).to_series()
        return counted.to_numpy().astype(
            np.int64
        ), "no column of times: the rows of a series follow each other"
    values = frame[columns.time]
    if values.null_count():
        row = int(values.is_null().arg_true()[0]) + 1
        raise DataError(f"Column {columns.time!r}, row {row:,} has no time. Give it, or leave the row out.")
    read = read_moments(values)
    if read is not None:
        return read[0], f"times in {columns.time}: {read[1]}"
    if columns.group is None and values.n_unique() == frame.height:
        told = f"{columns.time} is no date ({values[0]!r}): the rows are taken to follow each other"
        return np.arange(frame.height), told
    raise DataError(
        f"Column {columns.time!r} holds no times that can be read, such as {values[0]!r}. "
        "Expected dates such as 2024-12-31, or whole numbers."
    )


def _groups(frame: pl.DataFrame, columns: Columns, moments: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return name and rows of every series, the rows in the order of their times.

    Raises:
        DataError: for two rows of a series at one time.
    """
    if columns.group is None:
        names = np.zeros(frame.height, dtype=np.int64)
        labels = [""]
    else:
        column = frame[columns.group].cast(pl.String)
        if column.null_count():
            row = int(column.is_null().arg_true()[0]) + 1
            raise DataError(f"Column {columns.group!r}, row {row:,} is missing: every row needs its series.")
        labels = column.unique(maintain_order=True).to_list()
        numbers = {label: number for number, label in enumerate(labels)}
        names = np.array([numbers[label] for label in column])
    order = np.lexsort((moments, names))
    pieces = np.split(order, np.flatnonzero(np.diff(names[order])) + 1)
    for label, rows in zip(labels, pieces, strict=True):
        twice = np.flatnonzero(moments[rows][1:] == moments[rows][:-1])
        if len(twice):
            first, second = sorted(int(row) + 1 for row in rows[twice[0] : twice[0] + 2])
            hint = "" if columns.group else " If the table holds several series, name their column as group."
            raise DataError(
                f"Rows {first:,} and {second:,} have the same time, {moments[rows[twice[0]]]}"
                f"{f', in {label}' if label else ''}. Expected one row for each time.{hint}"
            )
    return list(zip(labels, pieces, strict=True))


def _static(frame: pl.DataFrame, column: str, rows: np.ndarray, name: str) -> str:
    known = frame[column].gather(rows).drop_nulls().unique(maintain_order=True)
    if len(known) > 1:
        raise DataError(
            f"Static column {column!r} changes within {name or 'the series'}: {known[0]!r} and {known[1]!r}. "
            "Give it as known if it is known ahead."
        )
    return "" if known.is_empty() else str(known[0])
