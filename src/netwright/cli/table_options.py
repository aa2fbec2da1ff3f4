"""Options of the commands that look at tables: compare, check, missing and curve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Group = Annotated[
    str | None,
    typer.Option("--group", metavar="COLUMN", help="Keep its groups on one side of every division."),
]
OrderBy = Annotated[
    str | None,
    typer.Option("--order-by", metavar="COLUMN", help="Divide in time: tested on what lies later."),
]
RecipeFile = Annotated[
    Path | None,
    typer.Option("--recipe", metavar="FILE", help="A YAML file with settings of the networks."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the networks' recipe; may be repeated."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="Where the page and the record are written.")
]


def time_of(word: str) -> str | None:
    """Return a time, or None for "none"."""
    return None if word.strip().lower() == "none" else word
