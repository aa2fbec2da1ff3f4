"""Saliency: which inputs a small change of would change the answer, and what they add to it.

gradients            df/dx
gradient_x_input     x · df/dx
integrated_gradients (x - b) · integral of df/dx from b to x; adds up to f(x) - f(b), which is checked
smooth_grad          df/dx averaged over noisy copies of x
grad_cam             relu(sum of channels' maps, each weighted by its mean gradient) of a convolution
occlusion            what is lost when a window is covered

Sources: Simonyan et al. (2014); Shrikumar et al. (2016); Sundararajan et al. (2017); Smilkov et al. (2017);
Selvaraju et al. (2017); Zeiler and Fergus (2014).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from netwright.data.items import Form
from netwright.errors import UserError, did_you_mean
from netwright.explain.deal import Scene
from netwright.explain.deal_arrays import blurred, shown_pixels
from netwright.explain.grad_cam import grad_cam
from netwright.explain.subject import Subject, device_of, subject_of, with_names
from netwright.randomness import torch_generator

Method = Literal[
    "integrated_gradients", "gradients", "gradient_x_input", "smooth_grad", "grad_cam", "occlusion"
]
METHODS = ("integrated_gradients", "gradients", "gradient_x_input", "smooth_grad", "grad_cam", "occlusion")

POINTS_AT_ONCE = 512
NOISE = 0.15
WINDOWS = 7
"""A window of occlusion is a seventh of the longer side."""


@dataclass(frozen=True)
class Saliency:
    """Maps of what matters.

    Attributes:
        method: how they were made.
        maps: of each row, of the shape of what the network reads (rows, ...).
        answers: of the rows (rows,).
        about: which answer each map explains.
        base: answers of the baseline (rows,), for integrated gradients; else NaN.
        completeness: sum of the map - (answer - base) for integrated gradients (rows,); else NaN.
        scenes: how the rows look, empty for tables.
        names: of the columns, for tables.
        note: what to know about it.
    """

    method: str
    maps: np.ndarray
    answers: np.ndarray
    about: tuple[str, ...]
    base: np.ndarray
    completeness: np.ndarray
    scenes: tuple[Scene, ...]
    names: tuple[str, ...]
    note: str
    target: str = field(default="", compare=False)

    def __len__(self) -> int:
        return len(self.maps)

    def page(self, path: str | os.PathLike[str]) -> None:
        """Write a page with the maps laid over the rows, in one step."""
        from netwright.explain.saliency_page import write_saliency

        write_saliency(path, self)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "method": self.method,
            "about": list(self.about),
            "answers": self.answers.tolist(),
            "base": self.base.tolist(),
            "completeness": self.completeness.tolist(),
            "names": list(self.names),
            "note": self.note,
            "maps": self.maps.tolist(),
        }


def saliency(
    model: Any,
    rows: Any,
    *,
    method: Method = "integrated_gradients",
    answer: Any = None,
    baseline: Any = None,
    points: int = 50,
    samples: int = 25,
    layer: str | None = None,
    seed: int = 0,
) -> Saliency:
    """Show what of pictures, sequences, sounds or tables of numbers an answer hangs on.

    Args:
        model: a fitted estimator or a PyTorch module.
        rows: raw rows; for a module tensors.
        method: see above.
        answer: a class, label or target; the second of two classes or the likeliest one when left out.
        baseline: raw row or rows that integrated gradients start from, and that occlusion shows instead;
            one for all or one for each. When left out: pictures blurred; each channel's mean; zero of
            prepared numbers.
        points: of Gauss and Legendre, for integrated gradients.
        samples: noisy copies, for smooth_grad.
        layer: the convolution for grad_cam; the last one when left out.
        seed: of the noise.

    Raises:
        UserError: for rows without gradients (words, categories), or a network without convolutions.

    >>> network = torch.nn.Sequential(torch.nn.Linear(3, 1))
    >>> found = saliency(network, torch.eye(3), baseline=torch.zeros(1, 3))
    >>> bool(abs(found.completeness).max() < 1e-6)
    True
    """
    if method not in METHODS:
        raise UserError(f"There is no method {method!r} of saliency. {did_you_mean(method, METHODS)}")
    subject = subject_of(model)
    _refuse_without_gradients(subject)
    inputs = _inputs(subject, rows)
    answers = subject.predict(inputs)
    subject = with_names(subject, answers.shape[1])
    chosen = subject.chosen(answers, answer)
    answered = answers[np.arange(len(chosen)), chosen]
    base, completeness = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
    if method == "integrated_gradients":
        start = _baseline(subject, inputs, baseline)
        maps = integrated(subject, inputs, start, chosen, points)
        base = subject.predict((start.expand(inputs[0].shape), *inputs[1:]))[np.arange(len(chosen)), chosen]
        completeness = maps.double().flatten(1).sum(1).numpy() - (answered - base)
    elif method == "grad_cam":
        maps = grad_cam(subject, inputs, chosen, layer)
    elif method == "occlusion":
        maps = _occluded(subject, inputs, _baseline(subject, inputs, baseline), chosen, answered)
    else:
        maps = _plain(subject, inputs, chosen, method, samples, seed)
    return Saliency(
        method=method,
        maps=maps.double().numpy(),
        answers=answered,
        about=tuple(subject.answers[one] for one in chosen),
        base=base,
        completeness=completeness,
        scenes=tuple(_scene(subject, inputs, row) for row in range(len(chosen))),
        names=_names(subject, inputs),
        note=_note(method, completeness, answered - base),
        target=subject.target,
    )


def _refuse_without_gradients(subject: Subject) -> None:
    """Raise UserError for models whose rows have no gradient that could be shown."""
    if subject.form is Form.SERIES:
        raise UserError(
            "saliency: forecasts are explained by stretches: use shap, or shap(method='gradients')."
        )
    if len(subject.members) > 1:
        raise UserError(
            "saliency: the members of an ensemble read a row each in its own way. Use shap, or a member: "
            "model.models_[0]."
        )
    if subject.form in (Form.TEXTS, Form.MIXED):
        raise UserError("saliency: words have no gradient. Use shap(..., by='word') or lime for texts.")


def _inputs(subject: Subject, rows: Any) -> tuple[Tensor, ...]:
    """Return rows as the network reads them; none, or categories, are refused."""
    inputs = subject.inputs(rows)
    if not len(inputs[0]):
        raise UserError("saliency: there are no rows. Give at least one.")
    if any(one.dim() == 2 and not one.is_floating_point() for one in inputs):
        raise UserError("saliency: categories have no gradient. Use shap, which gives each column one score.")
    return inputs


def gradients(subject: Subject, inputs: tuple[Tensor, ...], chosen: np.ndarray) -> Tensor:
    """Return the gradient of each row's answer by what the network reads first, of its shape."""
    device = device_of(subject.network)
    point = inputs[0].to(device).detach().requires_grad_()
    answers = subject.differentiable((point, *(one.to(device) for one in inputs[1:])))
    picked = answers[torch.arange(len(chosen)), torch.from_numpy(chosen).to(device)]
    (gradient,) = torch.autograd.grad(picked.sum(), point)
    return gradient.cpu()


def integrated(
    subject: Subject, inputs: tuple[Tensor, ...], start: Tensor, chosen: np.ndarray, points: int
) -> Tensor:
    """Return integrated gradients from a start to each row, of the rows' shape."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    own = inputs[0]
    start = start.expand(own.shape)
    total = torch.zeros(own.shape, dtype=own.dtype)
    at_once = max(1, POINTS_AT_ONCE // len(own))
    for first in range(0, points, at_once):
        share = torch.from_numpy((nodes[first : first + at_once] + 1) / 2).to(own.dtype)
        weight = torch.from_numpy(weights[first : first + at_once] / 2).to(own.dtype)
        shape = (-1, *[1] * own.dim())
        between = (start + share.view(shape) * (own - start)).flatten(0, 1)
        rest = (one.repeat(len(share), *[1] * (one.dim() - 1)) for one in inputs[1:])
        found = gradients(subject, (between, *rest), np.tile(chosen, len(share)))
        total += torch.tensordot(weight, found.view(len(share), *own.shape), dims=1)
    return (own - start) * total


def _plain(
    subject: Subject, inputs: tuple[Tensor, ...], chosen: np.ndarray, method: str, samples: int, seed: int
) -> Tensor:
    if method == "gradients":
        return gradients(subject, inputs, chosen)
    if method == "gradient_x_input":
        return inputs[0] * gradients(subject, inputs, chosen)
    own = inputs[0]
    generator = torch_generator(seed, "smooth gradients")
    spread = own.flatten(1).amax(1) - own.flatten(1).amin(1)
    deviation = NOISE * spread.view(-1, *[1] * (own.dim() - 1))
    total = torch.zeros_like(own)
    for _ in range(samples):
        noise = torch.randn(own.shape, generator=generator, dtype=own.dtype) * deviation
        total += gradients(subject, (own + noise, *inputs[1:]), chosen)
    return total / samples


def _occluded(
    subject: Subject, inputs: tuple[Tensor, ...], start: Tensor, chosen: np.ndarray, answered: np.ndarray
) -> Tensor:
    """Return, for every place, what is lost on average when a window over it is covered."""
    own = inputs[0]
    start = start.expand(own.shape)
    axes = [2, 3] if own.dim() == 4 else [1]
    windows = [max(1, round(max(own.shape[axis] for axis in axes) / WINDOWS))] * len(axes)
    loss, counts = torch.zeros(own.shape, dtype=torch.float64), torch.zeros(own.shape, dtype=torch.float64)
    starts = [
        range(0, own.shape[axis], max(1, window // 2)) for axis, window in zip(axes, windows, strict=True)
    ]
    for corner in np.ndindex(*[len(one) for one in starts]):
        here: list[slice] = [slice(None)] * own.dim()
        for axis, window, one, place in zip(axes, windows, starts, corner, strict=True):
            here[axis] = slice(one[place], one[place] + window)
        covered = own.clone()
        covered[tuple(here)] = start[tuple(here)]
        found = subject.predict((covered, *inputs[1:]))[np.arange(len(chosen)), chosen]
        drop = torch.from_numpy(answered - found).view(-1, *[1] * (own.dim() - 1))
        loss[tuple(here)] += drop
        counts[tuple(here)] += 1
    return loss / counts.clamp_min(1)


def _baseline(subject: Subject, inputs: tuple[Tensor, ...], baseline: Any) -> Tensor:
    own = inputs[0]
    if baseline is not None:
        given = subject.inputs(baseline)[0].to(own.dtype)
        if len(given) not in (1, len(own)) or given.shape[1:] != own.shape[1:]:
            raise UserError(
                f"baseline: expected one row or {len(own):,} of shape {tuple(own.shape[1:])}, got "
                f"{tuple(given.shape)}."
            )
        return given
    if own.dim() == 4:
        return blurred(own)
    return own.mean(dim=1, keepdim=True).expand(own.shape) if own.dim() == 3 else torch.zeros_like(own[:1])


def _scene(subject: Subject, inputs: tuple[Tensor, ...], row: int) -> Scene:
    own = inputs[0][row]
    if own.dim() == 3:
        return Scene("picture", shown_pixels(own))
    length = int(inputs[1][row]) if len(inputs) > 1 and inputs[1].dim() == 1 else len(own)
    return Scene("series", own[:length].double().numpy() if own.dim() == 2 else own[:, None].double().numpy())


def _names(subject: Subject, inputs: tuple[Tensor, ...]) -> tuple[str, ...]:
    if inputs[0].dim() != 2:
        return ()
    known = getattr(subject.preparations[0], "number_names", ()) if subject.members else ()
    return tuple(known) or tuple(f"x{number}" for number in range(inputs[0].shape[1]))


def _note(method: str, completeness: np.ndarray, gaps: np.ndarray) -> str:
    if method != "integrated_gradients":
        return "These maps need not add up to the answer; integrated gradients and shap do."
    worst = float(np.abs(completeness).max())
    share = worst / max(float(np.abs(gaps).max()), 1e-300)
    verdict = "" if share < 0.05 else " That is much: give more points=, or use shap."
    return f"Completeness: the maps add up to answer - base with an error of {worst:.1e} at most.{verdict}"
