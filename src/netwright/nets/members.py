"""An ensemble in one network: members share every hidden layer and differ at both ends.

The TabM-mini of Gorishniy et al. 2025, "TabM: Advancing Tabular Deep Learning with Parameter-Efficient
Ensembling": member m reads r_m * x, with its own learnt scaling r_m, and has its own output layer.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MemberScaling(nn.Module):
    """x -> (r_1 * x, ..., r_k * x): every member's own view of the features."""

    def __init__(self, members: int, width: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        # Random signs make the members differ from the first step and keep the scale of the features.
        signs = torch.randint(0, 2, (members, width), generator=generator) * 2 - 1
        self.scaling = nn.Parameter(signs.to(torch.get_default_dtype()))

    def forward(self, features: Tensor) -> Tensor:
        """Return (rows, members, width) for features (rows, width)."""
        return features.unsqueeze(1) * self.scaling


class MemberLinear(nn.Module):
    """y_m = W_m x_m + b_m: an output layer for every member."""

    def __init__(self, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(members, outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(members, outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Return (rows, members, outputs) for features (rows, members, inputs)."""
        by_member = torch.baddbmm(
            self.bias.unsqueeze(1), features.transpose(0, 1), self.weight.transpose(1, 2)
        )
        return by_member.transpose(0, 1)

    def extra_repr(self) -> str:
        """Return the sizes for printing."""
        members, outputs, inputs = self.weight.shape
        return f"members={members}, inputs={inputs}, outputs={outputs}"
