"""Small trainings for the tests of this folder."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from netwright.task import Task
from netwright.training.averaging import EMA, averaged_tensors
from netwright.training.batches import Batch, Batches
from netwright.training.early_stopping import EarlyStopping
from netwright.training.fit import Setup
from netwright.training.loop import Engine
from netwright.training.losses import MSE, TargetShape
from netwright.training.objective import Objective
from netwright.training.optimizers import AdamW, Optimizer, parameter_groups
from netwright.training.pace import Pace
from netwright.training.schedules import Constant, Schedule
from netwright.training.validation import Validation


def rows(count: int = 200, seed: int = 0) -> Batch:
    """Return rows of a line with noise."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(count, 3, generator=generator)
    target = inputs @ torch.tensor([1.0, -2.0, 0.5]) + 0.1 * torch.randn(count, generator=generator)
    return Batch((inputs,), target)


def setup(
    *,
    epochs: int = 5,
    batch_size: int = 32,
    learning_rate: float = 0.01,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    early_stopping: EarlyStopping | None = None,
    averaging: bool = False,
    train: Batch | None = None,
    dropout: float = 0.2,
    **settings: Any,
) -> Setup:
    """Return a training of a small network with dropout, seeded."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 1))
    batches = Batches(train or rows(), batch_size, seed=0)
    groups = parameter_groups(network)
    seconds = settings.get("seconds")
    engine = Engine(
        network,
        Objective(MSE()),
        (optimizer or AdamW(learning_rate=learning_rate)).build(groups),
        Pace.of(schedule or Constant(), epochs * batches.per_epoch, seconds, larger_is_better=False),
    )
    return Setup(
        engine=engine,
        batches=batches,
        epochs=epochs,
        validation=Validation(
            rows(50, seed=1), MSE(), TargetShape(Task.REGRESSION), lambda answers, truth: {}
        ),
        early_stopping=early_stopping,
        average=EMA(decay=0.9).average(averaged_tensors(network)) if averaging else None,
        **settings,
    )
