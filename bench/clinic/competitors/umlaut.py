"""UMLAUT (Schoop et al., CHI 2021): the checks that it makes while a network trains."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from ..signals import Epoch, Signals
from .alarm import Alarm, first


def umlaut(signals: Signals) -> Iterator[Alarm]:
    """All checks."""
    low, high = signals.input_range
    if low < -1 or high > 1:
        yield Alarm(0, "inputs")
    yield from without_input_range(signals)


def without_input_range(signals: Signals) -> Iterator[Alarm]:
    """All checks but that of inputs within [−1, 1], which standardised inputs never pass."""
    for step in signals.steps[:1]:
        if step.rate > 0.01:
            yield Alarm(0, "rate high")
        if step.rate < 1e-7:
            yield Alarm(0, "rate low")
    yield from first("exploding", signals.epochs, lambda epoch: not math.isfinite(epoch.train_loss))
    pairs = list(pairwise(signals.epochs))
    yield from first(
        "overfitting", [after for before, after in pairs if _overfits(before, after)], lambda _: True
    )


def _overfits(before: Epoch, after: Epoch) -> bool:
    return after.validation_loss > before.validation_loss and after.train_loss <= before.train_loss
