"""Networks of the unseen part: crossed columns, separable convolutions, diagonal state spaces."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class Crossed(nn.Module):
    """Two layers that multiply the inputs by sums of columns, then dense ones (Wang et al. 2021)."""

    def __init__(self, inputs: int, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.crosses = nn.ModuleList(nn.Linear(inputs, inputs) for _ in range(2))
        sizes = (inputs, *widths)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))
        self.drop = nn.Dropout(dropout)

    def forward(self, inputs: Tensor) -> Tensor:
        first = hidden = inputs.flatten(1)
        for cross in self.crosses:
            hidden = first * cross(hidden) + hidden
        for layer in self.layers:
            hidden = self.drop(torch.relu(layer(hidden)))
        return hidden


class Separable(nn.Module):
    """Convolutions of each channel alone, then of all channels at each place (Howard et al. 2017)."""

    def __init__(self, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        sizes = (widths[0], *widths)
        self.enter = nn.Conv2d(1, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, before, 3, padding=1, groups=before, bias=False),
                nn.Conv2d(before, after, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.AvgPool2d(2),
            )
            for before, after in pairwise(sizes)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.enter(inputs.unsqueeze(1))
        for block in self.blocks:
            hidden = block(hidden)
        answer: Tensor = self.drop(hidden.mean(dim=(2, 3)))
        return answer


class Swings(nn.Module):
    """Each channel is a sum of four learnt swings, each fading, over what went before (Gu et al. 2022)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.logarithms = nn.Parameter(torch.linspace(-4.0, 0.5, 4).repeat(width, 1))
        self.turns = nn.Parameter(torch.linspace(0.0, 2.4, 4).repeat(width, 1))
        self.weights = nn.Parameter(torch.randn(width, 4) * 0.5)
        self.now = nn.Parameter(torch.ones(width))
        self.mix = nn.Linear(width, 2 * width)
        self.drop = nn.Dropout(dropout)

    def forward(self, inputs: Tensor) -> Tensor:
        places = inputs.shape[1]
        entered = self.norm(inputs).transpose(1, 2)
        ago = torch.arange(places - 1, -1, -1.0, device=inputs.device)
        fading = torch.exp(-self.logarithms.exp()[:, :, None] * ago) * torch.cos(self.turns[:, :, None] * ago)
        kernel = (self.weights[:, :, None] * fading).sum(dim=1)
        padded = nn.functional.pad(entered, (places - 1, 0))
        states = nn.functional.conv1d(padded, kernel[:, None], groups=len(kernel))
        states = nn.functional.gelu((states + self.now[:, None] * entered).transpose(1, 2))
        mixed: Tensor = nn.functional.glu(self.mix(states), dim=2)
        answer: Tensor = inputs + self.drop(mixed)
        return answer


class Spaces(nn.Module):
    """Layers of diagonal state spaces; answers with the mean of all states, or with each."""

    def __init__(self, inputs: int, widths: tuple[int, ...], dropout: float, every: bool) -> None:
        super().__init__()
        self.enter = nn.Linear(inputs, widths[0])
        self.layers = nn.ModuleList(Swings(widths[0], dropout) for _ in widths)
        self._every = every

    def forward(self, inputs: Tensor) -> Tensor:
        hidden: Tensor = self.enter(inputs)
        for layer in self.layers:
            hidden = layer(hidden)
        return hidden if self._every else hidden.mean(dim=1)
