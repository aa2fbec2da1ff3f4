"""What can be wrong with a training: the names that findings, remedies and the benchmark share."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where a fault lies; an earlier stage is looked at before a later one."""

    DATA = "data"
    WIRING = "wiring"
    OPTIMIZATION = "optimization"
    GENERALIZATION = "generalization"


class Cause(StrEnum):
    """The cause behind a finding."""

    NONFINITE_DATA = "non-finite data"
    UNSCALED_INPUTS = "inputs not scaled"
    UNSCALED_TARGETS = "targets not scaled"
    WRONG_LABELS = "wrong labels"
    UNRELATED_LABELS = "labels unrelated to inputs"
    IMBALANCE = "imbalanced classes"
    SHARED_ROWS = "rows shared with validation"
    LEAK = "leak"
    DIFFERENT_VALIDATION = "validation prepared differently"
    ORDERED_DATA = "data not shuffled"

    PAIRING = "loss and output do not fit"
    REDUCTION = "loss summed instead of averaged"
    BROADCAST = "output and target broadcast"
    NOT_OPTIMIZED = "parameters without optimizer"
    CUT_GRADIENT = "gradient path cut"
    KEPT_GRADIENTS = "gradients not set to zero"
    MIXED_ROWS = "rows of a batch mixed"
    ASCENT = "loss maximized"
    EVALUATION_MODE = "trained in evaluation mode"
    TRAINING_MODE = "validated in training mode"
    MASK = "attention mask"
    PADDING = "padding counted in the loss"
    POSITIONS = "order not seen"

    RATE_TOO_HIGH = "learning rate too high"
    RATE_TOO_LOW = "learning rate too low"
    CLIP_TOO_TIGHT = "gradient clip too tight"
    EPSILON_TOO_LARGE = "optimizer epsilon too large"
    EARLY_DECAY = "schedule decays too early"
    NO_WARMUP = "warm-up missing"
    VANISHING = "vanishing gradient"
    EXPLODING = "exploding gradient"
    WEIGHTS_TOO_SMALL = "initial weights too small"
    WEIGHTS_TOO_LARGE = "initial weights too large"
    CONSTANT_WEIGHTS = "initial weights alike"
    DEAD_UNITS = "dead units"
    SATURATION = "saturated units"
    SMALL_NORMALIZATION_BATCH = "batch too small for batch normalization"
    LOW_PRECISION = "gradients lost in low precision"
    STRONG_DROPOUT = "dropout too strong"
    STRONG_DECAY = "weight decay too strong"

    OVERFITTING = "overfitting"
    TOO_SMALL = "network too small"
    TOO_SHORT = "training too short"

    @property
    def stage(self) -> Stage:
        """Where the fault lies."""
        if self in _DATA:
            return Stage.DATA
        if self in (Cause.OVERFITTING, Cause.TOO_SMALL, Cause.TOO_SHORT):
            return Stage.GENERALIZATION
        return Stage.WIRING if self in _WIRING else Stage.OPTIMIZATION


_NAMES = list(Cause)
_DATA = frozenset(_NAMES[: _NAMES.index(Cause.PAIRING)])
_WIRING = frozenset(_NAMES[_NAMES.index(Cause.PAIRING) : _NAMES.index(Cause.RATE_TOO_HIGH)])
