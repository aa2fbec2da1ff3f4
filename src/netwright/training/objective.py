"""The number that training makes small: the loss of the answers, plus penalties on the weights."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from netwright.training.batches import Batch
from netwright.training.losses import Loss
from netwright.training.penalties import Penalty


@dataclass(frozen=True)
class Objective:
    """Loss and penalties as one number.

    A network with several members answers (rows, members, outputs); each member is trained on its
    own loss, and the members' decoded answers are averaged.
    """

    loss: Loss
    penalties: tuple[Penalty, ...] = ()

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of the batch with the penalties added, a scalar."""
        total = batch_loss(self.loss, network(*batch.inputs), batch.target, batch.weight)
        for penalty in self.penalties:
            total = total + penalty.value(network)
        return total


def batch_loss(loss: Loss, output: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """Return the weighted mean loss, averaged over members if the output has a member axis."""
    if output.dim() == 3:
        members = output.shape[1]
        output = output.flatten(0, 1)
        target = target.repeat_interleave(members, dim=0)
        weight = None if weight is None else weight.repeat_interleave(members, dim=0)
    return loss.mean(output, target, weight)


def decode(loss: Loss, output: Tensor) -> Tensor:
    """Return probabilities or predictions; those of members are averaged."""
    if output.dim() == 3:
        rows, members = output.shape[:2]
        answers = loss.decode(output.flatten(0, 1))
        return answers.unflatten(0, (rows, members)).mean(dim=1)
    return loss.decode(output)
