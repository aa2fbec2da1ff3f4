"""Predicted against true numbers, and what is left over."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from netwright.pages.density import tinted
from netwright.pages.style import (
    BLUE,
    BLUE_TONE,
    DASHES,
    ORANGE,
    Picture,
    canvas,
    drawing,
    finish,
    plain_ticks,
)
from netwright.pages.wording import count, number, shorten
from netwright.report.measurements import RegressionEvaluation

MOST_DOTS = 400  # more rows than this are drawn as a density
LARGEST = 1e150  # beyond it squares overflow
CELLS = (72, 60)


@drawing()
def predicted_picture(evaluation: RegressionEvaluation) -> Picture:
    """Draw predictions against the truth."""
    true, predicted = finite_pairs(evaluation)
    figure, axes = canvas(300, left=62, top=12, bottom=40)
    low, high = _range(np.concatenate([true, predicted]))
    _scatter(axes, true, predicted, (low, high, low, high))
    axes.plot([low, high], [low, high], color=ORANGE, linewidth=1.5, linestyle=DASHES[1])
    _finish_axes(axes, "true" + _unit(evaluation), "predicted")
    alternative = (
        f"Predicted against true values of {count(len(true), 'row')}, correlation "
        f"{number(_correlation(true, predicted))}."
    )
    caption = f"{_marks(len(true))} On the dashed line the prediction is exactly right; above it, too high."
    return finish(figure, "predicted", "Predicted against true", alternative, caption)


@drawing()
def residual_picture(evaluation: RegressionEvaluation) -> Picture:
    """Draw the errors against the predictions."""
    true, predicted = finite_pairs(evaluation)
    errors = predicted - true
    figure, axes = canvas(300, left=62, top=12, bottom=40)
    _scatter(axes, predicted, errors, (*_range(predicted), *_range(errors)))
    axes.axhline(0, color=ORANGE, linewidth=1.5, linestyle=DASHES[1])
    _finish_axes(axes, "predicted" + _unit(evaluation), "predicted minus true")
    alternative = (
        f"Errors against predictions of {count(len(true), 'row')}: mean error "
        f"{number(float(errors.mean()))}, standard deviation {number(float(errors.std()))}."
    )
    caption = (
        f"{_marks(len(true))} A cloud without shape around the dashed line is good; a curve means that "
        "something systematic is missed, a funnel that large values are less certain."
    )
    return finish(figure, "residuals", "Errors by prediction", alternative, caption)


@drawing()
def error_picture(evaluation: RegressionEvaluation) -> Picture:
    """Draw how the errors are distributed."""
    true, predicted = finite_pairs(evaluation)
    errors = predicted - true
    low, high = (float(end) for end in np.quantile(errors, [0.005, 0.995], method="nearest"))
    inside = errors[(errors >= low) & (errors <= high)]
    bins = min(40, max(8, len(errors) // 12))
    counts, edges = np.histogram(inside, bins=np.linspace(*_range(inside), bins + 1))
    figure, axes = canvas(220, left=52, top=10)
    axes.stairs(counts, edges, fill=True, color=BLUE, alpha=0.85)
    axes.axvline(0, color=ORANGE, linewidth=1.5, linestyle=DASHES[1])
    axes.set_ylim(bottom=0)
    _finish_axes(axes, "predicted minus true" + _unit(evaluation), "rows")
    half, ninety = (number(float(end)) for end in np.quantile(np.abs(errors), [0.5, 0.9]))
    caption = f"Half of the predictions are within {half} of the truth, nine in ten within {ninety}."
    outside = len(errors) - len(inside)
    note = f" Beyond the picture: {count(outside, 'row')}." if outside else ""
    alternative = f"Histogram of the errors. {caption}"
    return finish(figure, "errors", "Size of the errors", alternative, caption + note)


def finite_pairs(evaluation: RegressionEvaluation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return true and predicted numbers of the rows in which both can be drawn.

    >>> finite_pairs(RegressionEvaluation((1.0, 2.0), (float("nan"), 2.5)))
    (array([2.]), array([2.5]))
    """
    true = np.asarray(evaluation.true, dtype=np.float64)
    predicted = np.asarray(evaluation.predicted, dtype=np.float64)
    kept = (np.abs(true) < LARGEST) & (np.abs(predicted) < LARGEST)
    return true[kept], predicted[kept]


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    gap = 0.03 * (high - low) or 0.5 * abs(high) or 1.0
    return low - gap, high + gap


def _scatter(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], ends: tuple[float, float, float, float]
) -> None:
    if len(x) <= MOST_DOTS:
        axes.plot(x, y, "o", color=BLUE, alpha=0.5, markersize=5, markeredgewidth=0)
    else:
        cells = np.histogram2d(y, x, bins=CELLS[::-1], range=(ends[2:], ends[:2]))[0]
        strength = np.where(cells > 0, 0.25 + 0.75 * np.log1p(cells) / np.log1p(cells.max()), 0)
        axes.imshow(tinted(strength, BLUE_TONE), extent=ends, origin="lower", aspect="auto", zorder=1.5)
    axes.set(xlim=ends[:2], ylim=ends[2:])


def _finish_axes(axes: Axes, horizontal: str, vertical: str) -> None:
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis)
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)


def _unit(evaluation: RegressionEvaluation) -> str:
    return f" ({shorten(evaluation.unit, 24)})" if evaluation.unit else ""


def _marks(rows: int) -> str:
    if rows <= MOST_DOTS:
        return "One dot a row."
    return f"The stronger the colour, the more of the {rows:,} rows lie there."


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
