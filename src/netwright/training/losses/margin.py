"""Losses that ask for a margin instead of probabilities: hinge and squared hinge."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from netwright.task import Task
from netwright.training.losses.base import Loss, TargetShape, full_precision


class _MarginLoss(Loss):
    """Scores in, margins out: the true class has to win by 1; there are no probabilities."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.BINARY, Task.MULTICLASS})
    standardize_target: ClassVar[bool] = False

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row; over many classes the sum divided by their number."""
        scores = full_precision(output)
        if target.is_floating_point():
            signs = 2 * target.view_as(scores) - 1
            return self._price(1 - signs * scores).squeeze(1)
        index = target.unsqueeze(1)
        shortfall = 1 - scores.gather(1, index) + scores
        return self._price(shortfall).scatter(1, index, 0.0).sum(1) / scores.shape[1]

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return class scores (n, classes): the largest wins; they are not probabilities."""
        scores = full_precision(output)
        return torch.cat([-scores, scores], dim=1) if scores.shape[1] == 1 else scores

    @abstractmethod
    def _price(self, shortfall: Tensor) -> Tensor:
        """Return the loss of what is missing to the margin; nothing where it is kept."""


class Hinge(_MarginLoss):
    """The loss of support vector machines: linear in what is missing to a margin of 1.

        two classes   l = max(0, 1 - s z),    s = -1 or 1
        many classes  l = sum over j ≠ y of max(0, 1 - z[y] + z[j]) / classes

    Where only the decision matters. Rows beyond the margin no longer count, and the scores are no
    probabilities: use CrossEntropy where these are wanted.

    Source: Cortes, Vapnik (1995); Weston, Watkins (1999).

    >>> Hinge().rows(torch.tensor([[2.0], [0.5]]), torch.tensor([1.0, 1.0]))
    tensor([0.0000, 0.5000])
    """

    summary: ClassVar[str] = "Classes by margin, without probabilities: the support vector loss."
    equation: ClassVar[str] = "l = max(0, 1 - s z)"

    def _price(self, shortfall: Tensor) -> Tensor:
        return shortfall.relu()


class SquaredHinge(_MarginLoss):
    """The hinge loss squared: smooth, and harder on rows far on the wrong side.

        two classes   l = max(0, 1 - s z)²,    s = -1 or 1
        many classes  l = sum over j ≠ y of max(0, 1 - z[y] + z[j])² / classes

    Like Hinge, with a gradient that fades towards the margin.

    Source: Rosasco et al. (2004); Tang (2013) for networks.

    >>> SquaredHinge().rows(torch.tensor([[2.0], [0.5]]), torch.tensor([1.0, 1.0]))
    tensor([0.0000, 0.2500])
    """

    summary: ClassVar[str] = "Classes by margin, smooth: the squared support vector loss."
    equation: ClassVar[str] = "l = max(0, 1 - s z)²"

    def _price(self, shortfall: Tensor) -> Tensor:
        return shortfall.relu().square()
