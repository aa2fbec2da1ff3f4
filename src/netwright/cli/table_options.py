"""Options that the commands on tables share: compare, check, missing and curve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer


def _words(metavar: str, help_text: str, *names: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help_text, show_default=False)


Source = Annotated[
    Path,
    typer.Argument(
        help="The rows: CSV, Parquet, Arrow, JSON lines or Excel, packed or not.", show_default=False
    ),
]
Target = Annotated[str | None, _words("COLUMN", "The column to predict.", "--target")]
Ignore = Annotated[list[str] | None, _words("A,B", "Columns to leave out; may be repeated.", "--ignore")]
Group = Annotated[str | None, _words("COLUMN", "Keep its groups on one side of every division.", "--group")]
OrderBy = Annotated[str | None, _words("COLUMN", "Divide in time: tested on what lies later.", "--order-by")]
TaskWord = Annotated[str | None, _words("TASK", "binary, multiclass or regression.", "--task")]
ColumnKinds = Annotated[
    list[str] | None, _words("NAME=KIND", "What a column is; may be repeated.", "--column")
]
RecipeFile = Annotated[Path | None, _words("FILE", "A YAML file with settings of the networks.", "--recipe")]
Settings = Annotated[
    list[str] | None, _words("NAME=VALUE", "A setting of the networks' recipe; may be repeated.", "--set")
]
Seed = Annotated[int | None, _words("NUMBER", "Of all random numbers.", "--seed")]
Out = Annotated[Path | None, _words("FOLDER", "Where the page and the record are written.", "--out")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the result only.")]


def names_of(words: Sequence[str] | None) -> list[str]:
    """Return names from words such as "a,b".

    >>> names_of(["a, b", "c"])
    ['a', 'b', 'c']
    """
    return [name.strip() for word in words or () for name in word.split(",") if name.strip()]


def time_of(word: str) -> str | None:
    """Return a time, or None for "none"."""
    return None if word.strip().lower() == "none" else word
