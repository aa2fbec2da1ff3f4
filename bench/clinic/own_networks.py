"""Networks as users bring them: modules of their own for flattened pictures, sounds and tables."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Pictures(nn.Module):
    """Two convolutions over flattened pictures of 14 x 14."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(3),
            nn.Flatten(), nn.Linear(144, outputs),
        )  # fmt: skip

    def forward(self, rows: Tensor) -> Tensor:
        """Return (rows, outputs) for rows (rows, 196)."""
        return self.layers(rows.reshape(-1, 1, 14, 14))  # type: ignore[no-any-return]


class Sounds(nn.Module):
    """A gated recurrent layer over flattened sounds of 20 moments and 20 bands."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.recurrent = nn.GRU(20, 48, batch_first=True)
        self.output = nn.Linear(48, outputs)

    def forward(self, rows: Tensor) -> Tensor:
        """Return (rows, outputs) for rows (rows, 400)."""
        states, _ = self.recurrent(rows.reshape(-1, 20, 20))
        return self.output(states[:, -1])  # type: ignore[no-any-return]


class Gated(nn.Module):
    """Layers whose one half opens and closes the other."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(inputs, 96), nn.Linear(48, 64)
        self.output = nn.Linear(32, outputs)

    def forward(self, rows: Tensor) -> Tensor:
        """Return (rows, outputs) for rows (rows, inputs)."""
        hidden = nn.functional.glu(self.first(rows))
        return self.output(nn.functional.glu(self.second(hidden)))  # type: ignore[no-any-return]


def own_network(data: str) -> nn.Module:
    """Return the module for a data set of the fresh part, always with the same initial weights."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        if data == "mnist":
            return Pictures(10)
        if data == "spoken":
            return Sounds(10)
        inputs, outputs = SIZES[data]
        return Gated(inputs, outputs)


SIZES = {
    "letters": (16, 26),
    "concrete": (8, 1),
    "connections": (50, 1),
    "bike": (12, 1),
    "power plant": (4, 1),
    "compas": (11, 1),
}
"""Columns and outputs of the tables."""
