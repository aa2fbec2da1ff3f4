"""What a loss is: its kind, what it gives for the best constant answer, how it treats rows and shapes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from netwright.clinic.wiring_subject import CannotTellError, Subject, answers_of, put_answers

LossKind = Literal[
    "cross entropy",
    "log likelihood",
    "binary with logits",
    "binary of probabilities",
    "squared",
    "absolute",
    "unknown",
]

_NAMES: dict[str, LossKind] = {
    "crossentropyloss": "cross entropy",
    "crossentropy": "cross entropy",
    "nllloss": "log likelihood",
    "bcewithlogitsloss": "binary with logits",
    "binarycrossentropywithlogits": "binary with logits",
    "bceloss": "binary of probabilities",
    "binarycrossentropy": "binary of probabilities",
    "mseloss": "squared",
    "l1loss": "absolute",
    "smoothl1loss": "absolute",
    "huberloss": "absolute",
}

_FORMULAS: dict[LossKind, Callable[..., Tensor]] = {
    "binary with logits": functional.binary_cross_entropy_with_logits,
    "binary of probabilities": functional.binary_cross_entropy,
    "squared": functional.mse_loss,
    "absolute": functional.l1_loss,
}

IGNORED = -100
"""The class number that PyTorch leaves out of a loss."""


def loss_name(loss_function: object) -> str:
    """Return the name of a loss in lower case without underscores.

    >>> loss_name(torch.nn.CrossEntropyLoss()), loss_name(functional.mse_loss)
    ('crossentropyloss', 'mseloss')
    """
    while isinstance(loss_function, functools.partial):
        loss_function = loss_function.func
    name = getattr(loss_function, "__name__", type(loss_function).__name__)
    return str(name).lower().replace("_", "")


def loss_kind(subject: Subject, output: Any) -> LossKind:
    """Return which of the usual losses a loss is, by its name or by what it gives for random answers.

    Args:
        subject: model, loss and batch.
        output: what the model returned for the batch.
    """
    named = _NAMES.get(loss_name(subject.loss_function))
    if named is not None:
        return named
    target, answers = subject.target, answers_of(output)
    if not isinstance(target, Tensor):
        return "unknown"
    try:
        drawn = torch.rand(answers.shape, generator=torch.Generator().manual_seed(subject.seed))
        drawn = (0.05 + 0.9 * drawn).to(answers)
        given = float(subject.loss(put_answers(output, drawn)).detach())
    except CannotTellError:
        return "unknown"
    if target.is_floating_point():
        return _kind_for_numbers(given, drawn, target)
    return _kind_for_classes(given, drawn, target)


def class_axis(answers: Tensor, target: Tensor, kind: LossKind) -> int:
    """Return the axis of the answers along which the classes lie.

    Raises:
        CannotTellError: when the shapes do not tell.
    """
    second = answers.ndim > 1 and answers.shape[:1] + answers.shape[2:] == target.shape
    last = answers.shape[:-1] == target.shape
    if second and (not last or kind in ("cross entropy", "log likelihood")):
        return 1
    if last or (answers.ndim > 1 and answers.shape[:-1].numel() == target.numel()):
        return answers.ndim - 1
    raise CannotTellError(f"output {tuple(answers.shape)} and classes {tuple(target.shape)} do not match")


def expected_loss(subject: Subject, output: Any, kind: LossKind) -> float:
    """Return the loss of the best constant answer: entropy of the classes, variance of the target.

    Raises:
        CannotTellError: when no constant answer can be given to the loss.
    """
    answers, target = answers_of(output).detach(), subject.target
    if not isinstance(target, Tensor):
        raise CannotTellError("the target is not one tensor")
    losses = []
    for constant in _constants(answers, target, kind):
        try:
            losses.append(float(subject.loss(put_answers(output, constant.to(answers))).detach()))
        except CannotTellError:
            continue
    finite = [value for value in losses if abs(value) < float("inf")]
    if not finite:
        raise CannotTellError("the loss takes no constant answer")
    return min(finite) if target.is_floating_point() else finite[0]


def doubled_batch_ratio(subject: Subject) -> float:
    """Return the loss of the batch written twice over the loss of the batch, in evaluation mode.

    Raises:
        CannotTellError: when rows cannot be told, or the loss is zero.
    """
    rows = torch.arange(subject.known_rows)
    twice = subject.choose(torch.cat([rows, rows]))
    with torch.no_grad():
        once = float(subject.loss(subject.run()))
        both = float(twice.loss(twice.run()))
    if not 1e-12 < abs(once) < float("inf"):
        raise CannotTellError(f"the loss is {once}")
    return both / once


def broadcast(subject: Subject, output: Any) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the shapes of output and target, when the loss compares every row with every other.

    The loss of answers equal to the target is computed, and again with the rows of the target in another
    order: where it does not change at all, rows are not compared one with one.

    Raises:
        CannotTellError: when the target says too little.
    """
    answers, target = answers_of(output), subject.target
    if not isinstance(target, Tensor) or not target.is_floating_point():
        return None
    if subject.seen_shape is not None:
        answers = answers.reshape(-1, *subject.seen_shape[1:])
    try:
        stretched = np.broadcast_shapes(tuple(answers.shape), tuple(target.shape))
    except ValueError:
        return None
    if stretched in (tuple(answers.shape), tuple(target.shape)):
        return None
    if answers.numel() != target.numel() or bool(target.min() == target.max()):
        raise CannotTellError("output and target do not have the same number of entries")
    perfect = put_answers(output, target.reshape(answers_of(output).shape).to(answers.dtype))
    order = torch.arange(target.shape[0]).roll(1).to(target.device)
    plain = float(subject.loss(perfect).detach())
    mixed = float(subject.loss(perfect, target[order]).detach())
    return (tuple(answers.shape), tuple(target.shape)) if abs(plain - mixed) <= 1e-5 * abs(plain) else None


def _kind_for_numbers(given: float, drawn: Tensor, target: Tensor) -> LossKind:
    if drawn.numel() != target.numel():
        return "unknown"
    flat, wanted = drawn.flatten().double(), target.flatten().double()
    inside = bool((wanted >= 0).all() and (wanted <= 1).all())
    for kind, formula in _FORMULAS.items():
        if kind == "binary of probabilities" and not inside:
            continue
        if _same_but_for_reduction(given, float(formula(flat, wanted)), drawn):
            return kind
    if drawn.ndim == 2 and drawn.shape == target.shape:
        value = float(functional.cross_entropy(drawn.double(), target.double()))
        if _same_but_for_reduction(given, value, drawn):
            return "cross entropy"
    return "unknown"


def _kind_for_classes(given: float, drawn: Tensor, target: Tensor) -> LossKind:
    try:
        axis = class_axis(drawn, target, "cross entropy")
    except CannotTellError:
        return "unknown"
    scores, wanted = drawn.movedim(axis, -1).flatten(0, -2).double(), target.flatten().long()
    if bool((wanted[wanted != IGNORED] >= scores.shape[1]).any() or (wanted[wanted != IGNORED] < 0).any()):
        return "unknown"
    if _same_but_for_reduction(given, float(functional.cross_entropy(scores, wanted)), drawn):
        return "cross entropy"
    likelihood = float(functional.nll_loss(scores, wanted))
    return "log likelihood" if _same_but_for_reduction(given, likelihood, drawn) else "unknown"


def _same_but_for_reduction(given: float, mean: float, answers: Tensor) -> bool:
    rows, width = answers.shape[0], max(1, answers.shape[-1])
    factors = {1, rows, width, answers.numel(), max(1, answers.numel() // width)}
    return any(abs(given - factor * mean) <= 1e-4 * abs(factor * mean) for factor in factors)


def _constants(answers: Tensor, target: Tensor, kind: LossKind) -> list[Tensor]:
    """Return constant answers, one of which is best for each of the usual losses, shaped like the answers."""
    if not target.is_floating_point():
        axis = class_axis(answers, target, kind)
        classes = answers.shape[axis]
        wanted = target[(target >= 0) & (target < classes)].long()
        counts = torch.bincount(wanted.flatten(), minlength=classes).double()
        # A batch of few of the classes does not tell how frequent they are: they count as alike.
        few = 2 * int((counts > 0).sum()) < classes
        shares = torch.ones_like(counts) if few else counts.clamp_min(1e-6)
        scores = (shares / shares.sum()).log()
        shape = [1] * answers.ndim
        shape[axis] = classes
        # A loss that takes no logarithms of probabilities is given the probabilities.
        return [each.reshape(shape).expand(answers.shape) for each in (scores, scores.exp())]
    rows = target.detach().double().reshape(answers.shape[0], -1)
    width = answers[0].numel()
    if rows.shape[1] != width:
        raise CannotTellError(f"output {tuple(answers.shape)} and target {tuple(target.shape)} do not match")
    mean, median = rows.mean(0), rows.median(0).values
    centres = [mean, median]
    if bool((rows >= 0).all() and (rows <= 1).all()):
        inside = mean.clamp(1e-6, 1 - 1e-6)
        centres += [inside, inside.logit(), inside.log()]
    return [centre.reshape(1, *answers.shape[1:]).expand(answers.shape) for centre in centres]
