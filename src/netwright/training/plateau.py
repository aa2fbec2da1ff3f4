"""A count of plateaus: how often a score has stopped getting better."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass
class Plateau:
    """What a schedule that falls on plateaus remembers.

    A score that is not finite counts as no improvement.

    Attributes:
        gamma: factor at each fall.
        patience: observations without improvement that are let pass.
        threshold: share of the best score by which a new one has to be better.
        floor: the smallest factor.
        larger_is_better: whether a larger score is the better one.
        best: the best score so far.
        waited: observations since.
        factor: what the learning rate is multiplied with now.
    """

    gamma: float
    patience: int
    threshold: float
    floor: float
    larger_is_better: bool = False
    best: float | None = None
    waited: int = 0
    factor: float = 1.0

    def observe(self, score: float) -> float:
        """Take in a validation score and return the factor from now on."""
        if self._is_better(score):
            self.best, self.waited = score, 0
        else:
            self.waited += 1
        if self.waited > self.patience:
            self.factor, self.waited = max(self.factor * self.gamma, self.floor), 0
        return self.factor

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the count as it was saved by `to_json`."""
        return cls(**data)

    def _is_better(self, score: float) -> bool:
        if not math.isfinite(score):
            return False
        if self.best is None:
            return True
        margin = self.threshold * abs(self.best)
        return score > self.best + margin if self.larger_is_better else score < self.best - margin
