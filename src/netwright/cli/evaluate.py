"""`netwright evaluate`: how good a model is on labelled rows."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options
from netwright.cli.output import note, print_json, print_table, say

if TYPE_CHECKING:
    from netwright.compare.curves import ClassScores, Confusion
    from netwright.compare.evaluation import Evaluation
    from netwright.metrics.threshold import Threshold

EXAMPLES = """Examples:

netwright evaluate runs/breast_cancer held_out.csv

netwright evaluate breast_cancer.nw held_out.csv --json"""


def evaluate(
    model: options.Model,
    file: Annotated[Path, typer.Argument(help="Rows with their true answers, none of them trained on.")],
    as_json: options.Json = False,
) -> None:
    """Measure a model on labelled rows, each metric with its 95 % interval."""
    from netwright.verbs import evaluate as verb

    evaluated = verb.evaluate(model, file)
    for sentence in evaluated.notes:
        note(sentence)
    if as_json:
        print_json(
            {"model": str(model), "file": str(file), "notes": evaluated.notes}
            | evaluated.evaluation.to_json()
            | ({} if evaluated.threshold is None else {"threshold": asdict(evaluated.threshold)})
        )
    else:
        _print(evaluated.evaluation)
        if evaluated.threshold is not None:
            _print_threshold(evaluated.threshold)


def _print(evaluation: Evaluation) -> None:
    say(f"{evaluation.rows:,} rows; in brackets 95 % intervals")
    rows = [(measured.label, measured.text, measured.reason) for measured in evaluation.metrics]
    print_table(sys.stdout, ("metric", "value", ""), rows)
    if evaluation.note:
        say(evaluation.note)
    if evaluation.classes:
        _print_classes(evaluation.classes)
    if evaluation.confusion is not None:
        _print_confusion(evaluation.confusion)


def _print_threshold(effect: Threshold) -> None:
    say("")
    say(f"The second class is answered from {effect.value:.3f} on, chosen for: {effect.aim}")
    rows = [(name, _share(before), _share(effect.after[name])) for name, before in effect.before.items()]
    if effect.cost_before is not None:
        rows.insert(0, ("mean cost of a row", _share(effect.cost_before), _share(effect.cost_after)))
    print_table(
        sys.stdout, ("metric", "from .5 on", f"from {effect.value:.3f} on"), rows, numbers=range(1, 3)
    )


def _print_classes(classes: tuple[ClassScores, ...]) -> None:
    say("")
    rows = [
        (one.label, f"{one.count:,}", _share(one.precision), _share(one.recall), _share(one.f1))
        for one in classes
    ]
    print_table(sys.stdout, ("class", "rows", "precision", "recall", "F1"), rows, numbers=range(1, 5))


def _print_confusion(confusion: Confusion) -> None:
    say("")
    say("Confusion: a row is what is true, a column what was predicted")
    labels = confusion.labels
    rows = [(label, *counts) for label, counts in zip(labels, confusion.counts, strict=True)]
    print_table(sys.stdout, ("", *labels), rows, numbers=range(1, len(labels) + 1))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
