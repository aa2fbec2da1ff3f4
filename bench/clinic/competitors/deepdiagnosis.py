"""DeepDiagnosis (Wardat et al., ICSE 2022): eight symptoms, the first of which decides on the cause."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..signals import Activation, Signals
from .alarm import Alarm, first, run_of

BOUNDED = ("ReLU", "LeakyReLU")


def deepdiagnosis(signals: Signals) -> Iterator[Alarm]:
    """Look at losses, gradients and activations; a symptom is given its cause by rate, weights and inputs."""
    found = list(_symptoms(signals))
    if not found:
        return
    earliest = min(found, key=lambda alarm: alarm.step)
    yield Alarm(earliest.step, _cause(signals, earliest))
    yield earliest


def _symptoms(signals: Signals) -> Iterator[Alarm]:
    yield from first("exploding", signals.steps, lambda step: not all(layer.finite for layer in step.layers))
    yield from first("exploding", signals.epochs, lambda epoch: not math.isfinite(epoch.train_loss))
    yield from first(
        "vanishing",
        signals.steps,
        lambda step: any(layer.mean_gradient < 1e-7 for layer in step.layers if layer.finite),
    )
    yield from first("dead", signals.looks[1:], lambda look: any(map(_dying, look.activations)))
    yield from first("saturated", signals.looks[1:], lambda look: any(map(_saturated, look.activations)))
    yield from run_of("not learning", signals.epochs, 5, lambda epoch: round(epoch.train_loss, 6))
    yield from run_of("not learning", signals.epochs, 20, lambda epoch: epoch.train_score)
    if not signals.classes:
        low, high = signals.target_range
        yield from first("output range", signals.looks[-1:], lambda look: look.lowest >= 0 > low and high > 1)


def _cause(signals: Signals, symptom: Alarm) -> str:
    """The tool's decisions: inputs outside [−1, 1], then the learning rate, then the weights."""
    low, high = signals.input_range
    before = [step for step in signals.steps if step.step <= symptom.step] or signals.steps[:1]
    updates = [layer.update for step in before[-1:] for layer in step.layers]
    if symptom.symptom == "output range":
        return symptom.symptom
    if max(abs(low), abs(high)) > 100:
        return "inputs"
    if updates and max(updates) > 0.1:
        return "rate high"
    if updates and max(updates) < 1e-5:
        return "rate low"
    variances = [layer.variance for step in signals.steps[:1] for layer in step.layers]
    if variances and (min(variances) < 1e-5 or max(variances) > 10):
        return "weights"
    return symptom.symptom


def _dying(activation: Activation) -> bool:
    return activation.kind in BOUNDED and activation.nonpositive >= 0.7


def _saturated(activation: Activation) -> bool:
    return activation.kind in ("Tanh", "Sigmoid") and activation.large_inputs > 0.5
