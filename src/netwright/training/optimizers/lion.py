"""Lion: steps of one size, in the sign of a momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from netwright.training.optimizers.base import LearningRate, Optimizer, Share, as_torch
from netwright.training.optimizers.groups import ParameterGroup
from netwright.training.optimizers.recurrence import Recurrence


class Lion(Optimizer):
    """Every weight moves by the learning rate, up or down.

        c = b1 m + (1 - b1) g
        w ← (1 - rate · decay) w - rate · sign(c)
        m ← b2 m + (1 - b2) g

    Half the memory of Adam. Wants a learning rate three to ten times smaller than AdamW and a
    weight decay as many times larger.

    Settings:
        learning_rate: usual 0.00003 to 0.0003.
        betas: (b1, b2), the momentum's share in the step and in the memory.
        weight_decay: decoupled decay, on weights only.

    Source: Chen et al. (2023), Symbolic discovery of optimization algorithms.

    >>> Lion().betas
    (0.9, 0.99)
    """

    summary: ClassVar[str] = "Steps of one size by the sign of a momentum; half the memory of Adam."
    equation: ClassVar[str] = "w ← (1 - rate decay) w - rate sign(b1 m + (1 - b1) g);  m ← b2 m + (1 - b2) g"

    learning_rate: LearningRate = 1e-4
    betas: tuple[Share, Share] = (0.9, 0.99)
    weight_decay: float = Field(default=0.1, ge=0)

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.Optimizer:
        """Return the running optimizer; its steps are multi-tensor either way."""
        return _Lion(as_torch(groups, self.learning_rate, self.weight_decay), {"betas": self.betas})


class _Lion(Recurrence):
    def update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        momentum = self.memory(parameters, "momentum")
        first, second = group["betas"]
        direction = torch._foreach_mul(momentum, first)
        torch._foreach_add_(direction, gradients, alpha=1 - first)
        torch._foreach_sign_(direction)
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(parameters, direction, alpha=-group["lr"])
        torch._foreach_mul_(momentum, second)
        torch._foreach_add_(momentum, gradients, alpha=1 - second)
