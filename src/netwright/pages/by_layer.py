"""One number of every layer over the training: lines for few layers, a heat map for many."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.pages.density import tinted
from netwright.pages.style import (
    BLUE_TONE,
    DASHES,
    MUTED,
    SERIES,
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

MOST_LINES = 6  # more layers than this are told apart by rows of a heat map, not by lines
MOST_ROWS = 40
MOST_READINGS = 200  # more columns than this cannot be seen apart


@dataclass(frozen=True)
class ByLayer:
    """What is drawn.

    Attributes:
        names: of the layers, from the input to the output.
        moments: where the readings were taken, such as steps.
        unit: of the moments, such as "step".
        sizes: one row a layer, one column a moment; zeros and what is not finite are left out.
    """

    names: Sequence[str]
    moments: Sequence[float]
    unit: str
    sizes: NDArray[np.float64]


@drawing()
def by_layer_picture(series: ByLayer, key: str, title: str, caption: str) -> Picture:
    """Draw sizes of all layers on a logarithmic scale.

    Args:
        series: what is drawn.
        key: prefix of the figure's ids.
        title: its heading.
        caption: what to look for.
    """
    sizes = np.where(np.isfinite(series.sizes) & (series.sizes > 0), series.sizes, np.nan)
    if not np.isfinite(sizes).any():
        figure, axes = canvas(120)
        axes.text(0.5, 0.5, "nothing but zeros", transform=axes.transAxes, ha="center", color=MUTED)
        axes.set_yticks([])
    elif len(series.names) <= MOST_LINES:
        figure, axes = _lines(series, sizes)
    else:
        figure, axes = _rows(series, sizes)
        caption += _scale_sentence(len(series.names))
    plain_ticks(axes.xaxis, 8, whole=True)
    axes.set_xlabel(series.unit)
    return finish(figure, key, title, _alternative(series, sizes, title), caption)


def _lines(series: ByLayer, sizes: NDArray[np.float64]) -> tuple[Figure, Axes]:
    figure, axes = canvas(214 + 15 * ((len(sizes) + 1) // 2), left=58, top=12 + 15 * ((len(sizes) + 1) // 2))
    for place, (name, values) in enumerate(zip(series.names, sizes, strict=True)):
        axes.plot(
            series.moments,
            values,
            color=SERIES[place],
            linestyle=DASHES[place % len(DASHES)],
            marker="o" if len(series.moments) < 3 else "",
            label=shorten(name, 22),
        )
    logarithmic_ticks(axes, np.nanmin(sizes) / 1.3, np.nanmax(sizes) * 1.3)
    axes.grid(visible=False, axis="x")
    legend_above(axes, 2)
    return figure, axes


def _rows(series: ByLayer, sizes: NDArray[np.float64]) -> tuple[Figure, Axes]:
    shown = _evenly(len(sizes), MOST_ROWS)
    names = [shorten(series.names[place], 18) for place in shown]
    figure, axes = canvas(64 + 14.0 * len(shown), left=name_margin(names, 130))
    logarithms = np.log10(sizes[np.ix_(shown, _evenly(len(series.moments), MOST_READINGS))])
    low, high = (float(np.log10(end(sizes))) for end in (np.nanmin, np.nanmax))
    strength = 0.08 + 0.92 * (logarithms - low) / max(high - low, 1e-9)
    ends = (float(min(series.moments)), float(max(series.moments)))
    step = (ends[1] - ends[0]) / max(1, logarithms.shape[1] - 1) or 1.0
    axes.imshow(
        tinted(strength, BLUE_TONE),
        aspect="auto",
        extent=(ends[0] - step / 2, ends[1] + step / 2, len(shown) - 0.5, -0.5),
    )
    axes.set_yticks(range(len(shown)), names)
    axes.grid(visible=False)
    _scale(figure, axes, 10**low, 10**high)
    return figure, axes


def _scale(figure: Figure, axes: Axes, low: float, high: float) -> None:
    box = axes.get_position()
    height = 72 * figure.get_figheight()
    strip = figure.add_axes((box.x0 + 0.35 * box.width, box.y1 + 6 / height, 0.3 * box.width, 8 / height))
    strip.imshow(tinted(np.linspace(0.08, 1, 24)[None], BLUE_TONE), aspect="auto", extent=(0, 1, 0, 1))
    strip.set_axis_off()
    strip.text(-0.06, 0.5, number(low, 2), ha="right", va="center", color=MUTED)
    strip.text(1.06, 0.5, number(high, 2), ha="left", va="center", color=MUTED)


def _evenly(available: int, most: int) -> list[int]:
    return sorted({round(place) for place in np.linspace(0, available - 1, min(available, most))})


def _scale_sentence(layers: int) -> str:
    some = f" {MOST_ROWS} of {layers:,} layers are shown." if layers > MOST_ROWS else ""
    return f" The stronger the colour, the larger; the scale is logarithmic.{some}"


def _alternative(series: ByLayer, sizes: NDArray[np.float64], title: str) -> str:
    if not np.isfinite(sizes).any():
        return f"{title}: nothing but zeros."
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN|Mean of empty", RuntimeWarning)
        middles = np.nanmedian(sizes, axis=1)
    if len(middles) <= MOST_LINES:
        parts = [
            f"{shorten(name, 40)} {number(float(middle), 2)}"
            for name, middle in zip(series.names, middles, strict=True)
        ]
        return f"{title}, medians over the {series.unit}s: {', '.join(parts)}."
    low, high = int(np.nanargmin(middles)), int(np.nanargmax(middles))
    return (
        f"{title}, {len(middles)} layers: smallest in {shorten(series.names[low], 40)} "
        f"({number(float(middles[low]), 2)}), largest in {shorten(series.names[high], 40)} "
        f"({number(float(middles[high]), 2)})."
    )
