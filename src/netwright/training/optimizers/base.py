"""What every optimizer promises, and the learning rate that all share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import torch
from pydantic import AfterValidator, Field

from netwright.parts import Part
from netwright.training.optimizers.groups import ParameterGroup


def _sensible(rate: float) -> float:
    if not rate > 0:
        raise ValueError("a learning rate has to be above 0; usual values lie between 0.0001 and 1")
    if rate > 100:
        raise ValueError("a learning rate above 100 ruins the weights in one step; usual values lie below 1")
    return rate


LearningRate = Annotated[float, AfterValidator(_sensible)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Optimizer(Part, family="optimizer"):
    """How the parameters follow the gradient.

    Settings:
        learning_rate: how far a step goes, before the schedule's factor.
        layer_rates: factors on the learning rate of single layers, see `parameter_groups`.
    """

    summary: ClassVar[str]
    equation: ClassVar[str]
    elementwise: ClassVar[bool] = True

    learning_rate: LearningRate
    layer_rates: dict[str, Annotated[float, Field(ge=0, le=1000)]] = {}

    @abstractmethod
    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.Optimizer:
        """Return the running optimizer over parameter groups.

        Args:
            groups: the parameters; weight decay applies where `decay` is true.
            fused: use one kernel for the whole step where the device has one.
        """


def as_torch(
    groups: Sequence[ParameterGroup], rate: float, weight_decay: float = 0.0
) -> list[dict[str, Any]]:
    """Return groups as PyTorch writes them; `initial_lr` is the rate before the schedule's factor."""
    return [
        {
            "params": group.parameters,
            "lr": rate * group.rate_factor,
            "initial_lr": rate * group.rate_factor,
            "weight_decay": weight_decay if group.decay else 0.0,
            "name": group.name,
        }
        for group in groups
    ]


def can_fuse(groups: Sequence[ParameterGroup]) -> bool:
    """Whether PyTorch has one-kernel steps for these parameters (real numbers on a CPU or CUDA)."""
    return all(
        parameter.device.type in ("cpu", "cuda") and parameter.is_floating_point()
        for group in groups
        for parameter in group.parameters
    )
