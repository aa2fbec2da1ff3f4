"""`netwright checkup`: data and wiring looked at before training, in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options, training_options
from netwright.cli.output import note, print_json, say
from netwright.cli.telling import say_findings

if TYPE_CHECKING:
    from netwright.verbs.checkup import TableCheckup
    from netwright.verbs.material import Material

EXAMPLES = """Examples:

netwright checkup breast_cancer.csv --target diagnosis

netwright checkup photos/

netwright checkup readings.csv --target activity --sequence id --time t

netwright checkup data.csv --target y --set network.hidden=[256,256] --json"""

Test = Annotated[Path | None, typer.Option("--test", metavar="FILE", help="A file with the test rows.")]
Group = Annotated[str | None, typer.Option("--group", metavar="COLUMN", help="Keep its groups in one part.")]
StepsBy = Annotated[
    str | None,
    typer.Option("--time", metavar="COLUMN", help="Orders the steps of a sequence, beside --sequence."),
]
RecipeFile = Annotated[
    Path | None, typer.Option("--recipe", metavar="FILE", help="A YAML file with settings.")
]


def checkup(
    source: options.Source,
    target: options.Target = None,
    test: Test = None,
    seed: options.Seed = None,
    ignore: options.Ignore = None,
    group: Group = None,
    order_by: training_options.OrderBy = None,
    sequence: training_options.Sequence = None,
    time: StepsBy = None,
    task: options.Task = None,
    column: options.ColumnKinds = None,
    recipe: RecipeFile = None,
    settings: training_options.Settings = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Look for what is wrong with the data and the network before any training; nothing is written."""
    from netwright.cli.sitting import settings_of
    from netwright.verbs import checkup as verb
    from netwright.verbs.request import parse_kinds

    found = verb.checkup(
        training_options.rows_to_read("checkup", source, target),
        target,
        test=test,
        ignore=options.names_of(ignore),
        columns=parse_kinds(column or []),
        group=group,
        order_by=order_by,
        sequence=sequence,
        steps_by=time,
        task=task,
        recipe=settings_of(recipe, {"seed": seed}, settings or ()),
        announce=(lambda material: None) if quiet else _announce,
    )
    if as_json:
        print_json(found.to_json())
    else:
        _print(found)


def _announce(material: Material) -> None:
    target, split = material.target, material.split
    note(f"{material.frame.height:,} rows, target {target.name}: {target.task}, {target.reason}")
    note(
        f"{len(material.schema.used):,} of {len(material.schema.columns):,} columns are used; "
        f"{len(split.train):,} rows to train, {len(split.validation):,} to validate"
    )


def _print(found: TableCheckup) -> None:
    alarms = len(found.alarms)
    checked = f"{len(found.network.checked):,} rules and the table were checked in {found.seconds:.1f} s"
    if alarms:
        say(f"{alarms:,} alarm{'' if alarms == 1 else 's'} to mend before training; {checked}.", "bold red")
    else:
        say(f"Nothing stands against training: {checked}.", "bold green")
    say_findings(found.findings)
    for reason in found.network.unchecked:
        note(f"not checked: {reason.removeprefix('Not examined: ')}", "dim")
