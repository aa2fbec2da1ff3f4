"""Calibration: does what is promised with 80 % come true in 80 of 100 cases?"""

from __future__ import annotations

import numpy as np

from netwright.pages.style import (
    BLUE,
    DASHES,
    GREY,
    WIDTH,
    Picture,
    canvas,
    drawing,
    finish,
    plain_ticks,
)
from netwright.pages.wording import INTERVAL_NAME, number, shorten
from netwright.report.measurements import Calibration


@drawing()
def calibration_picture(calibration: Calibration) -> Picture:
    """Draw observed frequency against predicted probability, with the number of rows below."""
    bins = calibration.bins
    predicted = np.array([entry.predicted for entry in bins])
    observed = np.array([entry.observed for entry in bins])
    height, left, below = 300.0, 52.0, 104.0
    figure, axes = canvas(height, left=left, top=12, bottom=below)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.3, linestyle=DASHES[2])
    for entry in bins:
        if entry.low is not None and entry.high is not None:
            axes.plot([entry.predicted] * 2, [entry.low, entry.high], color=BLUE, linewidth=1.5)
    axes.plot(predicted, observed, "o-", color=BLUE, markersize=5, linewidth=1.2)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="came true")
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis)
    axes.set_xticklabels([])
    box = (left / WIDTH, 40 / height, (WIDTH - left - 10) / WIDTH, 52 / height)
    bars = figure.add_axes(box)
    bars.patch.set_visible(False)
    bars.bar(predicted, [entry.count for entry in bins], width=0.03, color=GREY)
    bars.set(xlim=(-0.02, 1.02), ylabel="rows")
    bars.grid(visible=False)
    plain_ticks(bars.xaxis)
    plain_ticks(bars.yaxis, 2, whole=True)
    bars.set_xlabel("predicted probability")
    return finish(figure, "calibration", "Calibration", _alternative(calibration), _caption(calibration))


def _caption(calibration: Calibration) -> str:
    about = shorten(calibration.about, 40)
    text = (
        f"Predicted probability of {about} against how often it came true; bars are {INTERVAL_NAME}s. "
        "On the dotted diagonal the network is exactly as sure as it should be; below it, too sure."
    )
    if calibration.error is None:
        return text
    return f"{text} On average the two differ by {number(calibration.error)} (expected calibration error)."


def _alternative(calibration: Calibration) -> str:
    about = shorten(calibration.about, 40)
    text = f"Calibration of the predicted probability of {about} in {len(calibration.bins)} bins."
    if calibration.bins:
        worst = max(calibration.bins, key=lambda entry: abs(entry.predicted - entry.observed))
        text += (
            f" Largest gap: {number(worst.predicted, 2)} predicted, {number(worst.observed, 2)} observed, in "
            f"{worst.count:,} rows."
        )
    return text
