"""`netwright predict`: a file of raw rows in, answers in the same order out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netwright.cli import options
from netwright.cli.output import note, print_json

EXAMPLES = """Examples:

netwright predict runs/breast_cancer new_rows.csv --out answers.csv

netwright predict runs/breast_cancer new_rows.csv --coverage 0.9

netwright predict runs/breast_cancer new_rows.parquet --json"""


def predict(
    model: options.Model,
    file: Annotated[Path, typer.Argument(help="The rows to answer, in any form that train reads.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Where to write: .csv, .parquet, .jsonl. To standard output, as CSV, when left out.",
        ),
    ] = None,
    coverage: Annotated[
        float | None,
        typer.Option(
            "--coverage",
            help="Add sets of classes, or intervals of numbers, that hold the truth this often, such as 0.9.",
        ),
    ] = None,
    error_rate: Annotated[
        float | None,
        typer.Option(
            "--error-rate",
            help="Mark the answers to believe: at most this share of them is wrong, such as 0.05.",
        ),
    ] = None,
    familiarity: Annotated[
        bool, typer.Option("--familiarity", help="Mark rows that are unlike the training rows.")
    ] = False,
    force: options.ReplaceFile = False,
    as_json: options.Json = False,
) -> None:
    """Answer raw rows: columns in any order, gaps and unseen values included; one answer a row."""
    from netwright.verbs import predict as verb
    from netwright.verbs.certainty import Certainty

    if out is not None:
        verb.check_answers(out, force=force)
    predicted = verb.predict(model, file, Certainty(coverage, error_rate, familiarity))
    answers = predicted.answers
    for sentence in predicted.notes:
        note(sentence)
    if out is not None:
        verb.write_answers(answers, out, force=force)
        note(f"{answers.height:,} answers written to {out}")
    if as_json:
        place = {"file": str(out)} if out is not None else {"answers": answers.to_dicts()}
        print_json({"rows": answers.height, "columns": answers.columns, "notes": predicted.notes, **place})
    elif out is None:
        sys.stdout.write(answers.write_csv())
