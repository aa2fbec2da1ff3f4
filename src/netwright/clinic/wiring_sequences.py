"""Sequences: whether their order counts, whether an answer sees later steps, whether padding counts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from netwright.clinic.wiring_loss import IGNORED
from netwright.clinic.wiring_outputs import ROUNDING
from netwright.clinic.wiring_subject import Call, CannotTellError, Subject, answers_of, put_answers

SHIFTED = 0.9
"""From this share of equal places on a target is the input moved by one step."""

FEWEST_PADDED = 0.2
"""Share of rows that end with the same token twice or more, from which on it is taken as padding."""

SHORTEST = 3
"""Steps that a sequence must have."""


def order_matters(subject: Subject) -> bool | None:
    """Return whether the answer of a model with attention depends on the order of its steps at all.

    None for models without attention: a bag of words is meant not to see the order.
    """
    sequence = _sequence(subject)
    if sequence is None or not _has_attention(subject):
        return None
    steps = int(sequence.shape[1])
    generator = torch.Generator().manual_seed(subject.seed)
    order = torch.randperm(steps, generator=generator)
    if bool((order == torch.arange(steps)).all()):
        order = order.roll(1)

    def reorder(tensor: Tensor) -> Tensor:
        same = tensor.ndim > 1 and tensor.shape[:2] == sequence.shape[:2]
        return tensor[:, order.to(tensor.device)] if same else tensor

    with torch.no_grad():
        plain = answers_of(subject.run())
        moved = answers_of(subject.run(subject.call.map(reorder)))
    expected = reorder(plain)
    tolerance = 100 * ROUNDING * plain.abs().max()
    if bool((expected - moved).abs().max() > tolerance):
        return True
    if bool((plain - plain[:1]).abs().max() <= tolerance):
        raise CannotTellError("all rows get the same answer")
    return False


def sees_the_future(subject: Subject) -> bool | None:
    """Return whether an answer of a model that tells the next step depends on later steps.

    None where the target is not the input moved by one step: a tagger may read the whole sentence.
    """
    sequence = _sequence(subject)
    if sequence is None or not _tells_the_next(sequence, subject):
        return None
    rows, steps = sequence.shape[:2]
    if rows < 2:
        raise CannotTellError("there is only one row")
    known = steps // 2

    def change(tensor: Tensor) -> Tensor:
        if tensor.ndim < 2 or tensor.shape[:2] != sequence.shape[:2]:
            return tensor
        changed = tensor.clone()
        changed[:, known:] = tensor[:, known:].roll(1, 0)
        return changed

    with torch.no_grad():
        plain = answers_of(subject.run())
        other = answers_of(subject.run(subject.call.map(change)))
    axis = next((axis for axis in range(1, plain.ndim) if plain.shape[axis] == steps), None)
    if axis is None:
        raise CannotTellError("the model does not answer once a step")
    difference = (plain - other).narrow(axis, 0, known).abs().max()
    return bool(difference > 10 * ROUNDING * plain.abs().max())


def padding_counts(subject: Subject, output: Any) -> bool | None:
    """Return whether places that are only padding count in the loss.

    The answers at these places are changed: a loss that leaves them out stays the same.
    """
    padded = _padded_places(subject)
    if padded is None:
        return None
    answers = answers_of(output).detach()
    flat = answers.reshape(-1, answers.shape[-1])
    transposed = answers.ndim == 3 and answers.shape[1] != padded.shape[1]
    if transposed:
        flat = answers.transpose(1, 2).reshape(-1, answers.shape[1])
    if flat.shape[0] != padded.numel():
        raise CannotTellError("the model does not answer once a step")
    changed = flat.clone()
    places = padded.flatten()
    changed[places] = changed[places].roll(1, -1) * 2 + 1
    shape = (answers.shape[0], answers.shape[2], answers.shape[1]) if transposed else answers.shape
    changed = changed.reshape(shape)
    with torch.no_grad():
        plain = float(subject.loss(put_answers(output, answers)))
        other = float(subject.loss(put_answers(output, changed.transpose(1, 2) if transposed else changed)))
    return abs(plain - other) > 1e-6 * abs(plain)


def _sequence(subject: Subject) -> Tensor | None:
    """Return the first input when it is a batch of sequences: tokens (n, t) or vectors (n, t, d)."""
    first: Tensor | None = next((tensor for tensor in subject.call.tensors if tensor.ndim), None)
    if first is None or subject.rows is None or subject.axis != 0:
        return None
    tokens = first.ndim == 2 and not first.is_floating_point()
    vectors = first.ndim == 3 and first.is_floating_point()
    return first if (tokens or vectors) and first.shape[1] >= SHORTEST else None


def _has_attention(subject: Subject) -> bool:
    words = ("attention", "attn", "transformer")
    return any(word in type(module).__name__.lower() for module in subject.model.modules() for word in words)


def _tells_the_next(sequence: Tensor, subject: Subject) -> bool:
    target = subject.target
    if not isinstance(target, Tensor) or target.numel() != sequence.numel():
        return False
    target = target.reshape(sequence.shape)
    later, told = sequence[:, 1:], target[:, :-1]
    if sequence.is_floating_point():
        return bool(torch.isclose(later, told.to(later), rtol=1e-4, atol=1e-6).double().mean() >= SHIFTED)
    counted = told != IGNORED
    if "labels" in subject.call.keywords and torch.equal(target, sequence):
        return _predicts_inside(subject.call)
    return bool(counted.any()) and float((later == told)[counted].double().mean()) >= SHIFTED


def _predicts_inside(call: Call) -> bool:
    """Return whether labels equal to the inputs mean that the model itself moves them by one step."""
    return isinstance(call.keywords["labels"], Tensor)


def _padded_places(subject: Subject) -> Tensor | None:
    """Return which places of a target (n, t) are padding, or None when none is."""
    sequence, target = _sequence(subject), subject.target
    if sequence is None or sequence.is_floating_point() or not isinstance(target, Tensor):
        return None
    if target.is_floating_point() or target.numel() != sequence.numel():
        return None
    wanted = target.reshape(sequence.shape)
    ends = wanted[:, -1]
    token = int(ends.mode().values)
    # A run at the end of a row: all places from here on hold the token. The first of them may end the text.
    run = (wanted == token).flip(1).cumprod(1).flip(1).bool()
    lengths = run.sum(1)
    padded = run & run.roll(1, 1)
    padded[:, 0] = False
    enough = float((lengths >= 2).double().mean()) >= FEWEST_PADDED and bool(lengths.min() < lengths.max())
    if token == IGNORED or not enough or bool((sequence[padded] != sequence[padded][:1]).any()):
        return None
    return padded
