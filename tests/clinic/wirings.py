"""Small models with one thing wrong each, and batches for them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

ROWS = 64


def numbers(width: int = 10, seed: int = 0) -> Tensor:
    return torch.randn(ROWS, width, generator=torch.Generator().manual_seed(seed))


def classes(count: int = 3, seed: int = 1) -> Tensor:
    return torch.randint(0, count, (ROWS,), generator=torch.Generator().manual_seed(seed))


def perceptron(*after: nn.Module, outputs: int = 3) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, outputs), *after)


class LastStep(nn.Module):
    """An LSTM that answers after the last step; `batch_first=False` reads rows as steps."""

    def __init__(self, *, batch_first: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.memory = nn.LSTM(6, 16, batch_first=batch_first)
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        steps, _ = self.memory(x)
        return self.head(steps[:, -1])


class Reader(nn.Module):
    """A transformer over tokens, with or without positions and mask, one answer a step or a row."""

    def __init__(self, *, positions: bool = True, causal: bool = True, pooled: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(30, 16)
        self.places = nn.Parameter(torch.randn(64, 16)) if positions else None
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(16, 30)
        self.causal, self.pooled = causal, pooled

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.words(tokens)
        if self.places is not None:
            x = x + self.places[: tokens.shape[1]]
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1]) if self.causal else None
        answers = self.head(self.layers(x, mask=mask))
        return answers.mean(1) if self.pooled else answers


def text(steps: int = 13) -> Tensor:
    return torch.randint(1, 30, (32, steps), generator=torch.Generator().manual_seed(0))


def each_step(output: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy over all steps."""
    return functional.cross_entropy(output.flatten(0, 1), target.flatten())
