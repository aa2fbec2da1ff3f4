"""What a model answers before it is trained: ranges, constants, rows that look at each other, no gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from netwright.clinic.wiring_loss import LossKind, class_axis
from netwright.clinic.wiring_subject import Call, CannotTellError, Subject, answers_of
from netwright.training.losses.pairing import ending, last_operation

_FREE = ("Addmm", "Mm", "Linear", "Convolution", "Bmm", "Baddbmm", "Add", "LogSoftmax")
"""Last operations that give numbers of either sign."""

ROUNDING = 1e-6
"""Answers that differ by less than this part of the largest one are taken as equal."""


def are_probabilities(answers: Tensor, target: Any, kind: LossKind) -> bool:
    """Return whether no answer is negative and those of a row add up to 1."""
    if isinstance(target, Tensor) and not target.is_floating_point():
        answers = answers.movedim(class_axis(answers, target, kind), -1)
    if answers.ndim < 2 or answers.shape[-1] < 2:
        return False
    sums = answers.detach().double().sum(-1)
    return bool((answers >= 0).all()) and bool(((sums - 1).abs() < 1e-3).all())


def never_negative(subject: Subject, answers: Tensor) -> bool:
    """Return whether no answer can be negative, because of how the network ends and not by chance.

    Where the ending does not say it, the inputs are made ten times as large and turned around.

    Raises:
        CannotTellError: when that cannot be done.
    """
    if bool((answers < 0).any()) or last_operation(answers) in _FREE:
        return False
    if ending(answers) in ("ReLU", "sigmoid", "soft-max"):
        return True
    if not all(tensor.is_floating_point() for tensor in subject.call.tensors):
        raise CannotTellError("inputs that are no numbers cannot be made larger")
    with torch.no_grad():
        for factor in (-1.0, 10.0, -10.0):
            stretched = subject.call.map(lambda tensor, factor=factor: tensor * factor)  # type: ignore[misc]
            if bool((answers_of(subject.run(stretched)) < 0).any()):
                return False
    return True


def span(values: Tensor) -> tuple[float, float]:
    """Return the smallest and the largest entry.

    Raises:
        CannotTellError: when there is none, or one is not finite.
    """
    if not values.numel():
        raise CannotTellError("there are no entries")
    low, high = (float(end) for end in torch.aminmax(values.detach().float().flatten()))
    if not (abs(low) < float("inf") and abs(high) < float("inf")):
        raise CannotTellError("not all entries are finite")
    return low, high


def is_constant(answers: Tensor) -> bool:
    """Return whether all rows get the same answer.

    Raises:
        CannotTellError: for a single row.
    """
    if answers.ndim == 0 or answers.shape[0] < 2:
        raise CannotTellError("there is only one row")
    values = answers.detach().double()
    return bool((values - values[:1]).abs().max() <= ROUNDING * values.abs().max())


def mixed_row(subject: Subject) -> int | None:
    """Return a row whose answer changes, in evaluation mode, when other rows of the batch are replaced.

    Raises:
        CannotTellError: when rows cannot be told apart, or answers are drawn at random.
    """
    rows = subject.known_rows
    if rows < 4:
        raise CannotTellError("the batch has fewer than four rows")
    if _time_may_come_first(subject):
        raise CannotTellError("it cannot be told which axis holds the rows and which the steps")
    with torch.no_grad():
        plain = answers_of(subject.run())
        again = answers_of(subject.run())
        if plain.ndim <= 0 or plain.shape[0] != rows:
            raise CannotTellError("the model does not answer once a row")
        if not torch.equal(plain, again):
            raise CannotTellError("in evaluation mode the same rows get different answers")
        half = rows // 2
        for kept in (torch.arange(half), torch.arange(half, rows)):
            other = _others_replaced(subject, kept)
            changed = (answers_of(subject.run(other)) - plain).abs().flatten(1).amax(1)[kept]
            moved = torch.nonzero(changed > 10 * ROUNDING * plain.abs().max()).flatten()
            if moved.numel():
                return int(kept[int(moved[0])])
    return None


def untouched_parameters(subject: Subject) -> tuple[str, ...]:
    """Return the parameters that ask for a gradient and get none in a backward pass.

    A gradient of zeros counts as one: only a path that is cut, or never taken, gives none.
    """
    named = [(name, value) for name, value in subject.model.named_parameters() if value.requires_grad]
    loss = subject.loss(subject.run(training=True))
    if not named:
        return ()
    if not loss.requires_grad:
        return tuple(name for name, _ in named)
    gradients = torch.autograd.grad(loss, [value for _, value in named], allow_unused=True)
    return tuple(name for (name, _), gradient in zip(named, gradients, strict=True) if gradient is None)


def _others_replaced(subject: Subject, kept: Tensor) -> Call:
    """Return the batch with all rows but some replaced by their neighbours in the batch."""
    source = torch.arange(subject.known_rows)
    others = torch.ones(subject.known_rows, dtype=torch.bool)
    others[kept] = False
    places = torch.nonzero(others).flatten()
    # Rolled over all rows, the others become different rows even where half of the batch is alike.
    source[places] = (places + subject.known_rows // 3 + 1) % subject.known_rows
    return subject.chosen_call(source)


def _time_may_come_first(subject: Subject) -> bool:
    """Return whether the first two axes of inputs and target agree while a layer reads steps first."""
    first = next(tensor for tensor in subject.call.tensors if tensor.ndim)
    target = subject.target
    alike = (
        isinstance(target, Tensor)
        and first.ndim > 1
        and target.ndim > 1
        and first.shape[:2] == target.shape[:2]
    )
    return alike and any(getattr(module, "batch_first", True) is False for module in subject.model.modules())
