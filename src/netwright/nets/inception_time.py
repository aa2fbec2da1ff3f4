"""InceptionTime: convolutions of several lengths side by side, for whole sequences."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.nets.committee import committee_of
from netwright.nets.masking import MaskedBatchNorm, hidden_behind, masked_max_pool, trimmed
from netwright.nets.network import Network, SequenceShape
from netwright.nets.readout import Pooling, Readout

SHORTCUT_EVERY = 3
POOL_WIDTH = 3


class InceptionModule(nn.Module):
    """Convolutions of three lengths and a pooled one, side by side, normalised together."""

    def __init__(self, inputs: int, filters: int, kernels: tuple[int, ...]) -> None:
        super().__init__()
        narrow = filters if inputs > 1 else 1
        self.bottleneck = nn.Conv1d(inputs, filters, 1, bias=False) if inputs > 1 else nn.Identity()
        self.convolutions = nn.ModuleList(
            nn.Conv1d(narrow, filters, kernel, padding=kernel // 2, bias=False) for kernel in kernels
        )
        self.pooled = nn.Conv1d(inputs, filters, 1, bias=False)
        self.norm = MaskedBatchNorm(filters * (len(kernels) + 1))

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return (n, filters · (kernels + 1), steps) for features (n, inputs, steps), zero in the padding."""
        narrow = self.bottleneck(features)
        branches = [convolution(narrow) for convolution in self.convolutions]
        branches.append(self.pooled(masked_max_pool(features, mask, POOL_WIDTH)))
        normalised: Tensor = self.norm(torch.cat(branches, dim=1), mask)
        return normalised


class InceptionNetwork(nn.Module):
    """The module that `InceptionTime` builds; calls with steps (n, steps, channels) and lengths (n,)."""

    def __init__(
        self, channels: int, filters: int, kernels: tuple[int, ...], depth: int, readout: Readout
    ) -> None:
        super().__init__()
        width = filters * (len(kernels) + 1)
        inputs = [channels] + [width] * (depth - 1)
        self.inception = nn.ModuleList(InceptionModule(one, filters, kernels) for one in inputs)
        starts = [inputs[number] for number in range(0, depth, SHORTCUT_EVERY)]
        self.shortcuts = nn.ModuleList(nn.Conv1d(one, width, 1, bias=False) for one in starts)
        self.norms = nn.ModuleList(MaskedBatchNorm(width) for _ in starts)
        self.readout = readout

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Return (n, outputs)."""
        steps, mask = trimmed(steps, lengths)
        features = begin = steps.transpose(1, 2)
        for number, module in enumerate(self.inception):
            features = module(features, mask)
            if (number + 1) % SHORTCUT_EVERY == 0:
                group = number // SHORTCUT_EVERY
                features = features + self.norms[group](self.shortcuts[group](begin), mask)
            features = hidden_behind(torch.relu(features), mask)
            if (number + 1) % SHORTCUT_EVERY == 0:
                begin = features
        answer: Tensor = self.readout(features, lengths, mask)
        return answer


class InceptionTime(Network):
    """Convolutions of several lengths side by side, in layers with shortcuts; several members, averaged.

    Settings:
        filters: features of each convolution.
        kernels: steps that the convolutions read, odd; those longer than the data are shortened.
        depth: layers, a multiple of 3.
        pooling: what stands for a sequence; "none" answers every step.
        dropout: share of features left out before the answer.
        members: networks trained side by side, their answers averaged.

    Source: Ismail Fawaz et al. (2020), InceptionTime.

    >>> network = InceptionTime(filters=4, depth=3).build(SequenceShape(channels=3, length=20), outputs=2)
    >>> network(torch.zeros(4, 20, 3), torch.tensor([20, 5, 1, 7])).shape
    torch.Size([4, 5, 2])
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.SEQUENCES, Form.SOUNDS)

    filters: int = Field(default=32, ge=1)
    kernels: tuple[int, ...] = (9, 19, 39)
    depth: int = Field(default=6, ge=3, multiple_of=3)
    pooling: Pooling = "mean"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    members: int = Field(default=5, ge=1)

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

    def _one(self, shape: SequenceShape, outputs: int) -> InceptionNetwork:
        longest = max(3, (shape.length or max(self.kernels)) // 2)
        kernels = tuple(min(kernel, longest) // 2 * 2 + 1 for kernel in self.kernels)
        width = self.filters * (len(kernels) + 1)
        readout = Readout(width, outputs, self.pooling, self.dropout)
        return InceptionNetwork(shape.channels, self.filters, kernels, self.depth, readout)
