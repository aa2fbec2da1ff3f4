"""Which steps are looked at: the first ones, then one in many, and fewer where the looking takes too long."""

from __future__ import annotations

from netwright.clinic.care import Care

FIRST_STEPS = 20
"""Steps at the beginning that are all looked at: most faults show there."""

LARGEST_SHARE = 0.1
"""Share of the training time that nothing is begun beyond, the first and the last look included."""

FIRST_SHARE = 0.05
"""Share that the first steps may take; the other half of the largest is for the last look."""

GRACE = 0.5
"""Seconds that the clinic may use where the largest share is less: with a tenth of a training of a second
neither its rows nor its end could be looked at."""

REGULAR_GRACE = 0.05
"""Seconds that it may use on the way before it counts shares of the budget."""

REGULAR_SHARE = 0.4
"""Share of the budget that is used on the way; the rest is for the last look."""

LANDMARK = 1.25
"""A step so many times as far as the last one that was looked at is looked at though the budget for the way
is used up, as long as half a second is not. They are few, about ten for each tenfold of the steps; else
nothing would be known of a short training after its first steps."""


def cost_in_words(share: float, seconds: float | None = None) -> str:
    """Say what watching cost; beyond the largest share, why.

    Args:
        share: seconds that watching took over those that the training would have taken alone.
        seconds: that watching took, where they are known.

    >>> cost_in_words(0.0123, 0.3)
    '0.3 s, 1.2 % of the training time'
    >>> cost_in_words(0.15, 0.12)
    '0.12 s beside 0.8 s of training (15.0 %; of one so short up to 0.5 s)'
    """
    percentage = f"{100 * share:.1f} %"
    if seconds is None:
        return f"{percentage} of the training time"
    if share <= LARGEST_SHARE:
        return f"{seconds:.2g} s, {percentage} of the training time"
    alone = f"{seconds:.2g} s beside {seconds / share:.2g} s of training"
    if seconds <= GRACE + REGULAR_GRACE:
        return f"{alone} ({percentage}; of one so short up to {GRACE:g} s)"
    return f"{alone} ({percentage}, above the tenth that it keeps to where it can)"


class Interval:
    """Decides which steps are looked at.

    Args:
        steps: distance of the steps that are looked at after the first ones.
        budget: share of the training time that looking may take; None for no limit.
        care: knows how long the clinic and the training took so far.

    Attributes:
        reserve: seconds that are kept for the last look.
    """

    def __init__(self, steps: int, budget: float | None, care: Care) -> None:
        self.steps = steps
        self.budget = budget
        self.reserve = 0.0
        self._care = care
        self._next = 1
        self._alert = 0
        self._latest = 0

    def wants(self, step: int) -> bool:
        """Return whether the step, counted from 1, is to be looked at; to be asked once for each."""
        early = step <= FIRST_STEPS or step <= self._alert
        if step < self._next and not early:
            return False
        self._next = step + self.steps
        if early:
            wanted = self.fits(0.0, FIRST_SHARE)
        else:
            landmark = step >= LANDMARK * max(FIRST_STEPS, self._latest)
            wanted = self.affords_regular or (landmark and self._care.cost < GRACE and self.fits(0.0))
        if wanted:
            self._latest = step
        return wanted

    def left(self, step: int) -> int:
        """Return after how many more steps one may be looked at."""
        return 1 if step < max(FIRST_STEPS, self._alert) else max(1, self._next - step)

    def alert(self, step: int) -> None:
        """Look at every step for a while: something seems to go wrong."""
        self._alert = max(self._alert, step + FIRST_STEPS)

    @property
    def affords_regular(self) -> bool:
        """Whether something may be done that comes again and again."""
        if self.budget is None:
            return True
        most = REGULAR_GRACE + REGULAR_SHARE * self.budget * self._care.trained
        return self._care.cost <= most and self.fits(0.0)

    def fits(self, seconds: float, share: float = LARGEST_SHARE) -> bool:
        """Return whether something that takes so long may be done, and the last look still be taken after it.

        Args:
            seconds: that it takes.
            share: of the training time that watching stays below.
        """
        return self.fits_last(seconds + self.reserve, share)

    def fits_last(self, seconds: float, share: float = LARGEST_SHARE) -> bool:
        """Return whether something that takes so long may be done at the end."""
        most = max(GRACE, share * self._care.trained)
        return self.budget is None or self._care.cost + seconds <= most
