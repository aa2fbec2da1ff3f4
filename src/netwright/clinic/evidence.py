"""Which cause explains the findings best: every finding speaks for some causes, and the points add up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.measures import early, pace, update_sizes, weight_layers
from netwright.clinic.record import Record
from netwright.findings import Finding

# Points for causes besides the one that the finding itself names. They say which faults are known to
# end in which symptom, and were weighed on recorded trainings.
SPEAKS_FOR: Mapping[str, Mapping[Cause, float]] = {
    "input-scale": {Cause.UNSCALED_INPUTS: 3.5},
    "target-scale": {Cause.UNSCALED_TARGETS: 3.5},
    "ordered-data": {Cause.ORDERED_DATA: 6},
    "labels": {},
    "wrong-though-sure": {Cause.WRONG_LABELS: 3},
    "confused-classes": {Cause.WRONG_LABELS: 2.5},
    "imbalance": {Cause.IMBALANCE: 2},
    "pairing": {Cause.PAIRING: 2.5},
    "reduction": {Cause.REDUCTION: 3.5},
    "initial-loss": {Cause.WEIGHTS_TOO_LARGE: 0.6, Cause.UNSCALED_INPUTS: 0.4, Cause.UNSCALED_TARGETS: 0.4},
    "one-batch": {Cause.TOO_SMALL: 0.5, Cause.RATE_TOO_LOW: 0.2},
    "frozen": {Cause.NOT_OPTIMIZED: 3},
    "breakdown": {Cause.RATE_TOO_HIGH: 1.2, Cause.EXPLODING: 0.4, Cause.LOW_PRECISION: 0.1},
    "rate-high": {Cause.RATE_TOO_HIGH: 2, Cause.EXPLODING: 0.3, Cause.NO_WARMUP: 0.2},
    "rate-low": {Cause.RATE_TOO_LOW: 1.2, Cause.EARLY_DECAY: 0.2, Cause.CLIP_TOO_TIGHT: 0.2},
    "clip": {Cause.CLIP_TOO_TIGHT: 3.5},
    "epsilon": {Cause.EPSILON_TOO_LARGE: 3.5},
    "schedule": {Cause.EARLY_DECAY: 3.5},
    "warmup": {Cause.NO_WARMUP: 1.5},
    "decay": {Cause.STRONG_DECAY: 3},
    "vanishing": {Cause.VANISHING: 2.2},
    "exploding": {Cause.EXPLODING: 1.0, Cause.RATE_TOO_HIGH: 0.5},
    "twin-units": {Cause.CONSTANT_WEIGHTS: 6},
    "weights-size": {},
    "lost-precision": {Cause.LOW_PRECISION: 3},
    "dead-units": {},
    "saturated-units": {},
    "dropout": {},
    "small-normalization": {Cause.SMALL_NORMALIZATION_BATCH: 2.5},
    "not-learning": {},
    "slow": {},
    "worse-than-constant": {},
    "bottleneck": {Cause.TOO_SMALL: 3},
    "oscillating": {Cause.RATE_TOO_HIGH: 1.8},
    "swinging-classes": {Cause.RATE_TOO_HIGH: 1.2},
    "below-baseline": {Cause.TOO_SMALL: 0.4, Cause.TOO_SHORT: 0.3},
    "too-short": {Cause.TOO_SHORT: 1.8, Cause.RATE_TOO_LOW: 0.4},
    "too-small": {Cause.TOO_SMALL: 1.0},
    "overfitting": {Cause.OVERFITTING: 3},
}

# A learning rate looks wrong where something else makes steps too small or too large. Where such a cause
# is seen, it explains part of what speaks against the rate.
EXPLAINED_BY: Mapping[Cause, tuple[Cause, ...]] = {
    Cause.RATE_TOO_LOW: (
        Cause.CLIP_TOO_TIGHT,
        Cause.EPSILON_TOO_LARGE,
        Cause.EARLY_DECAY,
        Cause.LOW_PRECISION,
        Cause.VANISHING,
        Cause.WEIGHTS_TOO_SMALL,
        Cause.WEIGHTS_TOO_LARGE,
        Cause.UNSCALED_INPUTS,
        Cause.UNSCALED_TARGETS,
    ),
    Cause.RATE_TOO_HIGH: (Cause.UNSCALED_INPUTS, Cause.UNSCALED_TARGETS, Cause.REDUCTION),
}
SEEN = 2.2  # points from which a cause explains others

OUTCOMES = ("not-learning", "slow", "worse-than-constant", "below-baseline", "too-small")


def rank(findings: Sequence[Finding], record: Record) -> list[tuple[Cause, float]]:
    """Return the causes that the findings speak for with their points, best first."""
    points: dict[Cause, float] = dict.fromkeys(Cause, 0.0)
    for finding in findings:
        for cause, weight in _points(finding, record):
            points[cause] += weight
    if any(finding.rule in OUTCOMES and finding.severity == "alarm" for finding in findings):
        for cause, weight in _pace(record):
            points[cause] += weight
    explained = [
        cause for cause, others in EXPLAINED_BY.items() if any(points[other] >= SEEN for other in others)
    ]
    for cause in explained:
        points[cause] /= 2
    order = list(Cause)
    return sorted(((c, p) for c, p in points.items() if p > 0), key=lambda x: (-x[1], order.index(x[0])))


def _points(finding: Finding, record: Record) -> Iterable[tuple[Cause, float]]:
    yield from SPEAKS_FOR.get(finding.rule, {Cause(finding.cause): 8.0}).items()
    if finding.rule == "weights-size":
        yield Cause(finding.cause), 2.5
    if finding.rule == "labels":  # classes that overlap are no evidence of wrong labels
        yield Cause(finding.cause), 2.5 if finding.severity == "alarm" else 0.3
    if finding.rule == "breakdown" and finding.cause != Cause.RATE_TOO_HIGH:
        yield Cause(finding.cause), 1.5
    if finding.rule == "rate-low" and (finding.confidence or 0.0) >= 0.8:
        yield Cause.RATE_TOO_LOW, 1.0
    if finding.rule == "dead-units":
        yield from _dead(finding, record)
    if finding.rule == "saturated-units":
        yield from _saturated(finding)
    if finding.rule == "dropout":
        strong = (finding.evidence.get("dropout") or 0.0) >= 0.8
        yield Cause.STRONG_DROPOUT, 3.0 if strong else 0.8
    if finding.rule == "vanishing":
        yield from _lost(record)


def _dead(finding: Finding, record: Record) -> Iterable[tuple[Cause, float]]:
    """Weigh dead units: silent from the start they are a cause, silenced later they are a symptom."""
    if finding.evidence.get("from the start"):
        biases = [layer.bias_mean for layer in record.facts.layers if layer.bias_mean is not None]
        yield Cause.DEAD_UNITS, 4.0 if biases and min(biases) < -0.5 else 1.5
        yield Cause.WEIGHTS_TOO_LARGE, 0.4
        yield Cause.UNSCALED_INPUTS, 0.4
        return
    size = max(update_sizes(record, early(record, 50)), default=0.0)
    yield Cause.RATE_TOO_HIGH, 1.2 if size > 0.3 else 0.6
    yield Cause.DEAD_UNITS, 0.8


def _saturated(finding: Finding) -> Iterable[tuple[Cause, float]]:
    if finding.evidence.get("from the start"):
        yield Cause.WEIGHTS_TOO_LARGE, 1.0
        yield Cause.UNSCALED_INPUTS, 0.5
        yield Cause.SATURATION, 0.8
    else:
        yield Cause.RATE_TOO_HIGH, 0.8
        yield Cause.SATURATION, 1.0


def _lost(record: Record) -> Iterable[tuple[Cause, float]]:
    """Weigh a vanishing gradient: the activation is to blame only where the weights are not."""
    activations = {layer.activation for layer in weight_layers(record)}
    if activations & {"sigmoid", "tanh"}:
        yield Cause.VANISHING, 0.5


def _pace(record: Record) -> Iterable[tuple[Cause, float]]:
    """Weigh a training that stands still by how far its steps carry."""
    size, planned = pace(record), record.facts.steps_planned
    if size is None:
        yield Cause.RATE_TOO_LOW, 0.3
        yield Cause.RATE_TOO_HIGH, 0.3
        return
    if size < 1e-3 or (planned and size * planned < 1):
        yield Cause.RATE_TOO_LOW, 1.4
    elif size > 0.02:
        yield Cause.RATE_TOO_HIGH, 1.4 if size > 0.05 else 1.0
    else:
        yield Cause.RATE_TOO_LOW, 0.5
        yield Cause.RATE_TOO_HIGH, 0.4
    yield Cause.UNRELATED_LABELS, 0.2
    yield Cause.TOO_SMALL, 0.2


def confidence(ranking: Sequence[tuple[Cause, float]]) -> float:
    """Return how sure the first cause of a ranking is: its share of all points, points taken as log odds."""
    weights = [math.exp(min(points, 20.0)) for _, points in ranking]
    return weights[0] / (1.0 + sum(weights)) if weights else 0.0


def stage_of(cause: str) -> Stage:
    """Return the stage of a cause by its name."""
    return Cause(cause).stage
