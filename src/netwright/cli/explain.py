"""`netwright explain`: why a model answers as it does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options
from netwright.cli.output import note, print_json, print_table, say

if TYPE_CHECKING:
    from netwright.verbs.explain import Explained

EXAMPLES = """Examples:

netwright explain runs/adult rows.csv --row 3

netwright explain runs/adult rows.csv --method lime --csv scores.csv

netwright explain runs/adult labelled_rows.csv --method importance

netwright explain runs/sales sales.csv --answer "step 1" --parts 8"""

SHOWN_ROWS = 3

ROUNDED = 12
"""Digits behind the point, beyond which a difference of scores is rounding."""


File = Annotated[Path, typer.Argument(help="The rows to explain, in any form that train reads.")]
Row = Annotated[
    int | None,
    typer.Option("--row", help="One row, from 1 below the header, or series; else the first twenty."),
]
Method = Annotated[
    str, typer.Option("--method", metavar="METHOD", help="auto, shap, lime, gradients or importance.")
]
Answer = Annotated[
    str | None, typer.Option("--answer", metavar="CLASS", help="The class, label or target to explain.")
]
Groups = Annotated[
    str | None, typer.Option("--groups", help="'correlated' puts columns together that go together.")
]
By = Annotated[
    str | None, typer.Option("--by", metavar="UNIT", help="'word' for the words of a table with texts.")
]
Parts = Annotated[int | None, typer.Option("--parts", help="Regions of a picture, or stretches of a series.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="The page; explanation.html in the run folder when left out."),
]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write all scores: .csv, .parquet or .jsonl.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file of scores that exists.")]


def explain(
    model: options.Model,
    file: File,
    row: Row = None,
    method: Method = "auto",
    answer: Answer = None,
    groups: Groups = None,
    by: By = None,
    parts: Parts = None,
    out: Out = None,
    csv: Csv = None,
    seed: options.SeedOrZero = 0,
    force: Force = False,
    as_json: options.Json = False,
) -> None:
    """Say why: what each column, word, region or stretch adds to an answer, with its error and a check."""
    from netwright.verbs import explain as verb
    from netwright.verbs.predict import check_answers, write_answers

    if csv is not None:
        check_answers(csv, force=force)
    found = verb.explain(
        model,
        file,
        row=row,
        method=method,
        answer=answer,
        groups=groups,
        by=by,
        parts=parts,
        out=out,
        seed=seed,
        announce=note,
    )
    for sentence in found.notes:
        note(sentence)
    scores = found.explanation or found.importance
    if csv is not None and scores is not None:
        write_answers(scores.to_frame(), csv, force=force)
        note(f"scores written to {csv}")
    if as_json:
        print_json(found.to_json())
    else:
        _print(found)


def _print(found: Explained) -> None:
    if found.importance is not None:
        lines = [
            (one.column, *(f"{round(value, ROUNDED):.4g}" for value in (one.mean, one.low, one.high)))
            for one in found.importance.columns
        ]
        noun = found.importance.noun
        say(f"How much {found.importance.metric} worsens without the {noun}. {found.importance.note}")
        print_table(sys.stdout, (noun, "worsens by", "from", "to"), lines, numbers=(1, 2, 3))
        if found.page is not None:
            say(f"page {found.page}")
        return
    explanation = found.explanation
    assert explanation is not None
    for place in range(min(SHOWN_ROWS, len(explanation))):
        say(explanation.table(place))
        say("")
    if len(explanation) > SHOWN_ROWS:
        say(f"{len(explanation) - SHOWN_ROWS} more rows are on the page, with --json and with --csv.")
    say(explanation.adds_up)
    for line in explanation.notes:
        say(line)
    for changes in found.changes.values():
        say("What would change the first answer:")
        for change in changes:
            say(f"  {change}")
    if found.checked is not None:
        say(str(found.checked))
    if found.page is not None:
        say(f"page {found.page}")
