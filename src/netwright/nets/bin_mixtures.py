"""Mixtures of the progress through bins, looked up instead of multiplied out.

A number in bin t has come through all bins before, through none behind, and through a fraction f of its own,
so that of a column's matrix W, one row a bin,

    progress W = Σ_{s<t} W_s + f W_t,

two rows to look up, where the product reads all of them. The gradient of the sums is a sum from the other
end. The numbers equal those of the product but for the rounding of the last bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

MANY_BINS = 128
"""From here on looking up is faster than multiplying."""


@dataclass(frozen=True)
class Lookup:
    """Where the bins of some columns begin, laid out for looking up.

    Attributes:
        second: the lower edge of each bin but the first, infinite beyond the last (columns, bins - 1).
        last: the number of each column's last bin (columns, 1).
        offset: of each column's first bin among those of all (columns, 1).
        left: the lower edge of every bin (columns · bins,).
        slope: 1 over its width (columns · bins,).
    """

    second: Tensor
    last: Tensor
    offset: Tensor
    left: Tensor
    slope: Tensor

    @classmethod
    def of(cls, left: Tensor, slope: Tensor) -> Self:
        """Lay out lower edges and slopes, both (columns, 1, bins); slope 0 fills a column up."""
        columns, _, bins = left.shape
        real = slope.squeeze(1) > 0
        second = left.squeeze(1).masked_fill(~real, torch.inf)[:, 1:].contiguous()
        offset = torch.arange(0, columns * bins, bins).unsqueeze(1)
        return cls(second, real.sum(1, keepdim=True) - 1, offset, left.flatten(), slope.flatten())

    def mixed(self, numbers: Tensor, mean: Tensor, mixture: Tensor) -> Tensor:
        """Return (progress - mean) W of every column, (columns, rows, mixtures).

        Args:
            numbers: (columns, rows), without a gradient of their own.
            mean: the mean progress through each bin (columns, 1, bins).
            mixture: W (columns, bins, mixtures).

        >>> lookup = Lookup.of(torch.tensor([[[0.0, 1.0]]]), torch.tensor([[[1.0, 0.5]]]))
        >>> mixture = torch.tensor([[[1.0], [10.0]]])
        >>> lookup.mixed(torch.tensor([[-1.0, 0.5, 2.0, 9.0]]), torch.zeros(1, 1, 2), mixture).flatten()
        tensor([ 0.0000,  0.5000,  6.0000, 11.0000])
        """
        place = torch.searchsorted(self.second, numbers, right=True)
        index = torch.minimum(place, self.last).add_(self.offset).flatten()
        come = numbers.flatten() - self.left.index_select(0, index)
        fraction = come.mul_(self.slope.index_select(0, index)).clamp_(0, 1).unsqueeze(1)
        answer: Tensor = _Mixed.apply(mixture, index, fraction, mean)  # type: ignore[no-untyped-call]
        return answer


class _Mixed(torch.autograd.Function):
    """Two rows of W and of its running sums, and the gradient by W."""

    @staticmethod
    def forward(ctx: Any, mixture: Tensor, index: Tensor, fraction: Tensor, mean: Tensor) -> Tensor:
        columns, bins, mixtures = mixture.shape
        ctx.save_for_backward(index, fraction, mean)
        # Before its bin t a number has come through W_1 + ... + W_{t-1}, of which the mean is taken off.
        before = (mixture.cumsum(1) - mixture).sub_(mean @ mixture).view(columns * bins, mixtures)
        own = mixture.reshape(columns * bins, mixtures).index_select(0, index)
        return before.index_select(0, index).addcmul_(own, fraction).view(columns, -1, mixtures)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        index, fraction, mean = ctx.saved_tensors
        columns, bins, mixtures = len(mean), mean.shape[2], gradient.shape[2]
        flat = gradient.reshape(-1, mixtures)
        both = torch.cat([flat, flat * fraction], dim=1)
        summed = both.new_zeros(columns * bins, 2 * mixtures).index_add_(0, index, both)
        summed = summed.view(columns, bins, 2 * mixtures)
        reached, within = summed[..., :mixtures], summed[..., mixtures:]
        # From the far end, so that bins that nothing reached have a gradient of exactly 0.
        later = reached.flip(1).cumsum(1).flip(1) - reached
        return within + later - gradient.sum(1, keepdim=True) * mean.mT, None, None, None
