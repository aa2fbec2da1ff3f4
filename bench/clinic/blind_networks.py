"""Networks of the blind part: the largest of pieces, layers that see all before, attentive pooling."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class Maxout(nn.Module):
    """Dense layers, each unit of which is the largest of three pieces (Goodfellow et al. 2013)."""

    def __init__(self, inputs: int, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        sizes = (inputs, *widths)
        self.layers = nn.ModuleList(nn.Linear(before, 3 * after) for before, after in pairwise(sizes))
        self.drop = nn.Dropout(dropout)
        self.width = widths[-1]

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.flatten(1)
        for layer in self.layers:
            hidden = self.drop(layer(hidden).unflatten(1, (-1, 3)).amax(dim=2))
        return hidden


class Linked(nn.Module):
    """Dense layers, each of which sees the inputs and all layers before it (Huang et al. 2017)."""

    def __init__(self, inputs: int, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        self.drop = nn.Dropout(dropout)
        self.width = inputs
        for units in widths:
            self.layers.append(nn.Linear(self.width, units))
            self.width += units

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.flatten(1)
        for layer in self.layers:
            hidden = torch.cat([hidden, self.drop(nn.functional.silu(layer(hidden)))], dim=1)
        return hidden


class Attentive(nn.Module):
    """A convolution with a stride, a recurrent cell, and the mean of its states by learnt weights."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.enter = nn.Conv1d(inputs, width, 4, stride=2, padding=1)
        self.cell = nn.GRU(width, width, batch_first=True)
        self.ask = nn.Linear(width, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        entered = torch.relu(self.enter(inputs.transpose(1, 2))).transpose(1, 2)
        states: Tensor = self.cell(entered)[0]
        return (self.ask(states).softmax(dim=1) * states).sum(dim=1)


DENSE: dict[str, type[Maxout | Linked]] = {"maxout": Maxout, "linked": Linked}
"""Networks of rows, by name."""
