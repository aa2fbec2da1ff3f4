"""A committee: several networks of one architecture that start differently and answer side by side."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Committee(nn.Module):
    """Several networks on the same rows; each is trained on its own loss, their answers are averaged.

    Attributes:
        members: how many answers there are to a row; networks of several members count for as many.

    Source: Lakshminarayanan, Pritzel, Blundell (2017), deep ensembles.

    >>> committee = Committee([nn.Linear(3, 2), nn.Linear(3, 2)])
    >>> committee(torch.zeros(5, 3)).shape
    torch.Size([5, 2, 2])
    """

    def __init__(self, networks: list[nn.Module]) -> None:
        super().__init__()
        self.members = sum(int(getattr(network, "members", 1)) for network in networks)
        self.networks = nn.ModuleList(networks)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return (rows, members, outputs)."""
        return side_by_side([network(*inputs) for network in self.networks])


def side_by_side(answers: list[Tensor]) -> Tensor:
    """Return answers (rows, outputs), or (rows, members, outputs) of several each, as those of one network.

    >>> side_by_side([torch.zeros(5, 2), torch.ones(5, 2)]).shape
    torch.Size([5, 2, 2])
    """
    return torch.cat([answer if answer.dim() == 3 else answer.unsqueeze(1) for answer in answers], dim=1)


def committee_of(build: Callable[[], nn.Module], members: int) -> nn.Module:
    """Return one network for one member, else a committee of them.

    >>> type(committee_of(lambda: nn.Linear(1, 1), 1)).__name__
    'Linear'
    """
    return build() if members == 1 else Committee([build() for _ in range(members)])
