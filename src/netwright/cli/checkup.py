"""`netwright checkup`: data and wiring looked at before training, in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netwright.cli.options import Json
from netwright.cli.output import note, print_json, say
from netwright.cli.telling import say_findings
from netwright.errors import UserError

if TYPE_CHECKING:
    from netwright.verbs.checkup import TableCheckup
    from netwright.verbs.material import Material

EXAMPLES = """Examples:

netwright checkup breast_cancer.csv --target diagnosis

netwright checkup data.csv --target y --set network.hidden=[256,256] --json"""


def _words(metavar: str, help_text: str) -> Any:
    return typer.Option(metavar=metavar, help=help_text, show_default=False)


def checkup(
    source: Annotated[
        Path,
        typer.Argument(
            help="The rows: CSV, Parquet, Arrow, JSON lines or Excel, packed or not.", show_default=False
        ),
    ],
    target: Annotated[str | None, _words("COLUMN", "The column to predict.")] = None,
    test: Annotated[Path | None, _words("FILE", "A file with the test rows.")] = None,
    seed: Annotated[int | None, _words("NUMBER", "Of all random numbers.")] = None,
    ignore: Annotated[list[str] | None, _words("A,B", "Columns to leave out; may be repeated.")] = None,
    group: Annotated[str | None, _words("COLUMN", "Keep its groups in one part.")] = None,
    order_by: Annotated[str | None, _words("COLUMN", "Split in time: its latest rows test.")] = None,
    task: Annotated[str | None, _words("TASK", "binary, multiclass or regression.")] = None,
    column: Annotated[list[str] | None, _words("NAME=KIND", "What a column is; may be repeated.")] = None,
    recipe: Annotated[Path | None, _words("FILE", "A YAML file with settings.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the recipe; may be repeated.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the result only.")] = False,
    as_json: Json = False,
) -> None:
    """Look for what is wrong with the data and the network before any training; nothing is written."""
    from netwright.cli.sitting import settings_of
    from netwright.verbs import checkup as verb
    from netwright.verbs.request import parse_kinds

    if target is None and source.is_file() and source.suffix != ".zip":
        raise UserError(f"Name the column to predict, such as: netwright checkup {source} --target y")
    found = verb.checkup(
        source,
        target,
        test=test,
        ignore=[name.strip() for words in ignore or () for name in words.split(",") if name.strip()],
        columns=parse_kinds(column or []),
        group=group,
        order_by=order_by,
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
        note(f"not checked: {reason}", "dim")
