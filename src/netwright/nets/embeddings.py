"""From prepared columns to the features that the first layer reads."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netwright.nets.network import TableShape


class TableEmbedding(nn.Module):
    """Numbers as they are, beside the categories as one-hot vectors."""

    offsets: Tensor

    def __init__(self, shape: TableShape) -> None:
        super().__init__()
        self.total = sum(shape.cardinalities)
        self.width = shape.numbers + self.total
        starts = torch.tensor([0, *shape.cardinalities], dtype=torch.int64).cumsum(0)[:-1]
        self.register_buffer("offsets", starts, persistent=False)

    def forward(self, numbers: Tensor, codes: Tensor | None = None) -> Tensor:
        """Return the features (rows, width)."""
        if codes is None or self.total == 0:
            return numbers
        flags = numbers.new_zeros(len(codes), self.total)
        return torch.cat([numbers, flags.scatter_(1, codes + self.offsets, 1.0)], dim=1)
