"""Where epochs end: told, counted, or concluded from what the training loop does."""

from __future__ import annotations

import sys

ROUND_STEPS = 200
"""Steps of a round where nothing is known of epochs."""

FEWEST_STEPS = 5
"""Calls without a gradient that come more often than after so many steps are no evaluation."""

HEARD_ROUNDS = 2
"""Rounds at the beginning in which an evaluation is expected after any step."""

ROUNDS_PLANNED = 20
"""Rounds of a training of which only the number of steps is known."""


class Rounds:
    """Counts epochs, or rounds where epochs are not known.

    Args:
        epoch_steps: steps of an epoch where known.
        steps_planned: steps of the whole training where known.
    """

    def __init__(self, epoch_steps: int | None, steps_planned: int | None) -> None:
        self.epoch_steps = epoch_steps
        self.begun = 0
        self.ended = 0
        self._told = False
        self._length = 0  # steps of the last round
        self._astray = False  # whether the loop evaluates in the middle of epochs
        self._evaluated_at = 0
        self._evaluates = False
        self.batches = 0
        self._batch_rows = 0
        self._round = max(1, steps_planned // ROUNDS_PLANNED) if steps_planned else ROUND_STEPS

    def told(self) -> None:
        """The loop says itself when an epoch ends."""
        self._told = True

    @property
    def in_doubt(self) -> bool:
        """Whether it is not known yet where epochs end."""
        return self.epoch_steps is None and not self._told

    def batch(self, rows: int) -> None:
        """See how many rows the next batch has: the first smaller one is the last of the first epoch."""
        if self.in_doubt:
            self.batches += 1
            if 0 < rows < self._batch_rows:
                self.epoch_steps = self.batches
            self._batch_rows = max(self._batch_rows, rows)

    def evaluates(self, step: int) -> bool:
        """Return whether a call without a gradient after a step belongs to an evaluation."""
        if step != self._evaluated_at:
            self._evaluates = step - self._evaluated_at >= FEWEST_STEPS
            if self._evaluates and self._evaluated_at == 0:
                self._round = step
            self._evaluated_at = step
            if self._evaluates and self.ended and not self.in_doubt and not self._at_end(step):
                self._astray = True
        return self._evaluates

    def may_evaluate(self, step: int) -> bool:
        """Return whether the loop may evaluate after this step, as far as is known."""
        return self.in_doubt or self._astray or self.ended < HEARD_ROUNDS or self._at_end(step)

    def _at_end(self, step: int) -> bool:
        return step == self.begun or 0 < self._length <= step - self.begun

    def over(self, step: int) -> bool:
        """Return whether a round ends with this step."""
        if self._told:
            return False
        if self.epoch_steps is not None:
            return step % self.epoch_steps == 0
        return step - self.begun >= self._round

    def left(self, step: int) -> int:
        """Return after how many more steps a round may end."""
        if self._told:
            left = self._length + self.begun - step
            return left if left > 0 else sys.maxsize
        if self.epoch_steps is not None:
            return self.epoch_steps - step % self.epoch_steps
        return self.begun + self._round - step

    def end(self, step: int) -> None:
        """Begin the next round after this step."""
        self._length = step - self.begun
        self.begun = step
        self.ended += 1

    def epoch(self, step: int) -> float:
        """Return how many epochs are done after a step; rounds where epochs are not known."""
        return step / self.epoch_steps if self.epoch_steps else float(self.ended)
