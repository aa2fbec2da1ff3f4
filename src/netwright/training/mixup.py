"""Mixup: training on blends of two rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from netwright.parts import Part


class Mixup(Part, family="mixup"):
    """Each row is blended with another of its batch, and so are their losses.

        x = λ x1 + (1 - λ) x2,    l = λ loss(z, y1) + (1 - λ) loss(z, y2),    λ ~ Beta(alpha, alpha)

    Makes a network less sure between its training rows: a regulariser for small data and many
    classes. Category codes cannot be blended; each is taken from the first row with chance λ. Of two
    sequences or sounds the shorter one is silent behind its end.

    Settings:
        alpha: how even the blends are; 0.1 to 0.4 leaves most rows almost as they are.

    Source: Zhang, Cissé, Dauphin, Lopez-Paz (2018).

    >>> generator = torch.Generator().manual_seed(0)
    >>> mixed = Mixup(0.3).mix((torch.eye(2),), generator)
    >>> bool(torch.isclose(mixed.inputs[0].sum(), torch.tensor(2.0)))
    True
    """

    summary: ClassVar[str] = "Trains on blends of two rows; for small data and many classes."
    equation: ClassVar[str] = "x = λ x1 + (1 - λ) x2,  l = λ l1 + (1 - λ) l2,  λ ~ Beta(alpha, alpha)"

    alpha: float = Field(default=0.2, gt=0, le=100)

    def mix(self, inputs: Sequence[Tensor], generator: torch.Generator) -> Mixed:
        """Return a batch blended with a shuffled copy of itself.

        Args:
            inputs: the batch's tensors; the first axis of each counts rows. Real numbers are
                blended, whole numbers (codes) are taken from either row; of lengths (n,) the larger is.
            generator: on the CPU; gives λ, the order and the choice of codes.
        """
        share = blend_share(self.alpha, generator)
        order = torch.randperm(len(inputs[0]), generator=generator)
        mixed = tuple(_blend(values, order.to(values.device), share, generator) for values in inputs)
        return Mixed(mixed, order.to(inputs[0].device), share)


@dataclass(frozen=True)
class Mixed:
    """A blended batch.

    Attributes:
        inputs: the blended inputs.
        order: row i was blended with row order[i], (n,).
        share: λ, the share of the row itself.
    """

    inputs: tuple[Tensor, ...]
    order: Tensor
    share: float

    def loss(
        self, loss: Callable[[Tensor, Tensor | None], Tensor], target: Tensor, weight: Tensor | None = None
    ) -> Tensor:
        """Return λ · (loss against own targets) + (1 - λ) · (loss against the others').

        Args:
            loss: from targets and their weights to the mean loss of the blended rows.
            target: the targets of the batch before blending.
            weight: the rows' weights (n,), if any; each goes with its target.
        """
        own = loss(target, weight)
        others = loss(target[self.order], None if weight is None else weight[self.order])
        return self.share * own + (1 - self.share) * others


def blend_share(alpha: float, generator: torch.Generator) -> float:
    """Draw λ from Beta(alpha, alpha), as the share of one of two gamma variables."""
    shape = torch.full((2,), alpha, dtype=torch.float64)
    first, second = torch._standard_gamma(shape, generator=generator).tolist()
    return first / (first + second) if first + second > 0 else 1.0


def _blend(values: Tensor, order: Tensor, share: float, generator: torch.Generator) -> Tensor:
    if values.dtype == torch.uint8:
        values = values.float()  # bytes are the pixels of pictures, codes are longer
    if values.is_floating_point():
        return torch.lerp(values[order], values, share)
    if values.dim() == 1:
        return torch.maximum(values, values[order])  # lengths: what is blended ends with the longer one
    kept = torch.rand(values.shape, generator=generator).to(values.device) < share
    return torch.where(kept, values, values[order])
