"""`learning_curve` and `capacity_curve`: is it worth to collect more rows, or to enlarge the network?"""

from __future__ import annotations

import os
import time as clocks
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.compare.contenders import classical
from netwright.compare.folds import Fold, repeated_folds
from netwright.compare.game import Contender
from netwright.compare.growth import Grown, Point, grow
from netwright.compare.growth_page import Curve, curve_page, error_of, rows_verdict, units_verdict
from netwright.compare.networks import networks
from netwright.compare.power_law import PowerLaw, fit_power_law
from netwright.device import processors
from netwright.errors import DataError, RecipeError, did_you_mean
from netwright.metrics import Metric, find_metric, primary_metric
from netwright.nets.mlp import MLP
from netwright.recipe.recipe import Recipe, parse_seconds
from netwright.verbs.tables import TableGiven, record_text, table_given, write_files

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
WIDTHS = (8, 32, 128, 512)
FEWEST_ROWS = 30
"""Fewer training rows than this make no point of a curve."""

DEFAULT_TIME = "3m"


def learning_curve(
    source: Any,
    target: str | None = None,
    *,
    model: str = "network",
    shares: Sequence[float] = SHARES,
    repeats: int = 3,
    metric: str | None = None,
    time: float | str | None = DEFAULT_TIME,
    out: str | os.PathLike[str] | None = None,
    recipe: Mapping[str, Any] | Recipe | None = None,
    told: Callable[[str], object] = lambda sentence: None,
    clock: Callable[[], float] = clocks.monotonic,
    **options: Any,
) -> Curve:
    """Measure the score with more and more rows, and say whether it is worth to collect more.

    Args:
        source: a file or rows in memory.
        target: the column to predict.
        model: what learns: "network", "mlp", "linear", "forest", "boosting" or another of `compare`.
        shares: of the training rows, from 0 to 1.
        repeats: how often it is measured, each time on other held-out rows.
        metric: that is measured; the usual one of the task when left out.
        time: what it may take.
        out: a folder for the page learning_curve.html and the record learning_curve.json.
        recipe: of the network, or its settings.
        told: told of every score.
        clock: returns seconds.
        options: ignore, columns, group, order_by and task as in `compare`, and settings of the recipe.

    Raises:
        DataError, RecipeError: when something that was given cannot be used.

    >>> from netwright.data.samples import sample
    >>> curve = learning_curve(sample("breast_cancer"), "diagnosis", model="linear", repeats=2)
    >>> [point.size for point in curve.points]
    [57, 114, 228, 455]
    """
    begun = clock()
    if not shares or not all(0 < share <= 1 for share in shares):
        raise RecipeError(f"shares: expected numbers above 0 and up to 1, got {tuple(shares)}.")
    frame = _frame(source, target, "learning_curve", repeats, metric, time, recipe, options, clock, begun)
    learner = _learner(frame.given, model)
    most = min(len(fold.train) for fold in frame.divided)
    sizes = sorted({round(share * most) for share in shares if round(share * most) >= FEWEST_ROWS} | {most})
    grown = frame.grown([(size, learner, size) for size in sizes], told)
    law = _law(grown.points, frame.metric, frame.given.recipe.seed)
    verdict = rows_verdict(frame.metric, grown.points, law)
    return frame.curve("rows", learner.label, grown, verdict, law, out)


def capacity_curve(
    source: Any,
    target: str | None = None,
    *,
    widths: Sequence[int] = WIDTHS,
    repeats: int = 3,
    metric: str | None = None,
    time: float | str | None = DEFAULT_TIME,
    out: str | os.PathLike[str] | None = None,
    recipe: Mapping[str, Any] | Recipe | None = None,
    told: Callable[[str], object] = lambda sentence: None,
    clock: Callable[[], float] = clocks.monotonic,
    **options: Any,
) -> Curve:
    """Measure the score with wider and wider networks, and say whether it is worth to enlarge them.

    Args:
        source: a file or rows in memory.
        target: the column to predict.
        widths: units of each of the two hidden layers.
        repeats: how often it is measured, each time on other held-out rows.
        metric: that is measured; the usual one of the task when left out.
        time: what it may take.
        out: a folder for the page capacity_curve.html and the record capacity_curve.json.
        recipe: of the network, or its settings; a network of layers keeps its other settings.
        told: told of every score.
        clock: returns seconds.
        options: ignore, columns, group, order_by and task as in `compare`, and settings of the recipe.

    Raises:
        DataError, RecipeError: when something that was given cannot be used.
    """
    begun = clock()
    if not widths or min(widths) < 1:
        raise RecipeError(f"widths: expected whole numbers from 1 on, got {tuple(widths)}.")
    frame = _frame(source, target, "capacity_curve", repeats, metric, time, recipe, options, clock, begun)
    settings = frame.given.recipe
    base = settings.network if isinstance(settings.network, MLP) else MLP()
    wider = [
        (width, settings.edited(network=base.edited(hidden=(width, width)))) for width in sorted(set(widths))
    ]
    grown = frame.grown([(width, networks(one)[0], None) for width, one in wider], told)
    verdict = units_verdict(frame.metric, grown.points, grown.ratio)
    return frame.curve("units", "network", grown, verdict, None, out)


def texts(curve: Curve) -> dict[str, str]:
    """Return page and record by the names of their files."""
    name = "learning_curve" if curve.what == "rows" else "capacity_curve"
    return {f"{name}.html": curve_page(curve), f"{name}.json": record_text(curve.to_json())}


@dataclass(frozen=True)
class _Frame:
    """What both curves stand in: the table, a division for each repetition, the metric, and the time."""

    given: TableGiven
    divided: Sequence[Fold]
    metric: Metric
    seconds: float | None
    clock: Callable[[], float]
    begun: float

    def grown(
        self, steps: Sequence[tuple[int, Contender, int | None]], told: Callable[[str], object]
    ) -> Grown:
        """Measure every step, within what is left of the time."""
        left = None if self.seconds is None else max(1.0, self.seconds - (self.clock() - self.begun))
        return grow(
            self.given.field,
            self.divided,
            steps,
            self.metric,
            seed=self.given.recipe.seed,
            threads=processors(),
            seconds=left,
            clock=self.clock,
            told=told,
        )

    def curve(
        self,
        what: str,
        learner: str,
        grown: Grown,
        verdict: str,
        law: PowerLaw | None,
        out: str | os.PathLike[str] | None,
    ) -> Curve:
        """Return the curve, written where it is wanted."""
        name, spent = self.given.material.target.name, self.clock() - self.begun
        drawn = Curve(
            what, learner, name, self.metric, grown.points, verdict, law, grown.ratio, grown.remarks, spent
        )
        if out is not None:
            write_files(out, texts(drawn))
        return drawn


def _frame(
    source: Any,
    target: str | None,
    verb: str,
    repeats: int,
    metric: str | None,
    time: float | str | None,
    recipe: Mapping[str, Any] | Recipe | None,
    options: Mapping[str, Any],
    clock: Callable[[], float],
    begun: float,
) -> _Frame:
    """Read the table and divide it, see `learning_curve`."""
    if repeats < 1:
        raise RecipeError(f"repeats: expected 1 or more, got {repeats}.")
    known = ("ignore", "columns", "group", "order_by", "task")
    about = {name: options[name] for name in known if name in options}
    settings = {name: value for name, value in options.items() if name not in known}
    given = table_given(source, target, verb, recipe=recipe, settings=settings, **about)
    field = given.field
    if len(field.truth) < 2 * FEWEST_ROWS:
        raise DataError(f"The data has {len(field.truth)} rows; a curve needs {2 * FEWEST_ROWS} or more.")
    classes = field.truth if field.target.classes else None
    count = 5 if repeats <= 5 else repeats
    folds = repeated_folds(
        len(field.truth),
        count,
        1,
        seed=given.recipe.seed,
        classes=classes,
        group=field.group,
        time=field.time,
    )
    # In time the last folds have the most rows to learn from.
    divided = folds[-repeats:] if field.time is not None else folds[:repeats]
    task = field.target.task
    measured = primary_metric(task) if metric is None else find_metric(task, metric)
    return _Frame(given, divided, measured, parse_seconds(time), clock, begun)


def _learner(given: TableGiven, name: str) -> Contender:
    task = given.field.target.task
    present = [*networks(given.recipe), *classical(is_classification=task.is_classification)]
    found = next((one for one in present if one.name == name), None)
    if found is None:
        raise RecipeError(f"model: there is no {name!r}. {did_you_mean(name, [one.name for one in present])}")
    return found


def _law(points: Sequence[Point], metric: Metric, seed: int) -> PowerLaw | None:
    sizes = np.array([point.size for point in points], dtype=float)
    errors = error_of(metric, np.array([point.scores for point in points]))
    known = np.isfinite(errors).any(axis=1)
    return fit_power_law(sizes[known], errors[known], seed)
