"""A small Transformer encoder: every word looks at all words, softmax(Q Kᵀ / √d) V."""

from __future__ import annotations

import math
from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from netwright.nets.masking import traced
from netwright.nets.readout import Readout
from netwright.nets.text_network import _TextSettings


class Attending(nn.Module):
    """Layers of self-attention over vectors with their positions added; padding is never looked at."""

    def __init__(self, dimension: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.inputs = nn.Linear(dimension, width)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, dropout, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(layers)
        )
        self.normalization = nn.LayerNorm(width)

    def forward(self, vectors: Tensor, lengths: Tensor, mask: Tensor | None) -> Tensor:
        """Return features (n, length, width) of vectors (n, length, dimension)."""
        steps = self.inputs(vectors)
        steps = self.dropout(steps + positions(steps.shape[1], steps.shape[2]).to(steps))
        # An empty text has one step of padding that is looked at: a row of nothing has no softmax.
        hidden = None if mask is None else mask == 0
        for layer in self.layers:
            if traced():
                steps = _written_out(layer, steps, hidden)
            else:
                steps = layer(steps, src_key_padding_mask=hidden)
        features: Tensor = self.normalization(steps)
        return features


def _written_out(layer: nn.Module, steps: Tensor, hidden: Tensor | None) -> Tensor:
    """Return what a layer of attention answers for steps (n, length, width), in single operations.

    PyTorch's own fixes the number of rows when it is traced.
    """
    assert isinstance(layer, nn.TransformerEncoderLayer)
    attention = layer.self_attn
    inputs = functional.linear(layer.norm1(steps), attention.in_proj_weight, attention.in_proj_bias)
    rows, length, width = steps.shape
    apart = (rows, length, attention.num_heads, width // attention.num_heads)
    query, key, value = (one.reshape(apart).transpose(1, 2) for one in inputs.chunk(3, dim=2))
    scores = query @ key.transpose(2, 3) / math.sqrt(apart[-1])
    if hidden is not None:
        scores = scores.masked_fill(hidden[:, None, None, :], float("-inf"))
    mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(rows, length, width)
    steps = steps + attention.out_proj(mixed)
    return steps + layer.linear2(functional.gelu(layer.linear1(layer.norm2(steps))))  # type: ignore[no-any-return]


def positions(length: int, width: int) -> Tensor:
    """Return waves (length, width) that tell the places of a text apart, scaled to the size of vectors.

        sin(t / 10000^(2i/d)), cos(t / 10000^(2i/d))

    Source: Vaswani et al. (2017), Attention is all you need.

    >>> positions(5, 6).shape
    torch.Size([5, 6])
    """
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angles = torch.arange(length).unsqueeze(1) * rates
    return 0.1 * torch.cat([angles.sin(), angles.cos()], dim=1)[:, :width]


class TextTransformer(_TextSettings):
    """Every word looks at all words: for longer texts and many rows; on few rows a text CNN is better.

    Settings:
        width: features of a token.
        layers: of attention.
        heads: that look side by side; `width` is a multiple of it.
        attention_dropout: share of what is left out inside the layers.

    >>> TextTransformer(width=32, heads=4).to_plain()["layers"]
    2
    """

    width: int = Field(default=96, ge=2)
    layers: int = Field(default=2, ge=1)
    heads: int = Field(default=4, ge=1)
    attention_dropout: float = Field(default=0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width ({self.width}) is no multiple of heads ({self.heads})")
        return self

    def encoder(self, dimension: int, length: int) -> tuple[nn.Module, int]:
        """Return the layers of attention."""
        return (
            Attending(dimension, self.width, self.layers, self.heads, self.attention_dropout),
            self.width,
        )

    def readout(self, width: int, outputs: int) -> Readout:
        """Return the learnt weighting of the words, then a linear layer."""
        return Readout(width, outputs, "attention", self.dropout)
