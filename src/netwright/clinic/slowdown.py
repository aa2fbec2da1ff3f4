"""What watching costs outside of the clinic's own work: a step that is observed takes longer than others."""

from __future__ import annotations

from collections import deque
from statistics import median

from netwright.clinic.care import Care

KEPT = 31
"""Lengths of steps, of each kind, from which the usual ones are told."""

FEWEST = 3
"""Lengths of each kind below which nothing is said."""


class Slowdown:
    """Compares how long the training itself takes for steps that are observed and for others.

        slowdown = observed steps · max(0, median length observed - median length of the others)

    Hooks, colder caches and tensors that live longer make the difference. Medians, since a loop may
    evaluate, or wait for rows, after any step.

    Args:
        care: knows how long the training took so far, and is told of the slowdown.
        skipped: steps at the beginning that do not count: a training begins slowly by itself.
    """

    def __init__(self, care: Care, skipped: int) -> None:
        self._care = care
        self._skipped = skipped
        self._since: float | None = None
        self._steps = 0
        self._observed = 0
        self._lengths: dict[bool, deque[float]] = {kind: deque(maxlen=KEPT) for kind in (False, True)}

    def steps_ended(self, steps: int, *, observed: bool) -> None:
        """Take so many steps that were made since `work_ended`; of several, none was observed."""
        self._steps += steps
        self._observed += observed
        if self._since is None or self._steps <= self._skipped:
            return
        self._lengths[observed].append((self._care.trained - self._since) / steps)
        if observed and all(len(lengths) >= FEWEST for lengths in self._lengths.values()):
            longer = median(self._lengths[True]) - median(self._lengths[False])
            self._care.slowdown = max(0.0, longer) * self._observed

    def work_ended(self) -> None:
        """The clinic is done with what it had to do between two steps."""
        self._since = self._care.trained
