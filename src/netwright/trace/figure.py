"""Figures of traces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from netwright.trace.plain import Array

BLUE, ORANGE, GREY = "#2f81c8", "#de781e", "#888888"
MOST_BARS = 15


def distributions(values: Sequence[tuple[str, Array]], title: str) -> Figure:
    """Return a figure with the middle half, the middle nine tenths and the median of each array.

    Args:
        values: names and arrays, drawn from top to bottom.
        title: of the figure.
    """
    shown = [(name, array.ravel()) for name, array in values if array.size and array.dtype.kind == "f"]
    figure = Figure(figsize=(6.4, 1.2 + 0.32 * max(1, len(shown))), layout="constrained")
    axes = figure.add_subplot()
    for place, (_, array) in enumerate(shown):
        low, lower, middle, upper, high = np.quantile(array, (0.05, 0.25, 0.5, 0.75, 0.95))
        axes.plot([low, high], [place, place], color=BLUE, linewidth=1.5)
        axes.plot([lower, upper], [place, place], color=BLUE, linewidth=6, solid_capstyle="butt")
        axes.plot([middle], [place], "o", color=ORANGE, markersize=4)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(shown)), [name for name, _ in shown])
    axes.invert_yaxis()
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlabel("thin: middle 90 %, thick: middle half, dot: median", color=GREY, fontsize=9)
    return figure


def contributions(names: Sequence[str], amounts: Array, title: str) -> Figure:
    """Return a figure with the largest amounts as bars, the rest summed up.

    Args:
        names: of what is added up.
        amounts: how much each adds (n,).
        title: of the figure.
    """
    order = np.argsort(-np.abs(amounts), kind="stable")
    first, rest = order[:MOST_BARS], order[MOST_BARS:]
    labels = [names[place] for place in first]
    lengths = list(amounts[first])
    if len(rest):
        labels.append(f"{len(rest):,} others")
        lengths.append(amounts[rest].sum())
    figure = Figure(figsize=(6.4, 1.2 + 0.28 * max(1, len(labels))), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(labels, lengths, color=[BLUE if length >= 0 else ORANGE for length in lengths])
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=11, loc="left")
    return figure
