"""What a network answers for windows: a point with an interval, in the unit of each series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.errors import ArtifactError
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.losses import Loss, Quantile, TargetShape
from netwright.training.objective import decode
from netwright.training.validation import outputs

ENOUGH_WINDOWS = 50
"""From so many validation windows on, each step ahead has an interval width of its own."""


@dataclass(frozen=True)
class Answers:
    """Forecasts, (n, horizon) each: the point, and the ends of the interval."""

    point: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @property
    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Point, lower and upper end."""
        return self.point, self.lower, self.upper

    @staticmethod
    def joined(several: list[Answers], horizon: int) -> Answers:
        """Return answers one below the other."""
        if not several:
            return Answers(*(np.zeros((0, horizon)) for _ in range(3)))
        return Answers(
            *(np.concatenate(parts) for parts in zip(*(one.parts for one in several), strict=True))
        )


@dataclass(frozen=True)
class Widening:
    """How much wider an interval has to be than the network says, learnt on the validation part.

        E = max(lower - y, y - upper),    widened by the quantile of E at the coverage

    Attributes:
        by: at each step ahead (horizon,), in the unit of the series; negative where it was too wide, unless
            the windows are too few to say so.

    Source: Romano, Patterson, Candès (2019), Conformalized quantile regression.
    """

    by: np.ndarray

    @classmethod
    def none(cls, horizon: int) -> Widening:
        """Return intervals as the network says."""
        return cls(np.zeros(horizon))

    @classmethod
    def fit(cls, answers: Answers, truth: np.ndarray, coverage: float) -> Widening:
        """Learn from validation windows.

        >>> zeros = np.zeros((100, 1))
        >>> answers = Answers(zeros, zeros - 1, zeros + 1)
        >>> Widening.fit(answers, np.linspace(-2, 2, 100)[:, None], coverage=0.9).by.round(1).tolist()
        [0.8]
        """
        errors = np.maximum(answers.lower - truth, truth - answers.upper)
        windows, horizon = errors.shape
        # Neighbouring windows share most of their steps: so many are independent of each other.
        independent = max(1.0, windows / horizon)
        level = min(1.0, coverage * (1 + 1 / independent))
        if windows >= ENOUGH_WINDOWS:
            return cls(np.quantile(errors, level, axis=0))
        return cls(np.full(horizon, max(0.0, float(np.quantile(errors, level)))))

    def as_wide(self, before: Answers, after: Answers) -> Widening:
        """Return the widening for a network that was trained once more, also on the validation windows.

        It is surer of windows that it has learnt from than it may be of new ones: where its intervals became
        narrower, what they lost is put back.

        Args:
            before: what the network said of the validation windows that it had not seen.
            after: what it says of the same windows now.
        """
        lost = (before.upper - before.lower).mean(axis=0) - (after.upper - after.lower).mean(axis=0)
        return Widening(self.by + np.maximum(0.0, lost) / 2)

    def applied(self, answers: Answers) -> Answers:
        """Return widened answers; an interval never excludes its own point."""
        lower = np.minimum(answers.lower - self.by, answers.point)
        return Answers(answers.point, lower, np.maximum(answers.upper + self.by, answers.point))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Widening:
        """Return the widening of a saved model."""
        if "widening" not in arrays:
            raise ArtifactError("The model is damaged: its intervals are missing. Save it again.")
        return cls(np.array(arrays["widening"]))


def answer_windows(network: nn.Module, loss: Loss, windows: Batch, horizon: int, coverage: float) -> Answers:
    """Return what a network answers for windows, in the units of the series.

    Args:
        network: that forecasts.
        loss: that it was trained with.
        windows: inputs (past, known, static).
        horizon: steps ahead.
        coverage: how often the interval should hold the truth.
    """
    shape = TargetShape(Task.REGRESSION, width=horizon)
    device = next(network.parameters()).device
    raw = outputs(network, tuple(tensor.to(device) for tensor in windows.inputs))
    decoded = decode(loss, raw, shape).cpu().double()
    if isinstance(loss, Quantile) and len(loss.levels) > 1:
        quantiles = decoded.reshape(len(decoded), horizon, len(loss.levels)).numpy()
        rest = (1 - coverage) / 2
        low, high = (_nearest(loss, level) for level in (rest, 1 - rest))
        return Answers(quantiles[:, :, loss.central], quantiles[:, :, low], quantiles[:, :, high])
    point = decoded.reshape(len(decoded), horizon).numpy()
    return Answers(point, point, point)


def _nearest(loss: Quantile, level: float) -> int:
    return int(torch.tensor([abs(one - level) for one in loss.levels]).argmin())
