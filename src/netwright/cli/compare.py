"""`netwright compare`: classical models and networks on the same folds, and which one to use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli import options, table_options
from netwright.cli.output import note, print_json, print_table, say
from netwright.errors import UserError

if TYPE_CHECKING:
    from netwright.compare.comparison import Comparison

EXAMPLES = """Examples:

netwright compare breast_cancer.csv --target diagnosis

netwright compare data.csv --target y --models linear,forest,network

netwright compare visits.csv --target readmitted --group patient --time 10m"""

Models = Annotated[
    list[str] | None,
    typer.Option(
        "--models",
        metavar="A,B",
        help="Who takes part: constant, linear, neighbours, forest, boosting, lightgbm, xgboost, "
        "catboost, network, mlp; all that can when left out.",
    ),
]
Metric = Annotated[str | None, typer.Option("--metric", help="That decides; else the usual one of the task.")]
Folds = Annotated[int, typer.Option("--folds", help="Parts of the rows, each tested once.")]
Repeats = Annotated[int, typer.Option("--repeats", help="How often the rows are dealt anew.")]
Time = Annotated[str, typer.Option("--time", help="What it may take: 60s, 4m, or none.")]


def compare(
    source: options.Source,
    target: options.Target = None,
    models: Models = None,
    metric: Metric = None,
    folds: Folds = 5,
    repeats: Repeats = 2,
    time: Time = "4m",
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
    """Compare models on the same folds: scores with intervals, what they cost, and which one to use."""
    from netwright.cli.sitting import settings_of
    from netwright.verbs import compare as verb
    from netwright.verbs.request import parse_kinds
    from netwright.verbs.tables import default_folder

    if target is None:
        raise UserError(f"Name the column to predict, such as: netwright compare {source} --target y")
    place = default_folder("comparisons", source) if out is None else out
    comparison = verb.compare(
        source,
        target,
        models=options.names_of(models) or None,
        metric=metric,
        folds=folds,
        repeats=repeats,
        time=table_options.time_of(time),
        out=place,
        ignore=options.names_of(ignore),
        columns=parse_kinds(column or []),
        group=group,
        order_by=order_by,
        task=task,
        recipe=settings_of(recipe, {"seed": seed}, settings or ()),
        told=(lambda sentence: None) if quiet else note,
    )
    if as_json:
        print_json(comparison.to_json())
    else:
        _print(comparison)
        say("")
        say(f"page     {place / verb.PAGE}")
        say(f"record   {place / verb.RECORD}")


def _print(comparison: Comparison) -> None:
    from netwright.compare.comparison_page import span
    from netwright.metrics import format_score
    from netwright.pages.wording import number, seconds, size

    metric = comparison.metric
    say(comparison.verdict, "bold")
    say("")
    header = (
        "",
        f"{metric.label} (95 % interval)",
        "behind the best",
        "p",
        "to learn",
        "answers / 1,000",
        "size",
    )
    rows = [
        (
            model.label,
            f"{format_score(metric, model.score)} ({span(metric, model.low, model.high) or 'no interval'})",
            format_score(metric, model.gap) if model.gap else "",
            "" if model.p is None else number(model.p, 2),
            seconds(model.fit_seconds),
            seconds(model.predict_seconds),
            size(model.size),
        )
        for model in comparison.models
    ]
    used = next(place for place, model in enumerate(comparison.models) if model.name == comparison.use)
    print_table(sys.stdout, header, rows, numbers=(2, 3, 4, 5, 6), bold=used)
    say("")
    say(f"{comparison.folds}; {seconds(comparison.seconds)} on {comparison.threads} threads", "dim")
    for remark in comparison.remarks:
        say(remark, "yellow")
    for absence in comparison.left_out:
        say(f"left out: {absence.label}: {absence.reason}", "dim")
