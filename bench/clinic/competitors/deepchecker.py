"""TheDeepChecker (Ben Braiek & Khomh, TOSEM 2022): its checks before and during training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from ..signals import Look, Signals, Step
from .alarm import Alarm, first

BAND = (0.5, 2.0)
UPDATES = (-4.0, -1.0)


def deepchecker(signals: Signals) -> Iterator[Alarm]:
    """Gradients, updates, activations, initial loss and the fall of the loss."""
    steps = signals.steps
    yield from first("exploding", steps, _explodes)
    yield from first(
        "vanishing",
        steps,
        lambda step: any(layer.mean_gradient < 1e-6 for layer in step.layers if layer.finite),
    )
    yield from _updates(steps)
    yield from first("dead", signals.looks[1:], lambda look: any(a.silent > 0.5 for a in look.activations))
    yield from first(
        "saturated", signals.looks[1:], lambda look: any(a.saturated > 0.85 for a in look.activations)
    )
    yield from first("weights", signals.looks[-1:], _outside_band)
    yield from first("diverging", steps, lambda step: step.loss > 2 * max(steps[0].loss, 1e-9))
    yield from _flat(signals)
    counts = signals.class_counts
    if counts and _equitability(counts) < 0.5:
        yield Alarm(0, "imbalance")


def _explodes(step: Step) -> bool:
    return any(not layer.finite or layer.mean_gradient > 1e6 for layer in step.layers)


def _updates(steps: list[Step]) -> Iterator[Alarm]:
    """The mean of log10 ‖Δw‖/‖w‖ over layers leaves its band at five steps in succession."""
    for symptom, outside in (
        ("rate low", lambda mean: mean < UPDATES[0]),
        ("rate high", lambda mean: mean > UPDATES[1]),
    ):
        count = 0
        for step in steps:
            logarithms = [
                math.log10(layer.update) if layer.update > 0 else -20 for layer in step.layers if layer.finite
            ]
            count = count + 1 if logarithms and outside(sum(logarithms) / len(logarithms)) else 0
            if count == 5:
                yield Alarm(step.step, symptom)
                break


def _outside_band(look: Look) -> bool:
    return any(
        a.kind in ("ReLU", "LeakyReLU", "GELU") and not BAND[0] <= a.deviation <= BAND[1]
        for a in look.activations
    )


def _flat(signals: Signals) -> Iterator[Alarm]:
    """The loss falls by less than 5 %, five epochs in succession, and is still over half of the first."""
    count = 0
    for before, after in pairwise(signals.epochs):
        falls = after.train_loss < 0.95 * before.train_loss
        high = after.train_loss > 0.5 * signals.epochs[0].train_loss
        count = 0 if falls or not high else count + 1
        if count == 5:
            yield Alarm(after.step, "not learning")
            return


def _equitability(counts: tuple[int, ...]) -> float:
    shares = [count / sum(counts) for count in counts if count]
    return -sum(share * math.log(share) for share in shares) / math.log(max(len(counts), 2))
