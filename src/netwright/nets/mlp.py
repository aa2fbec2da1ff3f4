"""The multilayer perceptron: y = W_L a(... a(W_1 x + b_1) ...) + b_L."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from netwright.nets.activations import make_activation
from netwright.nets.embeddings import TableEmbedding
from netwright.nets.network import Network, TableShape


class DenseBlock(nn.Module):
    """One hidden layer: dropout(activation(normalization(W x + b)))."""

    def __init__(
        self, inputs: int, units: int, normalization: nn.Module, activation: nn.Module, dropout: float
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, units)
        self.normalization = normalization
        self.activation = activation
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        """Return (rows, units) for features (rows, inputs)."""
        hidden: Tensor = self.activation(self.normalization(self.linear(features)))
        return self.dropout(hidden)  # type: ignore[no-any-return]


class DenseNetwork(nn.Module):
    """The module that `MLP` builds: an embedding, hidden blocks, an output layer."""

    members = 1

    def __init__(self, embedding: TableEmbedding, hidden: list[DenseBlock], output: nn.Linear) -> None:
        super().__init__()
        self.embedding = embedding
        self.hidden = nn.Sequential(*hidden)
        self.output = output

    def forward(self, numbers: Tensor, codes: Tensor | None = None) -> Tensor:
        """Return the outputs (rows, outputs) of prepared rows."""
        return self.output(self.hidden(self.embedding(numbers, codes)))  # type: ignore[no-any-return]


class MLP(Network):
    """A multilayer perceptron: dense layers, each followed by normalisation, activation and dropout."""

    hidden: tuple[int, ...] = (256, 256)
    activation: str = "relu"
    normalization: Literal["none", "batch", "layer"] = "none"
    dropout: float = Field(default=0.1, ge=0, lt=1)

    @field_validator("hidden")
    @classmethod
    def _at_least_one_unit(cls, hidden: tuple[int, ...]) -> tuple[int, ...]:
        if any(units < 1 for units in hidden):
            raise ValueError("every hidden layer needs at least 1 unit")
        return hidden

    @field_validator("activation")
    @classmethod
    def _known_activation(cls, name: str) -> str:
        make_activation(name)
        return name

    def build(
        self,
        shape: TableShape,
        outputs: int,
        sample: tuple[Tensor, ...],
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh `DenseNetwork`, see `Network.build`."""
        embedding = TableEmbedding(shape)
        sizes = [embedding.width, *self.hidden]
        blocks = [
            DenseBlock(inputs, units, self._normalization(units), make_activation(self.activation), self.dropout)
            for inputs, units in zip(sizes[:-1], sizes[1:], strict=True)
        ]
        return DenseNetwork(embedding, blocks, nn.Linear(sizes[-1], outputs))

    def _normalization(self, units: int) -> nn.Module:
        choices = {"none": nn.Identity, "batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
        return nn.Identity() if self.normalization == "none" else choices[self.normalization](units)
