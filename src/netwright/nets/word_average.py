"""The mean of the words' vectors, through hidden layers: the order of the words does not count."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from netwright.nets.masking import mean_over_steps
from netwright.nets.readout import Readout
from netwright.nets.text_network import _TextSettings


class Unread(nn.Module):
    """Vectors of tokens as they are."""

    def forward(self, vectors: Tensor, lengths: Tensor, mask: Tensor | None) -> Tensor:
        """Return the vectors."""
        return vectors


class DeepReadout(Readout):
    """The mean of the vectors, hidden layers of rectified units, then a linear layer."""

    def __init__(self, width: int, outputs: int, hidden: tuple[int, ...], dropout: float) -> None:
        super().__init__(hidden[-1] if hidden else width, outputs, "mean", dropout)
        sizes = [width, *hidden]
        layers = [(nn.Linear(a, b), nn.ReLU()) for a, b in zip(sizes, hidden, strict=False)]
        self.hidden = nn.Sequential(*(part for layer in layers for part in layer))

    def forward(self, features: Tensor, lengths: Tensor, mask: Tensor | None) -> Tensor:
        """Return (n, outputs) for features (n, width, steps)."""
        answer: Tensor = self.output(self.dropout(self.hidden(mean_over_steps(features, mask))))
        return answer


class WordAverage(_TextSettings):
    """The simplest network for texts: says what the words alone tell; strong with given vectors.

    Settings:
        hidden: the units of every hidden layer; none at all gives a linear model of the mean.

    Source: Iyyer et al. (2015), Deep unordered composition rivals syntactic methods.

    >>> WordAverage(hidden=(64,)).to_plain()["hidden"]
    [64]
    """

    hidden: tuple[int, ...] = (96,)
    dropout: float = Field(default=0.3, ge=0, lt=1)

    def encoder(self, dimension: int, length: int) -> tuple[nn.Module, int]:
        """Return nothing that changes the vectors."""
        return Unread(), dimension

    def readout(self, width: int, outputs: int) -> Readout:
        """Return the mean and the layers."""
        return DeepReadout(width, outputs, self.hidden, self.dropout)
