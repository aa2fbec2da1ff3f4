"""Figures of the clinic's page: the loss, and the health of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from netwright.clinic.record import Record
from netwright.findings import Finding
from netwright.pages.by_layer import ByLayer, by_layer_picture
from netwright.pages.style import (
    BLUE,
    DASHES,
    GREY,
    INK,
    MUTED,
    ORANGE,
    Picture,
    canvas,
    drawing,
    finish,
    legend_above,
    logarithmic_ticks,
    name_margin,
    plain_ticks,
)
from netwright.pages.wording import number, shorten

VISIBLE = 0.01

MOST_POINTS = 600
"""More steps than this are drawn as medians of stretches."""


@drawing()
def loss_picture(record: Record, findings: Sequence[Finding]) -> Picture | None:
    """Draw the loss of every step, the validation loss, and where findings showed; None without a step."""
    losses = np.array(record.losses, dtype=np.float64)
    if not np.isfinite(losses).any():
        return None
    steps, low, middle, high = _stretches(losses)
    figure, axes = canvas(250, left=56)
    if len(losses) > len(steps):
        axes.fill_between(steps, low, high, color=GREY, alpha=0.25, linewidth=0, label="range")
    axes.plot(steps, middle, color=MUTED, label="training", marker="o" if len(steps) < 3 else "")
    held_out = [(e.step, e.validation_loss) for e in record.epochs if e.validation_loss is not None]
    if held_out:
        axes.plot(*zip(*held_out, strict=True), color=BLUE, marker="o", markersize=3, label="validation")
    expected = record.wiring.expected_loss
    if expected is not None and np.isfinite(expected):
        axes.axhline(expected, color=INK, linewidth=1, linestyle=DASHES[2], label="constant answer")
    marks = {f.step for f in findings if f.severity == "alarm" and f.step and f.step < record.step}
    for place, step in enumerate(sorted(marks)):
        label = "alarm" if place == 0 else None
        axes.axvline(step, color=ORANGE, linewidth=1.5, linestyle=DASHES[1], label=label)
    shown = np.array([*middle, *(loss for _, loss in held_out)], dtype=np.float64)
    shown = shown[np.isfinite(shown)]
    if shown.min() > 0 and shown.max() / shown.min() > 5:
        logarithmic_ticks(axes, shown.min() / 1.3, shown.max() * 1.3)
    else:
        plain_ticks(axes.yaxis)
    plain_ticks(axes.xaxis, 8, whole=True)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("step")
    legend_above(axes, 3)
    return finish(figure, "loss", "Loss", _told(losses), _caption(record))


def health_pictures(record: Record) -> list[Picture]:
    """Draw sizes of gradients and updates, silent and saturated units, by layer; those that were seen."""
    pictures = []
    readings = [observation for observation in record.observations if observation.layers]
    names = [
        name for name in dict.fromkeys(n for o in readings for n in o.layers) if _trainable(record, name)
    ]
    if readings and names:
        steps = [float(observation.step) for observation in readings]
        for key, title, caption in _READINGS:
            sizes = np.full((len(names), len(readings)), np.nan)
            for column, observation in enumerate(readings):
                for row, name in enumerate(names):
                    if name in observation.layers:
                        sizes[row, column] = getattr(observation.layers[name], key)
            pictures.append(by_layer_picture(ByLayer(names, steps, "step", sizes), key, title, caption))
    if any(probe.units for probe in record.probes):
        pictures.append(_units_picture(record))
    return pictures


_READINGS = (
    (
        "gradient",
        "Gradient by layer",
        "Root mean square of the gradient's entries. Layers within a few powers of ten learn together; one "
        "far below the rest hardly learns, one that shoots up is unstable.",
    ),
    (
        "update",
        "Update as a share of the weights",
        "How far one step moves each layer. Around 0.001 is usual; far below it a layer stands still, far "
        "above it training is restless.",
    ),
)


@drawing()
def _units_picture(record: Record) -> Picture:
    """Draw the silent and saturated share of each activation at the last look."""
    probe = next(probe for probe in reversed(record.probes) if probe.units)
    order = {layer.name: layer.depth for layer in record.facts.layers}
    names = sorted(probe.units, key=lambda name: order.get(name, len(order)))[:40]
    places = np.arange(len(names))
    labels = [shorten(name, 18) for name in names]
    figure, axes = canvas(64 + 22.0 * len(names), left=name_margin(labels, 120))
    for offset, key, colour in ((-0.2, "dead", ORANGE), (0.2, "saturated", BLUE)):
        shares = [100 * getattr(probe.units[name], key) for name in names]
        label = {"dead": "silent units", "saturated": "saturated entries"}[key]
        axes.barh(places + offset, shares, 0.36, color=colour, label=label)
    axes.set_yticks(places, labels)
    if all(probe.units[name].dead < VISIBLE and probe.units[name].saturated < VISIBLE for name in names):
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", va="center", color=MUTED)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("per cent of units or entries")
    axes.grid(visible=False, axis="y")
    legend_above(axes, 2)
    worst = max(names, key=lambda name: probe.units[name].dead)
    alternative = f"Worst: {shorten(worst, 40)} with {probe.units[worst].dead:.0%} silent units."
    when = f"after {probe.step:,} steps" if probe.step else "before the first step"
    return finish(
        figure,
        "units",
        f"Silent and saturated units {when}",
        alternative,
        "On fixed rows. Silent units put out nothing for any of them; saturated entries pass on hardly any "
        "gradient. Half of a ReLU layer's entries being zero is usual and not shown here.",
    )


def _trainable(record: Record, name: str) -> bool:
    layer = record.facts.layer(name)
    return layer is None or layer.trainable


def _stretches(
    losses: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return steps, and the lowest, middle and highest finite loss of each stretch of steps."""
    losses = np.where(np.isfinite(losses), losses, np.nan)
    edges = np.unique(np.linspace(0, len(losses), min(len(losses), MOST_POINTS) + 1).astype(int))
    parts = [losses[start:end] for start, end in pairwise(edges)]
    known = [part[np.isfinite(part)] if np.isfinite(part).any() else np.array([np.nan]) for part in parts]
    return (
        (edges[:-1] + edges[1:] + 1) / 2,
        np.array([part.min() for part in known]),
        np.array([np.median(part) for part in known]),
        np.array([part.max() for part in known]),
    )


def _told(losses: NDArray[np.float64]) -> str:
    known = losses[np.isfinite(losses)]
    text = f"Training loss over {len(losses):,} steps, from {number(known[0])} to {number(known[-1])}."
    return text + (" Some losses are not finite." if len(known) < len(losses) else "")


def _caption(record: Record) -> str:
    text = "Each point is the median of a stretch of steps." if len(record.losses) > MOST_POINTS else ""
    if record.wiring.expected_loss is not None:
        text += " Below the dotted line the network is better than the best constant answer."
    return text.strip() or "The loss of every step."
