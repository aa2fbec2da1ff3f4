"""The figure of the check: deletion and insertion against random orders."""

from __future__ import annotations

from netwright.explain.check import Check
from netwright.pages.style import (
    BLUE,
    DASHES,
    MUTED,
    ORANGE,
    Picture,
    canvas,
    drawing,
    finish,
    legend_above,
    plain_ticks,
)


@drawing()
def check_picture(found: Check) -> Picture:
    """Draw how much of the answer is left when players leave, or there when they join."""
    figure, axes = canvas(210, left=44, right=10, top=44, bottom=40)
    lines = (
        ("leaving", found.deletion, BLUE, DASHES[0]),
        ("leaving at random", found.deletion_random, MUTED, DASHES[1]),
        ("joining", found.insertion, ORANGE, DASHES[0]),
        ("joining at random", found.insertion_random, MUTED, DASHES[2]),
    )
    for name, values, colour, dashes in lines:
        axes.plot(
            [100 * one for one in found.share],
            [100 * one for one in values],
            color=colour,
            linestyle=dashes,
            label=name,
        )
    legend_above(axes, 2)
    axes.set_xlabel("players that left or joined, in %")
    axes.set_ylabel("answer reached, in %")
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis)
    caption = (
        "0 is the base, 100 the model's answer. Players go in the order of their scores, those for "
        "the answer first: the "
        "further the full lines are from the broken ones, the more the scores are worth."
    )
    told = (
        f"Deletion area {found.deletion_gain:.2f} below random, insertion area "
        f"{found.insertion_gain:.2f} above."
    )
    return finish(figure, "check", "Leaving and joining", told, caption)
