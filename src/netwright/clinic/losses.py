"""The loss of every update, exact, without waiting for the device at every step."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import torch
from torch import Tensor

KEPT_ON_DEVICE = 100
"""Losses that may wait on a device until they are brought over together."""


class Losses:
    """Gathers the losses of batches into one for each update.

    Args:
        losses: where they are written.
        accumulation: batches that make one update.
    """

    def __init__(self, losses: list[float], accumulation: int) -> None:
        self._losses = losses
        self.accumulation = accumulation
        self._group: list[Tensor | float] = []
        self._waiting: list[Tensor] = []
        self.count = 0

    def add(self, loss: Tensor | float) -> bool:
        """Take the loss of a batch; return whether it is the last one of its update."""
        value: Tensor | float = loss
        if isinstance(loss, Tensor):
            value = loss.detach()
            value = value if value.dim() == 0 else value.mean()
            value = float(value) if value.device.type == "cpu" else value
        self._group.append(value)
        if len(self._group) < self.accumulation:
            return False
        total = self._group[0] if self.accumulation == 1 else sum(self._group) / self.accumulation
        self._group = []
        self.count += 1
        if isinstance(total, Tensor):
            self._waiting.append(total)
            if len(self._waiting) >= KEPT_ON_DEVICE:
                self.flush()
        else:
            self.flush()
            self._losses.append(float(total))
        return True

    def flush(self) -> None:
        """Bring over what still waits on a device."""
        if self._waiting:
            self._losses += torch.stack(self._waiting).tolist()
            self._waiting = []

    def go_back(self, count: int) -> None:
        """Forget all but the first losses."""
        self.flush()
        del self._losses[count:]
        self.count = count

    @property
    def latest(self) -> float | None:
        """The loss of the last update; None while it waits on a device."""
        return None if self._waiting or not self._losses else self._losses[-1]

    def ratio(self) -> float | None:
        """Return the latest loss over the first; None where that means nothing."""
        latest = self.latest
        if latest is None or not isfinite(latest) or not self._losses[0] > 0:
            return None
        return latest / self._losses[0]


def numbers(losses: Sequence[Tensor | float]) -> Sequence[Tensor | float]:
    """Return losses as numbers, all at once where they are scalars on the processor; else as they are.

    >>> numbers([torch.tensor(0.5), torch.tensor(0.25)])
    [0.5, 0.25]
    """
    scalars = [loss for loss in losses if isinstance(loss, Tensor) and loss.dim() == 0 and loss.is_cpu]
    return torch.stack(scalars).tolist() if 0 < len(scalars) == len(losses) else losses
