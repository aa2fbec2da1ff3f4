"""How the target is distributed."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwright.pages.style import (
    BLUE,
    INK,
    Picture,
    canvas,
    drawing,
    finish,
    name_margin,
    plain_ticks,
)
from netwright.pages.wording import count, joined, left_out, number, share, shorten
from netwright.report.contents import TargetCounts

MOST_CLASSES = 12


@drawing()
def target_picture(target: TargetCounts, name: str) -> Picture:
    """Draw the counts of the classes, or a histogram of the numbers."""
    if len(target.edges):
        figure, alternative, caption = _histogram(target, name)
    else:
        figure, alternative, caption = _classes(target, name)
    return finish(figure, "target", "The target", alternative, caption)


def _classes(target: TargetCounts, name: str) -> tuple[Figure, str, str]:
    order = sorted(range(len(target.counts)), key=lambda place: -target.counts[place])
    shown, total = order[:MOST_CLASSES], max(1, sum(target.counts))
    names = [shorten(target.labels[place], 22) for place in shown]
    counts = [target.counts[place] for place in shown]
    texts = [f"{size:,} ({share(size / total)})" for size in counts]
    margins = {"left": name_margin(names), "right": name_margin(texts)}
    figure, axes = canvas(16 + 25.0 * len(names), **margins, top=4, bottom=8)
    axes.barh(range(len(names)), counts, height=0.62, color=BLUE)
    for place, (size, text) in enumerate(zip(counts, texts, strict=True)):
        axes.annotate(text, (size, place), xytext=(6, 0), textcoords="offset points", va="center_baseline")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlim=(0, max(*counts, 1)))
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    pairs = [f"{label} {text}" for label, text in zip(names, texts, strict=True)]
    rest = left_out(len(order) - len(shown), "class", "classes")
    alternative = f"Rows by class of {shorten(name, 60)}: {joined(pairs)}. {rest}".strip()
    smallest = order[-1]
    caption = (
        f"Rows in each of the {count(len(order), 'class', 'classes')}. The smallest, "
        f"{shorten(target.labels[smallest], 40)}, has {count(target.counts[smallest], 'row')}. {rest}"
    )
    return figure, alternative, caption.strip()


def _histogram(target: TargetCounts, name: str) -> tuple[Figure, str, str]:
    edges, counts = np.asarray(target.edges, dtype=np.float64), np.asarray(target.counts)
    figure, axes = canvas(220, left=52, top=10)
    _bars(axes, edges, counts)
    axes.set_xlabel(shorten(name, 48))
    axes.set_ylabel("rows")
    highest = int(counts.argmax())
    alternative = (
        f"Histogram of {shorten(name, 60)} from {number(edges[0])} to {number(edges[-1])}; most rows lie "
        f"between {number(edges[highest])} and {number(edges[highest + 1])}."
    )
    return figure, alternative, "How often each value of the target occurs."


def _bars(axes: Axes, edges: np.ndarray, counts: np.ndarray) -> None:
    axes.stairs(counts, edges, fill=True, color=BLUE, alpha=0.85)
    axes.set_ylim(bottom=0)
    axes.grid(visible=False, axis="x")
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis, whole=True)
