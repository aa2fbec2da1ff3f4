"""Gradient flow: how large the gradient and the update of every layer were, over the training."""

from __future__ import annotations

import warnings

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
from netwright.report.contents import GradientFlow

MOST_LINES = 6  # more layers than this are told apart by rows of a heat map, not by lines
MOST_ROWS = 40
MOST_READINGS = 200  # more columns than this cannot be seen apart


def flow_pictures(flow: GradientFlow) -> tuple[Picture, ...]:
    """Draw gradient norms and update-to-weight ratios by layer."""
    gradients = _picture(
        flow,
        np.array([layer.gradient_norms for layer in flow.layers], dtype=np.float64),
        ("gradient", "Gradient norm by layer"),
        "How strongly each layer is pulled. Layers within a few powers of ten of each other learn together; "
        "a layer far below the rest hardly learns (vanishing), one that shoots up is unstable (exploding).",
    )
    updates = _picture(
        flow,
        np.array([layer.update_ratios for layer in flow.layers], dtype=np.float64),
        ("update", "Update as a share of the weights, by layer"),
        "How much one step changes each layer. Around 0.001 is the usual rule of thumb; far below it a layer "
        "stands still, far above it training is restless.",
    )
    return gradients, updates


@drawing()
def _picture(flow: GradientFlow, sizes: NDArray[np.float64], names: tuple[str, str], caption: str) -> Picture:
    sizes = np.where(np.isfinite(sizes) & (sizes > 0), sizes, np.nan)
    key, title = names
    if not np.isfinite(sizes).any():
        figure, axes = canvas(120)
        axes.text(0.5, 0.5, "nothing but zeros", transform=axes.transAxes, ha="center", color=MUTED)
        axes.set_yticks([])
    elif len(flow.layers) <= MOST_LINES:
        figure, axes = _lines(flow, sizes)
    else:
        figure, axes = _rows(flow, sizes)
        caption += _scale_sentence(flow)
    plain_ticks(axes.xaxis, 8, whole=True)
    axes.set_xlabel("epoch")
    return finish(figure, key, title, _alternative(flow, sizes, title), caption)


def _lines(flow: GradientFlow, sizes: NDArray[np.float64]) -> tuple[Figure, Axes]:
    figure, axes = canvas(214 + 15 * ((len(sizes) + 1) // 2), left=58, top=12 + 15 * ((len(sizes) + 1) // 2))
    for place, (layer, values) in enumerate(zip(flow.layers, sizes, strict=True)):
        axes.plot(
            flow.epochs,
            values,
            color=SERIES[place],
            linestyle=DASHES[place % len(DASHES)],
            marker="o" if len(flow.epochs) < 3 else "",
            label=shorten(layer.name, 22),
        )
    logarithmic_ticks(axes, np.nanmin(sizes) / 1.3, np.nanmax(sizes) * 1.3)
    axes.grid(visible=False, axis="x")
    legend_above(axes, 2)
    return figure, axes


def _rows(flow: GradientFlow, sizes: NDArray[np.float64]) -> tuple[Figure, Axes]:
    shown = _evenly(len(sizes), MOST_ROWS)
    names = [shorten(flow.layers[place].name, 18) for place in shown]
    figure, axes = canvas(64 + 14.0 * len(shown), left=name_margin(names, 130))
    logarithms = np.log10(sizes[np.ix_(shown, _evenly(len(flow.epochs), MOST_READINGS))])
    low, high = (float(np.log10(end(sizes))) for end in (np.nanmin, np.nanmax))
    strength = 0.08 + 0.92 * (logarithms - low) / max(high - low, 1e-9)
    ends = (float(min(flow.epochs)), float(max(flow.epochs)))
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


def _scale_sentence(flow: GradientFlow) -> str:
    some = f" {MOST_ROWS} of {len(flow.layers):,} layers are shown." if len(flow.layers) > MOST_ROWS else ""
    return f" The stronger the colour, the larger; the scale is logarithmic.{some}"


def _alternative(flow: GradientFlow, sizes: NDArray[np.float64], title: str) -> str:
    if not np.isfinite(sizes).any():
        return f"{title}: nothing but zeros."
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN|Mean of empty", RuntimeWarning)
        middles = np.nanmedian(sizes, axis=1)
    if len(middles) <= MOST_LINES:
        parts = [
            f"{shorten(layer.name, 40)} {number(float(middle), 2)}"
            for layer, middle in zip(flow.layers, middles, strict=True)
        ]
        return f"{title}, medians over the epochs: {', '.join(parts)}."
    low, high = int(np.nanargmin(middles)), int(np.nanargmax(middles))
    return (
        f"{title}, {len(middles)} layers: smallest in {shorten(flow.layers[low].name, 40)} "
        f"({number(float(middles[low]), 2)}), largest in {shorten(flow.layers[high].name, 40)} "
        f"({number(float(middles[high]), 2)})."
    )
