"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

# What is read.

Source = Annotated[
    Path, typer.Argument(help="The rows: CSV, Parquet, Arrow, JSON lines or Excel, packed or not.")
]
Model = Annotated[
    Path, typer.Argument(metavar="RUN_OR_MODEL", help="A run folder, or a model file that was saved.")
]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder that train made.")]

# How the rows are meant.

Target = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="The column to predict.")]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="A,B", help="Columns to leave out; may be repeated."),
]
Task = Annotated[str | None, typer.Option("--task", metavar="TASK", help="binary, multiclass or regression.")]
ColumnKinds = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="NAME=KIND", help="What a column is; may be repeated."),
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="NUMBER", help="Of all random numbers.")]
SeedOrZero = Annotated[int, typer.Option("--seed", help="Of all random numbers.")]

# What is written.

RunFolder = Annotated[
    Path | None, typer.Option("--out", help="The run folder; runs/NAME OF THE FILE when left out.")
]
ReplaceRun = Annotated[bool, typer.Option("--force", help="Replace a run folder that exists.")]
ReplaceFile = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]
Resume = Annotated[
    Path | None, typer.Option("--resume", metavar="RUN", help="Go on with an interrupted run.")
]

# What is told.

Quiet = Annotated[bool, typer.Option("--quiet", help="Print the result only.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object; everything else goes to standard error.")
]


def names_of(words: Sequence[str] | None) -> list[str]:
    """Return names from words such as "a,b".

    >>> names_of(["a, b", "c"])
    ['a', 'b', 'c']
    """
    return [name.strip() for word in words or () for name in word.split(",") if name.strip()]
