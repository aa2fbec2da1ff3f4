"""`netwright treat`: mends the training of a run and keeps what is proven better."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options
from netwright.cli.output import note, print_json, print_table, say, shorten

if TYPE_CHECKING:
    from netwright.treatment.history import Treatment

EXAMPLES = """Examples:

netwright treat runs/breast_cancer

netwright treat runs/breast_cancer --budget 5

netwright treat runs/breast_cancer --json"""


def treat(
    run: options.Run,
    budget: Annotated[
        float, typer.Option("--budget", help="What it may cost, in trainings like the one that is treated.")
    ] = 3.0,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Find out what is wrong with a training, mend it, prove it: never is the result worse than before."""
    from netwright.cli.failures import Interrupted
    from netwright.verbs import treat as verb

    try:
        treatment = verb.treat(run, budget=budget, told=(lambda sentence: None) if quiet else _tell)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted; what is finished so far is kept.\nGo on with: netwright treat {quote(str(run))}"
        ) from None
    if as_json:
        print_json(treatment.to_json())
    else:
        _print(run, treatment)


def _tell(sentence: str) -> None:
    note(shorten(sentence), "dim")


def _print(run: Path, treatment: Treatment) -> None:
    say(treatment.verdict, "bold" if treatment.kept or not treatment.history else "bold yellow")
    if treatment.change:
        say("")
        for line in treatment.change.splitlines():
            say(f"  {line}", "green")
    if treatment.history:
        say("")
        rows = [
            (
                attempt.remedy,
                "" if attempt.comparison is None else f"{attempt.comparison.before:.3g}",
                "" if attempt.comparison is None else f"{attempt.comparison.after:.3g}",
                "kept" if attempt.kept else "not kept",
            )
            for attempt in treatment.history
        ]
        print_table(sys.stdout, ("remedy", "loss before", "after", "its model"), rows, numbers=(1, 2))
        say("")
        say(f"cost     {treatment.cost:.1f} trainings like the one that was treated")
    if treatment.kept:
        _print_scores(run)
        say(f"before   {run / 'before_treatment'}")
        say(f"model    {run / 'model.nw'}")
    if treatment.rows:
        say(f"rows     {run / 'suspect_rows.csv'} ({len(treatment.rows):,}, counted from 1 below the header)")
    say(f"next     netwright show {quote(str(run))}")


def _print_scores(run: Path) -> None:
    from netwright.verbs.treatment_facts import scores_on_test

    scores = scores_on_test(run)
    if scores is not None:
        label, before, after = scores
        say(f"test     {label} {before} -> {after}")
