"""The first layer of a text network: a vector for every token, learnt or given."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.text_view import PADDING, UNKNOWN


class TokenEmbedding(nn.Module):
    """A learnt vector for every token; that of the padding is zero and stays so.

    In training some tokens are taken for unknown ones, so that the vector of the unknown token is learnt
    and no answer hangs on one word.

    >>> TokenEmbedding(10, 4)(torch.tensor([[3, 0]])).shape
    torch.Size([1, 2, 4])
    """

    def __init__(
        self,
        vocabulary: int,
        dimension: int,
        token_dropout: float = 0.0,
        dropout: float = 0.0,
        given: Tensor | None = None,
        frozen: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.vectors = nn.Embedding(vocabulary, dimension, padding_idx=PADDING)
        self.token_dropout, self.dropout = token_dropout, nn.Dropout(dropout)
        with torch.no_grad():
            if given is not None:
                self.vectors.weight.copy_(given)
            else:
                self.vectors.weight.normal_(0, 0.1, generator=generator)
            self.vectors.weight[PADDING] = 0
        self.vectors.weight.requires_grad_(not frozen)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return vectors (n, length, dimension) of tokens (n, length)."""
        if self.training and self.token_dropout:
            dropped = torch.rand(tokens.shape, device=tokens.device) < self.token_dropout
            tokens = torch.where(dropped & (tokens != PADDING), UNKNOWN, tokens)
        vectors: Tensor = self.dropout(functional.embedding(tokens, self.vectors.weight, PADDING))
        return vectors
