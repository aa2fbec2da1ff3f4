"""A budget shares its time, and fits climb to as many rows as it allows."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from netwright.compare.budget import FIRST_ROWS, Budget, affordable_units, climb


class Work:
    """A fit that takes a fixed time and a time a row on a clock of its own."""

    def __init__(self, fixed: float, each: float) -> None:
        self.now, self.fixed, self.each = 0.0, fixed, each
        self.attempts: list[int] = []

    def clock(self) -> float:
        return self.now

    def __call__(self, rows: int) -> int:
        self.now += self.fixed + self.each * rows
        self.attempts.append(rows)
        return rows


def test_shares_of_what_is_left(clock: Callable[[float], object]) -> None:
    still = clock(0.0)
    budget = Budget(still, 10.0)  # type: ignore[arg-type]
    assert budget.share(0.3).deadline == pytest.approx(3.0)
    still.now = 8.0  # type: ignore[attr-defined]
    assert budget.share(0.5).deadline == pytest.approx(9.0)
    still.now = 12.0  # type: ignore[attr-defined]
    assert budget.left == 0.0
    free = Budget(still)  # type: ignore[arg-type]
    assert not free.share(0.1).limited


def test_without_a_limit_all_rows_are_taken_at_once() -> None:
    work = Work(1.0, 1.0)
    rows, seconds = climb(work, 50_000, Budget(work.clock))
    assert (rows, work.attempts, seconds) == (50_000, [50_000], 50_001.0)


def test_with_enough_time_all_rows_are_reached() -> None:
    work = Work(0.1, 1e-5)
    rows, _ = climb(work, 50_000, Budget(work.clock, 60.0))
    assert rows == 50_000
    assert work.attempts == sorted(work.attempts)
    assert work.attempts[0] == FIRST_ROWS


def test_with_little_time_it_stops_in_time() -> None:
    work = Work(0.1, 1e-3)
    rows, _ = climb(work, 10**6, Budget(work.clock, 60.0))
    assert 10_000 < rows < 60_000
    assert work.now < 60.0


def test_few_rows_are_one_attempt() -> None:
    work = Work(0.1, 1e-3)
    rows, _ = climb(work, 20, Budget(work.clock, 60.0))
    assert (rows, work.attempts) == (20, [20])


def test_units_that_are_left() -> None:
    work = Work(0.0, 0.0)
    assert affordable_units(5, 1.0, Budget(work.clock, 10.0)) == pytest.approx(40.0)
    assert affordable_units(5, 0.0, Budget(work.clock, 10.0)) == math.inf
    assert affordable_units(5, 1.0, Budget(work.clock)) == math.inf
