"""What all rule sets share: an alarm, and reading the signals in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from netwright.clinic.causes import Cause

from ..score import Opinion, distinct
from ..signals import Epoch, Look, Signals, Step

CAUSES: dict[str, tuple[Cause, ...]] = {
    "vanishing": (Cause.VANISHING, Cause.WEIGHTS_TOO_SMALL, Cause.SATURATION),
    "exploding": (Cause.EXPLODING, Cause.RATE_TOO_HIGH, Cause.WEIGHTS_TOO_LARGE),
    "dead": (Cause.DEAD_UNITS, Cause.RATE_TOO_HIGH, Cause.WEIGHTS_TOO_SMALL),
    "saturated": (Cause.SATURATION, Cause.WEIGHTS_TOO_LARGE, Cause.UNSCALED_INPUTS),
    "not learning": (Cause.RATE_TOO_LOW, Cause.RATE_TOO_HIGH, Cause.TOO_SHORT),
    "oscillating": (Cause.RATE_TOO_HIGH, Cause.ORDERED_DATA, Cause.SMALL_NORMALIZATION_BATCH),
    "diverging": (Cause.RATE_TOO_HIGH, Cause.EXPLODING, Cause.ASCENT),
    "rate high": (Cause.RATE_TOO_HIGH, Cause.NO_WARMUP, Cause.EXPLODING),
    "rate low": (Cause.RATE_TOO_LOW, Cause.CLIP_TOO_TIGHT, Cause.EARLY_DECAY),
    "weights": (Cause.WEIGHTS_TOO_SMALL, Cause.WEIGHTS_TOO_LARGE, Cause.CONSTANT_WEIGHTS),
    "inputs": (Cause.UNSCALED_INPUTS, Cause.NONFINITE_DATA, Cause.DIFFERENT_VALIDATION),
    "output range": (Cause.PAIRING, Cause.UNSCALED_TARGETS, Cause.BROADCAST),
    "overfitting": (Cause.OVERFITTING, Cause.DIFFERENT_VALIDATION, Cause.STRONG_DROPOUT),
    "imbalance": (Cause.IMBALANCE, Cause.WRONG_LABELS),
    "unchanged": (Cause.NOT_OPTIMIZED, Cause.CUT_GRADIENT, Cause.RATE_TOO_LOW),
}
"""The causes that each symptom stands for, likeliest first; generous where the tool itself names none."""


@dataclass(frozen=True)
class Alarm:
    """A rule that fired: at which step, and for what symptom."""

    step: int
    symptom: str


Rules = Callable[[Signals], Iterator[Alarm]]


def opinion(rules: Rules, signals: Signals) -> Opinion:
    """Return what a rule set says of a whole training."""
    alarms = sorted(rules(signals), key=lambda alarm: alarm.step)
    if not alarms:
        return Opinion(None)
    guesses = distinct(CAUSES[alarm.symptom][0] for alarm in alarms)
    others = distinct(cause for alarm in alarms for cause in CAUSES[alarm.symptom])
    return Opinion(alarms[0].step / max(signals.steps_planned, 1), distinct((*guesses, *others)))


def first(symptom: str, points: Sequence[Step | Look | Epoch], when: Callable[..., bool]) -> Iterator[Alarm]:
    """Yield an alarm at the first point at which something holds."""
    for point in points:
        if when(point):
            yield Alarm(point.step, symptom)
            return


def run_of(
    symptom: str, points: Sequence[Epoch], length: int, same: Callable[[Epoch], float]
) -> Iterator[Alarm]:
    """Yield an alarm once a value has not changed for so many points."""
    for end in range(length, len(points)):
        values = [same(point) for point in points[end - length : end + 1]]
        if max(values) - min(values) <= 1e-9:
            yield Alarm(points[end].step, symptom)
            return
