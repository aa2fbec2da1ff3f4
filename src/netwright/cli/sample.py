"""`netwright sample`: tables of real rows to try things on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netwright.cli import options
from netwright.cli.output import print_json, print_table, say

EXAMPLES = """Examples:

netwright sample breast_cancer

netwright sample --list"""


def sample(
    name: Annotated[str | None, typer.Argument(help="Which one, such as breast_cancer.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The file to write; NAME.csv when left out."),
    ] = None,
    force: options.ReplaceFile = False,
    names: Annotated[bool, typer.Option("--list", help="Only tell which samples there are.")] = False,
    as_json: options.Json = False,
) -> None:
    """Write a table of real rows as CSV, to try things on."""
    if names:
        _list(as_json)
        return
    if name is None:
        raise typer.BadParameter("say which, such as breast_cancer. All of them: netwright sample --list.")
    from netwright.verbs.sample import describe, write_sample

    described = describe(name)
    place = write_sample(name, out, force=force)
    if as_json:
        print_json({"name": name, "file": str(place), "rows": described.rows, "target": described.target})
        return
    say(f"{place}: {described.rows:,} rows, {described.inputs} columns, and {described.target} to predict.")
    say(f"Train on it with: netwright train {place} --target {described.target}")


def _list(as_json: bool) -> None:
    from netwright.verbs.sample import list_samples

    known = list_samples()
    if as_json:
        print_json({"samples": [vars(described) for described in known]})
        return
    rows = [(one.name, f"{one.rows:,}", f"{one.inputs:,}", one.target) for one in known]
    print_table(sys.stdout, ("name", "rows", "columns", "to predict"), rows, numbers=(1, 2))
