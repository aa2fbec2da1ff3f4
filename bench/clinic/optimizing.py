"""Optimizers and schedules of the benchmark's trainings, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from .networks import Network
    from .run import Training
    from .setting import Setting

ADAPTIVE: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}


def optimizers_of(setting: Setting, model: Network) -> list[torch.optim.Optimizer]:
    """Return the optimizers of a setting."""
    held = model.head if "head only" in setting.wiring else model
    parameters = [parameter for parameter in held.parameters() if parameter.requires_grad]
    if "sparse embedding" in setting.wiring:
        first, *rest = parameters
        return [torch.optim.SparseAdam([first], lr=setting.rate), torch.optim.Adam(rest, lr=setting.rate)]
    if "two rates" in setting.wiring:
        return [torch.optim.AdamW(_two_rates(setting, model), setting.rate, weight_decay=setting.decay)]
    ascent = "ascent" in setting.wiring
    if setting.optimizer in ("sgd", "nesterov"):
        return [
            torch.optim.SGD(
                parameters,
                setting.rate,
                setting.momentum,
                weight_decay=setting.decay,
                nesterov=setting.optimizer == "nesterov",
                maximize=ascent,
            )
        ]
    kind = ADAPTIVE[setting.optimizer]
    given = {"lr": setting.rate, "eps": setting.epsilon, "weight_decay": setting.decay}
    return [kind(parameters, **given, **({"maximize": True} if ascent else {}))]  # type: ignore[arg-type]


def _two_rates(setting: Setting, model: Network) -> list[dict[str, object]]:
    return [
        {"params": list(model.trunk.parameters()), "lr": 0.1 * setting.rate},
        {"params": list(model.head.parameters()), "lr": setting.rate},
    ]


def _one_cycle(part: float) -> float:
    """Up over the first three tenths, down to nothing over the rest (Smith 2018)."""
    if part < 0.3:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * part / 0.3))
    return 0.5 * (1 + math.cos(math.pi * (part - 0.3) / 0.7))


def factor_of(name: str, steps: int, epoch: int) -> Callable[[int], float]:
    """Return the factor of the learning rate at each step from 0, of so many with so many an epoch."""
    factors: dict[str, Callable[[int], float]] = {
        "collapse": lambda step: 0.1 ** (step // epoch),
        "per batch": lambda step: 0.5**step,
        "restarts": lambda step: 0.05 + 0.475 * (1 + math.cos(math.pi * (step % (2 * epoch)) / (2 * epoch))),
        "warm-up": lambda step: min(1.0, (step + 1) / (0.1 * steps)),
        "cosine": lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)),
        "one-cycle": lambda step: _one_cycle(step / steps),
        "linear": lambda step: 1 - step / steps,
        "milestones": lambda step: 0.1 ** ((step >= 0.6 * steps) + (step >= 0.85 * steps)),
        "exponential": lambda step: 0.02 ** (step / steps),
        "warm-up and cosine": lambda step: (
            min(1.0, (step + 1) / (0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * step / steps))
        ),
        "inverse root": lambda step: min((step + 1) / (0.1 * steps), (0.1 * steps / (step + 1)) ** 0.5),
    }
    return factors[name]


def schedule_of(training: Training) -> Callable[[], None] | None:
    """Return what sets the learning rate after each update, if anything does."""
    setting = training.setting
    if not setting.schedule:
        return None
    factor, count = factor_of(setting.schedule, training.steps, training.epoch_steps), 0
    groups = [group for optimizer in training.optimizers for group in optimizer.param_groups]
    rates = [group["lr"] for group in groups]

    def move() -> None:
        nonlocal count
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate * factor(count)
        count += 1

    move()
    return move


class Average:
    """An exponential average of the weights."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._mean = [parameter.detach().clone() for parameter in model.parameters()]

    def update(self) -> None:
        """Move the average a little towards the weights of now."""
        for mean, parameter in zip(self._mean, self._model.parameters(), strict=True):
            mean.lerp_(parameter.detach(), 0.05)

    def install(self) -> None:
        """Put the average into the model."""
        with torch.no_grad():
            for mean, parameter in zip(self._mean, self._model.parameters(), strict=True):
                parameter.copy_(mean)
