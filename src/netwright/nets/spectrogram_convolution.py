"""The spectrogram convolution: h = maxpool(relu(norm(W * x))), over time and frequency."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.items import Form
from netwright.nets.committee import committee_of
from netwright.nets.masking import MaskedBatchNorm, step_mask, trimmed
from netwright.nets.network import Network, SequenceShape
from netwright.nets.readout import Pooling, Readout


class SpectrogramBlock(nn.Module):
    """Convolution over time and frequency, normalisation, activation, and every second value of both kept."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, width, 3, padding=1, bias=False)
        self.norm = MaskedBatchNorm(width)

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return (n, width, half the steps, half the bands) for features (n, inputs, steps, bands)."""
        hidden = self.convolution(features)
        every = None if mask is None else mask.repeat_interleave(hidden.shape[3], dim=1)
        hidden = torch.relu(self.norm(hidden.flatten(2), every)).reshape(hidden.shape)
        # The padding holds zeros, which are never larger than what stands beside them.
        return functional.max_pool2d(hidden, 2, ceil_mode=True)


class SpectrogramNetwork(nn.Module):
    """What `SpectrogramConvolution` builds; calls with steps (n, steps, bands) and lengths (n,)."""

    def __init__(self, blocks: list[SpectrogramBlock], dropout: float, readout: Readout) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.dropout = nn.Dropout2d(dropout)
        self.readout = readout

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Return (n, outputs)."""
        steps, mask = trimmed(steps, lengths)
        features = steps.unsqueeze(1)
        for block in self.blocks:
            features = block(features, mask)
            lengths = (lengths + 1) // 2
            mask = step_mask(lengths, features.shape[2])
            features = self._clean(self.dropout(features), mask)
        # One vector a step: the bands that are left lie side by side.
        vectors = features.transpose(2, 3).flatten(1, 2)
        answer: Tensor = self.readout(vectors, lengths, mask)
        return answer

    @staticmethod
    def _clean(features: Tensor, mask: Tensor | None) -> Tensor:
        return features if mask is None else features * mask[:, None, :, None]


class SpectrogramConvolution(Network):
    """Convolutions over time and frequency, pooled over time: what is heard, whenever it comes.

        h = maxpool(relu(norm(W * x)))

    Settings:
        widths: features of each block; each block halves steps and bands.
        pooling: what stands for a sound.
        dropout: share of features left out.
        members: networks trained side by side, their answers averaged.

    Source: LeCun et al. (1998) for the convolution; Abdel-Hamid et al. (2014) for speech.

    >>> network = SpectrogramConvolution(widths=(4, 8)).build(SequenceShape(channels=40), outputs=10)
    >>> network(torch.zeros(3, 50, 40), torch.tensor([50, 20, 1])).shape
    torch.Size([3, 10])
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.SOUNDS,)

    widths: tuple[int, ...] = (16, 32, 64, 128)
    pooling: Pooling = "max"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    members: int = Field(default=1, ge=1)

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

    def _one(self, shape: SequenceShape, outputs: int) -> SpectrogramNetwork:
        inputs = (1, *self.widths)
        blocks = [SpectrogramBlock(before, width) for before, width in zip(inputs, self.widths, strict=False)]
        bands = shape.channels
        for _ in self.widths:
            bands = (bands + 1) // 2
        readout = Readout(self.widths[-1] * bands, outputs, self.pooling, self.dropout)
        return SpectrogramNetwork(blocks, self.dropout, readout)
