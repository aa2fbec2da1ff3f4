"""Figures of the tuning tools."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#2f81c8", "#de781e", "#888888"


def rate_figure(
    rates: Sequence[float], losses: Sequence[float], trials: Sequence[tuple[float, float]], suggestion: float
) -> Figure:
    """Return a figure of a range test: the sweep as a line, short trainings as dots.

    Args:
        rates: of the sweep.
        losses: of the sweep.
        trials: rates and losses of short trainings.
        suggestion: the rate to use.
    """
    figure, axes = _axes("learning rate", "loss")
    axes.plot(rates, losses, color=BLUE, label="training loss while the rate rises")
    shown = [(rate, score) for rate, score in trials if math.isfinite(score)]
    axes.plot(*zip(*shown, strict=True), "o--", color=ORANGE, label="loss after a short training")
    axes.axvline(suggestion, color=GREY, label=f"suggestion: {suggestion:.2g}")
    axes.set_ylim(top=1.3 * max(losses[0], *(score for _, score in shown)))
    axes.legend(frameon=False, fontsize=9)
    return figure


def batch_figure(sizes: Sequence[int], needed: Sequence[float], noise: float, suggestion: int) -> Figure:
    """Return a figure of the gradient noise scale: how many steps and rows a batch size costs.

    Args:
        sizes: batch sizes.
        needed: of each, steps relative to the fewest.
        noise: the gradient noise scale.
        suggestion: the batch size to use.
    """
    figure, axes = _axes("batch size", "relative to the least")
    axes.set_yscale("log")
    axes.plot(sizes, needed, color=BLUE, label="steps needed")
    axes.plot(sizes, [1 + size / noise for size in sizes], color=ORANGE, label="rows needed")
    axes.axvline(suggestion, color=GREY, label=f"suggestion: {suggestion:,}")
    axes.legend(frameon=False, fontsize=9)
    return figure


def _axes(horizontal: str, vertical: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
