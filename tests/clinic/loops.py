"""Small trainings of many kinds, each a plain PyTorch loop, with or without a clinic around it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.clinic.watch import watch

STEPS = 26


@dataclass
class Case:
    """One training: model, optimizers, batches, and what a step does."""

    model: nn.Module
    optimizers: list[torch.optim.Optimizer]
    loss_function: Callable[..., Tensor]
    batch: Callable[[int], tuple[Any, Tensor]]
    validation: tuple[Any, Tensor] | None = None
    clip: float | None = None
    accumulation: int = 1
    autocast: torch.dtype | None = None
    options: dict[str, Any] = field(default_factory=dict)


def train(case: Case, watched: bool, steps: int = STEPS, clinic_first: bool = False) -> Any:
    """Train; return the clinic, or None."""
    around: Any = nullcontext()
    if watched:
        around = watch(
            case.model,
            case.optimizers,
            case.loss_function,
            validation=case.validation,
            budget=None,
            interval=3,
            epoch_steps=max(1, steps // 2),
            accumulation=case.accumulation,
            announce=None,
            **case.options,
        )
    with around as clinic:
        for step in range(steps * case.accumulation):
            inputs, target = case.batch(step)
            block = nullcontext() if case.autocast is None else torch.autocast("cpu", case.autocast)
            with block:
                loss = case.loss_function(case.model(inputs), target)
            (loss / case.accumulation).backward()
            if clinic is not None and clinic_first:
                clinic.step(loss)
            if (step + 1) % case.accumulation == 0:
                if case.clip is not None:
                    nn.utils.clip_grad_norm_(case.model.parameters(), case.clip)
                for optimizer in case.optimizers:
                    optimizer.step()
                    optimizer.zero_grad()
            if clinic is not None and not clinic_first:
                clinic.step(loss)
            random.random()
            np.random.random()
            torch.rand(1)
    return clinic


def numbers(rows: int = 16, columns: int = 8, classes: int = 3) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Return batches of numbers with classes that can be learnt."""

    def batch(step: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(step)
        inputs = torch.randn(rows, columns, generator=generator)
        return inputs, inputs[:, :classes].argmax(1)

    return batch


def tokens(length: int = 6, words: int = 40) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Return batches of token sequences; the class is the parity of the first token."""

    def batch(step: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(step)
        codes = torch.randint(0, words, (16, length), generator=generator)
        return codes, codes[:, 0] % 2

    return batch


class Recurrent(nn.Module):
    """Embedding, LSTM, the last step's answer; the state of the last batch is kept as an attribute."""

    def __init__(self, sparse: bool = False) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 8, sparse=sparse)
        self.lstm = nn.LSTM(8, 12, batch_first=True)
        self.output = nn.Linear(12, 2)
        self.state: Any = None

    def forward(self, codes: Tensor) -> Tensor:
        hidden, self.state = self.lstm(self.embedding(codes))
        return self.output(hidden[:, -1])


class Tied(nn.Module):
    """Predicts each token from itself; the output layer shares the embedding's weights."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.output = nn.Linear(8, 40)
        self.output.weight = self.embedding.weight

    def forward(self, codes: Tensor) -> Tensor:
        return self.output(self.layer(self.embedding(codes))).flatten(0, 1)


class Convolutional(nn.Module):
    """Two convolutions with functional activations."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.output = nn.Linear(4, 3)

    def forward(self, images: Tensor) -> Tensor:
        hidden = functional.relu(self.norm(self.first(images)))
        hidden = hidden + functional.relu(self.second(hidden))
        return self.output(functional.dropout(hidden.mean((2, 3)), 0.2, self.training))


def perceptron(**changes: Any) -> Case:
    """Return a perceptron with batch normalisation and dropout."""
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    validation = numbers(40)(999)
    return Case(model, [optimizer], nn.CrossEntropyLoss(), numbers(), validation, **changes)


def convolutional() -> Case:
    """Return a convolutional network."""
    batches = numbers(8, 64)
    model = Convolutional()

    def batch(step: int) -> tuple[Tensor, Tensor]:
        inputs, target = batches(step)
        return inputs.view(8, 1, 8, 8), target

    return Case(model, [torch.optim.SGD(model.parameters(), 0.05, 0.9)], nn.CrossEntropyLoss(), batch)


def recurrent() -> Case:
    """Return an LSTM with an embedding whose gradients are sparse, and an optimizer for each part."""
    model = Recurrent(sparse=True)
    dense = [*model.lstm.parameters(), *model.output.parameters()]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.Adam(dense, 1e-2),
        torch.optim.SparseAdam(model.embedding.parameters(), 1e-2),
    ]
    return Case(model, optimizers, nn.CrossEntropyLoss(), tokens())


def transformer() -> Case:
    """Return a transformer with tied weights that answers every step of a sequence."""
    model = Tied()

    def batch(step: int) -> tuple[Tensor, Tensor]:
        codes, _ = tokens()(step)
        return codes, codes.flatten()

    return Case(model, [torch.optim.Adam(model.parameters(), 1e-2)], nn.CrossEntropyLoss(), batch)


CASES: dict[str, Callable[[], Case]] = {
    "perceptron": perceptron,
    "clipped": lambda: perceptron(clip=0.1),
    "accumulated": lambda: perceptron(accumulation=2),
    "mixed precision": lambda: perceptron(autocast=torch.bfloat16),
    "convolutional": convolutional,
    "recurrent": recurrent,
    "transformer": transformer,
}


def models() -> Iterator[str]:
    """Yield the names of the cases."""
    yield from CASES
