"""Penalties on the size of the weights, added to the loss; biases and normalisation go free."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from netwright.parts import Part
from netwright.training.optimizers.groups import decaying


class Penalty(Part, family="penalty"):
    """A price on large weights, over the same weights that weight decay applies to.

    For decay that is not part of the loss, see the optimizers' `weight_decay`.
    """

    summary: ClassVar[str]
    equation: ClassVar[str]

    @abstractmethod
    def of(self, weight: Tensor) -> Tensor:
        """Return the price of one weight tensor, a scalar."""

    def value(self, network: nn.Module) -> Tensor:
        """Return the price of all weights of a network, a scalar with gradient; 0 without weights."""
        return self.total(decaying(network))

    def total(self, weights: Iterable[Tensor]) -> Tensor:
        """Return the price of some weight tensors together, a scalar."""
        prices = [self.of(weight) for weight in weights]
        return torch.stack(prices).sum() if prices else torch.zeros(())


class L1(Penalty):
    """The lasso: strength · sum |w|; its gradient, strength · sign(w), drives weights to zero.

    For networks in which few inputs should matter. The gradient at w = 0 is taken as 0.

    Settings:
        strength: price of a unit of weight; usual 1e-6 to 1e-3.

    Source: Tibshirani (1996).

    >>> float(L1(0.5).of(torch.tensor([[1.0, -3.0]])))
    2.0
    """

    summary: ClassVar[str] = "Drives weights to zero, so that few inputs matter."
    equation: ClassVar[str] = "R = strength · sum |w|"

    strength: float = Field(ge=0)

    def of(self, weight: Tensor) -> Tensor:
        """Return strength · sum |w|."""
        return self.strength * weight.abs().sum()


class L2(Penalty):
    """Ridge: strength · sum w², with no factor 1/2; its gradient is 2 · strength · w.

    Keeps weights small and answers smooth. With plain SGD it equals `weight_decay` of twice the
    strength; with Adam it does not, and decoupled decay (`AdamW`) is the better choice.

    Settings:
        strength: price of a unit of squared weight; usual 1e-6 to 1e-3.

    Source: Hoerl, Kennard (1970); Krogh, Hertz (1991).

    >>> float(L2(0.5).of(torch.tensor([[1.0, -3.0]])))
    5.0
    """

    summary: ClassVar[str] = "Keeps weights small and answers smooth."
    equation: ClassVar[str] = "R = strength · sum w²"

    strength: float = Field(ge=0)

    def of(self, weight: Tensor) -> Tensor:
        """Return strength · sum w²."""
        return self.strength * weight.square().sum()


class ElasticNet(Penalty):
    """A mixture of L1 and L2: strength · (ratio · sum |w| + (1 - ratio) · sum w²).

    Where single weights should vanish but groups of related ones stay together.

    Settings:
        strength: price of the weights; usual 1e-6 to 1e-3.
        ratio: share of L1, from 0 (all L2) to 1 (all L1).

    Source: Zou, Hastie (2005).

    >>> float(ElasticNet(0.5, ratio=0.5).of(torch.tensor([[1.0, -3.0]])))
    3.5
    """

    summary: ClassVar[str] = "A mixture of L1 and L2."
    equation: ClassVar[str] = "R = strength · (ratio · sum |w| + (1 - ratio) · sum w²)"

    strength: float = Field(ge=0)
    ratio: float = Field(default=0.5, ge=0, le=1)

    def of(self, weight: Tensor) -> Tensor:
        """Return strength · (ratio · sum |w| + (1 - ratio) · sum w²)."""
        return self.strength * (self.ratio * weight.abs().sum() + (1 - self.ratio) * weight.square().sum())
