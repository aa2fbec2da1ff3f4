"""The page of saliency maps, laid over the rows."""

from __future__ import annotations

import os

import numpy as np

import netwright
from netwright.explain.figures import picture_overlay, series_overlay
from netwright.explain.saliency import Saliency
from netwright.files import write_atomically
from netwright.pages.blocks import Block, Cell, Fact, Section, Table, figures, number_cell
from netwright.pages.render import template
from netwright.pages.style import Picture, drawing
from netwright.pages.wording import left_out, number, sentence, shorten

MOST_ROWS = 24


def write_saliency(path: str | os.PathLike[str], found: Saliency) -> None:
    """Write the page in one step.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    shown = range(min(MOST_ROWS, len(found)))
    blocks: list[Block] = (
        [_table(found, row) for row in shown]
        if found.names
        else figures(*(overlay(found, row) for row in shown))
    )
    worst = float(np.nanmax(np.abs(found.completeness))) if np.isfinite(found.completeness).any() else None
    facts = [Fact("rows", f"{len(found):,}")]
    facts += [] if worst is None else [Fact("completeness error", f"{worst:.1e}", "at most")]
    page = template("netwright.explain").render(
        title=f"Saliency: {shorten(found.target or 'output', 60)}",
        version=netwright.__version__,
        origin=f"{found.method.replace('_', ' ')}. {left_out(len(found) - len(shown), 'row')}",
        verdict=sentence(found.note),
        tone="",
        facts=facts,
        sections=[Section("maps", "Where it looks", "Maps", blocks)],
    )
    write_atomically(path, page)


@drawing()
def overlay(found: Saliency, row: int) -> Picture:
    """Return one map laid over its row."""
    scene, values = found.scenes[row], found.maps[row]
    title = f"Row {row + 1:,}: {shorten(found.about[row], 30)}"
    if scene.kind == "picture":
        return picture_overlay(scene.data, values.sum(axis=0), f"map{row}", title)
    steps = scene.data
    spread = np.broadcast_to(values, (len(values), steps.shape[1]))[: len(steps)]
    return series_overlay(steps, spread, f"map{row}", title)


def _table(found: Saliency, row: int) -> Table:
    order = np.argsort(-np.abs(found.maps[row]))
    rows = [
        [Cell(shorten(found.names[one], 60)), number_cell(number(float(found.maps[row][one]), 4))]
        for one in order
    ]
    return Table(
        f"Row {row + 1:,}: {shorten(found.about[row], 30)}", [Cell("Input"), number_cell("Score")], rows
    )
