"""A series with its forecast and interval, and with what came where that is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from netwright.pages.style import (
    BLUE,
    DASHES,
    INK,
    MUTED,
    ORANGE,
    Picture,
    canvas,
    drawing,
    finish,
    legend_above,
    plain_ticks,
)
from netwright.pages.wording import count, number, shorten

TIMES_ON_AXIS = 4

SIGNS_ON_AXIS = 54
"""Characters that fit below the axis side by side."""

_NO_SECONDS = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d):00")
_NO_HOURS = re.compile(r"(\d{4}-\d\d-\d\d) 00:00")
_IS_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")


@dataclass(frozen=True)
class SeriesView:
    """One series to be drawn.

    Attributes:
        name: of the series.
        times: of history and forecast together, as text.
        history: values before the forecast; NaN where missing.
        forecast: values ahead (horizon,).
        lower: lower ends of the interval (horizon,).
        upper: upper ends (horizon,).
        truth: what came (horizon,), or None where it is not known yet.
        coverage: what the interval promises.
    """

    name: str
    times: Sequence[str]
    history: NDArray[np.float64]
    forecast: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    truth: NDArray[np.float64] | None = None
    coverage: float = 0.9

    def __post_init__(self) -> None:
        assert len(self.times) == len(self.history) + len(self.forecast)


@drawing()
def forecast_picture(view: SeriesView, key: str) -> Picture:
    """Draw history, forecast and interval.

    Args:
        view: the series.
        key: prefix of all ids inside, unlike that of any other figure on the page.
    """
    figure, axes = canvas(236, left=56)
    past = np.arange(len(view.history))
    ahead = len(past) + np.arange(len(view.forecast))
    axes.plot(past, view.history, color=MUTED, linewidth=1.3, label="history")
    band = axes.fill_between(ahead, view.lower, view.upper, color=BLUE, linewidth=0, label="interval")
    band.set_alpha(0.25)
    marker = "o" if len(ahead) < 3 else ""
    axes.plot(ahead, view.forecast, color=BLUE, marker=marker, label="forecast")
    if view.truth is not None:
        axes.plot(ahead, view.truth, color=ORANGE, linestyle=DASHES[1], marker=marker, label="what came")
    axes.axvline(len(past) - 0.5, color=INK, linewidth=0.8, linestyle=DASHES[2])
    plain_ticks(axes.yaxis)
    _time_axis(axes, view.times)
    legend_above(axes, 4)
    name = shorten(view.name, 40)
    return finish(figure, key, name, _alternative(view), _caption(view))


def _time_axis(axes: Axes, times: Sequence[str]) -> None:
    labels = short_times(times)
    most = min(TIMES_ON_AXIS, SIGNS_ON_AXIS // max(map(len, labels)))
    places = np.linspace(0, len(times) - 1, min(max(2, most), len(times))).round().astype(int)
    axes.set_xticks(places, [labels[place] for place in places])
    shown = axes.get_xticklabels()
    shown[0].set_horizontalalignment("left")
    shown[-1].set_horizontalalignment("right")
    axes.grid(visible=False, axis="x")
    axes.margins(x=0.01)


def short_times(times: Sequence[str]) -> list[str]:
    """Return times as they are told on an axis: without seconds, or hours, that are 0 for all of them.

    >>> short_times(["2018-06-08T18:00:00", "2018-06-08T19:00:00"])
    ['2018-06-08 18:00', '2018-06-08 19:00']
    >>> short_times(["2018-06-08 00:00:00", "2018-06-09 00:00:00"]), short_times(["5", "6"])
    (['2018-06-08', '2018-06-09'], ['5', '6'])
    """
    shorter = [time.replace("T", " ") if _IS_TIME.fullmatch(time) else time for time in times]
    for needless in (_NO_SECONDS, _NO_HOURS):
        if all(needless.fullmatch(time) for time in shorter):
            shorter = [needless.sub(r"\1", time) for time in shorter]
    return shorter


def _alternative(view: SeriesView) -> str:
    first, last = view.times[len(view.history)], view.times[-1]
    told = (
        f"{view.name}: {count(len(view.history), 'value')} of history, a forecast from {first} to {last} "
        f"between {number(float(view.forecast.min()))} and {number(float(view.forecast.max()))}."
    )
    if view.truth is None:
        return told
    return f"{told} Mean absolute error {number(float(np.nanmean(np.abs(view.forecast - view.truth))))}."


def _caption(view: SeriesView) -> str:
    return f"The band should hold the true value {round(100 * view.coverage)} times in 100."
