"""The figure of an effect: partial dependence and accumulated local effects with their intervals."""

from __future__ import annotations

import numpy as np

from netwright.explain.deal import value_text
from netwright.explain.effects import Effects
from netwright.pages.style import (
    BLUE,
    DASHES,
    GREY,
    INK,
    ORANGE,
    Picture,
    canvas,
    drawing,
    finish,
    legend_above,
    name_margin,
    plain_ticks,
)
from netwright.pages.wording import shorten

MOST_SINGLE = 40


@drawing()
def effects_picture(found: Effects) -> Picture:
    """Draw the effect of one column: a curve for numbers, dots for categories."""
    key = "effect-" + "".join(c if c.isalnum() else "-" for c in found.column)
    title = f"Effect of {shorten(found.column, 30)}"
    if found.local is None or any(hasattr(value, "strftime") for value in found.values):
        return _categories(found, key, title)
    assert found.local_low is not None
    assert found.local_high is not None
    figure, axes = canvas(220, left=54, right=10, top=28, bottom=40)
    values = np.array(found.values, dtype=np.float64)
    middle = float(found.partial.mean())
    for line in found.single[:: max(1, len(found.single) // MOST_SINGLE)]:
        axes.plot(values, line, color=GREY, linewidth=0.5, alpha=0.5)
    axes.fill_between(values, found.partial_low, found.partial_high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(values, found.partial, color=BLUE, label="partial dependence")
    local = found.local + middle - float(found.local.mean())
    shift = local - found.local
    axes.fill_between(
        values, found.local_low + shift, found.local_high + shift, color=ORANGE, alpha=0.2, linewidth=0
    )
    axes.plot(values, local, color=ORANGE, linestyle=DASHES[1], label="local effects")
    legend_above(axes, 2)
    axes.set_xlabel(shorten(found.column, 40))
    axes.set_ylabel(shorten(found.about, 20))
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis)
    low, high = np.percentile(found.single, [2, 98])
    axes.set_ylim(
        min(low, found.partial_low.min(), (found.local_low + shift).min()),
        max(high, found.partial_high.max(), (found.local_high + shift).max()),
    )
    caption = (
        "Blue: the mean answer when every row is given the value. Orange: the changes of the rows "
        "that lie there, added "
        f"up; where both part, the column goes together with others. Grey: single rows. {found.note}"
    )
    told = f"Partial dependence from {found.partial.min():.3g} to {found.partial.max():.3g}."
    return finish(figure, key, title, told, caption)


def _categories(found: Effects, key: str, title: str) -> Picture:
    names = [shorten(value_text(value), 22) for value in found.values]
    figure, axes = canvas(50 + 22 * len(names), left=name_margin(names) + 4, right=12, top=6, bottom=40)
    for place, (low, value, high) in enumerate(
        zip(found.partial_low, found.partial, found.partial_high, strict=True)
    ):
        axes.plot([low, high], [place, place], color=BLUE, linewidth=2)
        axes.plot([value], [place], "o", color=BLUE, markersize=7)
    axes.set(ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(visible=False, axis="y")
    plain_ticks(axes.xaxis, 4)
    axes.set_xlabel(shorten(found.about, 40))
    caption = f"The mean answer when every row is given the value. {found.note}"
    return finish(figure, key, title, f"{title}: {len(names)} values.", caption)
