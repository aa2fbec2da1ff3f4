"""How a training is watched: what was asked for, and what is the same for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from netwright.clinic.rows import Rows

SECOND_PROBE = 50
"""The step after which the fixed rows are looked at again."""

LONGEST_QUIET = 10
"""Steps after which the losses are read at the latest."""

SUSPICIOUS = 4.0
"""A loss so many times the first one, or the one that was suspicious last, calls for a closer look."""


@dataclass(frozen=True)
class Plan:
    """How a training is watched.

    Attributes:
        interval: distance of the steps that are looked at, after the first ones.
        budget: share of the training time that watching may take, or None for any.
        epoch_steps: updates of one epoch where known.
        scaler: of the loss, for float16 gradients.
        announce: told of the worst finding, once; None for silence.
        clock: returns seconds.
        seed: of what the clinic draws for itself.
        table: all training rows, where they are at hand.
    """

    interval: int
    budget: float | None
    epoch_steps: int | None
    scaler: torch.amp.GradScaler | None
    announce: Callable[[str], None] | None
    clock: Callable[[], float]
    seed: int
    table: Rows | None = None
