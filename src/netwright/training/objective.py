"""The number that training makes small: the loss of the answers, plus penalties on the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from netwright.randomness import torch_generator
from netwright.training.augmentation import Augmentation
from netwright.training.batches import Batch
from netwright.training.losses import Loss, TargetShape
from netwright.training.mixup import Mixed, Mixup
from netwright.training.penalties import Penalty
from netwright.training.sound_augmentation import SoundAugmentation


@dataclass(frozen=True)
class Objective:
    """Loss and penalties as one number.

    A network with several members answers (rows, members, outputs); each member is trained on its
    own loss, and the members' decoded answers are averaged.

    Attributes:
        loss: of the answers.
        penalties: on the weights.
        mixup: blends the rows of a batch, or None.
        augmentation: changes the pictures or sounds of a batch, or None.
        seed: of blending and changes.
    """

    loss: Loss
    penalties: tuple[Penalty, ...] = ()
    mixup: Mixup | None = None
    augmentation: Augmentation | SoundAugmentation | None = None
    seed: int = 0

    def __call__(
        self, network: nn.Module, batch: Batch, step: int, forward: Callable[..., Tensor] | None = None
    ) -> Tensor:
        """Return the mean loss of a batch with the penalties added, a scalar.

        Args:
            network: the module in training.
            batch: some rows.
            step: updates made before.
            forward: answers in place of the network where that is faster.
        """
        answer = forward or network
        if self.augmentation is not None:
            changes = torch_generator(self.seed, "augmentation", step)
            changed = self.augmentation.change(batch.inputs[0], changes)
            batch = replace(batch, inputs=(changed, *batch.inputs[1:]))
        mixed = self._mixed(batch, step)
        if mixed is None:
            total = batch_loss(self.loss, answer(*batch.inputs), batch.target, batch.weight)
        else:
            output = answer(*mixed.inputs)
            total = mixed.loss(
                lambda target, weight: batch_loss(self.loss, output, target, weight),
                batch.target,
                batch.weight,
            )
        for penalty in self.penalties:
            total = total + penalty.value(network)
        return total

    def _mixed(self, batch: Batch, step: int) -> Mixed | None:
        """Return the batch blended with itself, None where it is not; mixup and cutmix take turns."""
        generator = torch_generator(self.seed, "mixup", step)
        cut = self.augmentation if isinstance(self.augmentation, Augmentation) else None
        if (
            cut is not None
            and cut.cutmix
            and (self.mixup is None or torch.rand((), generator=generator) < 0.5)
        ):
            return cut.mix(batch.inputs, generator)
        return None if self.mixup is None else self.mixup.mix(batch.inputs, generator)


def batch_loss(loss: Loss, output: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """Return the weighted mean loss, averaged over members if the output has a member axis."""
    if output.dim() == 3:
        members = output.shape[1]
        output = output.flatten(0, 1)
        target = target.repeat_interleave(members, dim=0)
        weight = None if weight is None else weight.repeat_interleave(members, dim=0)
    return loss.mean(output, target, weight)


def decode(loss: Loss, output: Tensor, shape: TargetShape) -> Tensor:
    """Return probabilities or predictions; those of members are averaged."""
    if output.dim() == 3:
        rows, members = output.shape[:2]
        answers = loss.decode(output.flatten(0, 1), shape)
        return answers.reshape(rows, members, *answers.shape[1:]).mean(dim=1)
    return loss.decode(output, shape)
