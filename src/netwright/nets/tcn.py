"""The temporal convolutional network: dilated convolutions over the steps, each layer sees twice as far."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.nets.committee import committee_of
from netwright.nets.masking import MaskedBatchNorm, hidden_behind, trimmed
from netwright.nets.network import Network, SequenceShape
from netwright.nets.readout import Pooling, Readout

MOST_LAYERS = 10


class DilatedBlock(nn.Module):
    """Two dilated convolutions with normalisation, and a shortcut: y = relu(x + f(x))."""

    def __init__(self, inputs: int, width: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        reach = dilation * (kernel - 1) // 2
        self.first = nn.Conv1d(inputs, width, kernel, padding=reach, dilation=dilation, bias=False)
        self.second = nn.Conv1d(width, width, kernel, padding=reach, dilation=dilation, bias=False)
        self.first_norm = MaskedBatchNorm(width)
        self.second_norm = MaskedBatchNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.shortcut = nn.Identity() if inputs == width else nn.Conv1d(inputs, width, 1)

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return (n, width, steps) for features (n, inputs, steps) that are zero in the padding."""
        hidden = torch.relu(self.first_norm(self.first(features), mask))
        hidden = self.second_norm(self.second(self.dropout(hidden)), mask)
        return hidden_behind(torch.relu(hidden + self.shortcut(features)), mask)


class TemporalConvolution(nn.Module):
    """The module that `TCN` builds; calls with steps (n, steps, channels) and lengths (n,)."""

    def __init__(self, blocks: list[DilatedBlock], readout: Readout) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.readout = readout

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Return (n, outputs)."""
        steps, mask = trimmed(steps, lengths)
        features = steps.transpose(1, 2)
        for block in self.blocks:
            features = block(features, mask)
        answer: Tensor = self.readout(features, lengths, mask)
        return answer


class TCN(Network):
    """A temporal convolutional network with shortcuts; layer l looks 2^l steps apart.

    Settings:
        width: features of a layer.
        kernel: steps that a convolution reads, odd and 3 or more.
        layers: blocks; "auto" takes as many as it needs to see the whole of the data's length.
        pooling: what stands for a sequence; "none" answers every step.
        dropout: share of features left out.
        members: networks trained side by side, their answers averaged.

    Source: Bai, Kolter, Koltun (2018); Wang, Yan, Oates (2017).

    >>> network = TCN(width=8, layers=2).build(SequenceShape(channels=3, length=20), outputs=2)
    >>> network(torch.zeros(4, 20, 3), torch.tensor([20, 5, 1, 7])).shape
    torch.Size([4, 2])
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.SEQUENCES, Form.SOUNDS)

    width: int = Field(default=64, ge=1)
    kernel: int = Field(default=5, ge=3)
    layers: Annotated[int, Field(ge=1, le=MOST_LAYERS)] | Literal["auto"] = "auto"
    pooling: Pooling = "mean"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    members: int = Field(default=1, ge=1)

    @field_validator("kernel")
    @classmethod
    def _odd(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError("kernel has to be odd, so that it has a middle")
        return kernel

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

    def _one(self, shape: SequenceShape, outputs: int) -> TemporalConvolution:
        widths = [shape.channels] + [self.width] * self._layers(shape.length)
        blocks = [
            DilatedBlock(inputs, self.width, self.kernel, 2**number, self.dropout)
            for number, inputs in enumerate(widths[:-1])
        ]
        return TemporalConvolution(blocks, Readout(self.width, outputs, self.pooling, self.dropout))

    def _layers(self, length: int | None) -> int:
        if isinstance(self.layers, int):
            return self.layers
        # Two convolutions with dilation 2^l see 2 (kernel - 1) 2^l steps further: 2^layers of them in all.
        needed = math.log2(max(2.0, (length or 64) / (2 * (self.kernel - 1))))
        return min(MOST_LAYERS, max(2, math.ceil(needed)))
