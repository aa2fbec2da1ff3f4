"""Dividing the time that a whole command may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BASELINE_SHARE = 0.2
EVALUATION_SHARE = 0.04
IMPORTANCE_SHARE = 0.05
CHECK_SHARE = 0.02

REPORT_SECONDS = 3.0

MOST_IMPORTANCE = 10.0
"""Seconds for the importance of the parts of a series."""
"""What figures, page and model file take on a busy machine, whatever the data."""

SHORTEST_TRAINING = 0.5


@dataclass
class Budget:
    """The clock of a command: what each phase took, and what is left.

    Attributes:
        seconds: what the command may take after start-up, or None for no limit.
        clock: returns seconds.
        phases: seconds of each phase so far, by name.
    """

    seconds: float | None
    clock: Callable[[], float] = time.perf_counter
    phases: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return self.clock() - self._started

    def share(self, fraction: float) -> float | None:
        """Return a fraction of the whole time, or None without a limit."""
        return None if self.seconds is None else fraction * self.seconds

    def for_importance(self) -> float:
        """Return the seconds in which importance may be measured: a few, or a share of a short time."""
        if self.seconds is None:
            return MOST_IMPORTANCE
        return min(MOST_IMPORTANCE, IMPORTANCE_SHARE * self.seconds)

    def for_training(self) -> float | None:
        """Return what is left for the training when evaluation and report have got theirs."""
        if self.seconds is None:
            return None
        after = REPORT_SECONDS + (EVALUATION_SHARE + IMPORTANCE_SHARE + CHECK_SHARE) * self.seconds
        return max(SHORTEST_TRAINING, self.seconds - self.spent - after)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase."""
        begin = self.clock()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + self.clock() - begin
