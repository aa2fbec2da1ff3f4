"""Single changes of a training that a branch may try, the smallest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.causes import Cause
from netwright.clinic.wiring_subject import Call, Subject, map_tensors, tensors_in

Batches = Sequence[tuple[Any, Any]]


@dataclass
class Copy:
    """A copy of a training that a branch may change.

    Attributes:
        subject: model and loss.
        optimizer: of the copied model, with its state.
        batches: inputs and target of each step, used in turn.
        held: batches to judge on.
        clip: largest norm of the gradient, or None.
    """

    subject: Subject
    optimizer: torch.optim.Optimizer
    batches: Batches
    held: Batches
    clip: float | None = None


@dataclass(frozen=True)
class Change:
    """One thing that a branch does differently.

    Attributes:
        name: in words.
        cause: what is behind the trouble if this mends it.
        make: changes a copy; returns False where there is nothing to change.
    """

    name: str
    cause: Cause
    make: Callable[[Copy], bool]


def _rate(factor: float) -> Callable[[Copy], bool]:
    def make(twin: Copy) -> bool:
        for group in twin.optimizer.param_groups:
            group["lr"] = group["lr"] * factor
        return True

    return make


def _setting(name: str, usual: float, above: float) -> Callable[[Copy], bool]:
    """Return a change that gives a setting of the optimizer its usual value where it lies above a limit."""

    def make(twin: Copy) -> bool:
        groups = [group for group in twin.optimizer.param_groups if group.get(name, 0.0) > above]
        for group in groups:
            group[name] = usual
        return bool(groups)

    return make


def _clip(twin: Copy) -> bool:
    twin.clip = 1.0
    return True


def _shuffle(twin: Copy) -> bool:
    """Put the rows of all batches in another order."""
    rows = [_rows(inputs, target) for inputs, target in twin.batches]
    if None in rows or len(twin.batches) < 2:
        return False
    inputs = _joined([inputs for inputs, _ in twin.batches])
    target = _joined([target for _, target in twin.batches])
    count = sum(number or 0 for number in rows)
    order = torch.randperm(count)
    size = max(1, rows[0] or 1)
    twin.batches = [
        (_picked(inputs, part, count), _picked(target, part, count))
        for part in order.split(size)  # type: ignore[no-untyped-call]
    ]
    return True


def _standardise(twin: Copy) -> bool:
    """Bring every feature of the inputs to mean 0 and deviation 1."""
    first = twin.batches[0][0]
    if not isinstance(first, Tensor) or not first.is_floating_point() or first.ndim < 2:
        return False
    rows = torch.cat([inputs for inputs, _ in twin.batches])
    mean, deviation = rows.mean(0), rows.std(0).clamp_min(1e-8)
    twin.batches, twin.held = (
        [((inputs - mean) / deviation, target) for inputs, target in batches]
        for batches in (twin.batches, twin.held)
    )
    return True


def _fresh_weights(twin: Copy) -> bool:
    """Draw the weights anew, with He's deviation, and let the optimizer forget."""
    layers = [m for m in twin.subject.model.modules() if isinstance(m, (nn.Linear, nn.Conv1d, nn.Conv2d))]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    twin.optimizer.state.clear()
    return bool(layers)


def _relu(twin: Copy) -> bool:
    """Put ReLU in the place of squashing activations inside the model, with weights that fit it."""
    places = [(m, n, c) for m in twin.subject.model.modules() for n, c in m.named_children()]
    squashing = [place for place in places if isinstance(place[2], (nn.Sigmoid, nn.Tanh, nn.Softsign))]
    if not squashing or places[-1][2] is squashing[-1][2]:
        squashing = squashing[:-1]  # the last one belongs to the output
    for module, name, _ in squashing:
        setattr(module, name, nn.ReLU())
    return bool(squashing) and _fresh_weights(twin)


def _no_dropout(twin: Copy) -> bool:
    dropped = [
        m for m in twin.subject.model.modules() if isinstance(m, nn.modules.dropout._DropoutNd) and m.p
    ]
    for module in dropped:
        module.p = 0.0
    return bool(dropped)


# Data before the optimizer, one number before many: of equals, the earlier explains.
CHANGES: tuple[Change, ...] = (
    Change("inputs of mean 0 and deviation 1", Cause.UNSCALED_INPUTS, _standardise),
    Change("rows in another order", Cause.ORDERED_DATA, _shuffle),
    Change("the usual epsilon", Cause.EPSILON_TOO_LARGE, _setting("eps", 1e-8, 1e-5)),
    Change("no weight decay", Cause.STRONG_DECAY, _setting("weight_decay", 0.0, 0.05)),
    Change("no dropout", Cause.STRONG_DROPOUT, _no_dropout),
    Change("a tenth of the learning rate", Cause.RATE_TOO_HIGH, _rate(0.1)),
    Change("a hundredth of the learning rate", Cause.RATE_TOO_HIGH, _rate(0.01)),
    Change("ten times the learning rate", Cause.RATE_TOO_LOW, _rate(10.0)),
    Change("a thousand times the learning rate", Cause.RATE_TOO_LOW, _rate(1000.0)),
    Change("the gradient clipped at norm 1", Cause.EXPLODING, _clip),
    Change("fresh weights of He's deviation", Cause.WEIGHTS_TOO_LARGE, _fresh_weights),
    Change("ReLU with weights that fit it", Cause.VANISHING, _relu),
)


def _rows(inputs: Any, target: Any) -> int | None:
    """Return the rows of a batch, None where inputs and target do not say so."""
    shaped = [tensor for tensor in Call.of(inputs).tensors if tensor.ndim]
    if not shaped or not isinstance(target, Tensor) or not target.ndim:
        return None
    return int(target.shape[0]) if all(len(tensor) == len(target) for tensor in shaped) else None


def _joined(values: Sequence[Any]) -> Any:
    """Return nests of tensors with the tensors of all joined along the first axis."""
    parts = [iter(tensors_in(value)) for value in values]
    return map_tensors(values[0], lambda _: torch.cat([next(part) for part in parts]))


def _picked(value: Any, rows: Tensor, count: int) -> Any:
    def pick(tensor: Tensor) -> Tensor:
        return tensor[rows.to(tensor.device)] if tensor.ndim and len(tensor) == count else tensor

    return map_tensors(value, pick)
