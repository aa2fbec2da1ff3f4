"""The confusion matrix: which classes are taken for which."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from netwright.pages.density import tinted
from netwright.pages.style import (
    BLUE,
    BLUE_TONE,
    GREY,
    INK,
    MUTED,
    ORANGE,
    ORANGE_TONE,
    TEXT_SIZE,
    WIDTH,
    Picture,
    canvas,
    drawing,
    finish,
    name_margin,
)
from netwright.pages.wording import count, shorten, width
from netwright.report.measurements import Confusion

MOST_WITH_NUMBERS = 12  # more classes than this leave no room for a number in every cell
MOST_WITH_NAMES = 26
SMALLEST_TEXT = 8.0
STRONGEST = 0.5  # so that ink stays readable on the strongest cell, in light and dark
LETTER = 0.6 * TEXT_SIZE


@drawing()
def confusion_picture(confusion: Confusion) -> Picture:
    """Draw the confusion matrix: with numbers for few classes, as a heat map for many."""
    counts = np.asarray(confusion.counts, dtype=np.int64)
    classes = len(counts)
    names = [shorten(label, 18 if classes <= MOST_WITH_NUMBERS else 10) for label in confusion.labels]
    names = names if classes <= MOST_WITH_NAMES else []
    left = 22 + name_margin(names)
    side = min(WIDTH - left - 8, 72.0 * classes + 20)
    longest = max((width(name) for name in names), default=0) * LETTER
    upright = longest > side / classes - 4
    top = 24 + ((longest + 6 if upright else TEXT_SIZE + 4) if names else 0)
    figure, axes = canvas(top + side + 6, left=left, right=WIDTH - left - side, top=top, bottom=6)
    text_size = min(13.0, side / classes / (0.62 * len(f"{counts.max():,}")))
    with_numbers = classes <= MOST_WITH_NUMBERS and text_size >= SMALLEST_TEXT
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if with_numbers:
        _cells(axes, counts, shares, text_size)
    else:
        _heat(axes, shares)
    _label(axes, names, classes, upright)
    return finish(
        figure,
        "confusion",
        "Confusion matrix",
        _alternative(confusion, counts),
        _caption(confusion, with_numbers),
    )


def _cells(axes: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64], text_size: float) -> None:
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            colour = BLUE if row == column else ORANGE
            strength = 0.15 + (STRONGEST - 0.15) * shares[row, column]
            corner = (column - 0.48, row - 0.48)
            axes.add_patch(Rectangle(corner, 0.96, 0.96, facecolor=colour, alpha=strength, linewidth=0))
        axes.text(
            column,
            row,
            f"{counts[row, column]:,}",
            ha="center",
            va="center",
            fontsize=text_size,
            color=INK if counts[row, column] else MUTED,
        )


def _heat(axes: Axes, shares: NDArray[np.float64]) -> None:
    # The root makes rare confusions visible: one in a hundred is drawn at a tenth of the strength.
    strength = np.sqrt(shares)
    right = tinted(np.where(np.eye(len(shares), dtype=bool), strength, 0), BLUE_TONE)
    wrong = tinted(np.where(np.eye(len(shares), dtype=bool), 0, strength), ORANGE_TONE)
    axes.imshow(np.where(right[..., 3:] > 0, right, wrong), aspect="auto", zorder=1.5)
    last = len(shares)
    axes.add_patch(Rectangle((-0.5, -0.5), last, last, facecolor="none", edgecolor=GREY, linewidth=1))


def _label(axes: Axes, names: list[str], classes: int, upright: bool) -> None:
    axes.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5))
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(range(len(names)), names, rotation=90 if upright else 0)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("predicted →", labelpad=4)
    axes.set_ylabel("← true", labelpad=4)


def _alternative(confusion: Confusion, counts: NDArray[np.int64]) -> str:
    total, right = int(counts.sum()), int(np.trace(counts))
    classes = count(len(counts), "class", "classes")
    text = f"Confusion matrix of {classes}: {right:,} of {total:,} rows are right."
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    if wrong.any():
        row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
        true, predicted = (shorten(confusion.labels[place], 40) for place in (int(row), int(column)))
        text += f" Most frequent mistake: {true} taken for {predicted}, {count(int(wrong.max()), 'time')}."
    return text


def _caption(confusion: Confusion, with_numbers: bool) -> str:
    text = (
        "One row for each true class. Blue is right, orange is a mistake; the stronger, the larger the share "
    )
    if with_numbers:
        return f"{text}of the true class."
    text += "of the true class (its root, so that rare mistakes show)."
    if len(confusion.labels) <= MOST_WITH_NAMES:
        return text
    first, last = (shorten(confusion.labels[place], 30) for place in (0, -1))
    return f"{text} The classes run from {first} to {last}."


def frequent_confusions(confusion: Confusion, limit: int) -> list[tuple[str, str, int, float]]:
    """Return the most frequent mistakes: true class, predicted class, count and share of the true class.

    >>> frequent_confusions(Confusion(("a", "b"), ((3, 1), (0, 2))), 5)
    [('a', 'b', 1, 0.25)]
    """
    counts = np.asarray(confusion.counts, dtype=np.int64)
    totals = counts.sum(axis=1)
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    order = np.argsort(-wrong, axis=None, kind="stable")[:limit]
    pairs = [divmod(int(place), len(counts)) for place in order]
    return [
        (
            confusion.labels[row],
            confusion.labels[column],
            int(wrong[row, column]),
            float(wrong[row, column] / totals[row]),
        )
        for row, column in pairs
        if wrong[row, column]
    ]
