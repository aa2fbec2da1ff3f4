"""`netwright forecast`: series in, what comes next out, with the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from netwright.cli import options, training_options
from netwright.errors import UserError

EXAMPLES = """Examples:

netwright forecast sales.csv --target sales --time date --horizon 28

netwright forecast s.csv --target sales --time day --horizon 7 --group store

netwright forecast s.csv --target sales --time day --horizon 7 --known price

netwright forecast --resume runs/sales"""


Source = Annotated[Path | None, typer.Argument(help="The rows: one for each time, or each time and group.")]
Targets = Annotated[
    list[str] | None, typer.Option("--target", help="The column to forecast; may be repeated.")
]
Horizon = Annotated[int | None, typer.Option("--horizon", help="Steps ahead.", min=1)]
Time = Annotated[
    str | None, typer.Option("--time", help="The column of times; else the rows follow each other.")
]
Group = Annotated[
    str | None, typer.Option("--group", help="The column that says which series a row belongs to.")
]
Known = Annotated[
    list[str] | None,
    typer.Option("--known", metavar="A,B", help="Columns known ahead; may be repeated."),
]
Static = Annotated[list[str] | None, typer.Option("--static", metavar="A,B", help="Columns of whole series.")]
Budget = Annotated[str | None, typer.Option("--budget", help="What the command may take: 60s, 2m, 1h.")]
Effort = Annotated[str | None, typer.Option("--effort", help="quick, standard or thorough.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting; may be repeated."),
]


def forecast(
    source: Source = None,
    target: Targets = None,
    horizon: Horizon = None,
    time: Time = None,
    group: Group = None,
    known: Known = None,
    static: Static = None,
    budget: Budget = None,
    effort: Effort = None,
    seed: training_options.Seed = None,
    settings: Settings = None,
    out: options.RunFolder = None,
    force: options.ReplaceRun = False,
    resume: options.Resume = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Forecast series and compare with classical methods in a back-test: forecast, model, report."""
    from netwright.cli.sitting import keeping
    from netwright.recipe.files import apply_settings
    from netwright.verbs.forecast import forecast as verb
    from netwright.verbs.forecast import resume_forecast

    asked: dict[str, Any] = {"budget": budget, "effort": effort, "seed": seed}
    given = {name: value for name, value in asked.items() if value is not None}
    if resume is not None:
        if source is not None or target or horizon is not None or given or settings or out is not None:
            raise UserError("--resume knows what was asked already. Give the run folder alone.")
        with keeping(resume):
            run = resume_forecast(resume, progress=not quiet)
        _print_result(run, as_json)
        return
    if source is None or not target or horizon is None:
        raise UserError("Give rows, --target and --horizon, such as: " + EXAMPLES.splitlines()[2])
    place = out if out is not None else Path("runs") / source.name.split(".")[0]
    with keeping(place):
        run = verb(
            source,
            target,
            horizon=horizon,
            time=time,
            group=group,
            known=options.names_of(known),
            static=options.names_of(static),
            out=place,
            force=force,
            progress=not quiet,
            **apply_settings(given, settings or ()),
        )
    _print_result(run, as_json)


def _print_result(run: Any, as_json: bool) -> None:
    """Print the verdict, the comparison, the first steps ahead, and where everything is."""
    import sys

    from netwright.cli.output import print_json, print_table, say
    from netwright.verbs.forecast import FORECAST, read_forecast

    metrics = run.metrics
    ahead = read_forecast(run)
    if as_json:
        rows = [
            {name: str(value) if name == ahead.columns[0] else value for name, value in row.items()}
            for row in ahead.to_dicts()
        ]
        print_json({"path": str(run.path), "report": str(run.report), "forecast": rows, **metrics})
        return
    say(metrics["headline"], "bold")
    say("")
    lines = [[row["label"], *_numbers(row["scores"]), row["note"]] for row in metrics["comparison"]["rows"]]
    used = next(
        (place for place, row in enumerate(metrics["comparison"]["rows"]) if row["name"] == metrics["use"]),
        None,
    )
    print_table(sys.stdout, ["", "scaled error", "MAE", "RMSE", ""], lines, numbers=(1, 2, 3), bold=used)
    say("")
    kept = metrics["comparison"]
    promised = f"it promises {kept['wanted_coverage']:.0%}"
    say(f"interval  {kept['coverage']:.0%} of the true values lay inside; {promised}")
    say(f"forecast  {run.path / FORECAST} ({ahead.height:,} rows)")
    say(f"report    {run.report}")


def _numbers(scores: dict[str, float] | None) -> list[str]:
    if scores is None:
        return ["", "", ""]
    return [f"{scores['mase']:.3f}", f"{scores['mae']:.4g}", f"{scores['rmse']:.4g}"]
