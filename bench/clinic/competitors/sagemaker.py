"""SageMaker Debugger's built-in rules at their published defaults."""

from __future__ import annotations

from collections.abc import Iterator

from ..signals import Signals
from .alarm import Alarm, first

STILL = 10


def sagemaker(signals: Signals) -> Iterator[Alarm]:
    """All rules."""
    yield from without_overfit(signals)
    yield from first(
        "overfitting",
        signals.epochs,
        lambda epoch: epoch.train_loss > 0 and epoch.validation_loss / epoch.train_loss > 1.1,
    )


def without_overfit(signals: Signals) -> Iterator[Alarm]:
    """All rules but the one that fires on almost every training."""
    steps = signals.steps
    yield from first("exploding", steps, lambda step: not all(layer.finite for layer in step.layers))
    yield from first(
        "vanishing",
        steps,
        lambda step: any(layer.mean_gradient < 1e-7 for layer in step.layers if layer.finite),
    )
    yield from first(
        "dead",
        signals.looks[1:],
        lambda look: any(a.kind == "ReLU" and a.inactive > 0.5 for a in look.activations),
    )
    yield from first(
        "saturated", signals.looks[1:], lambda look: any(a.saturated > 0.5 for a in look.activations)
    )
    yield from first("rate high", steps, lambda step: any(layer.update > 10 for layer in step.layers))
    yield from first("rate low", steps, lambda step: all(layer.update < 1e-8 for layer in step.layers))
    yield from first("unchanged", steps[1:], lambda step: any(layer.update == 0 for layer in step.layers))
    counts = signals.class_counts
    if counts and max(counts) > 10 * max(min(counts), 1):
        yield Alarm(0, "imbalance")
    yield from _still(signals)


def _still(signals: Signals) -> Iterator[Alarm]:
    """The mean loss of ten saved steps is not a thousandth below that of the ten before."""
    losses = [step.loss for step in signals.steps]
    for end in range(2 * STILL, len(losses) + 1):
        before, after = sum(losses[end - 2 * STILL : end - STILL]), sum(losses[end - STILL : end])
        if not after < 0.999 * before:
            yield Alarm(signals.steps[end - 1].step, "not learning")
            return
