"""Recurrent networks over words: one cell reads token after token, h_t = cell(x_t, h_{t-1})."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from netwright.nets.gru import GRU
from netwright.nets.lstm import LSTM
from netwright.nets.readout import Readout
from netwright.nets.recurrent import BothWays, OneWay
from netwright.nets.rnn import RNN
from netwright.nets.text_network import _TextSettings

CELLS: dict[str, type[RNN | GRU | LSTM]] = {"rnn": RNN, "gru": GRU, "lstm": LSTM}


class Reader(nn.Module):
    """Recurrent cells over vectors of tokens."""

    def __init__(self, cells: OneWay | BothWays) -> None:
        super().__init__()
        self.cells = cells

    def forward(self, vectors: Tensor, lengths: Tensor, mask: Tensor | None) -> Tensor:
        """Return states (n, length, features) after every token."""
        states: Tensor = self.cells(vectors, lengths)
        return states


class TextRNN(_TextSettings, called="text_rnn", formerly=("textrnn",)):
    """Reads word after word, so that order counts over any distance; slower than a text CNN.

    Settings:
        cell: "rnn", "gru" or "lstm".
        hidden: units of a layer and direction.
        layers: layers on top of each other.
        bidirectional: whether texts are read backwards as well.
        pooling: what stands for a text: a learnt weighting of its words, their mean or maximum, or the
            state after the last.

    Source: Yang et al. (2016), Hierarchical attention networks for document classification.

    >>> TextRNN(cell="lstm").to_plain()["pooling"]
    'attention'
    """

    cell: Literal["rnn", "gru", "lstm"] = "gru"
    hidden: int = Field(default=96, ge=1)
    layers: int = Field(default=1, ge=1)
    bidirectional: bool = True
    pooling: Literal["last", "mean", "max", "attention"] = "attention"

    def encoder(self, dimension: int, length: int) -> tuple[nn.Module, int]:
        """Return the cells."""
        settings = CELLS[self.cell](hidden=self.hidden, layers=self.layers, bidirectional=self.bidirectional)
        cells, width = settings.encoder(dimension, length)
        return Reader(cells), width

    def readout(self, width: int, outputs: int) -> Readout:
        """Return the pooling, then a linear layer."""
        return Readout(width, outputs, self.pooling, self.dropout)
