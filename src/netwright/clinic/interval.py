"""Which steps are looked at: the first ones, then one in many, and fewer where the looking takes too long."""

from __future__ import annotations

from netwright.clinic.care import Care

FIRST_STEPS = 20
"""Steps at the beginning that are all looked at: most faults show there."""

LARGEST_SHARE = 0.1
"""Share of the training time that nothing is begun beyond, the first and the last look included."""

FIRST_SHARE = 0.05
"""Share that the first steps may take; the other half of the largest is for the last look."""

GRACE = 0.05
"""Seconds that the clinic may use before it counts shares: a very short training is looked at as well."""

REGULAR_SHARE = 0.4
"""Share of the budget that is used on the way; the rest is for the last look."""


class Interval:
    """Decides which steps are looked at.

    Args:
        steps: distance of the steps that are looked at after the first ones.
        budget: share of the training time that looking may take; None for no limit.
        care: knows how long the clinic and the training took so far.
    """

    def __init__(self, steps: int, budget: float | None, care: Care) -> None:
        self.steps = steps
        self.budget = budget
        self._care = care
        self._next = 1
        self._alert = 0

    def wants(self, step: int) -> bool:
        """Return whether the step, counted from 1, is to be looked at; to be asked once for each."""
        if step <= FIRST_STEPS or step <= self._alert:
            self._next = step + self.steps
            return self.affords(FIRST_SHARE)
        if step < self._next:
            return False
        self._next = step + self.steps
        return self.affords_regular

    def left(self, step: int) -> int:
        """Return after how many more steps one may be looked at."""
        return 1 if step < max(FIRST_STEPS, self._alert) else max(1, self._next - step)

    def alert(self, step: int) -> None:
        """Look at every step for a while: something seems to go wrong."""
        self._alert = max(self._alert, step + FIRST_STEPS)

    def affords(self, share: float | None) -> bool:
        """Return whether the clinic has used less than its first seconds and a share of the training time."""
        if self.budget is None or share is None:
            return True
        return self._care.cost <= GRACE + share * self._care.trained

    @property
    def affords_regular(self) -> bool:
        """Whether something may be done that comes again and again."""
        return self.budget is None or self.affords(REGULAR_SHARE * self.budget)

    def fits(self, seconds: float) -> bool:
        """Return whether something that takes so long may be done: it stays below the largest share."""
        most = max(GRACE, LARGEST_SHARE * self._care.trained)
        return self.budget is None or self._care.cost + seconds <= most
