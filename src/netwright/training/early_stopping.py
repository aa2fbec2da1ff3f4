"""Early stopping: end the training when the validation score has stopped getting better."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from pydantic import Field

from netwright.parts import Part


class EarlyStopping(Part, family="early_stopping"):
    """Stop after `patience` observations without a better validation score; keep the best weights.

        stop when (now - best's observation) ≥ patience

    The cheapest regularisation there is. The best weights are always the ones kept.

    Settings:
        patience: observations (epochs) without improvement until the training ends.
        metric: name of the metric, or "auto" for the one of the task.
        minimum_improvement: how much better a score has to be to count as better.
        settling: after the end the best weights are trained on, at a rate that falls to nothing, for this
            share of the epochs that led to them, and on the rows held out for stopping as well, unless
            these were given. On tables; 0 keeps the best weights as they are.

    Source: Prechelt (1998), Early stopping - but when?

    >>> watch = EarlyStopping(patience=2).start(larger_is_better=True)
    >>> [watch.observe(score) for score in (0.7, 0.8, 0.8, 0.79)], watch.should_stop
    ([True, True, False, False], True)
    """

    summary: ClassVar[str] = "Ends the training when the validation score stands still; keeps the best."
    equation: ClassVar[str] = "stop when (now - best's observation) ≥ patience"

    patience: int = Field(default=20, ge=1)
    metric: str = Field(default="auto", min_length=1)
    minimum_improvement: float = Field(default=0.0, ge=0)
    settling: float = Field(default=0.0, ge=0, le=1)

    def start(self, *, larger_is_better: bool) -> Stopping:
        """Return a fresh state for one training."""
        return Stopping(self.patience, self.minimum_improvement, larger_is_better)


@dataclass
class Stopping:
    """What early stopping remembers; a score that is not finite counts as no improvement.

    Attributes:
        patience: observations without improvement until the training ends.
        minimum_improvement: how much better a score has to be to count as better.
        larger_is_better: whether a larger score is the better one.
        best: the best score so far, None before the first.
        observed: how many scores were taken in.
        waited: how many of them since the best.
    """

    patience: int
    minimum_improvement: float
    larger_is_better: bool
    best: float | None = None
    observed: int = 0
    waited: int = 0

    def observe(self, score: float) -> bool:
        """Take in a validation score; return whether it is the best so far, to be kept."""
        self.observed += 1
        better = self._is_better(score)
        if better:
            self.best, self.waited = score, 0
        else:
            self.waited += 1
        return better

    @property
    def should_stop(self) -> bool:
        """Whether the patience is at its end."""
        return self.waited >= self.patience

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the state as it was saved by `to_json`."""
        return cls(**data)

    def _is_better(self, score: float) -> bool:
        if not math.isfinite(score):
            return False
        if self.best is None:
            return True
        gain = score - self.best if self.larger_is_better else self.best - score
        return gain > self.minimum_improvement
