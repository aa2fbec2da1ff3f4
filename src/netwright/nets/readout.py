"""From the features of every step to an answer: for the whole sequence, or for every step."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from netwright.nets.masking import last_of, max_over_steps, mean_over_steps

Pooling = Literal["last", "mean", "max", "attention", "none"]


class AttentionPooling(nn.Module):
    """A weighted mean of the steps; how much each counts is learnt.

        α = softmax(v · tanh(W h)),    pooled = Σ α h

    Source: Yang et al. (2016), Hierarchical attention networks for document classification.

    >>> AttentionPooling(4)(torch.randn(2, 4, 7), None).shape
    torch.Size([2, 4])
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return (n, channels) for features (n, channels, steps)."""
        steps = features.transpose(1, 2)
        scores = self.score(torch.tanh(self.hidden(steps))).squeeze(2)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, float("-inf"))
        return torch.einsum("nt,nct->nc", scores.softmax(1), features)


class Readout(nn.Module):
    """Pool the steps, then one linear layer; without pooling the linear layer answers every step.

    Attributes:
        pooling: how steps become one vector; "none" keeps them, and the answers of a row lie side by
            side, (n, steps · outputs).
    """

    def __init__(self, width: int, outputs: int, pooling: Pooling, dropout: float = 0.0) -> None:
        super().__init__()
        self.pooling = pooling
        self.attention = AttentionPooling(width) if pooling == "attention" else None
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, outputs)

    def forward(self, features: Tensor, lengths: Tensor, mask: Tensor | None) -> Tensor:
        """Return (n, outputs), or (n, steps · outputs) without pooling, for features (n, channels, steps)."""
        if self.pooling == "none":
            every: Tensor = self.output(self.dropout(features.transpose(1, 2)))
            return every.flatten(1)
        answer: Tensor = self.output(self.dropout(self._pooled(features, lengths, mask)))
        return answer

    def _pooled(self, features: Tensor, lengths: Tensor, mask: Tensor | None) -> Tensor:
        if self.attention is not None:
            pooled: Tensor = self.attention(features, mask)
            return pooled
        if self.pooling == "mean":
            return mean_over_steps(features, mask)
        if self.pooling == "max":
            return max_over_steps(features, mask)
        return last_of(features.transpose(1, 2), lengths)
