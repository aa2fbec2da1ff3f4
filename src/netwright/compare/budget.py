"""A time budget that a computation asks before it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

# A fit is first attempted on so many rows.
FIRST_ROWS = 1000

# The next attempt has 2 to 8 times the rows, and takes at most this share of the time left.
SMALLEST_STEP, LARGEST_STEP = 2.0, 8.0
ATTEMPT_SHARE = 0.4

# Later rounds may take somewhat longer than the first ones.
CAUTION = 0.8


@dataclass(frozen=True)
class Budget:
    """Seconds on a clock.

    Attributes:
        clock: returns seconds.
        deadline: when the time is over; infinite without a limit.
    """

    clock: Callable[[], float]
    deadline: float = math.inf

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.deadline < math.inf

    @property
    def left(self) -> float:
        """Seconds that are left, not below 0."""
        return max(0.0, self.deadline - self.clock())

    def share(self, part: float) -> Budget:
        """Return a budget of a part of what is left."""
        return Budget(self.clock, self.clock() + part * self.left) if self.limited else self


def climb(attempt: Callable[[int], T], rows: int, budget: Budget) -> tuple[T, float]:
    """Attempt a fit on more and more rows, as long as the next one takes a small part of the time left.

    Without a limit there is a single attempt, on all rows.

    Args:
        attempt: fits a first few rounds on so many rows and returns what it fitted.
        rows: how many rows there are.
        budget: the time for these attempts and all that follows.

    Returns:
        what the last attempt returned, and the seconds it took.
    """
    count = min(rows, FIRST_ROWS) if budget.limited else rows
    while True:
        begin = budget.clock()
        fitted = attempt(count)
        seconds = budget.clock() - begin
        if count == rows:
            return fitted, seconds
        # At most in proportion to the rows: what a fit costs whatever its rows does not grow.
        affordable = ATTEMPT_SHARE * budget.left / seconds if seconds > 0 else LARGEST_STEP
        if affordable < SMALLEST_STEP:
            return fitted, seconds
        count = min(rows, int(count * min(affordable, LARGEST_STEP)))


def affordable_units(done: int, seconds: float, budget: Budget) -> float:
    """Return how many more rounds the time left allows, when the last `done` ones took `seconds`."""
    return CAUTION * budget.left / seconds * done if seconds > 0 else math.inf
