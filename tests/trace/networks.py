"""Networks of many kinds, with rows for each, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Example:
    """A network and what it is called with."""

    network: nn.Module
    inputs: tuple[Tensor, ...]

    @property
    def rows(self) -> Tensor:
        return self.inputs[0]


class Residual(nn.Module):
    """A shortcut, an activation called as a function, one overwritten in place, a free parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 5)
        self.second = nn.Linear(5, 5, bias=False)
        self.mixture = nn.Parameter(torch.randn(5, 2))

    def forward(self, x: Tensor) -> Tensor:
        hidden = functional.gelu(self.first(x))
        other = self.second(hidden)
        other += hidden
        other.tanh_()
        return torch.cat([other, hidden], dim=1)[:, 2:7] @ self.mixture.abs()


class Shared(nn.Module):
    """One layer used twice, and another tied to its weight."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Linear(3, 3)
        self.tied = nn.Linear(3, 3)
        self.tied.weight = self.twice.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.tied(torch.sigmoid(self.twice(self.twice(x))))


class Recurrent(nn.Module):
    """A recurrent layer read at its last time step."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer = layer
        self.output = nn.Linear(layer.hidden_size * (1 + layer.bidirectional), 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden, _ = self.layer(x)
        return self.output(hidden[:, -1] if self.layer.batch_first else hidden[-1])


class Unrolled(nn.Module):
    """A cell called step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        state = None
        for time in range(x.shape[1]):
            state = self.cell(x[:, time], state)
        assert state is not None
        return state[0]


def _dense() -> Example:
    network = nn.Sequential(nn.Linear(3, 6), nn.LayerNorm(6), nn.SiLU(), nn.Dropout(0.5), nn.Linear(6, 2))
    return Example(network, (torch.randn(4, 3),))


def _convolution() -> Example:
    network = nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=2, dilation=2, groups=2),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 3),
    )
    with torch.no_grad():
        network[1].running_mean.normal_()
        network[1].running_var.uniform_(0.5, 2)
    return Example(network, (torch.randn(3, 2, 8, 8),))


def _attention() -> Example:
    layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    network = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
    return Example(network, (torch.randn(3, 5, 8),))


def _recurrent(layer: nn.RNNBase) -> Example:
    return Example(Recurrent(layer), (torch.randn(4, 6, 3),))


EXAMPLES: dict[str, Callable[[], Example]] = {
    "dense": _dense,
    "convolution": _convolution,
    "attention": _attention,
    "residual": lambda: Example(Residual(), (torch.randn(4, 3),)),
    "shared": lambda: Example(Shared(), (torch.randn(4, 3),)),
    "rnn": lambda: Example(
        Recurrent(nn.RNN(3, 5, batch_first=True, nonlinearity="relu")), (torch.randn(4, 6, 3),)
    ),
    "lstm": lambda: Example(
        Recurrent(nn.LSTM(3, 5, 2, batch_first=True, bidirectional=True)), (torch.randn(4, 6, 3),)
    ),
    "gru": lambda: _recurrent(nn.GRU(3, 5, batch_first=True)),
    "cell": lambda: Example(Unrolled(), (torch.randn(4, 3, 3),)),
    "one layer": lambda: Example(nn.Linear(3, 2), (torch.randn(4, 3),)),
}


def example(name: str) -> Example:
    """Return a fresh example with random weights, always the same ones."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return EXAMPLES[name]()
