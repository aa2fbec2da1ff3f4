"""A loss for answers at every step of sequences; padding never counts."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from netwright.task import Task
from netwright.training.losses.base import Loss, TargetShape


class _PerStep(Loss):
    """The mean of another loss over all steps that are there.

    Targets are float (n, length), NaN behind the end of a sequence; outputs (n, length · outputs), of
    which the length may be cut behind the longest sequence of the batch.

    Settings:
        loss: of one step.
        width: outputs of one step.
        several: whether targets are numbers of several classes.
    """

    summary: ClassVar[str] = "Another loss at every step of a sequence."
    equation: ClassVar[str] = "l = mean over steps that are there"
    tasks: ClassVar[frozenset[Task]] = frozenset(Task)

    loss: Loss
    width: int
    several: bool = False

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every step that is there, sequence by sequence."""
        scores, labels = self.steps(output, target)
        return self.loss.rows(scores, labels)

    def mean(self, output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return the mean over the steps that are there; each counts by the weight of its sequence."""
        scores, labels = self.steps(output, target)
        if weight is None:
            return self.loss.mean(scores, labels)
        there = ~target.isnan()
        return self.loss.mean(scores, labels, weight.unsqueeze(1).expand_as(target)[there])

    def steps(self, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return outputs and targets of the steps that are there, (steps, width) and (steps,)."""
        scores = output.reshape(len(output), -1, self.width)
        there = ~target.isnan()
        assert not bool(there[:, scores.shape[1] :].any()), "answers were cut before the end of a sequence"
        there = there[:, : scores.shape[1]]
        labels = target[:, : scores.shape[1]][there]
        return scores[there], labels.long() if self.several else labels

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return what the loss of a step decodes, (n · length, ...)."""
        return self.loss.decode(torch.reshape(output, (-1, self.width)), shape)
