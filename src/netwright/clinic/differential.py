"""What else may be behind a finding: the other causes that end in the same symptom, with how likely each is.

A cause that was named is not the only one there could be. Each is set beside those that are known to look
alike, and beside what the other findings speak for; causes that this training cannot have are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from netwright.clinic.causes import Cause
from netwright.clinic.record import Record

LISTED = 4
"""Other causes that a finding lists at most."""

# Points for what looks like a cause and is another; they are few beside those that findings give.
LOOKS_LIKE: Mapping[Cause, Mapping[Cause, float]] = {
    Cause.UNSCALED_INPUTS: {Cause.WEIGHTS_TOO_LARGE: 0.6, Cause.RATE_TOO_HIGH: 0.5},
    Cause.UNSCALED_TARGETS: {Cause.REDUCTION: 0.5, Cause.RATE_TOO_LOW: 0.4},
    Cause.WRONG_LABELS: {Cause.UNRELATED_LABELS: 0.8, Cause.ORDERED_DATA: 0.2},
    Cause.UNRELATED_LABELS: {Cause.WRONG_LABELS: 1.0, Cause.UNSCALED_INPUTS: 0.2},
    Cause.IMBALANCE: {Cause.WRONG_LABELS: 0.6, Cause.UNRELATED_LABELS: 0.5},
    Cause.SHARED_ROWS: {Cause.LEAK: 0.6, Cause.DIFFERENT_VALIDATION: 0.2},
    Cause.LEAK: {Cause.SHARED_ROWS: 0.6, Cause.UNSCALED_INPUTS: 0.2},
    Cause.DIFFERENT_VALIDATION: {Cause.TRAINING_MODE: 0.6, Cause.OVERFITTING: 0.5},
    Cause.ORDERED_DATA: {Cause.UNRELATED_LABELS: 0.5, Cause.RATE_TOO_HIGH: 0.5},
    Cause.PAIRING: {Cause.WEIGHTS_TOO_LARGE: 0.5, Cause.UNSCALED_TARGETS: 0.4},
    Cause.REDUCTION: {Cause.RATE_TOO_HIGH: 0.8, Cause.UNSCALED_TARGETS: 0.5},
    Cause.BROADCAST: {Cause.PAIRING: 0.6, Cause.UNRELATED_LABELS: 0.4},
    Cause.NOT_OPTIMIZED: {Cause.CUT_GRADIENT: 1.0, Cause.VANISHING: 0.4},
    Cause.CUT_GRADIENT: {Cause.NOT_OPTIMIZED: 1.0, Cause.DEAD_UNITS: 0.5},
    Cause.KEPT_GRADIENTS: {Cause.RATE_TOO_HIGH: 0.6, Cause.EXPLODING: 0.4},
    Cause.MIXED_ROWS: {Cause.UNRELATED_LABELS: 0.6, Cause.LEAK: 0.4},
    Cause.ASCENT: {Cause.RATE_TOO_HIGH: 0.6, Cause.PAIRING: 0.4},
    Cause.EVALUATION_MODE: {Cause.NOT_OPTIMIZED: 0.4, Cause.UNSCALED_INPUTS: 0.3},
    Cause.TRAINING_MODE: {Cause.DIFFERENT_VALIDATION: 0.7, Cause.STRONG_DROPOUT: 0.5},
    Cause.MASK: {Cause.LEAK: 0.6, Cause.POSITIONS: 0.4},
    Cause.PADDING: {Cause.MASK: 0.5, Cause.IMBALANCE: 0.4},
    Cause.POSITIONS: {Cause.MASK: 0.5, Cause.TOO_SMALL: 0.4},
    Cause.RATE_TOO_HIGH: {Cause.EXPLODING: 0.5, Cause.WEIGHTS_TOO_LARGE: 0.4, Cause.UNSCALED_INPUTS: 0.3},
    Cause.RATE_TOO_LOW: {Cause.TOO_SHORT: 0.5, Cause.VANISHING: 0.3, Cause.TOO_SMALL: 0.3},
    Cause.CLIP_TOO_TIGHT: {Cause.RATE_TOO_LOW: 0.8, Cause.EXPLODING: 0.3},
    Cause.EPSILON_TOO_LARGE: {Cause.RATE_TOO_LOW: 0.8, Cause.VANISHING: 0.3},
    Cause.EARLY_DECAY: {Cause.RATE_TOO_LOW: 0.8, Cause.TOO_SHORT: 0.5},
    Cause.NO_WARMUP: {Cause.RATE_TOO_HIGH: 0.8, Cause.VANISHING: 0.3},
    Cause.VANISHING: {Cause.WEIGHTS_TOO_SMALL: 0.7, Cause.SATURATION: 0.5},
    Cause.EXPLODING: {Cause.RATE_TOO_HIGH: 0.9, Cause.WEIGHTS_TOO_LARGE: 0.5},
    Cause.WEIGHTS_TOO_SMALL: {Cause.VANISHING: 0.7, Cause.RATE_TOO_LOW: 0.5},
    Cause.WEIGHTS_TOO_LARGE: {Cause.UNSCALED_INPUTS: 0.5, Cause.EXPLODING: 0.5, Cause.SATURATION: 0.4},
    Cause.CONSTANT_WEIGHTS: {Cause.WEIGHTS_TOO_SMALL: 0.7, Cause.VANISHING: 0.4},
    Cause.DEAD_UNITS: {Cause.RATE_TOO_HIGH: 0.7, Cause.WEIGHTS_TOO_LARGE: 0.4},
    Cause.SATURATION: {Cause.WEIGHTS_TOO_LARGE: 0.7, Cause.UNSCALED_INPUTS: 0.5, Cause.VANISHING: 0.4},
    Cause.SMALL_NORMALIZATION_BATCH: {Cause.RATE_TOO_HIGH: 0.5, Cause.EVALUATION_MODE: 0.3},
    Cause.LOW_PRECISION: {Cause.VANISHING: 0.6, Cause.RATE_TOO_LOW: 0.5},
    Cause.STRONG_DROPOUT: {Cause.TOO_SMALL: 0.5, Cause.RATE_TOO_LOW: 0.4},
    Cause.STRONG_DECAY: {Cause.RATE_TOO_HIGH: 0.5, Cause.TOO_SMALL: 0.4},
    Cause.OVERFITTING: {Cause.WRONG_LABELS: 0.8, Cause.DIFFERENT_VALIDATION: 0.3},
    Cause.TOO_SMALL: {Cause.RATE_TOO_LOW: 0.5, Cause.RATE_TOO_HIGH: 0.4, Cause.STRONG_DROPOUT: 0.3},
    Cause.TOO_SHORT: {Cause.RATE_TOO_LOW: 0.8, Cause.TOO_SMALL: 0.3},
}


def others(cause: Cause, ranking: Sequence[tuple[Cause, float]], record: Record) -> dict[Cause, float]:
    """Return the points of what else may be behind a finding, likeliest first.

    What the findings speak for counts, and what is known to look like the cause that was named.
    """
    points = {other: weight for other, weight in ranking if other != cause}
    for other, weight in LOOKS_LIKE.get(cause, {}).items():
        points[other] = points.get(other, 0.0) + weight
    order = list(Cause)
    kept = [(other, weight) for other, weight in points.items() if possible(other, record)]
    return dict(sorted(kept, key=lambda pair: (-pair[1], order.index(pair[0])))[:LISTED])


def shares(sure: float, points: Mapping[Cause, float]) -> dict[str, float]:
    """Return how likely each other cause is: what certainty leaves, points taken as log odds.

    A part is kept for whatever nobody thought of.

    >>> shares(0.7, {Cause.LEAK: 1.0, Cause.MASK: 1.0})
    {'leak': 0.13, 'attention mask': 0.13}
    """
    weights = {cause: math.exp(min(each, 20.0)) for cause, each in points.items()}
    left = (1.0 - sure) / (1.0 + sum(weights.values()))
    return {cause.value: round(left * weight, 2) for cause, weight in weights.items()}


def possible(cause: Cause, record: Record) -> bool:
    """Tell whether a training can have a cause at all; what is not known of it is taken to be possible."""
    facts = record.facts
    if not facts.layers:
        return True
    kinds = {layer.kind for layer in facts.layers}
    numbers = facts.answer == "numbers"
    asked = {
        Cause.NO_WARMUP: "attention" in kinds,
        Cause.MASK: "attention" in kinds,
        Cause.POSITIONS: "attention" in kinds,
        Cause.PADDING: facts.data.input_kind == "tokens",
        Cause.STRONG_DROPOUT: facts.dropout > 0,
        Cause.SMALL_NORMALIZATION_BATCH: "normalization" in kinds,
        Cause.EVALUATION_MODE: "normalization" in kinds or facts.dropout > 0,
        Cause.LOW_PRECISION: facts.precision == "float16",
        Cause.IMBALANCE: not numbers,
        Cause.UNSCALED_TARGETS: numbers,
        Cause.EPSILON_TOO_LARGE: any(one.epsilon is not None for one in facts.optimizers),
        Cause.STRONG_DECAY: any(one.weight_decay for one in facts.optimizers),
        Cause.TOO_SHORT: facts.steps_planned is not None or record.finished,
    }
    return asked.get(cause, True)
