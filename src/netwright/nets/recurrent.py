"""What RNN, GRU and LSTM share: layers of fused cells, read forwards or both ways, and a readout."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.nets.committee import committee_of
from netwright.nets.masking import reversed_steps, trimmed
from netwright.nets.network import Network, SequenceShape
from netwright.nets.readout import Pooling, Readout

Cells = Callable[..., nn.RNNBase]
"""PyTorch's fused module of RNN, GRU or LSTM cells."""


class BothWays(nn.Module):
    """Layers of cells that read each sequence forwards and backwards.

    The backward cells read a copy that begins with the sequence's own last step. Padding stands behind
    the end in both directions, so no cell meets it before its last answer that counts.

    Source: Schuster, Paliwal (1997).
    """

    def __init__(self, cells: Cells, inputs: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        widths = [inputs] + [2 * hidden] * (layers - 1)
        self.forwards = nn.ModuleList(cells(width, hidden, batch_first=True) for width in widths)
        self.backwards = nn.ModuleList(cells(width, hidden, batch_first=True) for width in widths)
        self.dropout = nn.Dropout(dropout)

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Return (n, steps, 2 hidden) for steps (n, steps, inputs)."""
        for number, (ahead, back) in enumerate(zip(self.forwards, self.backwards, strict=True)):
            steps = self.dropout(steps) if number else steps
            mirrored = back(reversed_steps(steps, lengths))[0]
            steps = torch.cat([ahead(steps)[0], reversed_steps(mirrored, lengths)], dim=2)
        return steps


class OneWay(nn.Module):
    """Layers of cells that read each sequence forwards; padding comes after all that counts."""

    def __init__(self, cells: Cells, inputs: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        between = dropout if layers > 1 else 0.0
        self.cells = cells(inputs, hidden, num_layers=layers, dropout=between, batch_first=True)

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Return (n, steps, hidden) for steps (n, steps, inputs)."""
        answers: Tensor = self.cells(steps)[0]
        return answers


class RecurrentNetwork(nn.Module):
    """Cells over the steps, then a readout; calls with steps (n, steps, channels) and lengths (n,).

    Attributes:
        multiply_adds: of a forward pass for one sequence of `length` steps, each of which uses every weight.
    """

    def __init__(self, cells: OneWay | BothWays, readout: Readout, length: int) -> None:
        super().__init__()
        self.cells = cells
        self.readout = readout
        self.multiply_adds = length * sum(weight.numel() for weight in cells.parameters())

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Return (n, outputs)."""
        steps, mask = trimmed(steps, lengths)
        features: Tensor = self.cells(steps, lengths)
        answer: Tensor = self.readout(features.transpose(1, 2), lengths, mask)
        return answer


class _Recurrent(Network):
    """Settings that RNN, GRU and LSTM share.

    Settings:
        hidden: units of a layer and direction.
        layers: layers on top of each other.
        bidirectional: whether sequences are read backwards as well.
        pooling: what stands for a sequence: its last state, the mean or maximum over its steps, or a
            learnt weighting of them; "none" answers every step.
        dropout: share of features left out between layers and before the answer.
        members: networks trained side by side, their answers averaged.
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.SEQUENCES, Form.SOUNDS)

    hidden: int = Field(default=96, ge=1)
    layers: int = Field(default=1, ge=1)
    bidirectional: bool = False
    pooling: Pooling = "last"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    members: int = Field(default=1, ge=1)

    @abstractmethod
    def cells(self) -> Cells:
        """Return PyTorch's fused module."""

    def prepare(self, cells: nn.RNNBase, length: int) -> None:
        """Set initial weights of one module of cells for sequences of about `length` steps."""
        hidden = cells.hidden_size
        for name, parameter in cells.named_parameters():
            if "weight_hh" in name:
                for gate in torch.split(parameter.data, hidden):
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                for gate in torch.split(parameter.data, hidden):
                    nn.init.xavier_uniform_(gate)
            else:
                nn.init.zeros_(parameter)

    def build(
        self,
        shape: Any,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised module, see `Network.build`; for a `SequenceShape`."""
        assert isinstance(shape, SequenceShape)
        return committee_of(lambda: self._one(shape, outputs), self.members)

    def encoder(self, inputs: int, length: int | None) -> tuple[OneWay | BothWays, int]:
        """Return initialised cells for steps of `inputs` numbers, and how many features they give a step."""
        way = BothWays if self.bidirectional else OneWay
        cells = way(self.cells(), inputs, self.hidden, self.layers, self.dropout)
        for module in cells.modules():
            if isinstance(module, nn.RNNBase):
                self.prepare(module, length or 1)
        return cells, self.hidden * (2 if self.bidirectional else 1)

    def _one(self, shape: SequenceShape, outputs: int) -> RecurrentNetwork:
        cells, width = self.encoder(shape.channels, shape.length)
        readout = Readout(width, outputs, self.pooling, self.dropout)
        return RecurrentNetwork(cells, readout, shape.length or 1)


def chrono_biases(hidden: int, length: int) -> Tensor:
    """Return gate biases (hidden,) with which a cell forgets over 1 to `length` steps.

        b = log u,    u uniform between 1 and length - 1

    Source: Tallec, Ollivier (2018), Can recurrent neural networks warp time?

    >>> bool((chrono_biases(8, 200).exp() <= 199.1).all())
    True
    """
    longest = max(2.0, length - 1.0)
    return torch.empty(hidden).uniform_(1.0, longest).log()
