"""Cross-entropy of logits shifted by base rates: rare classes are learnt as if all were as frequent."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor
from torch.nn import functional

from netwright.task import Task
from netwright.training.losses.base import TargetShape, full_precision
from netwright.training.losses.classification import _ProbabilityLoss, class_counts


class LogitAdjusted(_ProbabilityLoss):
    """Cross-entropy of logits to which tau · log(base rate) is added while training.

        l = -log softmax(z + tau · log π)[y]

    The shift carries what the base rates say, so that the network's own logits say the rest: its answers
    are those for classes of equal frequency, which minimises the balanced error. Rows are neither repeated
    nor weighted. Probabilities are then higher for rare classes than their frequency warrants.

    Settings:
        tau: how much of the base rates is taken away, 1 for all.
        shares: the base rate of each class; taken from the training rows when left out.

    Source: Menon et al., "Long-tail learning via logit adjustment", 2021.

    >>> loss = LogitAdjusted(shares=(0.9, 0.1))
    >>> even = loss.mean(torch.zeros(2, 1), torch.tensor([0.0, 1.0]))
    >>> bool(loss.rows(torch.zeros(1, 1), torch.tensor([1.0])) > even)
    True
    """

    summary: ClassVar[str] = "Classes of very different frequency: minimises the balanced error."
    equation: ClassVar[str] = "l = -log softmax(z + tau · log π)[y]"

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.BINARY, Task.MULTICLASS})

    tau: float = Field(default=1.0, gt=0)
    shares: tuple[PositiveFloat, ...] | None = None

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row."""
        scores = full_precision(output)
        shift = self._shift(scores)
        if not target.is_floating_point():
            return functional.cross_entropy(scores + shift, target, reduction="none")
        labels = target.view_as(scores)
        return functional.binary_cross_entropy_with_logits(scores + shift, labels, reduction="none").mean(1)

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the logits of the base rates without what the shift adds."""
        bias = super().initial_bias(target, weight, shape)
        return None if bias is None else bias - self._shift(bias).reshape(bias.shape)

    def fitted(self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None) -> Self:
        """Return the loss with the base rates of these training targets."""
        if self.shares is not None:
            return self
        classes = shape.classes if shape else 0
        counts = class_counts(target.flatten().long(), weight, max(classes, 2)).clamp_min(0.5)
        return self.edited(shares=tuple((counts / counts.sum()).tolist()))

    def _shift(self, scores: Tensor) -> Tensor:
        """Return tau · log π for each class; with one output, for the second class against the first."""
        shares = torch.tensor(self.shares or (0.5, 0.5), dtype=scores.dtype, device=scores.device)
        if scores.shape[-1] == 1:
            return self.tau * (shares[1:] / shares[:1]).log()
        return self.tau * shares.log() if self.shares else torch.zeros_like(scores[..., :1])
