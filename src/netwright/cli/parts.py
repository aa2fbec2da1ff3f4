"""`netwright parts`: what a network can be trained with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options
from netwright.cli.output import print_json, say

if TYPE_CHECKING:
    from netwright.catalogue import Entry

EXAMPLES = """Examples:

netwright parts losses

netwright parts --json"""


def parts(
    family: Annotated[
        str | None,
        typer.Argument(
            help="losses, optimizers, schedules, penalties, averaging, activations, normalizations, "
            "initializations or networks; all when left out.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the parts of a recipe: name, equation, when to use it, settings with their defaults."""
    from netwright.verbs import parts as verb

    found = verb.parts(family)
    if as_json:
        print_json({name: [entry.to_json() for entry in entries] for name, entries in found.items()})
        return
    for name, entries in found.items():
        say(f"{name}\n{'=' * len(name)}", "bold")
        for entry in entries:
            _print(entry)


def _print(entry: Entry) -> None:
    say(entry.name, "bold")
    say(f"    {entry.equation}")
    say(f"    {entry.summary}")
    if entry.settings:
        settings = ", ".join(f"{setting.name}={setting.default}" for setting in entry.settings)
        say(f"    settings: {settings}", "dim")
    say("")
