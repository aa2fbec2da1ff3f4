"""How all figures look: size, type, lines, and colours that the page's theme fills in.

Figures are drawn once and shown in light, dark and print. Every colour is drawn as a marker such as
`#010203`, which `svg.compact` replaces with a CSS variable.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from netwright.pages.svg import COLOUR_MARKERS, compact
from netwright.pages.wording import number, width

WIDTH = 384.0  # points; a phone shows a figure at about this many pixels
TEXT_SIZE = 11.0

INK, MUTED, GRID, SURFACE, BLUE, ORANGE, GREEN, PURPLE, GREY = COLOUR_MARKERS
# Told apart by colour-blind readers, and by dashes as well where lines share a figure.
SERIES = (BLUE, ORANGE, GREEN, PURPLE, MUTED, INK)
DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-",
    (0, (5, 2)),
    (0, (1.5, 1.5)),
    (0, (7, 2, 1.5, 2)),
)
# Densities are pictures with transparency; these tones stand out from white and from near-black alike.
BLUE_TONE, ORANGE_TONE = (47, 129, 200), (222, 120, 30)

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "netwright",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "path.simplify_threshold": 0.3,
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.linewidth": 1.0,
    "axes.labelsize": TEXT_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 1.0,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "xtick.major.pad": 5.0,
    "ytick.major.pad": 5.0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": TEXT_SIZE,
    "legend.handlelength": 1.6,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.4,
    "legend.borderaxespad": 0.0,
    "legend.borderpad": 0.0,
    "image.interpolation": "none",
}


@dataclass(frozen=True)
class Picture:
    """A figure of the page.

    Attributes:
        title: its heading.
        svg: inline SVG without scripts, styles or outside references.
        caption: what to see in it.
    """

    title: str
    svg: str
    caption: str


@contextmanager
def drawing() -> Iterator[None]:
    """Set the style for figures made and rendered inside; the caller's own settings come back after."""
    with matplotlib.rc_context(), warnings.catch_warnings(), np.errstate(all="ignore"):
        # The browser has fonts for the signs that Matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def canvas(
    height: float, *, left: float = 50.0, right: float = 10.0, top: float = 26.0, bottom: float = 38.0
) -> tuple[Figure, Axes]:
    """Return an empty figure of the page's width with one pair of axes; all lengths in points."""
    figure = Figure(figsize=(WIDTH / 72, height / 72))
    figure.patch.set_visible(False)
    box = (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height)
    axes = figure.add_axes(box)
    axes.patch.set_visible(False)
    return figure, axes


def finish(figure: Figure, key: str, title: str, alternative: str, caption: str) -> Picture:
    """Return the drawn figure as a picture.

    Args:
        figure: drawn under `drawing()`.
        key: prefix of all ids inside, unlike that of any other figure on the page.
        title: its heading.
        alternative: what it shows, for those who cannot see it.
        caption: what to look for.
    """
    output = io.BytesIO()
    # Without a date the same figure gives the same bytes.
    figure.savefig(output, format="svg", metadata={"Date": None})
    return Picture(title, compact(output.getvalue(), key, alternative), caption)


def legend_above(axes: Axes, columns: int) -> None:
    """Put the legend in rows above the axes, where it never hides data."""
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=columns)


def plain_ticks(axis: Axis, intervals: int = 5, whole: bool = False) -> None:
    """Show a few round numbers on an axis."""
    axis.set_major_locator(MaxNLocator(nbins=intervals, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))


def logarithmic_ticks(axes: Axes, low: float, high: float) -> None:
    """Make the vertical axis logarithmic from `low` to `high`, with plain numbers on it."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    steps: Sequence[float] = (1.0,) if high / low > 200 else (1.0, 2.0, 5.0)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=6))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 2)))


def tick_text(value: float) -> str:
    """Return a tick's number, short.

    >>> tick_text(0.30000000000000004), tick_text(50000.0), tick_text(2.5e6), tick_text(-3.0)
    ('0.3', '50,000', '2.5 M', '−3')
    """
    if value == 0:
        return "0"
    if abs(value) >= 1e9 or abs(value) < 1e-4:
        text = f"{value:.3g}"
    else:
        text = f"{value / 1e6:,.10g} M" if abs(value) >= 1e6 else f"{value:,.10g}"
    return text.replace("-", "−")


def name_margin(names: Sequence[str], limit: float = 170.0) -> float:
    """Return the width in points that the longest of these names takes beside the axes."""
    return min(limit, 14 + 0.58 * TEXT_SIZE * max((width(name) for name in names), default=0))
