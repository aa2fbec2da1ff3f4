"""`netwright show`: what a run holds, and how to go on with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from netwright.cli import options
from netwright.cli.output import print_json, print_table, say
from netwright.cli.telling import say_findings, say_places, say_verdict

if TYPE_CHECKING:
    from netwright.verbs.show import Overview

EXAMPLES = """Examples:

netwright show runs/breast_cancer

netwright show runs/breast_cancer --json"""


def show(
    run: options.Run,
    as_json: options.Json = False,
) -> None:
    """Look into a run: result, warnings, recipe with reasons, how to go on."""
    from netwright.verbs import show as verb

    overview = verb.show(run)
    if as_json:
        print_json(overview.to_json())
    else:
        _print(overview)


def _print(overview: Overview) -> None:
    say(overview.headline, "bold")
    say("")
    say(f"{overview.path}: {overview.status}, {overview.rounds:,} rounds of training")
    say(f"target {overview.target}, rows of {overview.source or 'a table in memory'}")
    if overview.verdict is not None:
        say_verdict(overview.verdict)
    if overview.findings:
        say("")
        say_findings(overview.findings)
    if overview.recipe:
        _print_recipe(overview)
    say_places(overview)


def _print_recipe(overview: Overview) -> None:
    from netwright.recipe.files import setting_text

    say("")
    rows = [
        (name, setting_text(value), overview.reasons.get(name, "")) for name, value in overview.recipe.items()
    ]
    print_table(sys.stdout, ("setting", "value", "why"), rows)
