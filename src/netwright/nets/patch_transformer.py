"""The patch Transformer: a window is cut into patches, which attend to each other."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from netwright.data.shapes import WindowShape
from netwright.nets.forecasting import _WindowNetwork


class PatchEncoder(nn.Module):
    """Patches of a window through a Transformer encoder; all of them together give the answer."""

    def __init__(self, lookback: int, outputs: int, settings: PatchTransformer) -> None:
        super().__init__()
        self.patch = min(settings.patch, lookback)
        self.stride = min(settings.stride, self.patch)
        self.lack = -(lookback - self.patch) % self.stride
        patches = (lookback + self.lack - self.patch) // self.stride + 1
        # By their places: a graph for any number of rows cannot tell the sizes that unfolding asks for.
        steps = torch.arange(patches).unsqueeze(1) * self.stride + torch.arange(self.patch)
        self.register_buffer("steps", steps, persistent=False)
        width = settings.width
        self.embedding = nn.Linear(self.patch, width)
        self.place = nn.Parameter(0.02 * torch.randn(patches, width))
        layer = nn.TransformerEncoderLayer(
            width,
            settings.heads,
            2 * width,
            settings.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(
            layer, settings.layers, norm=nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(patches * width, outputs)

    def forward(self, window: Tensor) -> Tensor:
        """Return (n, outputs) for windows (n, lookback)."""
        # The oldest value is repeated until the window holds a whole number of strides.
        wide = window
        if self.lack:
            wide = torch.cat([window[:, :1].expand(-1, self.lack), window], dim=1)
        patches = wide[:, self.get_buffer("steps")]
        features = self.encoder(self.dropout(self.embedding(patches) + self.place))
        answer: Tensor = self.output(self.dropout(features.flatten(1)))
        return answer


class PatchTransformer(_WindowNetwork):
    """A Transformer encoder over overlapping patches of the window.

        Attention(Q, K, V) = softmax(Q Kᵀ / √d) V

    Settings:
        patch: steps of a patch.
        stride: steps from patch to patch.
        width: numbers that stand for a patch.
        heads: attention heads of a layer.
        layers: encoder layers.
        dropout: share of features left out.

    Source: Nie et al. (2023), A time series is worth 64 words; Vaswani et al. (2017).

    >>> network = PatchTransformer(width=8, heads=2).build(WindowShape(lookback=24, horizon=6), outputs=6)
    >>> network(torch.ones(4, 24), torch.zeros(4, 30, 0), torch.zeros(4, 0)).shape
    torch.Size([4, 6])
    """

    patch: int = Field(default=16, ge=2)
    stride: int = Field(default=8, ge=1)
    width: int = Field(default=32, ge=2)
    heads: int = Field(default=4, ge=1)
    layers: int = Field(default=2, ge=1)
    dropout: float = Field(default=0.2, ge=0, lt=1)

    def core(self, shape: WindowShape, outputs: int) -> nn.Module:
        """Return the encoder with its answer."""
        return PatchEncoder(shape.lookback, outputs, self)
