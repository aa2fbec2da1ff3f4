"""`netwright curve`: is it worth to collect more rows, or to enlarge the network?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options, table_options
from netwright.cli.output import note, print_json, print_table, say
from netwright.errors import UserError

if TYPE_CHECKING:
    from netwright.compare.growth_page import Curve

EXAMPLES = """Examples:

netwright curve breast_cancer.csv --target diagnosis

netwright curve data.csv --target y --model boosting

netwright curve data.csv --target y --capacity"""


def curve(
    source: options.Source,
    target: options.Target = None,
    capacity: Annotated[
        bool, typer.Option("--capacity", help="Wider and wider networks instead of more and more rows.")
    ] = False,
    model: Annotated[
        str, typer.Option("--model", help="What learns: network, linear, boosting, ….")
    ] = "network",
    repeats: Annotated[
        int, typer.Option("--repeats", help="How often, each time on other held-out rows.")
    ] = 3,
    metric: Annotated[str | None, typer.Option("--metric", help="Else the usual one of the task.")] = None,
    time: Annotated[str, typer.Option("--time", help="What it may take: 60s, 3m, or none.")] = "3m",
    out: table_options.Out = None,
    seed: options.Seed = None,
    ignore: options.Ignore = None,
    group: table_options.Group = None,
    order_by: table_options.OrderBy = None,
    task: options.Task = None,
    column: options.ColumnKinds = None,
    recipe: table_options.RecipeFile = None,
    settings: table_options.Settings = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Draw the score by the number of rows or the size of the network, and say whether more is worth it."""
    from netwright.cli.sitting import settings_of
    from netwright.verbs import curves as verb
    from netwright.verbs.request import parse_kinds
    from netwright.verbs.tables import default_folder

    if target is None:
        raise UserError(f"Name the column to predict, such as: netwright curve {source} --target y")
    place = default_folder("curves", source) if out is None else out
    shared = {
        "repeats": repeats,
        "metric": metric,
        "time": table_options.time_of(time),
        "out": place,
        "ignore": options.names_of(ignore),
        "columns": parse_kinds(column or []),
        "group": group,
        "order_by": order_by,
        "task": task,
        "recipe": settings_of(recipe, {"seed": seed}, settings or ()),
        "told": (lambda sentence: None) if quiet else note,
    }
    if capacity:
        drawn = verb.capacity_curve(source, target, **shared)  # type: ignore[arg-type]
    else:
        drawn = verb.learning_curve(source, target, model=model, **shared)  # type: ignore[arg-type]
    if as_json:
        print_json(drawn.to_json())
    else:
        _print(drawn, place)


def _print(drawn: Curve, place: Path) -> None:
    from statistics import fmean

    from netwright.metrics import format_score
    from netwright.pages.wording import seconds, size

    say(drawn.verdict, "bold")
    say("")
    rows = [
        (
            f"{point.size:,}",
            format_score(drawn.metric, fmean(point.scores)),
            seconds(point.seconds),
            size(point.octets),
        )
        for point in drawn.points
    ]
    print_table(sys.stdout, (drawn.what, drawn.metric.label, "to learn", "size"), rows, numbers=(0, 1, 2, 3))
    for remark in drawn.remarks:
        say(remark, "yellow")
    name = "learning_curve" if drawn.what == "rows" else "capacity_curve"
    say("")
    say(f"page     {place / f'{name}.html'}")
    say(f"record   {place / f'{name}.json'}")
