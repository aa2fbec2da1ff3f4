"""A second answer of a network for pictures, read from the maps before its last stage."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class MapReader(nn.Module):
    """A linear layer on maps, each averaged over its four quarters: z = W q(maps) + b.

    It starts at zero, is no part of the training by gradients, and says nothing until `set` was called.

    Attributes:
        quarters: numbers that it reads of a picture.

    >>> MapReader(8, 14, 14, outputs=5)(torch.zeros(2, 8, 14, 14)).shape
    torch.Size([2, 5])
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, channels: int, height: int, width: int, outputs: int) -> None:
        super().__init__()
        self.quarters = channels * min(2, height) * min(2, width)
        self.register_buffer("weight", torch.zeros(outputs, self.quarters))
        self.register_buffer("bias", torch.zeros(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        """Return (rows, outputs) for maps (rows, channels, height, width)."""
        return functional.linear(quartered(maps).to(self.weight.dtype), self.weight, self.bias)

    @torch.no_grad()
    def set(self, weight: Tensor, bias: Tensor) -> None:
        """Take over weights (outputs, quarters) and biases (outputs,)."""
        self.weight.copy_(weight)
        self.bias.copy_(bias)


def quartered(maps: Tensor) -> Tensor:
    """Return the mean of each quarter of each map, (rows, channels · 4); quarters of odd sides overlap.

    >>> quartered(torch.arange(4.0).reshape(1, 1, 2, 2))
    tensor([[0., 1., 2., 3.]])
    """
    height, width = (int(side) for side in maps.shape[-2:])  # while an export traces, sizes are tensors
    # Pooling with sizes written out can be exported whatever the sides are; adaptive pooling cannot.
    kernel = (-(-height // 2), -(-width // 2))
    return functional.avg_pool2d(maps.float(), kernel, (max(1, height // 2), max(1, width // 2))).flatten(1)
