"""How far a training has come, and the learning rate that follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netwright.training.plateau import Plateau
from netwright.training.schedules import Schedule


@dataclass
class Pace:
    """Progress by steps, or by time where the time will be used up first.

    Attributes:
        schedule: how the learning rate moves with progress.
        total_steps: steps of the whole training, if it is not ended early.
        seconds: time it may take, or None.
        elapsed: returns the training time so far, in seconds.
        plateau: the memory of a schedule that falls on plateaus.
    """

    schedule: Schedule
    total_steps: int
    seconds: float | None = None
    elapsed: Callable[[], float] = lambda: 0.0
    plateau: Plateau | None = None

    @staticmethod
    def of(schedule: Schedule, total_steps: int, seconds: float | None, larger_is_better: bool) -> Pace:
        """Return the pace of a schedule, with its plateau memory if it needs one."""
        plateau = schedule.observer(larger_is_better=larger_is_better)
        return Pace(schedule, total_steps, seconds, plateau=plateau)

    def progress(self, step: int) -> float:
        """Return how much of the training is done after `step` updates, from 0 to 1."""
        by_steps = step / max(1, self.total_steps)
        by_time = self.elapsed() / self.seconds if self.seconds is not None else 0.0
        return min(1.0, max(by_steps, by_time))

    def factor(self, step: int) -> float:
        """Return what the learning rate is multiplied with at the update after `step` others."""
        factor = self.schedule.factor(self.progress(step), step, self.total_steps)
        return factor if self.plateau is None else factor * self.plateau.factor

    def observe(self, score: float) -> None:
        """Take in a validation score."""
        if self.plateau is not None:
            self.plateau.observe(score)

    def state(self) -> dict[str, Any] | None:
        """Return what has to be saved to go on later."""
        return None if self.plateau is None else self.plateau.to_json()

    def restore(self, state: dict[str, Any] | None) -> None:
        """Go on from what `state` returned."""
        if state is not None:
            self.plateau = Plateau.from_json(state)
