"""Some sequences of each class, drawn over their steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator

from netwright.pages.style import DASHES, SERIES, Picture, canvas, drawing, finish, legend_above, plain_ticks
from netwright.pages.wording import count, shorten
from netwright.report.contents import SequenceSample

MOST_CLASSES = 6
MOST_OF_A_CLASS = 3
MOST_POINTS = 400


def sequence_pictures(samples: Sequence[SequenceSample]) -> list[Picture]:
    """Draw a few sequences of each class, the first channel of each, on one scale for all classes."""
    classes = list(dict.fromkeys(sample.label for sample in samples))[:MOST_CLASSES]
    values = [value for sample in samples for value in sample.steps if np.isfinite(value)]
    if not values:
        return []
    limits = (min(values), max(values))
    return [
        _class_picture(label, [one for one in samples if one.label == label], limits, number)
        for number, label in enumerate(classes)
    ]


@drawing()
def _class_picture(
    label: str, samples: Sequence[SequenceSample], limits: tuple[float, float], number: int
) -> Picture:
    shown = samples[:MOST_OF_A_CLASS]
    figure, axes = canvas(180, left=50, top=24)
    for place, sample in enumerate(shown):
        steps = np.asarray(sample.steps, dtype=np.float64)
        kept = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), MOST_POINTS)).round().astype(int))
        axes.plot(
            kept,
            steps[kept],
            color=SERIES[place],
            linestyle=DASHES[place],
            linewidth=1.4,
            marker="o" if len(steps) == 1 else "",
            label=shorten(sample.name, 18),
        )
    margin = 0.05 * (limits[1] - limits[0]) or 1.0
    axes.set_ylim(limits[0] - margin, limits[1] + margin)
    plain_ticks(axes.yaxis, 4)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_xlabel(f"step ({shown[0].channel})")
    legend_above(axes, 3)
    lengths = ", ".join(str(len(one.steps)) for one in shown)
    told = f"{count(len(shown), 'sequence')} of {label}, {lengths} steps."
    caption = "All classes have the same scale."
    return finish(figure, f"sequence{number}", shorten(label, 40), told, caption)
