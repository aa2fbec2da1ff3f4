"""`netwright check`: what is wrong with the rows and columns of a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options, table_options
from netwright.cli.output import note, print_json, say, shorten

if TYPE_CHECKING:
    from netwright.audit.report import DataCheck

EXAMPLES = """Examples:

netwright check breast_cancer.csv --target diagnosis

netwright check last_year.csv --target y --against this_year.csv

netwright check data.csv --out checks/data"""


def check(
    source: options.Source,
    target: options.Target = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FILE", help="Rows that should be alike: drift."),
    ] = None,
    out: table_options.Out = None,
    seed: options.Seed = None,
    ignore: options.Ignore = None,
    group: table_options.Group = None,
    order_by: table_options.OrderBy = None,
    task: options.Task = None,
    column: options.ColumnKinds = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Look for label errors, copies, leaks, outliers, idle columns and drift, and measure what each costs."""
    from netwright.verbs import check as verb
    from netwright.verbs.request import parse_kinds
    from netwright.verbs.tables import default_folder

    place = default_folder("checks", source) if out is None else out
    found = verb.check(
        source,
        target,
        against=against,
        out=place,
        ignore=options.names_of(ignore),
        columns=parse_kinds(column or []),
        group=group,
        order_by=order_by,
        task=task,
        seed=seed or 0,
        told=(lambda sentence: None) if quiet else note,
    )
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, place)


def _print(found: DataCheck, place: Path) -> None:
    say(found.verdict, "bold green" if found.healthy else "bold red")
    for finding in found.findings:
        say("")
        say(
            shorten(f"{finding.severity}: {finding}"), "bold red" if finding.severity == "alarm" else "yellow"
        )
        if "effect" in finding.evidence:
            say(f"       {finding.evidence['effect']}")
    say("")
    for remark in found.remarks:
        say(remark, "dim")
    say(f"looked for: {', '.join(found.checked)}", "dim")
    for name in ("check.html", "check.json", *(f"{name}.csv" for name in found.lists)):
        say(f"{'':<8} {place / name}")
