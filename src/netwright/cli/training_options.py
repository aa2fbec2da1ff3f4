"""Options of a training: those of train, and what checkup, which looks before it, shares with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from netwright.errors import UserError

Source = Annotated[
    Path | None,
    typer.Argument(
        help="The rows: CSV, Parquet, Arrow, JSON lines or Excel, packed or not; a .ts file; "
        "or a folder or zip archive of pictures or wave files, a folder for each class.",
    ),
]
Target = Annotated[str | None, typer.Option("--target", help="The column to predict.")]
Test = Annotated[
    Path | None, typer.Option("--test", help="A file with the test rows; else some are kept apart.")
]
Time = Annotated[
    list[str] | None,
    typer.Option(
        "--time",
        metavar="SPAN",
        help="What the command may take: 60s, 2m, 1h. Beside --sequence also the column of times.",
    ),
]
Body = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="RUN",
        help="Start from the network of another run, or of the hub (hub:NAME), under a new last layer.",
    ),
]
Effort = Annotated[
    str | None, typer.Option("--effort", help="quick, standard, or thorough: folds and a search.")
]
Ensemble = Annotated[
    int | None,
    typer.Option(
        "--ensemble",
        help="Networks to train side by side and average: better, and as many times slower.",
    ),
]
Blend = Annotated[
    str | None,
    typer.Option(
        "--blend",
        metavar="KINDS",
        help="Classical models that may answer beside the network: boosting, linear, or both.",
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Of all random numbers.")]
Group = Annotated[
    str | None,
    typer.Option(
        "--group", metavar="COLUMN", help="Keep its groups, such as patients or speakers, in one part."
    ),
]
OrderBy = Annotated[
    str | None, typer.Option("--order-by", metavar="COLUMN", help="Split in time: its latest rows test.")
]
Sequence = Annotated[
    str | None,
    typer.Option(
        "--sequence",
        metavar="COLUMN",
        help="Says which sequence a step belongs to; --time then names what orders steps.",
    ),
]
Task = Annotated[
    str | None, typer.Option("--task", help="binary, multiclass or regression; else the target says.")
]
ColumnKinds = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=KIND",
        help="A column is: number, category, yes/no, date, text, image, identifier; may be repeated.",
    ),
]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", help="A YAML file with settings.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the recipe; may be repeated."),
]


def is_span(word: str | None) -> bool:
    """Return whether a word is a span of time such as 60s, 2m or 1h.

    >>> is_span("90s"), is_span("timestamp"), is_span(None)
    (True, False, False)
    """
    return word is not None and re.fullmatch(r"\s*\d+(\.\d+)?\s*[smh]?\s*", word) is not None


def told_times(words: list[str], in_sequences: bool) -> tuple[str | None, str | None]:
    """Return the span and the column of times among what --time was given.

    Args:
        words: of one --time or two.
        in_sequences: whether there is a column of times to name.

    Raises:
        UsageError: for two spans, or two columns.

    >>> told_times(["t", "60s"], True), told_times(["soon"], False)
    (('60s', 't'), ('soon', None))
    """
    columns = [word for word in words if in_sequences and not is_span(word)]
    spans = [word for word in words if word not in columns]
    if len(spans) > 1 or len(columns) > 1:
        both = " and one column of times, such as --time 60s --time t" if in_sequences else ""
        raise typer.BadParameter(f"--time: expected one span such as 60s{both}, got {', '.join(words)}.")
    return next(iter(spans), None), next(iter(columns), None)


def rows_to_read(command: str, source: Path | None, target: str | None) -> Path:
    """Return where the rows are; what cannot be without a target is refused without one.

    Args:
        command: that reads them.
        source: what it was given.
        target: the column to predict; of folders, archives and .ts files the class, when left out.

    Raises:
        UserError: when a source or a target is missing.
    """
    if source is None:
        raise UserError(f"Name the file with the rows, such as: netwright {command} data.csv --target y")
    if target is None and not source.exists():
        from netwright.data.reading_files import no_such

        raise no_such(source)
    if target is None and not source.is_dir() and source.suffix.lower() not in (".zip", ".ts"):
        raise UserError(f"Name the column to predict, such as: netwright {command} {source} --target y")
    return source
