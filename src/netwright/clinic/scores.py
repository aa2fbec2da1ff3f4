"""How good answers are: share of right classes or coefficient of determination, and that of a constant."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from netwright.clinic.record import Answer

_CLASSES = ("crossentropyloss", "nllloss", "multimarginloss")
_YES_OR_NO = ("bceloss", "bcewithlogitsloss", "softmarginloss", "multilabelsoftmarginloss")
_NUMBERS = ("mseloss", "l1loss", "smoothl1loss", "huberloss", "gaussiannllloss", "poissonnllloss")
IGNORED = -100
"""Targets that PyTorch's losses leave out."""

FEWEST_SURE = 30
"""Rows among which a share of right answers says something; half as many of a single class."""


@dataclass(frozen=True)
class Scores:
    """How good answers are.

    Attributes:
        score: share of right classes, or the coefficient of determination.
        trivial: the same for the best constant answer.
        recall: share of right answers by class, most frequent class first.
        constant: whether all rows got the same answer.
        sure: share of right answers among the tenth of the rows that the model is surest of; of two classes,
            and of few rows, it is not told.
        sure_answers: for each class, as for `recall`, the share of right ones among the surest third of the
            answers that name it; NaN where these are too few.
    """

    score: float | None = None
    trivial: float | None = None
    recall: tuple[float, ...] = ()
    constant: bool | None = None
    sure: float | None = None
    sure_answers: tuple[float, ...] = ()


def answer_of(loss: str, output: Tensor, target: Tensor) -> Answer:
    """Return what kind of answer a loss asks for.

    Args:
        loss: its name, lower case without underscores.
        output: what it is given as answers.
        target: what was wanted.

    >>> answer_of("mseloss", torch.zeros(5, 3), torch.eye(3)[[0, 1, 2, 0, 1]])
    'classes'
    """
    whole = not target.is_floating_point()
    if loss in _CLASSES or (not loss and whole and output.dim() > 1 and output.shape[1] > 1):
        return "classes"
    if loss in _YES_OR_NO:
        return "two classes" if target.numel() == target.shape[0] else "several labels"
    if loss in _NUMBERS or not loss:
        return "classes" if _is_one_hot(target) else "numbers"
    return "unknown"


def score(answer: Answer, output: Tensor, target: Tensor, *, from_logits: bool = True) -> Scores:
    """Return how good answers are.

    Args:
        answer: what kind they are of.
        output: of the model, as the loss gets it.
        target: what was wanted.
        from_logits: for two classes: whether "yes" begins above 0, and not above .5.
    """
    constant = _is_constant(output)
    if answer == "classes":
        given, wanted, certainty = _classes(output, target)
        return _with_certainty(_of_classes(given, wanted, constant, each=True), given, wanted, certainty)
    if answer in ("two classes", "several labels"):
        given = (output > (0.0 if from_logits else 0.5)).reshape(target.shape).long()
        wanted = (target > 0.5).long()
    elif answer == "numbers" and output.numel() == target.numel():
        return Scores(_determination(output.reshape(target.shape), target), 0.0, (), constant)
    else:
        return Scores(constant=constant)
    return _of_classes(given, wanted, constant, each=answer != "several labels")


def _of_classes(given: Tensor, wanted: Tensor, constant: bool, each: bool) -> Scores:
    if wanted.numel() == 0:
        return Scores(constant=constant)
    right = given == wanted
    if not each:
        share = wanted.double().mean(0)
        trivial = float(torch.maximum(share, 1 - share).mean())
        return Scores(float(right.double().mean()), trivial, (), constant)
    counts = torch.bincount(wanted.flatten())
    hits = torch.bincount(wanted.flatten(), weights=right.flatten().double(), minlength=len(counts))
    order = counts.argsort(descending=True, stable=True)
    recall = tuple((hits[order] / counts[order])[counts[order] > 0].tolist())
    return Scores(float(right.double().mean()), float(counts.max()) / wanted.numel(), recall, constant)


def _classes(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the classes that were answered, those that were wanted, and how sure each answer is."""
    given, certainty = output.argmax(1), torch.softmax(output.double(), 1).amax(1)
    if target.is_floating_point() and target.shape == output.shape:
        return given, target.argmax(1), certainty
    wanted = target.long().reshape(given.shape)
    counted = wanted != IGNORED
    return given[counted], wanted[counted], certainty[counted]


def _with_certainty(scores: Scores, given: Tensor, wanted: Tensor, certainty: Tensor) -> Scores:
    """Add how right the surest answers are: all of them together, and those that name each class."""
    counts = torch.bincount(wanted.flatten())
    present = int((counts > 0).sum())
    if present < 3 or not bool(torch.isfinite(certainty).all()):
        return scores
    right, order = (given == wanted).double(), certainty.argsort(descending=True, stable=True)
    right, given = right[order], given[order]
    tenth = len(right) // 10
    named = [right[given == label] for label in counts.argsort(descending=True, stable=True)[:present]]
    thirds = [one[: len(one) // 3] for one in named]
    return replace(
        scores,
        sure=float(right[:tenth].mean()) if tenth >= FEWEST_SURE else None,
        sure_answers=tuple(
            float(third.mean()) if len(third) >= FEWEST_SURE // 2 else math.nan for third in thirds
        ),
    )


def _determination(output: Tensor, target: Tensor) -> float:
    target = target.double()
    total = float(((target - target.mean(0)) ** 2).sum())
    residual = float(((output.double() - target) ** 2).sum())
    return 1 - residual / total if total > 0 else 0.0


def _is_one_hot(target: Tensor) -> bool:
    if target.dim() != 2 or target.shape[1] < 2:
        return False
    return bool(((target == 0) | (target == 1)).all()) and bool((target.sum(1) == 1).all())


def _is_constant(output: Tensor) -> bool:
    if output.shape[0] < 2:
        return False
    spread = (output - output[:1]).abs().amax()
    return bool(spread <= 1e-6 * output.abs().amax().clamp_min(1e-30))
