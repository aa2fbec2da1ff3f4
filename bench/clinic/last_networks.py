"""Networks of the last part: gated layers, convolutions and the largest answer of them, stacked cells."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class Gated(nn.Module):
    """Dense layers, each half of which says how much of the other half passes (Dauphin et al. 2017)."""

    def __init__(self, inputs: int, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        sizes = (inputs, *widths)
        self.layers = nn.ModuleList(nn.Linear(before, 2 * after) for before, after in pairwise(sizes))
        self.drop = nn.Dropout(dropout)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.flatten(1)
        for layer in self.layers:
            hidden = self.drop(nn.functional.glu(layer(hidden)))
        return hidden


class Pooled(nn.Module):
    """Convolutions over time, then the largest answer of all places."""

    def __init__(self, inputs: int, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        sizes = (inputs, *widths)
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, 5, padding=2) for before, after in pairwise(sizes)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.transpose(1, 2)
        for layer in self.layers:
            hidden = self.drop(torch.relu(layer(hidden)))
        return hidden.amax(dim=2)


class Stacked(nn.Module):
    """Two recurrent cells, one upon the other; answers with the last state, or with every state."""

    def __init__(self, inputs: int, width: int, every: bool) -> None:
        super().__init__()
        self.cell = nn.GRU(inputs, width, num_layers=2, batch_first=True)
        self._every = every

    def forward(self, inputs: Tensor) -> Tensor:
        states: Tensor = self.cell(inputs)[0]
        return states if self._every else states[:, -1]
