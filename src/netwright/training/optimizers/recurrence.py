"""The frame of the optimizers that PyTorch does not have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class Recurrence(torch.optim.Optimizer, ABC):
    """An optimizer whose subclass says how one group is updated."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if parameters:
                self.update(group, parameters, [parameter.grad for parameter in parameters])
        return loss

    @abstractmethod
    def update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Update the parameters of one group from their gradients."""

    def memory(self, parameters: list[Tensor], name: str, *, copied: bool = False) -> list[Tensor]:
        """Return a state tensor of each parameter, begun at zero or as a copy of the parameter."""
        for parameter in parameters:
            if name not in self.state[parameter]:
                self.state[parameter][name] = parameter.clone() if copied else torch.zeros_like(parameter)
        return [self.state[parameter][name] for parameter in parameters]
