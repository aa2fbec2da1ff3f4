"""Whether loss and output, and loss and target, fit together: one sentence when they do not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from netwright.clinic.wiring_loss import IGNORED, LossKind, class_axis
from netwright.clinic.wiring_outputs import are_probabilities
from netwright.clinic.wiring_subject import CannotTellError, Subject, answers_of
from netwright.training.losses.pairing import ending

OUTSIDE = 0.05
"""Share of targets that may lie where the output cannot reach."""

_RANGES = {"sigmoid": (0.0, 1.0), "soft-max": (0.0, 1.0), "tanh": (-1.0, 1.0), "ReLU": (0.0, math.inf)}
_BINARY = ("binary with logits", "binary of probabilities")


def target_mismatch(answers: Tensor, target: Any, kind: LossKind, ignored: int = IGNORED) -> str:
    """Return why the target is not what the loss asks for, or "".

    This is looked at before the loss is computed: a class number that has no output ends a process on a
    GPU.

    Args:
        answers: of the model.
        target: what was wanted.
        kind: of the loss.
        ignored: the class number that the loss leaves out.
    """
    if not isinstance(target, Tensor) or not target.numel():
        return ""
    if kind in _BINARY:
        low, high = float(target.min()), float(target.max())
        if low < 0 or high > 1:
            return f"Binary cross-entropy asks for targets from 0 to 1, but they go from {low:g} to {high:g}."
    if kind not in ("cross entropy", "log likelihood"):
        return ""
    if target.is_floating_point():
        return _no_probabilities(target) if kind == "cross entropy" else ""
    try:
        classes = answers.shape[class_axis(answers, target, kind)]
    except CannotTellError:
        return ""
    counted = target[target != ignored]
    if classes == 1:
        return (
            "The loss is a cross-entropy over a single output: its soft-max is always 1, its loss always 0."
        )
    if counted.numel() and (int(counted.max()) >= classes or int(counted.min()) < 0):
        wrong = int(counted.max()) if int(counted.max()) >= classes else int(counted.min())
        return f"Class {wrong} has no output: the model has {classes}, for the classes 0 to {classes - 1}."
    return ""


def output_mismatch(subject: Subject, output: Any, kind: LossKind) -> str:
    """Return why the outputs are not what the loss asks for, or "".

    Args:
        subject: model, loss and batch.
        output: what the model returned for the batch, with its history.
        kind: of the loss.
    """
    answers = answers_of(output)
    checks: dict[LossKind, Callable[[], str]] = {
        "cross entropy": lambda: _before_cross_entropy(subject, answers),
        "log likelihood": lambda: _before_log_likelihood(subject, answers),
        "binary with logits": lambda: _before_binary_logits(answers),
        "binary of probabilities": lambda: _before_binary(answers),
        "squared": lambda: _before_numbers(answers, subject.target),
        "absolute": lambda: _before_numbers(answers, subject.target),
        "unknown": lambda: _over_one_unit(answers),
    }
    return checks[kind]()


def _no_probabilities(target: Tensor) -> str:
    if target.ndim > 1 and target.shape[-1] > 1:
        sums = target.double().sum(-1)
        if bool((target >= 0).all()) and bool(((sums - 1).abs() < 1e-2).all()):
            return ""
        return (
            "Cross-entropy asks for class numbers or for rows of probabilities, but the rows of the target "
            f"add up to {float(sums.min()):.3g} to {float(sums.max()):.3g}."
        )
    return (
        "Cross-entropy asks for class numbers (int64), but the target holds numbers such as "
        f"{float(target.flatten()[0]):.4g}: a target of numbers asks for the squared error."
    )


def _before_cross_entropy(subject: Subject, answers: Tensor) -> str:
    last = ending(answers)
    if last == "soft-max" or (not last and are_probabilities(answers, subject.target, "cross entropy")):
        classes = _classes(answers, subject.target)
        floor = math.log(1 + (classes - 1) / math.e)
        return (
            "The model ends with a soft-max, and cross-entropy takes the soft-max a second time: the loss "
            f"cannot fall below {floor:.3f}, and the probabilities are useless."
        )
    if last in ("ReLU", "sigmoid", "tanh"):
        return (
            f"The model ends with a {last}, which keeps its outputs "
            f"{_range_words(last)}: cross-entropy asks for scores of any size."
        )
    return ""


def _before_log_likelihood(subject: Subject, answers: Tensor) -> str:
    axis = class_axis(answers, subject.target, "log likelihood")
    sums = torch.logsumexp(answers.detach().double(), axis)
    if bool((sums.abs() < 1e-2).all()):
        return ""
    found = "probabilities" if are_probabilities(answers, subject.target, "log likelihood") else "raw scores"
    return (
        f"The negative log-likelihood asks for log-probabilities, but the model puts out {found}: the loss "
        "is negative and has no floor."
    )


def _before_binary_logits(answers: Tensor) -> str:
    last = ending(answers)
    if last in _RANGES:
        return (
            f"The model ends with a {last}, and the loss takes the sigmoid of it: probabilities can then "
            f"only lie {_after_sigmoid(last)}."
        )
    return _over_one_unit(answers)


def _before_binary(answers: Tensor) -> str:
    low, high = (float(end) for end in torch.aminmax(answers.detach().float()))
    if low < 0 or high > 1:
        return (
            f"Binary cross-entropy asks for probabilities, but the outputs go from {low:.3g} to {high:.3g}: "
            "a sigmoid is missing."
        )
    return _over_one_unit(answers)


def _before_numbers(answers: Tensor, target: Any) -> str:
    single = _over_one_unit(answers)
    if single or not isinstance(target, Tensor) or not target.is_floating_point():
        return single
    last = ending(answers)
    if last not in _RANGES:
        return ""
    low, high = _RANGES[last]
    outside = float(((target < low) | (target > high)).double().mean())
    if outside > OUTSIDE:
        return (
            f"The model ends with a {last}, which keeps its outputs {_range_words(last)}, but {outside:.0%} "
            "of the targets lie outside."
        )
    one_hot = target.ndim == 2 and target.shape[1] > 2 and bool(((target == 0) | (target == 1)).all())
    if last == "sigmoid" and one_hot and bool((target.sum(1) == 1).all()):
        return (
            "A squared error on sigmoids of one class each: where a sigmoid is wrong and sure, its gradient "
            "vanishes. Classes ask for cross-entropy on scores without a sigmoid."
        )
    return ""


def _over_one_unit(answers: Tensor) -> str:
    if ending(answers) == "soft-max" and answers.ndim > 1 and answers.shape[-1] == 1:
        return "The model ends with a soft-max over a single unit: its output is always 1."
    return ""


def _classes(answers: Tensor, target: Any) -> int:
    if isinstance(target, Tensor) and not target.is_floating_point():
        return answers.shape[class_axis(answers, target, "cross entropy")]
    return answers.shape[-1]


def _range_words(last: str) -> str:
    low, high = _RANGES[last]
    return f"at {low:g} or above" if high == math.inf else f"between {low:g} and {high:g}"


def _after_sigmoid(last: str) -> str:
    low, high = (1 / (1 + math.exp(-end)) if end < math.inf else 1.0 for end in _RANGES[last])
    return f"between {low:.2f} and {high:.2f}"
