"""Dropout of units, and of whole layers where a shortcut leads around them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_STEPS = 2**16


class Dropout(nn.Module):
    """Dropout: in training every value is 0 with probability `rate`, and else divided by 1 - rate.

    The same in distribution as `torch.nn.Dropout` (Srivastava et al. 2014). On a CPU the mask is cut
    from whole random words, 16 bits a value, which is several times faster; `rate` is met to within
    1 / 131072 and the division uses the rate that is met, so that the mean stays exact. Members of one
    network, (rows, members, units), share a mask: drawing it costs more than the products it saves.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self._dropped = min(round(rate * _STEPS), _STEPS - 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features with some of them dropped when training, unchanged otherwise."""
        if not self.training or self._dropped == 0:
            return features
        return features * self.mask(features[:, :1] if features.ndim == 3 else features)

    def mask(self, features: Tensor) -> Tensor:
        """Return factors for features of this shape and type: 0 where dropped, else 1 / (1 - rate)."""
        if features.device.type != "cpu":
            return nn.functional.dropout(torch.ones_like(features), self.rate)
        count = features.numel()
        words = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        lots = words.view(torch.int16)[:count]
        kept = torch.empty(features.shape, dtype=features.dtype)
        torch.ge(lots.view(features.shape), self._dropped - _STEPS // 2, out=kept)
        return kept.mul_(_STEPS / (_STEPS - self._dropped))

    def extra_repr(self) -> str:
        """Return the rate for printing."""
        return f"rate={self.rate}"


class StochasticDepth(nn.Module):
    """Stochastic depth: in training a whole branch is left out for a row with probability `rate`.

    What is left is divided by 1 - rate. Only sound where a shortcut carries the row around the branch
    (Huang et al. 2016, "Deep Networks with Stochastic Depth").
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """Return the branch (rows, ...) with some rows set to 0 when training."""
        if not self.training or self.rate == 0:
            return branch
        kept = 1 - self.rate
        rows = branch.new_empty(len(branch), *[1] * (branch.dim() - 1))
        return branch * rows.bernoulli_(kept).div_(kept)

    def extra_repr(self) -> str:
        """Return the rate for printing."""
        return f"rate={self.rate}"
