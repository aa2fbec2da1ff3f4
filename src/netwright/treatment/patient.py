"""The patient: a training that is to be treated, and which of its settings look odd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from netwright.clinic.causes import Cause
from netwright.nets.mlp import MLP
from netwright.recipe.recipe import Recipe, ResolvedRecipe
from netwright.training.losses import TargetShape
from netwright.training.optimizers import Optimizer
from netwright.training.schedules import Constant, OnPlateau, Warmup

ADAM_RATE, SGD_RATE = 4e-3, 0.05
EXTREME = 30.0
"""A learning rate that differs from the usual one by this factor is looked into even when all seems well."""


FALLEN = 0.01
NARROWEST = 3
"""Units that any layer has at least, unless something is odd."""

FEW_STEPS = 50


@dataclass(frozen=True)
class Patient:
    """The training that is to be treated.

    Attributes:
        recipe: as the user wrote it; what was left open stays open.
        settled: the same with nothing left open.
        shape: what the target looks like.
    """

    recipe: Recipe
    settled: ResolvedRecipe
    shape: TargetShape

    @property
    def network(self) -> MLP | None:
        """The network where it is one of ours that can be changed."""
        return self.settled.network if isinstance(self.settled.network, MLP) else None

    @property
    def own_network(self) -> bool:
        """Whether the network is a module of the user's own, which is left alone."""
        return isinstance(self.settled.network, nn.Module)


def usual_rate(patient: Patient) -> float:
    """Return a learning rate that is rarely far off: the one we choose for Adam's kin, or the default."""
    optimizer = patient.settled.optimizer
    if "adam" in optimizer.kind:
        return ADAM_RATE
    return max(SGD_RATE if optimizer.kind == "sgd" else 0.0, float(default_of(optimizer, "learning_rate")))


def default_of(optimizer: Optimizer, name: str) -> Any:
    """Return what a setting of an optimizer is unless it is given."""
    return type(optimizer).model_fields[name].default


def suspects(patient: Patient) -> list[Cause]:
    """Return causes that the settings themselves suggest: they lie far from where they usually do."""
    settled, given = patient.settled, patient.recipe.optimizer != "auto"
    moved = [
        (given and _is_far(settled.optimizer.learning_rate, usual_rate(patient)), Cause.RATE_TOO_HIGH),
        (given and _is_far(usual_rate(patient), settled.optimizer.learning_rate), Cause.RATE_TOO_LOW),
        (settled.gradient_clip is not None and settled.gradient_clip < 0.1, Cause.CLIP_TOO_TIGHT),
        (getattr(settled.optimizer, "epsilon", 0.0) > 1e-4, Cause.EPSILON_TOO_LARGE),
        (getattr(settled.preparation, "scaling", "") in ("none", "minmax"), Cause.UNSCALED_INPUTS),
        (
            (given and getattr(settled.optimizer, "weight_decay", 0.0) > 0.05) or bool(settled.penalties),
            Cause.STRONG_DECAY,
        ),
        (patient.recipe.loss != "auto", Cause.PAIRING),
        (not isinstance(settled.schedule, Constant | Warmup | OnPlateau), Cause.EARLY_DECAY),
        (patient.recipe.epochs != "auto" or patient.recipe.early_stopping != "auto", Cause.TOO_SHORT),
        (settled.early_stopping is None, Cause.OVERFITTING),
    ]
    network = patient.network
    if network is not None and patient.recipe.network != "auto":
        moved += [
            (network.dropout > 0.5 or settled.mixup is not None, Cause.STRONG_DROPOUT),
            (network.initialization != "auto", Cause.WEIGHTS_TOO_SMALL),
            (network.activation != "relu", Cause.VANISHING),
            (min(network.hidden, default=1) < 16, Cause.TOO_SMALL),
            (network.normalization == "batch" and settled.batch_size < 8, Cause.SMALL_NORMALIZATION_BATCH),
        ]
    return [cause for is_moved, cause in moved if is_moved]


def extremes(patient: Patient, steps: int) -> list[tuple[str, Cause]]:
    """Return settings so far from where they usually are that they are looked into though nothing shows.

    Args:
        patient: the training.
        steps: that it takes when nothing stops it.
    """
    settled, usual = patient.settled, usual_rate(patient)
    rate, decay = settled.optimizer.learning_rate, getattr(settled.optimizer, "weight_decay", 0.0)
    # A step with momentum .9 goes on for ten.
    pace = rate / (1 - getattr(settled.optimizer, "momentum", 0.0))
    dropout = 0.0 if patient.network is None else patient.network.dropout
    narrowest = NARROWEST if patient.network is None else min(patient.network.hidden, default=NARROWEST)
    found = [
        (pace > EXTREME * usual, f"the learning rate is {rate:g}", Cause.RATE_TOO_HIGH),
        (rate < usual / EXTREME, f"the learning rate is {rate:g}", Cause.RATE_TOO_LOW),
        (decay >= 1.0, f"the weight decay is {decay:g}", Cause.STRONG_DECAY),
        (dropout >= 0.9, f"{dropout:.0%} of the units are dropped", Cause.STRONG_DROPOUT),
        (_falls_early(patient), "the schedule ends the training early", Cause.EARLY_DECAY),
        (steps < FEW_STEPS, f"the whole training takes {steps} steps", Cause.TOO_SHORT),
        (
            narrowest < NARROWEST,
            f"a layer has {narrowest} {'unit' if narrowest == 1 else 'units'} only",
            Cause.TOO_SMALL,
        ),
    ]
    return [(what, cause) for is_extreme, what, cause in found if is_extreme]


def _falls_early(patient: Patient) -> bool:
    """Return whether the rate is next to nothing after a fourth of the training."""
    steps = 1000
    factor = patient.settled.schedule.factor(0.25, steps // 4, steps)
    return 0 <= factor < FALLEN * patient.settled.schedule.factor(0.02, steps // 50, steps)


def _is_far(larger: float, smaller: float) -> bool:
    return larger > 3 * smaller
