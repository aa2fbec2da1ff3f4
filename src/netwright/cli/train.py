"""`netwright train`: a table in, a run folder with the network and the evidence out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netwright.cli import options, training_options
from netwright.errors import UserError

EXAMPLES = """Examples:

netwright train breast_cancer.csv --target diagnosis

netwright train data.parquet --target y --test test.csv --time 60s --seed 1

netwright train data.csv --target y --ignore id,name --group patient

netwright train readings.csv --target activity --sequence id --time t

netwright train data.csv --target y --set network.hidden=[256,256]

netwright train photos/ --out runs/photos

netwright train data.csv --target y --ensemble 5

netwright train data.csv --target y --effort thorough --time 20m

netwright train data.csv --target y --blend boosting,linear

netwright train few_photos/ --from runs/photos

netwright train --resume runs/data"""


def train(
    source: training_options.Source = None,
    target: training_options.Target = None,
    test: training_options.Test = None,
    time: training_options.Time = None,
    body: training_options.Body = None,
    effort: training_options.Effort = None,
    ensemble: training_options.Ensemble = None,
    blend: training_options.Blend = None,
    seed: training_options.Seed = None,
    ignore: options.Ignore = None,
    group: training_options.Group = None,
    order_by: training_options.OrderBy = None,
    sequence: training_options.Sequence = None,
    task: training_options.Task = None,
    column: training_options.ColumnKinds = None,
    recipe: training_options.RecipeFile = None,
    settings: training_options.Settings = None,
    out: options.RunFolder = None,
    force: options.ReplaceRun = False,
    resume: options.Resume = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Train a network and compare it with classical models: model, metrics, report."""
    from netwright.cli import result, sitting

    span, steps_by = training_options.told_times(time or [], sequence is not None)
    asked: dict[str, Any] = {
        "sequence": sequence,
        "steps_by": steps_by,
        "test": test,
        "group": group,
        "order_by": order_by,
        "task": task,
        "ignore": options.names_of(ignore),
        "column": column or [],
    }
    flags = {"time": span, "effort": effort, "seed": seed, "body": None if body is None else _place_of(body)}
    flags |= {"ensemble": ensemble, "blend": blend}
    if resume is not None:
        settings_given = {"recipe": recipe, "set": settings, "out": out, "force": force}
        _refuse_beside_resume({"source": source, "target": target} | asked | flags | settings_given)
        trained = sitting.resume(resume, quiet)
    else:
        rows = training_options.rows_to_read("train", source, target)
        asked["recipe"] = sitting.settings_of(recipe, flags, settings or ())
        trained = sitting.begin(rows, target, out, quiet, force=force, **asked)
    result.print_result(trained, as_json)


def _place_of(body: str) -> str:
    """Return where a body is, whatever folder the run is resumed from later."""
    return body if body.startswith("hub:") else str(Path(body).resolve())


def _refuse_beside_resume(given: dict[str, Any]) -> None:
    """Refuse what a resumed run knows already: to change it would make it another training."""
    named = [name for name, value in given.items() if value not in (None, False, [])]
    if named:
        options = ", ".join("SOURCE" if name == "source" else f"--{name.replace('_', '-')}" for name in named)
        raise UserError(
            f"--resume goes on with what the run was asked for: leave out {options}. "
            "For another training, leave out --resume."
        )
