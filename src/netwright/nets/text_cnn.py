"""The text CNN: filters of several widths slide over the words, each keeps its strongest answer."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn import functional

from netwright.nets.masking import hidden_behind
from netwright.nets.readout import Readout
from netwright.nets.text_network import _TextSettings


class Filters(nn.Module):
    """Convolutions of several widths side by side, each of whose answers stands at its last token.

        h_t = relu(W [x_{t-k+1}, ..., x_t] + b)    for each width k

    >>> Filters(8, (1, 3), 5)(torch.zeros(2, 7, 8), torch.tensor([7, 7]), None).shape
    torch.Size([2, 7, 10])
    """

    def __init__(self, dimension: int, widths: tuple[int, ...], channels: int) -> None:
        super().__init__()
        made = [nn.Conv1d(dimension, channels, width) for width in widths]
        for convolution in made:
            nn.init.kaiming_uniform_(convolution.weight, nonlinearity="relu")
            assert convolution.bias is not None
            nn.init.zeros_(convolution.bias)
        self.convolutions = nn.ModuleList(made)
        self.widths = widths

    def forward(self, vectors: Tensor, lengths: Tensor, mask: Tensor | None) -> Tensor:
        """Return features (n, length, widths · channels) of vectors (n, length, dimension)."""
        columns = hidden_behind(vectors.transpose(1, 2), mask)
        found = [
            convolution(functional.pad(columns, (width - 1, 0)))
            for width, convolution in zip(self.widths, self.convolutions, strict=True)
        ]
        return torch.relu(torch.cat(found, dim=1)).transpose(1, 2)


class TextCNN(_TextSettings, called="text_cnn", formerly=("textcnn",)):
    """Reads phrases wherever they stand: fast, and strong on short texts.

    Settings:
        widths: tokens that a filter sees, one entry for each group of filters.
        channels: filters of each width.

    Source: Kim (2014), Convolutional neural networks for sentence classification.

    >>> TextCNN(widths=(2, 3)).to_plain()["channels"]
    64
    """

    equation: ClassVar[str] = "h = max_t relu(W [x_t, ..., x_{t+k-1}] + b)"

    widths: tuple[int, ...] = (2, 3, 4)
    channels: int = Field(default=64, ge=1)

    @field_validator("widths")
    @classmethod
    def _at_least_one(cls, widths: tuple[int, ...]) -> tuple[int, ...]:
        if not widths or min(widths) < 1:
            raise ValueError("a filter sees 1 token or more, and there is at least one width")
        return widths

    def encoder(self, dimension: int, length: int) -> tuple[nn.Module, int]:
        """Return filters of all widths."""
        return Filters(dimension, self.widths, self.channels), len(self.widths) * self.channels

    def readout(self, width: int, outputs: int) -> Readout:
        """Return the largest answer of each filter, then a linear layer."""
        return Readout(width, outputs, "max", self.dropout)
