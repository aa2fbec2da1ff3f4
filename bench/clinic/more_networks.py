"""Networks that came last: dilated convolutions over time, both directions, mixed places, wide and deep."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from .setting import Setting


class Dilated(nn.Module):
    """Convolutions over what went before, each looking twice as far back (Bai et al. 2018)."""

    def __init__(self, inputs: int, widths: tuple[int, ...], dropout: float, every: bool) -> None:
        super().__init__()
        sizes = (inputs, *widths)
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, 3, dilation=2**depth)
            for depth, (before, after) in enumerate(pairwise(sizes))
        )
        self.drop = nn.Dropout(dropout)
        self._every = every

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.transpose(1, 2)
        for layer in self.layers:
            reach = 2 * layer.dilation[0]
            found = self.drop(torch.relu(layer(nn.functional.pad(hidden, (reach, 0)))))
            hidden = found + hidden if found.shape == hidden.shape else found
        return hidden.transpose(1, 2) if self._every else hidden[:, :, -1]


class Both(nn.Module):
    """Reads a sequence from both ends; answers with the last state of each."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.cell = nn.LSTM(inputs, width, batch_first=True, bidirectional=True)

    def forward(self, inputs: Tensor) -> Tensor:
        _, (last, _) = self.cell(inputs)
        return last.transpose(0, 1).flatten(1)


class Mix(nn.Module):
    """Two dense layers over places, then two over features, each around a skip (Tolstikhin et al. 2021)."""

    def __init__(self, places: int, width: int, dropout: float) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.places = nn.Sequential(nn.Linear(places, 2 * places), nn.GELU(), nn.Linear(2 * places, places))
        self.features = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.drop = nn.Dropout(dropout)

    def forward(self, inputs: Tensor) -> Tensor:
        moved = self.places(self.first(inputs).transpose(1, 2)).transpose(1, 2)
        inputs = inputs + self.drop(moved)
        return inputs + self.drop(self.features(self.second(inputs)))


class Mean(nn.Module):
    """The mean over all places, normalised."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)

    def forward(self, inputs: Tensor) -> Tensor:
        answer: Tensor = self.norm(inputs).mean(dim=1)
        return answer


class Wide(nn.Module):
    """A deep trunk with the inputs beside it (Cheng et al. 2016)."""

    def __init__(self, deep: nn.Module) -> None:
        super().__init__()
        self.deep = deep

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.cat([inputs.flatten(1), self.deep(inputs)], dim=1)


def reader_of(setting: Setting, inputs: int, places: int, every: bool) -> tuple[nn.Module, int]:
    """Return what reads a sequence of so many places and numbers, and the width of its answer."""
    width = setting.widths[0]
    if setting.network == "dilated":
        return Dilated(inputs, setting.widths, setting.dropout, every), setting.widths[-1]
    assert not every, "it would see what it is asked for"
    if setting.network == "both":
        return Both(inputs, width), 2 * width
    blocks = [Mix(places, width, setting.dropout) for _ in setting.widths]
    return nn.Sequential(nn.Linear(inputs, width), *blocks, Mean(width)), width


SEQUENCES = ("dilated", "both", "mixer")
