"""The multilayer perceptron: y = W_L a(... a(W_1 x + b_1) ...) + b_L."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor, nn

from netwright.nets.activations import ActivationName, make_activation
from netwright.nets.dropout import Dropout, StochasticDepth
from netwright.nets.embeddings import TableEmbedding, embed_numbers, embed_table
from netwright.nets.initialization import initialize, resolve_initialization
from netwright.nets.members import MemberLinear, MemberScaling
from netwright.nets.network import Network, TableShape
from netwright.nets.normalization import make_normalization

MOST_MIXTURES = 8
"""Learnt features that a number has beside its own, see `PiecewiseLinear`."""

WIDEST = 64
"""Numbers of the longest learnt vector of a category."""


class DenseBlock(nn.Module):
    """One hidden layer: dropout(a(normalisation(W x + b))), plus x where it is residual."""

    def __init__(
        self,
        linear: nn.Linear,
        normalization: nn.Module,
        activation: nn.Module,
        dropout: float = 0.0,
        residual: bool = False,
        depth_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.linear = linear
        self.normalization = normalization
        self.activation = activation
        self.dropout = Dropout(dropout) if dropout else nn.Identity()
        self.depth = StochasticDepth(depth_dropout) if residual and depth_dropout else nn.Identity()
        self.residual = residual

    def forward(self, features: Tensor) -> Tensor:
        """Return (..., units) for features (..., inputs)."""
        hidden: Tensor = self.dropout(self.activation(self.normalization(self.linear(features))))
        return features + self.depth(hidden) if self.residual else hidden


class DenseNetwork(nn.Module):
    """The module that `MLP` builds: an embedding, hidden blocks, an output layer.

    Attributes:
        members: how many networks are trained as one; with more than one the outputs have an axis for them.
    """

    def __init__(
        self,
        embedding: TableEmbedding,
        hidden: Sequence[DenseBlock],
        output: nn.Linear | MemberLinear,
        scaling: MemberScaling | None = None,
    ) -> None:
        super().__init__()
        self.members = 1 if scaling is None else len(scaling.scaling)
        self.embedding = embedding
        self.scaling = scaling if scaling is not None else nn.Identity()
        self.hidden = nn.Sequential(*hidden)
        self.output = output

    def forward(self, numbers: Tensor, codes: Tensor | None = None) -> Tensor:
        """Return (rows, outputs), or (rows, members, outputs), for prepared rows."""
        features = self.scaling(self.embedding(numbers, codes))
        return self.output(self.hidden(features))  # type: ignore[no-any-return]


class MLP(Network):
    """A multilayer perceptron.

    Attributes:
        hidden: the units of every hidden layer; none at all gives a linear model.
        activation: a name from `ACTIVATIONS`.
        normalization: a name from `NORMALIZATIONS`, between each linear layer and its activation.
        dropout: the share of hidden units left out at every training step.
        initialization: a name from `INITIALIZATIONS`; "auto" follows the activation.
        zero_output: whether the output layer starts at zero.
        number_embedding: numbers as they are, or enriched; see `PiecewiseLinear` and `Periodic`.
        bins: the most bins of a column, for "piecewise_linear".
        distinct: a column of more values than bins, but no more than these, has an edge at each all the same.
        frequencies: the waves of a column, for "periodic".
        frequency_scale: the standard deviation of the initial frequencies, for "periodic".
        category_embedding: one-hot vectors, learnt vectors, or by size.
        members: how many networks are trained as one, see `MemberScaling`.
        residual: whether layers as wide as the one before add their output to their input.
        stochastic_depth: the share of rows for which the last residual layer is left out; earlier ones less.

    >>> MLP(hidden=(64, 64), dropout=0.2).to_plain()["hidden"]
    [64, 64]
    """

    hidden: tuple[int, ...] = (256, 256)
    activation: ActivationName = "relu"
    normalization: Literal["none", "batch", "layer", "group", "rms"] = "none"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    initialization: str = "auto"
    zero_output: bool = False
    number_embedding: Literal["none", "piecewise_linear", "periodic"] = "none"
    bins: int = Field(default=48, ge=2)
    distinct: int = Field(default=0, ge=0)
    frequencies: int = Field(default=16, ge=1)
    frequency_scale: float = Field(default=0.1, gt=0)
    category_embedding: Literal["auto", "one_hot", "learned"] = "auto"
    members: int = Field(default=1, ge=1)
    residual: bool = False
    stochastic_depth: float = Field(default=0.0, ge=0, lt=1)

    @field_validator("hidden")
    @classmethod
    def _at_least_one_unit(cls, hidden: tuple[int, ...]) -> tuple[int, ...]:
        if any(units < 1 for units in hidden):
            raise ValueError("every hidden layer needs at least 1 unit")
        return hidden

    @field_validator("initialization")
    @classmethod
    def _known_initialization(cls, name: str) -> str:
        resolve_initialization(name, activation="relu")
        return name

    @model_validator(mode="after")
    def _possible_together(self) -> Self:
        for number, units in enumerate(self.hidden):
            make_normalization(self.normalization, units, f"hidden.{number}")
        if self.residual and not any(self._shortcuts()):
            raise ValueError("residual needs a hidden layer as wide as the one before it")
        if self.stochastic_depth and not self.residual:
            raise ValueError("stochastic_depth leaves residual layers out: it needs residual=true")
        return self

    def build(
        self,
        shape: TableShape,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> DenseNetwork:
        """Return a fresh, initialised `DenseNetwork`, see `Network.build`.

        >>> network = MLP(hidden=(8, 4)).build(TableShape(numbers=3, cardinalities=(5,)), outputs=2)
        >>> network(torch.zeros(10, 3), torch.zeros(10, 1, dtype=torch.int64)).shape
        torch.Size([10, 2])
        """
        numbers = embed_numbers(
            self.number_embedding,
            shape.numbers,
            sample,
            bins=self.bins,
            distinct=self.distinct,
            frequencies=self.frequencies,
            frequency_scale=self.frequency_scale,
            generator=generator,
        )
        embedding = embed_table(numbers, shape, self.category_embedding, generator)
        scaling = MemberScaling(self.members, embedding.width, generator) if self.members > 1 else None
        last = self.hidden[-1] if self.hidden else embedding.width
        output = MemberLinear(self.members, last, outputs) if self.members > 1 else nn.Linear(last, outputs)
        network = DenseNetwork(embedding, self._blocks(embedding.width), output, scaling)
        initialize(
            network,
            self.initialization,
            activation=self.activation,
            sample=sample,
            zero_output=self.zero_output,
            generator=generator,
        )
        return network

    def most_bytes(self, shape: TableShape, outputs: int, rows: int) -> int:
        """Return a generous bound of the memory of a training step in bytes; nothing is built.

        Drawing the outline of a network takes a second, which small ones need not spend.

        Args:
            shape: the columns that it reads.
            outputs: how many values it returns for a row.
            rows: of a batch.

        >>> 5e6 < MLP().most_bytes(TableShape(numbers=10, cardinalities=()), outputs=1, rows=128) < 5e7
        True
        """
        details = max(self.bins, self.distinct, self.frequencies)
        width = shape.numbers * (1 + MOST_MIXTURES) + sum(max(codes, WIDEST) for codes in shape.cardinalities)
        inputs = [width, *self.hidden]
        weights = shape.numbers * details * MOST_MIXTURES + sum(shape.cardinalities) * WIDEST
        weights += sum(before * after for before, after in zip(inputs, self.hidden, strict=False))
        weights += self.members * (width + inputs[-1] * outputs) + sum(self.hidden)
        values = self.members * (width + 6 * sum(self.hidden) + outputs) + 4 * shape.numbers * details
        # Weights, gradients and two averages of Adam's; values in 32 bits and a copy of them in 16.
        return 4 * (5 * weights + 2 * rows * values)

    def _shortcuts(self) -> list[bool]:
        """Return for every hidden layer whether it is residual."""
        same = [False, *(a == b for a, b in zip(self.hidden, self.hidden[1:], strict=False))]
        return [self.residual and equal for equal in same[: len(self.hidden)]]

    def _blocks(self, width: int) -> list[DenseBlock]:
        depth = max(1, len(self.hidden) - 1)
        inputs = [width, *self.hidden]
        return [
            DenseBlock(
                nn.Linear(inputs[number], units),
                make_normalization(self.normalization, units, f"hidden.{number}"),
                make_activation(self.activation),
                self.dropout,
                shortcut,
                # Later layers are left out more often: rate p l / L for layer l of L (Huang et al. 2016).
                self.stochastic_depth * number / depth,
            )
            for number, (units, shortcut) in enumerate(zip(self.hidden, self._shortcuts(), strict=True))
        ]
