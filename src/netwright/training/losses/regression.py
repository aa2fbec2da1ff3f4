"""Losses for numbers, one output a target column: squared, absolute, Huber, log-cosh."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from netwright.task import Task
from netwright.training.losses.base import Loss, TargetShape, column_means, full_precision


class _NumberLoss(Loss):
    """One number a target column; several columns are averaged."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.REGRESSION})

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return predictions, (n,) for one target column and (n, k) for several."""
        return flat(full_precision(output))

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row, averaged over its target columns."""
        scores = full_precision(output)
        return self._errors(scores, target.view_as(scores)).mean(1)

    def mean(self, output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return the mean over rows, by weight where there are weights."""
        if weight is not None:
            return super().mean(output, target, weight)
        scores = full_precision(output)
        return self._errors(scores, target.view_as(scores)).mean()

    def _errors(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every number, same shape as `output`."""
        raise NotImplementedError


class MSE(_NumberLoss):
    """Squared error: the likelihood of normal noise; answers with the mean.

        l = (z - y)²

    The usual choice for numbers; large errors dominate, so outliers pull.

    Source: Gauss (1809); Goodfellow, Bengio, Courville (2016), section 5.5.

    >>> import torch
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

    def _errors(self, output: Tensor, target: Tensor) -> Tensor:
        return functional.mse_loss(output, target, reduction="none")


def flat(values: Tensor) -> Tensor:
    """Return (n,) for one column, (n, k) for several."""
    return values.squeeze(1) if values.shape[1] == 1 else values
