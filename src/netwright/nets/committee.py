"""A committee: several networks of one architecture that start differently and answer side by side."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Committee(nn.Module):
    """Several networks on the same rows; each is trained on its own loss, their answers are averaged.

    Attributes:
        members: how many there are.

    Source: Lakshminarayanan, Pritzel, Blundell (2017), deep ensembles.

    >>> committee = Committee([nn.Linear(3, 2), nn.Linear(3, 2)])
    >>> committee(torch.zeros(5, 3)).shape
    torch.Size([5, 2, 2])
    """

    def __init__(self, networks: list[nn.Module]) -> None:
        super().__init__()
        self.members = len(networks)
        self.networks = nn.ModuleList(networks)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return (rows, members, outputs)."""
        return torch.stack([network(*inputs) for network in self.networks], dim=1)


def committee_of(build: Callable[[], nn.Module], members: int) -> nn.Module:
    """Return one network for one member, else a committee of them.

    >>> type(committee_of(lambda: nn.Linear(1, 1), 1)).__name__
    'Linear'
    """
    return build() if members == 1 else Committee([build() for _ in range(members)])
