"""`compare`: classical models and our networks on the same folds, and which one to use."""

from __future__ import annotations

import math
import os
import time as clocks
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.compare.advice import advice
from netwright.compare.comparison import Comparison
from netwright.compare.comparison_page import comparison_page
from netwright.compare.contenders import absent, classical
from netwright.compare.contest import Played, play
from netwright.compare.folds import repeated_folds
from netwright.compare.game import Contender, Field
from netwright.compare.networks import networks
from netwright.compare.standings import Absence, standings
from netwright.device import processors
from netwright.errors import DataError, RecipeError, did_you_mean
from netwright.metrics import Metric, find_metric, primary_metric
from netwright.pages.wording import count
from netwright.randomness import numpy_generator
from netwright.recipe.recipe import Recipe, parse_seconds
from netwright.task import Task
from netwright.verbs.tables import TableGiven, record_text, table_given, write_files

DEFAULT_TIME = "4m"
MOST_CELLS = 5_000_000
FEWEST_ROWS = 20
PAGE, RECORD = "comparison.html", "comparison.json"


@dataclass(frozen=True)
class Asked:
    """How a comparison is to be done.

    Attributes:
        models: names of those who take part, or None for all that can.
        metric: name of the deciding metric, or None for the usual one of the task.
        folds: parts of the rows.
        repeats: how often the rows are dealt anew.
        seconds: what it may take, or None for as long as it takes.
    """

    models: tuple[str, ...] | None
    metric: str | None
    folds: int
    repeats: int
    seconds: float | None


def compare(
    source: Any,
    target: str | None = None,
    *,
    models: Sequence[str] | None = None,
    metric: str | None = None,
    folds: int = 5,
    repeats: int = 2,
    time: float | str | None = DEFAULT_TIME,
    out: str | os.PathLike[str] | None = None,
    ignore: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    group: str | None = None,
    order_by: str | None = None,
    task: str | None = None,
    recipe: Mapping[str, Any] | Recipe | None = None,
    told: Callable[[str], object] = lambda sentence: None,
    clock: Callable[[], float] = clocks.monotonic,
    **settings: Any,
) -> Comparison:
    """Compare classical models and networks on the same repeated folds, and say which one to use.

    Args:
        source: a file or rows in memory.
        target: the column to predict.
        models: which take part, of constant, linear, neighbours, forest, boosting, lightgbm, xgboost,
            catboost (these three where they are installed), network and mlp; all of them when left out.
        metric: that decides; the usual one of the task when left out.
        folds: parts of the rows, each of which is the test part once in a repeat.
        repeats: how often the rows are dealt anew; with `order_by` once.
        time: what it may take; as many folds are played as fit, and networks take what the others leave.
        out: a folder for the page, comparison.html, and the record, comparison.json.
        ignore: columns to leave out.
        columns: kinds of columns where the automatic choice is wrong: {"zip": "category"}.
        group: a column whose groups are kept on one side of every division.
        order_by: a column of dates or numbers; every test part then lies after its training part.
        task: binary, multiclass or regression, where the target does not decide it.
        recipe: of the networks, or its settings.
        told: told of every model and fold.
        clock: returns seconds.
        settings: settings of the recipe.

    Raises:
        DataError, RecipeError: when something that was given cannot be used.

    >>> from netwright.data.samples import sample
    >>> compare(sample("iris"), "species", models=["constant", "linear"], repeats=1).use
    'linear'
    """
    begun = clock()
    asked = Asked(None if models is None else tuple(models), metric, folds, repeats, parse_seconds(time))
    _check(asked)
    given = table_given(
        source,
        target,
        "compare",
        ignore=ignore,
        columns=columns,
        group=group,
        order_by=order_by,
        task=task,
        recipe=recipe,
        settings=settings,
    )
    comparison = _compared(given, asked, told, clock, begun)
    if out is not None:
        write_files(out, texts(comparison))
    return comparison


def texts(comparison: Comparison) -> dict[str, str]:
    """Return the page and the record of a comparison by the names of their files."""
    return {PAGE: comparison_page(comparison), RECORD: record_text(comparison.to_json())}


def _check(asked: Asked) -> None:
    if asked.folds < 2:
        raise RecipeError(f"folds: expected 2 or more, got {asked.folds}.")
    if asked.repeats < 1:
        raise RecipeError(f"repeats: expected 1 or more, got {asked.repeats}.")


def _compared(
    given: TableGiven, asked: Asked, told: Callable[[str], object], clock: Callable[[], float], begun: float
) -> Comparison:
    target, recipe = given.material.target, given.recipe
    metric = primary_metric(target.task) if asked.metric is None else find_metric(target.task, asked.metric)
    field, remarks = _affordable(given.field, recipe.seed, asked)
    contenders, left_out = _contenders(target.task, recipe, asked.models)
    divided = repeated_folds(
        field.frame.height,
        asked.folds,
        asked.repeats,
        seed=recipe.seed,
        classes=field.truth if target.classes else None,
        group=field.group,
        time=field.time,
    )
    limit = None if asked.seconds is None else max(1.0, asked.seconds - (clock() - begun))
    threads = processors()
    played = play(
        field,
        contenders,
        divided,
        metric,
        seed=recipe.seed,
        threads=threads,
        seconds=limit,
        clock=clock,
        told=told,
    )
    _check_scores(played, metric)
    ranked = standings(played, contenders, metric)
    sentence, use = advice(ranked, metric)
    labels = {contender.name: contender.label for contender in contenders}
    left_out += [Absence(name, labels[name], reason) for name, reason in played.left_out.items()]
    return Comparison(
        verdict=sentence,
        use=use,
        task=target.task,
        target=target.name,
        metric_name=metric.name,
        standings=ranked,
        left_out=tuple(left_out),
        remarks=(*remarks, *played.remarks),
        folds=_in_words(given, asked, ranked.folds),
        rows=given.material.frame.height,
        rows_used=field.frame.height,
        columns=len(field.schema.used),
        threads=threads,
        seconds=clock() - begun,
    )


def _check_scores(played: Played, metric: Metric) -> None:
    if not played.rounds:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in played.left_out.items())
        raise DataError(f"No model could be fitted ({reasons}).")
    valued = zip(
        *([one.score is not None for one in rounds] for rounds in played.rounds.values()), strict=True
    )
    if not any(all(fold) for fold in valued):
        raise DataError(f"{metric.label} has no value on any fold. Choose another metric, or give more rows.")


def _affordable(field: Field, seed: int, asked: Asked) -> tuple[Field, list[str]]:
    """Return the rows that the time is enough for, and what was left out."""
    rows, width = field.frame.height, max(1, len(field.schema.used))
    if rows < FEWEST_ROWS:
        raise DataError(f"The data has {rows} rows; a comparison needs {FEWEST_ROWS} or more.")
    most = max(2_000, MOST_CELLS // width)
    if rows <= most or asked.seconds is None:
        return field, []
    chosen = np.sort(numpy_generator(seed, "comparison rows").choice(rows, most, replace=False))
    sentence = (
        f"Compared on {most:,} of {rows:,} rows, drawn at random, to keep within the time; --time "
        "none takes all."
    )
    return field.take(chosen), [sentence]


def _contenders(
    task: Task, recipe: Recipe, wanted: Sequence[str] | None
) -> tuple[list[Contender], list[Absence]]:
    """Return who takes part, and who cannot."""
    present = [*classical(is_classification=task.is_classification), *networks(recipe)]
    missing = {
        module: Absence(module, label, f"not installed: pip install {module}")
        for module, label in absent().items()
    }
    known = [*(contender.name for contender in present), *missing]
    for name in wanted or ():
        if name not in known:
            raise RecipeError(f"models: there is no {name!r}. {did_you_mean(name, known)}")
    if wanted is None:
        return present, list(missing.values())
    chosen = [contender for contender in present if contender.name in wanted]
    if not chosen:
        raise RecipeError(
            f"models: none of {', '.join(wanted)} can take part here. Name at least one of {known}."
        )
    return chosen, [missing[name] for name in wanted if name in missing]


def _in_words(given: TableGiven, asked: Asked, played: int) -> str:
    request = given.request
    if request.order_by is not None:
        return f"on {played} stretches of time by {request.order_by}, each told from what lies before it"
    groups = f", groups of {request.group} kept whole" if request.group is not None else ""
    repeats = math.ceil(played / asked.folds)
    dealt = "once" if repeats == 1 else f"{repeats} times"
    return (
        f"{count(played, 'fold')} of rows dealt {dealt} into {asked.folds} parts{groups} (seed "
        f"{given.recipe.seed})"
    )
