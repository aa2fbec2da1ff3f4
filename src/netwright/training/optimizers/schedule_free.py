"""Schedule-free AdamW: averaging takes the place of a falling learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from netwright.training.optimizers.base import LearningRate, Optimizer, Share, as_torch
from netwright.training.optimizers.groups import ParameterGroup
from netwright.training.optimizers.recurrence import Recurrence


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no schedule: it trains at y, between the fast point z and the average x.

        s ← b2 s + (1 - b2) g²,    d = g / (√(s / (1 - b2^t)) + epsilon) + decay · y
        z ← z - rate · d
        x ← (1 - c) x + c z,       c = rate² / sum of rate² so far (rate the largest so far)
        y = (1 - b1) z + b1 x

    Good when it is not known beforehand how long the training will last. Use it with the constant
    schedule or a warm-up. The weights to evaluate and to keep are x: the running optimizer puts
    them into the network at `eval()` and goes back to y, bit for bit, at `train()`.

    Settings:
        learning_rate: usual 0.001 to 0.01, larger than AdamW's.
        betas: (b1, b2), how near y is to the average, and the memory of the squared gradient.
        epsilon: keeps the division sound.
        weight_decay: decay taken at y, on weights only.

    Source: Defazio et al. (2024), The road less scheduled.

    >>> ScheduleFreeAdamW().learning_rate
    0.0025
    """

    summary: ClassVar[str] = "AdamW without a schedule, for trainings of unknown length."
    equation: ClassVar[str] = "z ← z - rate d(y);  x ← (1 - c) x + c z;  y = (1 - b1) z + b1 x"

    learning_rate: LearningRate = 0.0025
    betas: tuple[Share, Share] = (0.9, 0.999)
    epsilon: float = Field(default=1e-8, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> ScheduleFreeOptimizer:
        """Return the running optimizer; its steps are multi-tensor either way."""
        described = as_torch(groups, self.learning_rate, self.weight_decay)
        return ScheduleFreeOptimizer(described, betas=self.betas, epsilon=self.epsilon)


class ScheduleFreeOptimizer(Recurrence):
    """The running schedule-free AdamW; the parameters hold y, or x after `eval()`."""

    def __init__(self, groups: list[dict[str, Any]], betas: tuple[float, float], epsilon: float) -> None:
        defaults = {"betas": betas, "epsilon": epsilon, "taken": 0, "largest_rate": 0.0, "rate_sum": 0.0}
        super().__init__(groups, defaults)

    def update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Update y, z and the averages of one group."""
        assert "training_point" not in self.state[parameters[0]], "call train() before the next step"
        fast = self.memory(parameters, "fast", copied=True)
        squares = self.memory(parameters, "squares")
        near, second = group["betas"]
        group["taken"] += 1
        rate = group["lr"]
        group["largest_rate"] = max(rate, group["largest_rate"])
        group["rate_sum"] += group["largest_rate"] ** 2
        share = group["largest_rate"] ** 2 / group["rate_sum"] if group["rate_sum"] else 0.0

        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - second)
        size = torch._foreach_div(squares, 1 - second ** group["taken"])
        torch._foreach_sqrt_(size)
        torch._foreach_add_(size, group["epsilon"])
        direction = torch._foreach_div(gradients, size)
        if group["weight_decay"]:
            torch._foreach_add_(direction, parameters, alpha=group["weight_decay"])
        # y is moved along with x and z, so that x need not be stored.
        torch._foreach_lerp_(parameters, fast, share)
        torch._foreach_add_(parameters, direction, alpha=rate * (near * (1 - share) - 1))
        torch._foreach_add_(fast, direction, alpha=-rate)

    @torch.no_grad()
    def eval(self) -> None:
        """Put the averaged weights x into the network, for evaluating and for keeping."""
        for group in self.param_groups:
            near = group["betas"][0]
            for parameter in group["params"]:
                state = self.state.get(parameter, {})
                if "fast" in state and "training_point" not in state:
                    state["training_point"] = parameter.clone()
                    if near:
                        parameter.lerp_(state["fast"], 1 - 1 / near)

    @torch.no_grad()
    def train(self) -> None:
        """Put the weights y, at which training goes on, back into the network."""
        for group in self.param_groups:
            for parameter in group["params"]:
                point = self.state.get(parameter, {}).pop("training_point", None)
                if point is not None:
                    parameter.copy_(point)
