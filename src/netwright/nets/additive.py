"""A linear model as a module: a weight for each number, a weight for each category."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Additive(nn.Module):
    """z = W x + b + Σ_c u_c[code_c]: linear in the numbers, one learnt addend for every category.

    Args:
        numbers: how many there are.
        cardinalities: how many values each code takes.
        outputs: how many sums.

    >>> Additive(3, (4, 2), 1)(torch.zeros(5, 3), torch.zeros(5, 2, dtype=torch.int64)).shape
    torch.Size([5, 1])
    """

    starts: Tensor

    def __init__(self, numbers: int, cardinalities: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, numbers))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.addends = nn.Parameter(torch.zeros(sum(cardinalities), outputs))
        starts = torch.tensor([0, *cardinalities], dtype=torch.int64).cumsum(0)[:-1]
        self.register_buffer("starts", starts)

    def forward(self, numbers: Tensor, codes: Tensor | None = None) -> Tensor:
        """Return the sums (n, outputs) for numbers (n, p) and codes (n, c)."""
        sums = nn.functional.linear(numbers, self.weight, self.bias)
        if codes is None or not len(self.starts):
            return sums
        return sums + self.addends[codes + self.starts].sum(dim=1)
