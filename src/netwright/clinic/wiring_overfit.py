"""Whether a model can learn one small batch by heart: what cannot do that cannot learn at all."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from netwright.clinic.wiring_subject import CannotTellError, Subject

ROWS = 32
STEPS = 300

PATIENCE = 60
"""Steps without any gain of a hundredth after which a rate is given up."""

LEARNT = 0.02
"""A loss of this part of the first one ends the trial: it is learnt."""

WELL = 0.05
"""Below this part of the first loss another learning rate is not tried."""

RATES = (3e-3, 1e-2, 5e-4)
"""Learning rates of Adam, tried in turn until one is well."""


def overfit_one_batch(
    subject: Subject, *, seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
) -> float:
    """Return the smallest loss over the first loss while a copy learns at most 32 rows by heart.

    Adam without weight decay, dropout off, at most 300 steps at each of three learning rates.

    Args:
        subject: model, loss and batch.
        seconds: to end after.
        clock: in seconds.

    Raises:
        CannotTellError: when the time is over before all steps at the first rate were made, or there is
            nothing to learn.
    """
    small = subject.choose(torch.arange(min(subject.known_rows, ROWS)))
    deadline = clock() + seconds
    best = float("inf")
    for place, rate in enumerate(RATES):
        ratio, ended = _train(small, rate, deadline, clock)
        best = min(best, ratio)
        if best > WELL and not ended and place == 0:
            raise CannotTellError(f"{seconds:g} seconds were not enough (loss at {best:.0%} of the first)")
        if best <= WELL or not ended:
            break
    return best


def _train(small: Subject, rate: float, deadline: float, clock: Callable[[], float]) -> tuple[float, bool]:
    """Return the smallest loss over the first, and whether all steps were made or it was learnt."""
    subject = replace(small, model=copy.deepcopy(small.model))
    _without_dropout(subject.model)
    parameters = [value for value in subject.model.parameters() if value.requires_grad]
    if not parameters:
        raise CannotTellError("no parameter asks for a gradient")
    optimizer = torch.optim.Adam(parameters, lr=rate)
    first, best, gained = None, float("inf"), 0
    for step in range(STEPS):
        loss = subject.loss(subject.run(training=True))
        value = float(loss.detach())
        first = value if first is None else first
        if first <= 0 or not loss.requires_grad:
            raise CannotTellError("the loss is not above zero" if first <= 0 else "the loss has no gradient")
        gained = step if value / first < 0.99 * best else gained
        best = min(best, value / first)
        if best <= LEARNT or step - gained > PATIENCE:
            return best, True
        if clock() > deadline:
            return best, False
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return best, True


def _without_dropout(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        elif isinstance(getattr(module, "dropout", None), float):
            module.dropout = 0.0  # type: ignore[assignment]
