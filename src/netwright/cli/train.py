"""`netwright train`: a table in, a run folder with the network and the evidence out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from netwright.cli.options import Json
from netwright.errors import UserError

EXAMPLES = """Examples:

netwright train breast_cancer.csv --target diagnosis

netwright train data.parquet --target y --test test.csv --time 60s --seed 1

netwright train data.csv --target y --ignore id,name --group patient

netwright train readings.csv --target activity --sequence id --time t

netwright train data.csv --target y --set network.hidden=[256,256]

netwright train photos/ --out runs/photos

netwright train data.csv --target y --ensemble 5

netwright train data.csv --target y --effort thorough --time 20m

netwright train data.csv --target y --blend boosting,linear

netwright train few_photos/ --from runs/photos

netwright train --resume runs/data"""


def train(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="The rows: CSV, Parquet, Arrow, JSON lines or Excel, packed or not; a .ts file; "
            "or a folder or zip archive of pictures or wave files, a folder for each class.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="The column to predict.", show_default=False)
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(
            "--test", help="A file with the test rows; else some are kept apart.", show_default=False
        ),
    ] = None,
    time: Annotated[
        list[str] | None,
        typer.Option(
            "--time",
            metavar="SPAN",
            help="What the command may take: 60s, 2m, 1h. Beside --sequence also the column of times.",
            show_default=False,
        ),
    ] = None,
    body: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="Start from the network of another run, or of the hub (hub:NAME), under a new last layer.",
            show_default=False,
        ),
    ] = None,
    effort: Annotated[
        str | None,
        typer.Option(
            "--effort", help="quick, standard, or thorough: folds and a search.", show_default=False
        ),
    ] = None,
    ensemble: Annotated[
        int | None,
        typer.Option(
            "--ensemble",
            help="Networks to train side by side and average: better, and as many times slower.",
            show_default=False,
        ),
    ] = None,
    blend: Annotated[
        str | None,
        typer.Option(
            "--blend",
            metavar="KINDS",
            help="Classical models that may answer beside the network: boosting, linear, or both.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Of all random numbers.", show_default=False)
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="A,B", help="Columns to leave out; may be repeated.", show_default=False
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            metavar="COLUMN",
            help="Keep its groups, such as patients or speakers, in one part.",
            show_default=False,
        ),
    ] = None,
    order_by: Annotated[
        str | None,
        typer.Option(
            "--order-by", metavar="COLUMN", help="Split in time: its latest rows test.", show_default=False
        ),
    ] = None,
    sequence: Annotated[
        str | None,
        typer.Option(
            "--sequence",
            metavar="COLUMN",
            help="Says which sequence a step belongs to; --time then names what orders steps.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            "--task", help="binary, multiclass or regression; else the target says.", show_default=False
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=KIND",
            help="A column is: number, category, yes/no, date, text, image, identifier; may be repeated.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="A YAML file with settings.", show_default=False)
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the recipe; may be repeated.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The run folder; runs/NAME OF THE FILE when left out.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a run folder that exists.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="RUN", help="Go on with an interrupted run.", show_default=False),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the result only.")] = False,
    as_json: Json = False,
) -> None:
    """Train a network and compare it with classical models: model, metrics, report."""
    from netwright.cli import result, sitting

    span, steps_by = told_times(time or [], sequence is not None)
    asked: dict[str, Any] = {
        "sequence": sequence,
        "steps_by": steps_by,
        "test": test,
        "group": group,
        "order_by": order_by,
        "task": task,
        "ignore": [name.strip() for words in ignore or () for name in words.split(",") if name.strip()],
        "column": column or [],
    }
    start = None if body is None else body if body.startswith("hub:") else str(Path(body).resolve())
    flags = {
        "time": span,
        "effort": effort,
        "seed": seed,
        "body": start,
        "ensemble": ensemble,
        "blend": blend,
    }
    if resume is not None:
        settings_given = {"recipe": recipe, "set": settings, "out": out, "force": force}
        _refuse_beside_resume({"source": source, "target": target} | asked | flags | settings_given)
        trained = sitting.resume(resume, quiet)
    elif source is None:
        raise UserError("Name the file with the rows, such as: netwright train data.csv --target y")
    elif target is None and not source.exists():
        from netwright.data.reading_files import no_such

        raise no_such(source)
    elif target is None and not source.is_dir() and source.suffix.lower() not in (".zip", ".ts"):
        raise UserError(f"Name the column to predict, such as: netwright train {source} --target y")
    else:
        asked["recipe"] = sitting.settings_of(recipe, flags, settings or ())
        trained = sitting.begin(source, target, out, quiet, force=force, **asked)
    result.print_result(trained, as_json)


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


def _refuse_beside_resume(given: dict[str, Any]) -> None:
    """Refuse what a resumed run knows already: to change it would make it another training."""
    named = [name for name, value in given.items() if value not in (None, False, [])]
    if named:
        options = ", ".join("SOURCE" if name == "source" else f"--{name.replace('_', '-')}" for name in named)
        raise UserError(
            f"--resume goes on with what the run was asked for: leave out {options}. "
            "For another training, leave out --resume."
        )
