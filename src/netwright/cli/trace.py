"""`netwright trace`: what one row does inside a network, layer by layer or unit by unit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli import options
from netwright.cli.output import print_json, say

EXAMPLES = """Examples:

netwright trace runs/wine wine.csv --row 3

netwright trace runs/wine --row 3 --layer hidden.1 --unit 7"""


def trace(
    model: options.Model,
    file: Annotated[
        Path | None,
        typer.Argument(help="The file with the row; the run's own when left out."),
    ] = None,
    row: Annotated[int, typer.Option("--row", help="Number of the row, from 1 below the header.")] = 1,
    layer: Annotated[str | None, typer.Option("--layer", help="A layer, such as hidden.1.")] = None,
    unit: Annotated[int | None, typer.Option("--unit", help="A unit of that layer, from 0.")] = None,
    member: Annotated[
        int | None,
        typer.Option("--member", help="Which network, of several trained as one; else the first."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Look inside: what each layer passes on for a row, or what one unit reads, weighs and makes of it."""
    from netwright.verbs import trace as verb

    traced = verb.trace(model, file, row=row, layer=layer, unit=unit, member=member)
    if as_json:
        print_json(
            {"model": str(model), "file": None if file is None else str(file), "row": row} | traced.to_json()
        )
    else:
        say(traced.table())
