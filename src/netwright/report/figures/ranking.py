"""ROC and precision-recall: what a cut-off on the predicted probability buys and costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.pages.style import (
    DASHES,
    GREY,
    SERIES,
    Picture,
    canvas,
    drawing,
    finish,
    plain_ticks,
)
from netwright.pages.wording import joined, shorten
from netwright.report.measurements import Curve

MOST_CURVES = 6
MOST_POINTS = 2_000


@drawing()
def roc_picture(curves: Sequence[Curve], positive: str) -> Picture:
    """Draw ROC curves: true against false positive rate over all cut-offs."""
    shown = curves[:MOST_CURVES]
    figure, axes = _square(len(shown))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.3, linestyle=DASHES[2])
    _draw(axes, shown)
    axes.set_xlabel("false alarms: share of the others wrongly picked")
    axes.set_ylabel("share found")
    about = f"rows of class {shorten(positive, 40)}" if positive else "rows of the class"
    caption = (
        f"Share of the {about} that are found, against the price in false alarms, over all cut-offs. The "
        f"closer to the upper left corner the better; the dotted diagonal is guessing.{_some(curves)}"
    )
    title = "ROC curve" if sum(curve.is_network for curve in curves) < 2 else "ROC curve of each class"
    return finish(figure, "roc", title, _alternative("ROC curve", "area", shown), caption)


@drawing()
def precision_recall_picture(curves: Sequence[Curve], positive: str, base: float | None) -> Picture:
    """Draw precision-recall curves; the dotted line is the precision of guessing."""
    shown = curves[:MOST_CURVES]
    figure, axes = _square(len(shown))
    if base is not None:
        axes.plot([0, 1], [base, base], color=GREY, linewidth=1.3, linestyle=DASHES[2])
    _draw(axes, shown)
    axes.set_xlabel("recall: share of the cases that are found")
    axes.set_ylabel("precision: share of picks that are right")
    about = f" of {shorten(positive, 40)}" if positive else ""
    guessing = " The dotted line is guessing." if base is not None else ""
    caption = (
        f"How pure the picks{about} stay as more of the cases are found. The higher the better, above all "
        f"where cases are rare.{guessing}{_some(curves)}"
    )
    alternative = _alternative("Precision-recall curve", "average precision", shown)
    return finish(figure, "precision-recall", "Precision and recall", alternative, caption)


def _square(curves: int) -> tuple[Figure, Axes]:
    top = 10.0 + 15 * ((curves + 1) // 2)
    figure, axes = canvas(top + 290, left=52, top=top, bottom=40)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis)
    return figure, axes


def _draw(axes: Axes, curves: Sequence[Curve]) -> None:
    for place, curve in reversed(list(enumerate(curves))):
        area = "" if curve.area is None else f" {curve.area:.3f}"
        x, y = _thinned(curve)
        axes.plot(
            x,
            y,
            color=SERIES[place],
            linestyle=DASHES[place % len(DASHES)],
            linewidth=2.2 if curve.is_network else 1.5,
            label=f"{shorten(curve.name, 20)}{area}",
        )
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=2)


def _thinned(curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.asarray(curve.x, dtype=np.float64), np.asarray(curve.y, dtype=np.float64)
    if len(x) <= MOST_POINTS:
        return x, y
    # Points at equal distances along the curve: steep and flat stretches keep their shape.
    length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    kept = np.unique(np.searchsorted(length, np.linspace(0, length[-1], MOST_POINTS)).clip(0, len(x) - 1))
    return x[kept], y[kept]


def _alternative(what: str, score: str, curves: Sequence[Curve]) -> str:
    parts = [
        f"{shorten(curve.name, 40)} with {score} {curve.area:.3f}"
        if curve.area is not None
        else shorten(curve.name, 40)
        for curve in curves
    ]
    return f"{what} of {joined(parts)}."


def _some(curves: Sequence[Curve]) -> str:
    return f" {MOST_CURVES} of {len(curves)} curves are shown." if len(curves) > MOST_CURVES else ""
