"""A small network and the plain loop around it that tests of the clinic watch and spoil."""

from __future__ import annotations

from typing import Any

import torch
from tests.clinic.loops import numbers
from torch import nn
from torch.nn import functional

import netwright as nw
from netwright.clinic.session import Clinic


def small() -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3))
    return model, torch.optim.SGD(model.parameters(), 0.1)


def loop(
    clinic: Clinic, model: nn.Module, optimizer: torch.optim.Optimizer, steps: int, **spoil: Any
) -> None:
    """Train plainly; `spoil` may scale the inputs or leave out the setting to zero."""
    batch = numbers()
    for step in range(steps):
        inputs, target = batch(step)
        loss = functional.cross_entropy(model(inputs * spoil.get("scale", 1.0)), target)
        if not spoil.get("keep"):
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        clinic.step(loss)


def watch(model: nn.Module, optimizer: Any, loss: Any = None, **options: Any) -> Clinic:
    return nw.watch(model, optimizer, loss, **{"announce": None, "budget": None, **options})
