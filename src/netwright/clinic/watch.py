"""Watches anyone's PyTorch training: two lines around a loop that stays as it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.care import clock_of
from netwright.clinic.facts import loss_name, optimizer_facts
from netwright.clinic.plan import Plan
from netwright.clinic.record import Facts
from netwright.clinic.rows import device_of, held_out, pair_of
from netwright.clinic.session import Clinic
from netwright.clinic.watching import announce_to_terminal
from netwright.errors import UserError
from netwright.randomness import torch_generator

HELD_OUT_ROWS = 1000
"""Held-out rows that are measured at the end of every epoch; of more a random choice."""


def watch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
    loss_function: Callable[..., Tensor] | None = None,
    *,
    validation: Any = None,
    data: Any = None,
    interval: int = 50,
    budget: float | None = 0.02,
    accumulation: int = 1,
    loss_may_rise: bool = False,
    frozen_on_purpose: bool = False,
    steps_planned: int | None = None,
    epoch_steps: int | None = None,
    scaler: torch.amp.GradScaler | None = None,
    announce: Callable[[str], None] | None = announce_to_terminal,
    tensorboard: str | os.PathLike[str] | None = None,
    clock: Callable[[], float] | None = None,
    seed: int = 0,
) -> Clinic:
    """Return a clinic that watches the training inside its `with` block.

    The weights become, bit for bit, what they would become unwatched.

    Args:
        model: what is trained, as the loop calls it.
        optimizer: what trains it, or several.
        loss_function: of answers and target; where it is a module, the clinic sees the targets itself.
        validation: held-out rows as (inputs, target), or batches of that form.
        data: all training rows as (inputs, target), where they are at hand: they are looked at once, for
            labels that are wrong, rows that are shared with validation, features that give the answer away.
        interval: distance of the steps that are looked at, after the first 20.
        budget: share of the training time that watching may take, or None for any.
        accumulation: batches whose gradients are added up before each update.
        loss_may_rise: whether the loss is negative or rises by design, as in a GAN.
        frozen_on_purpose: whether parameters that get no update are meant to.
        steps_planned: updates that the whole training will make.
        epoch_steps: updates of one epoch.
        scaler: of the loss, for float16 gradients.
        announce: told in a sentence of the worst finding, once; None for silence.
        tensorboard: folder in which TensorBoard can follow the training live; needs the extra "tensorboard".
        clock: returns seconds; when left out, the processor time of this thread for a model on the processor,
            so that waiting on a busy machine does not count, and else the time that passes.
        seed: of what the clinic draws for itself.

    Raises:
        UserError: when validation has no rows, or a number is out of range.
        TypeError: when the model is no module, or the optimizer no optimizer.

    >>> model = nn.Linear(2, 1)
    >>> optimizer, loss_function = torch.optim.SGD(model.parameters(), lr=0.1), nn.MSELoss()
    >>> with watch(model, optimizer, loss_function, announce=None) as clinic:
    ...     for _ in range(3):
    ...         loss = loss_function(model(torch.ones(4, 2)), torch.ones(4, 1))
    ...         optimizer.zero_grad()
    ...         loss.backward()
    ...         optimizer.step()
    ...         clinic.step(loss)
    >>> clinic.record.step
    3
    """
    optimizers = _checked(model, optimizer)
    for name, number in (
        ("interval", interval),
        ("accumulation", accumulation),
        ("steps_planned", steps_planned),
        ("epoch_steps", epoch_steps),
    ):
        if number is not None and number < 1:
            raise UserError(f"{name} must be 1 or more; it is {number}.")
    if budget is not None and budget <= 0:
        raise UserError(
            f"budget must be a share above 0, such as 0.02, or None for no limit; it is {budget}."
        )
    facts = Facts(
        optimizers=tuple(map(optimizer_facts, optimizers)),
        loss=loss_name(loss_function),
        steps_planned=steps_planned,
        loss_may_rise=loss_may_rise,
        frozen_on_purpose=frozen_on_purpose,
        accumulation=accumulation,
        loss_scaled=scaler.is_enabled() if scaler is not None else None,
    )
    rows = held_out(validation, HELD_OUT_ROWS, torch_generator(seed, "held-out rows"))
    chosen = clock or clock_of(device_of(model))
    plan = Plan(interval, budget, epoch_steps, scaler, announce, chosen, seed, pair_of(data, "data"))
    clinic = Clinic(model, optimizers, loss_function, rows, facts, plan)
    if tensorboard is not None:
        from netwright.clinic.tensorboard import TensorBoard

        clinic.follow(TensorBoard(tensorboard))
    return clinic


def _checked(model: object, optimizer: Any) -> list[torch.optim.Optimizer]:
    if not isinstance(model, nn.Module):
        raise TypeError(f"watch needs a torch.nn.Module to watch; it got a {type(model).__name__}.")
    optimizers = list(optimizer) if isinstance(optimizer, (list, tuple)) else [optimizer]
    wrong = [type(one).__name__ for one in optimizers if not isinstance(one, torch.optim.Optimizer)]
    if wrong or not optimizers:
        got = f"a {wrong[0]}" if wrong else "none"
        raise TypeError(f"watch needs the torch optimizer of the training, or a list of them; it got {got}.")
    return optimizers
