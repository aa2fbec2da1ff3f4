"""Losses for numbers, one output a target column: squared, absolute, Huber, log-cosh."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from netwright.task import Task
from netwright.training.losses.base import Loss, TargetShape, column_means, full_precision, weighted_mean


class _NumberLoss(Loss):
    """One number a target column; the loss of a row is the average over its columns."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.REGRESSION})

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return predictions, (n,) for one target column and (n, k) for several."""
        return flat(full_precision(output))

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row, averaged over its target columns."""
        scores = full_precision(output)
        return self._losses(scores, target.view_as(scores)).mean(1)

    def mean(self, output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return the mean over rows, by weight where there are weights."""
        scores = full_precision(output)
        losses = self._losses(scores, target.view_as(scores))
        return losses.mean() if weight is None else weighted_mean(losses.mean(1), weight)

    @abstractmethod
    def _losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every number, same shape as `output`."""


class MSE(_NumberLoss):
    """Squared error: the likelihood of normal noise; answers with the mean.

        l = (z - y)²

    The usual choice for numbers. Large errors dominate, so outliers pull.

    Source: Gauss (1809); Goodfellow, Bengio, Courville (2016), section 5.5.

    >>> float(MSE().mean(torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 0.0])))
    5.0
    """

    summary: ClassVar[str] = "Numbers: squared error, answers with the mean; the usual choice."
    equation: ClassVar[str] = "l = (z - y)²"

    def mean(self, output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return the mean squared error, in one fused call without weights."""
        if weight is not None:
            return super().mean(output, target, weight)
        scores = full_precision(output)
        return functional.mse_loss(scores, target.view_as(scores))

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the mean of every target column."""
        return column_means(target, weight)

    def _losses(self, output: Tensor, target: Tensor) -> Tensor:
        return functional.mse_loss(output, target, reduction="none")


class _RobustLoss(_NumberLoss):
    """Far errors count by their size, not their square; training starts from the median."""

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the weighted median of every target column."""
        return column_quantiles(target, weight, (0.5,)).flatten()


class MAE(_RobustLoss):
    """Absolute error: the likelihood of Laplace noise; answers with the median.

        l = |z - y|

    For targets with outliers. The gradient does not shrink near the answer, so let the learning
    rate fall towards the end.

    Source: Boscovich (1757); Koenker, Bassett (1978).

    >>> float(MAE().mean(torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 0.0])))
    2.0
    """

    summary: ClassVar[str] = "Numbers with outliers: absolute error, answers with the median."
    equation: ClassVar[str] = "l = |z - y|"

    def _losses(self, output: Tensor, target: Tensor) -> Tensor:
        return functional.l1_loss(output, target, reduction="none")


class Huber(_RobustLoss):
    """Squared error near the answer, absolute error beyond delta.

        l = e² / 2                        for |e| ≤ delta,    e = z - y
        l = delta (|e| - delta / 2)       beyond

    A smooth middle between MSE and MAE.

    Settings:
        delta: where the square ends, in units of the target's standard deviation.

    Source: Huber (1964).

    >>> Huber().rows(torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 0.0]))
    tensor([0.5000, 2.5000])
    """

    summary: ClassVar[str] = "Numbers with outliers: squared near the answer, absolute beyond delta."
    equation: ClassVar[str] = "l = e² / 2 for |e| ≤ delta, else delta (|e| - delta / 2)"

    delta: float = Field(default=1.0, gt=0)

    def _losses(self, output: Tensor, target: Tensor) -> Tensor:
        return functional.huber_loss(output, target, reduction="none", delta=self.delta)


class LogCosh(_RobustLoss):
    """The logarithm of the hyperbolic cosine of the error.

        l = log cosh(z - y)

    Like Huber, but smooth in every derivative: e² / 2 near 0, |e| - log 2 far away.

    Source: Green (1990), maximum likelihood for a hyperbolic-secant noise.

    >>> LogCosh().rows(torch.tensor([[1.0], [300.0]]), torch.tensor([0.0, 0.0]))
    tensor([  0.4338, 299.3069])
    """

    summary: ClassVar[str] = "Numbers with outliers: like Huber, smooth everywhere."
    equation: ClassVar[str] = "l = log cosh(z - y)"

    def _losses(self, output: Tensor, target: Tensor) -> Tensor:
        # The same as log cosh, but cosh itself would overflow.
        error = output - target
        return error + functional.softplus(-2 * error) - math.log(2)


def flat(values: Tensor) -> Tensor:
    """Return (n,) for one column, (n, k) for several."""
    return values.squeeze(1) if values.shape[1] == 1 else values


def column_quantiles(target: Tensor, weight: Tensor | None, levels: tuple[float, ...]) -> Tensor:
    """Return the weighted quantiles of every column of a target (n,) or (n, k): (k, levels).

    >>> column_quantiles(torch.tensor([3.0, 1.0, 2.0]), None, (0.5,))
    tensor([[2.]])
    """
    table = target.reshape(len(target), -1)
    weights = torch.ones(len(table), device=table.device) if weight is None else weight
    values, order = table.sort(dim=0)
    filled = weights.double()[order].cumsum(0)
    wanted = filled[-1:] * torch.tensor(levels, dtype=torch.float64, device=table.device).unsqueeze(1)
    places = torch.searchsorted(filled.T.contiguous(), wanted.T.contiguous()).clamp_max(len(table) - 1)
    return values.T.gather(1, places)
