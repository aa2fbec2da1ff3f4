"""Saying "I don't know": answer only as many rows as keep the errors below a rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from netwright.errors import RecipeError

MOST_STEPS = 100
"""Thresholds that are kept."""

ASSURANCE = 0.9
"""How sure it is that the error rate of new rows is not above the one chosen."""


@dataclass(frozen=True)
class Step:
    """Answering every row that is at least this sure.

    Attributes:
        confidence: the probability of the answer from which on rows are answered.
        answered: how many held-out rows that were.
        wrong: how many of them were answered wrong.
    """

    confidence: float
    answered: int
    wrong: int


@dataclass(frozen=True)
class Abstention:
    """From the rate of errors that may be to the confidence from which on rows are answered.

    Attributes:
        steps: by falling confidence.
        rows: how many held-out rows there were.
    """

    steps: tuple[Step, ...]
    rows: int

    @classmethod
    def of(cls, confidence: np.ndarray, right: np.ndarray) -> Self:
        """Take the steps from held-out rows.

        Args:
            confidence: the probability of the answer (n,).
            right: whether it was right (n,).
        """
        order = np.argsort(-confidence, kind="stable")
        ordered, wrong = confidence[order], np.cumsum(~right[order])
        # Rows of the same confidence are answered together.
        last = np.flatnonzero(np.append(np.diff(ordered) < 0, True))
        kept = last[np.unique(np.linspace(0, len(last) - 1, MOST_STEPS).astype(int))] if len(last) else last
        steps = tuple(Step(float(ordered[i]), int(i + 1), int(wrong[i])) for i in kept)
        return cls(steps, len(confidence))

    def confidence(self, error_rate: float) -> float:
        """Return the lowest confidence at which the errors stay below a rate; above 1 where none does.

        The bound is that of Clopper and Pearson, at one chance in ten of more errors, so that a few
        lucky rows are not taken for skill. Of falling thresholds the last before the first that fails
        is taken (fixed-sequence testing), so that looking at many costs nothing.

        Raises:
            RecipeError: for a rate that is not between 0 and 1.

        Source: Geifman, El-Yaniv (2017), Selective classification for deep neural networks.

        >>> sure = np.linspace(1, 0.5, 1000)
        >>> 0.7 < Abstention.of(sure, sure > 0.8).confidence(0.05) < 0.8
        True
        """
        if not 0 < error_rate < 1:
            raise RecipeError(
                f"error_rate: expected a share between 0 and 1, such as 0.05, got {error_rate!r}."
            )
        found = 2.0
        for step in self.steps:
            if step.answered < least_rows(error_rate):
                continue
            if upper_bound(step.wrong, step.answered) > error_rate:
                break
            found = step.confidence
        return found

    def answered(self, error_rate: float) -> float:
        """Return the share of held-out rows that are answered at a rate of errors."""
        confidence = self.confidence(error_rate)
        return max((s.answered for s in self.steps if s.confidence >= confidence), default=0) / max(
            1, self.rows
        )

    def to_array(self) -> np.ndarray:
        """Return the steps and, as a last one, the number of rows: (steps + 1, 3), whatever the rows."""
        padding = [self.steps[-1]] * (MOST_STEPS - len(self.steps))
        steps = [(step.confidence, step.answered, step.wrong) for step in (*self.steps, *padding)]
        return np.array([*steps, (0.0, self.rows, 0)])

    @classmethod
    def from_array(cls, array: np.ndarray) -> Self:
        """Return what `to_array` described."""
        *steps, (_, rows, _) = array.tolist()
        found = dict.fromkeys(Step(confidence, int(n), int(wrong)) for confidence, n, wrong in steps)
        return cls(tuple(found), int(rows))


def least_rows(error_rate: float) -> int:
    """Return from how many rows without an error on a rate is sure to be kept."""
    return math.ceil(math.log(1 - ASSURANCE) / math.log(1 - error_rate))


def upper_bound(wrong: int, answered: int) -> float:
    """Return the largest error rate that is not refuted by so few errors (Clopper, Pearson 1934).

    >>> round(upper_bound(0, 45), 3)
    0.05
    """
    from scipy.stats import beta

    return 1.0 if wrong >= answered else float(beta.ppf(ASSURANCE, wrong + 1, answered - wrong))
