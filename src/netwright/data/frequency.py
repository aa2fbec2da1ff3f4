"""The regular step of a series: found out from its times, counted, and carried on into the future."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from netwright.errors import DataError

SECOND = 1_000_000
"""Microseconds, in which times are counted."""

DAY = 86_400 * SECOND
MOST_STEPS_PER_VALUE = 20
"""A grid with more steps than this for each value is no regular series with gaps."""

_NAMES = {
    60 * SECOND: "minute",
    3600 * SECOND: "hour",
    DAY: "day",
    7 * DAY: "week",
    SECOND: "second",
}


class Unit(StrEnum):
    """What a step is counted in."""

    STEP = "step"
    TIME = "microsecond"
    BUSINESS_DAY = "business day"
    MONTH = "month"


@dataclass(frozen=True)
class Frequency:
    """A regular step, such as every 30 minutes, every business day or every 3 months.

    Attributes:
        unit: what is counted.
        count: how many of them a step is.
        month_end: whether months are counted from their last day.
    """

    unit: Unit
    count: int
    month_end: bool = False

    def __str__(self) -> str:
        if self.unit is Unit.STEP:
            return "every step" if self.count == 1 else f"every {self.count:,}"
        if self.unit is Unit.MONTH:
            return {1: "monthly", 3: "quarterly", 12: "yearly"}.get(self.count, f"every {self.count} months")
        if self.unit is Unit.BUSINESS_DAY:
            return "every business day"
        for size in sorted(_NAMES, reverse=True):
            if self.count % size == 0:
                often = self.count // size
                common = {"day": "daily", "hour": "hourly", "week": "weekly"}
                plain = common.get(_NAMES[size], f"every {_NAMES[size]}")
                return plain if often == 1 else f"every {often:,} {_NAMES[size]}s"
        return f"every {self.count / SECOND:g} seconds"

    @property
    def seasons(self) -> tuple[int, ...]:
        """Steps of the cycles that such a series may have: a day, a week, a year; longest last.

        >>> Frequency(Unit.TIME, 3600 * SECOND).seasons, Frequency(Unit.MONTH, 3).seasons
        ((24, 168), (4,))
        """
        if self.unit is Unit.MONTH:
            return (12 // self.count,) if self.count < 12 and 12 % self.count == 0 else ()
        if self.unit is Unit.BUSINESS_DAY:
            return (5,)
        if self.unit is Unit.TIME:
            cycles = [cycle for cycle in (DAY, 7 * DAY) if cycle % self.count == 0 and cycle > self.count]
            seasons = [cycle // self.count for cycle in cycles]
            if self.count in (DAY, 7 * DAY):
                seasons.append(round(365.25 * DAY / self.count))
            return tuple(seasons)
        return ()

    def position(self, times: np.ndarray) -> np.ndarray:
        """Return the number of each time (n,) on the grid, float where it lies between two of its steps.

        Args:
            times: datetime64, or whole numbers.
        """
        if self.unit is Unit.STEP:
            return np.asarray(times, dtype=np.float64) / self.count
        if self.unit is Unit.TIME:
            return times.astype("datetime64[us]").astype(np.int64) / self.count
        days = times.astype("datetime64[D]")
        if self.unit is Unit.BUSINESS_DAY:
            numbers = np.busday_count(np.datetime64("1970-01-01"), days).astype(np.float64)
            return np.where(np.is_busday(days), numbers, numbers + 0.5)
        return times.astype("datetime64[M]").astype(np.int64) / self.count

    def times(self, first: Any, count: int) -> np.ndarray:
        """Return `count` times of the grid that begin with `first`, itself one of them.

        >>> ends = Frequency(Unit.MONTH, 1, month_end=True).times(np.datetime64("2024-01-31"), 3)
        >>> ends.astype("datetime64[D]").astype(str).tolist()
        ['2024-01-31', '2024-02-29', '2024-03-31']
        """
        numbers = np.arange(count)
        if self.unit is Unit.STEP:
            return np.asarray(int(first) + numbers * self.count)
        start = np.datetime64(first).astype("datetime64[us]")
        if self.unit is Unit.TIME:
            return np.asarray(start + numbers * np.timedelta64(self.count, "us"))
        clock = start - start.astype("datetime64[D]")
        if self.unit is Unit.BUSINESS_DAY:
            return np.asarray(np.busday_offset(start.astype("datetime64[D]"), numbers) + clock)
        return np.asarray(_months_on(start, numbers * self.count, self.month_end) + clock)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"unit": str(self.unit), "count": self.count, "month_end": self.month_end}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Frequency:
        """Return the frequency that `to_json` wrote."""
        return Frequency(Unit(data["unit"]), int(data["count"]), bool(data["month_end"]))


def _months_on(start: np.datetime64, months: np.ndarray, month_end: bool) -> np.ndarray:
    """Return the days that lie some months after a day; at most the last day of their month."""
    firsts = start.astype("datetime64[M]") + months
    lasts = (firsts + 1).astype("datetime64[D]") - 1
    day = (start.astype("datetime64[D]") - start.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
    same = np.minimum(firsts.astype("datetime64[D]") + day, lasts)
    return np.asarray(lasts if month_end else same).astype("datetime64[us]")


def infer_frequency(series: Sequence[np.ndarray]) -> Frequency:
    """Return the step at which times follow each other, allowing for gaps.

    Args:
        series: the times of each series, ascending and different: datetime64 or whole numbers.

    Raises:
        DataError: when the times keep no regular step; names the first that does not fit.

    >>> days = np.array(["2024-01-01", "2024-01-02", "2024-01-04"], dtype="datetime64[us]")
    >>> str(infer_frequency([days]))
    'daily'
    """
    long = [times for times in series if len(times) > 1]
    if not long:
        raise DataError(
            "No series has two values: expected at least two times to learn how far apart they are."
        )
    if long[0].dtype.kind in "iu":
        gaps = np.concatenate([np.diff(times.astype(np.int64)) for times in long])
        return _checked(Frequency(Unit.STEP, _most_common(gaps)), long)
    return _checked(_calendar_step(long) or _clock_step(long), long)


def _calendar_step(series: Sequence[np.ndarray]) -> Frequency | None:
    """Return a step of months or business days, where the times keep to one."""
    times = np.concatenate(series).astype("datetime64[us]")
    days = times.astype("datetime64[D]")
    clocks = np.unique(times - days)
    if len(clocks) > 1:
        return None
    months = np.concatenate([np.diff(one.astype("datetime64[M]").astype(np.int64)) for one in series])
    day_of_month = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
    at_end = (days + 1).astype("datetime64[M]") > days.astype("datetime64[M]")
    if months.min() >= 1 and (len(np.unique(day_of_month)) == 1 or at_end.all()):
        return Frequency(Unit.MONTH, int(np.gcd.reduce(months)), bool(at_end.all()))
    gaps = np.concatenate([np.diff(one.astype("datetime64[D]").astype(np.int64)) for one in series])
    if gaps.min() == 1 and np.is_busday(days).all() and len(days) > 5:
        return Frequency(Unit.BUSINESS_DAY, 1)
    return None


def _clock_step(series: Sequence[np.ndarray]) -> Frequency:
    gaps = np.concatenate([np.diff(one.astype("datetime64[us]").astype(np.int64)) for one in series])
    step = _most_common(gaps)
    divisor = int(np.gcd.reduce(gaps))
    # Where not every gap is a whole number of the usual ones, the values may stand on a finer grid.
    return Frequency(Unit.TIME, step if divisor % step == 0 or step // divisor > 4 else divisor)


def _most_common(gaps: np.ndarray) -> int:
    values, counts = np.unique(gaps, return_counts=True)
    return int(values[np.argmax(counts)])


def _checked(frequency: Frequency, series: Sequence[np.ndarray]) -> Frequency:
    """Return the frequency if all times lie on its grid.

    Raises:
        DataError: naming the first time that does not, or when the grid would be mostly empty.
    """
    for times in series:
        positions = frequency.position(times)
        offsets = np.abs((positions - positions[0]) - np.round(positions - positions[0]))
        wrong = np.flatnonzero(offsets > 1e-6)
        if len(wrong):
            raise DataError(
                f"The times keep no regular step: most are {frequency}, but {times[wrong[0]]} does not fit "
                f"({len(wrong):,} of {len(times):,} do not). Bring the rows to equal steps, for instance by "
                "averaging within each hour or day."
            )
        span = positions[-1] - positions[0] + 1
        if span > MOST_STEPS_PER_VALUE * len(times):
            raise DataError(
                f"The series would be mostly gaps: {len(times):,} values on {math.ceil(span):,} steps, "
                f"{frequency}. Bring the rows to wider steps, for instance by averaging within each day."
            )
    return frequency
