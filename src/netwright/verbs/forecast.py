"""`forecast`: series in; out comes a run folder with the forecast, the model and the evidence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from netwright import run as folder
from netwright.compare.forecast_baselines import forecast_baselines
from netwright.compare.forecast_verdict import ForecastVerdict, forecast_verdict
from netwright.compare.rolling import RollingTest, rolling_test
from netwright.data.convert import to_frame
from netwright.data.panel import Columns, Panel, read_panel
from netwright.data.read import read_table
from netwright.errors import DataError
from netwright.estimators.forecast_answers import Answers
from netwright.estimators.forecast_frames import context_of, times_of
from netwright.estimators.forecast_states import ForecastStates
from netwright.estimators.forecaster import Forecaster
from netwright.explain.forecast_importance import forecast_importance
from netwright.recipe.files import setting_text
from netwright.recipe.forecast import ForecastRecipe
from netwright.report.contents import History, HistoryPoint, RecipeRow
from netwright.report.figures.forecast import SeriesView
from netwright.report.forecast import ForecastContents, write_forecast_page
from netwright.report.measurements import Importance
from netwright.run import Run
from netwright.verbs.budget import REPORT_SECONDS, Budget
from netwright.verbs.forecast_request import ForecastRequest

FORECAST = "forecast.csv"
TESTED = 0.2
"""Share of each series, its end, that the back-test forecasts."""

SHOWN_HORIZONS = 4
FEWEST_SHOWN = 60
TRAINING_SHARE = 0.7


def _check_length(longest: int, horizon: int) -> None:
    """Refuse series of which nothing is left to learn from once the last horizon is kept for the test."""
    needed = 2 * horizon + 2
    if longest < needed:
        raise DataError(
            f"The longest series has {longest:,} values, and {horizon:,} steps ahead need {needed:,} at "
            f"least: {horizon:,} for the test, {horizon:,} to learn from, and two before them. Give more "
            "values, or a smaller horizon."
        )


def forecast(
    source: Any,
    target: str | Sequence[str],
    *,
    horizon: int,
    time: str | None = None,
    group: str | None = None,
    known: Sequence[str] = (),
    static: Sequence[str] = (),
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: bool | Literal["auto"] = "auto",
    **settings: Any,
) -> Run:
    """Forecast series, compare with classical methods in a back-test, and write a run folder.

    The weights are learnt before the back-test; the forecast begins from the last values.

    Args:
        source: a file, or rows in memory: one row for each time, or for each time and group.
        target: the column to forecast, or several.
        horizon: steps ahead.
        time: the column of times; without it the rows follow each other.
        group: the column that says which series a row belongs to.
        known: columns that are known ahead.
        static: columns that say something of a whole series.
        out: the run folder; runs/<name of the file> when left out.
        force: whether an earlier run in that folder may be replaced.
        progress: True, False, or "auto" to show it on a terminal only.
        settings: of `ForecastRecipe`, such as network="nlinear", seed=1; budget="60s" for everything.

    Returns:
        the run: `run.model`, `run.metrics`, `run.report`, and the file forecast.csv in it.

    Raises:
        DataError, RecipeError, RunError: when something that was given cannot be used.
    """
    recipe = ForecastRecipe(horizon=horizon, time=settings.pop("budget", None), **settings)
    names = (target,) if isinstance(target, str) else tuple(target)
    columns = Columns(names, time, group, tuple(known), tuple(static))
    file = None if not isinstance(source, (str, os.PathLike)) else Path(source)
    name = file.name.split(".")[0] if file is not None else "forecast"
    place = Path(out) if out is not None else Path("runs") / name
    Run.check_free(place, force=force)
    budget = Budget(recipe.time)
    with budget.phase("reading"):
        table = None if file is None else read_table(file)
        panel = read_panel(to_frame(source) if table is None else table.frame, columns)
    _check_length(panel.longest, recipe.horizon)
    read = () if table is None else table.decisions
    request = ForecastRequest.made(file, horizon, columns, recipe)
    run = Run.create(place, request.to_json(), force=force)
    ForecastStates(run.path).clear()
    _Forecast(run, request, panel, recipe, budget, progress).finish((*read, *panel.decisions))
    return run


def resume_forecast(path: str | os.PathLike[str], *, progress: bool | Literal["auto"] = "auto") -> Run:
    """Go on with a forecast that was interrupted or killed, to the one it would have reached.

    Args:
        path: the run folder.
        progress: True, False, or "auto" to show it on a terminal only.

    Raises:
        RunError: when the run is finished, is no forecast, its data lay in memory only, or the file changed.
    """
    run = Run.open(path)
    request = ForecastRequest.of(run)
    recipe = ForecastRecipe(**{name: value for name, value in request.recipe.items() if name != "kind"})
    budget = Budget(recipe.time)
    with budget.phase("reading"):
        table = read_table(request.source)
        panel = read_panel(to_frame(table.frame), request.columns)
    _Forecast(run, request, panel, recipe, budget, progress).finish((*table.decisions, *panel.decisions))
    return run


class _Forecast:
    """One forecasting command, phase by phase."""

    def __init__(
        self,
        run: Run,
        request: ForecastRequest,
        panel: Panel,
        recipe: ForecastRecipe,
        budget: Budget,
        progress: bool | Literal["auto"],
    ) -> None:
        self.run, self.request, self.panel = run, request, panel
        self.recipe, self.budget, self.progress = recipe, budget, progress

    def finish(self, decisions: Sequence[str]) -> None:
        """Train, look back, compare, forecast, write."""
        try:
            self._finish(decisions)
        except KeyboardInterrupt:
            self.run.mark("interrupted")
            raise

    def _finish(self, decisions: Sequence[str]) -> None:
        run, budget = self.run, self.budget
        test = rolling_test(self.panel, TESTED, self.recipe.horizon, 1)
        with budget.phase("training"):
            model = self._model(test)
        test = RollingTest(self.panel, test.learnt, test.origins, test.horizon, int(model.recipe_.season))
        with budget.phase("back-test"):
            answers = model.answer(self.panel, test.origins)
        with budget.phase("classical methods"):
            verdict = self._compare(model, test, answers)
        model.context_ = context_of(self.panel, model.shape_.lookback)
        ahead = model.predict()
        run.write_json(folder.METRICS, _metrics(verdict, budget))
        run.write_json(folder.HISTORY, [one.to_json() for one in model.history_])
        run.write_text(folder.RECIPE, _recipe_text(model))
        run.write_text(FORECAST, ahead.write_csv())
        model.save(run.path / folder.MODEL)
        with budget.phase("importance"):
            importance = self._importance(model, test)
        with budget.phase("report"):
            contents = self._contents(model, test, answers, verdict, importance, decisions)
            write_forecast_page(contents, run.report)
        ForecastStates(run.path).clear()
        run.clear_unfinished()
        run.mark("finished")

    def _model(self, test: RollingTest) -> Forecaster:
        recipe, seconds = self.recipe, None
        if self.budget.seconds is not None:
            left = self.budget.seconds - self.budget.spent - REPORT_SECONDS
            seconds = max(0.5, TRAINING_SHARE * left)
        fields = {name: getattr(recipe, name) for name in type(recipe).model_fields}
        model = Forecaster(**{**fields, "time": seconds}, progress=self.progress)
        return model.fit_panel(self.panel.until(test.learnt), ForecastStates(self.run.path))

    def _compare(self, model: Forecaster, test: RollingTest, answers: Answers) -> ForecastVerdict:
        baselines = forecast_baselines(test, model.shape_.lookback, self.recipe.seed)
        return forecast_verdict(
            test,
            answers.point,
            (answers.lower, answers.upper),
            baselines,
            coverage=self.recipe.coverage,
            seconds=self.budget.phases["training"],
            seed=self.recipe.seed,
        )

    def _importance(self, model: Forecaster, test: RollingTest) -> Importance:
        seconds = self.budget.for_importance()
        found = forecast_importance(
            model,
            self.panel,
            test.origins,
            repeats=2,
            seconds=seconds,
            clock=self.budget.clock,
            seed=self.recipe.seed,
        )
        return Importance.of(found)

    def _contents(
        self,
        model: Forecaster,
        test: RollingTest,
        answers: Answers,
        verdict: ForecastVerdict,
        importance: Importance,
        decisions: Sequence[str],
    ) -> ForecastContents:
        panel, names = self.panel, ", ".join(self.request.columns.target)
        source = Path(self.request.source).name or "rows in memory"
        ends = [[len(one)] for one in panel.series]
        what = f"{names}, {self.recipe.horizon:,} steps ahead ({panel.frequency})"
        plain = model.recipe_.to_plain()
        return ForecastContents(
            title=f"{self.run.path.name}: {names}",
            created=datetime.now(UTC).isoformat(timespec="minutes"),
            origin=f"Forecasts {what}, from {source}",
            verdict=verdict,
            tested=_tested(test),
            ahead=_views(panel, ends, model.answer(panel, ends), model, known=False),
            past=_views(panel, test.origins, answers, model, known=True),
            decisions=decisions,
            recipe=[
                RecipeRow(name, setting_text(value), model.reasons_.get(name, ""))
                for name, value in plain.items()
                if name != "kind"
            ],
            history=_history(model),
            importance=importance,
            candidates=[(one.part.kind.replace("_", " "), one.loss) for one in model.candidates_],
            phases=self.budget.phases,
            reproduce=self.request.command,
        )


def _metrics(verdict: ForecastVerdict, budget: Budget) -> dict[str, Any]:
    network = verdict.rows[0].scores
    assert network is not None
    return {
        "headline": verdict.sentence,
        "use": verdict.use,
        "metrics": {**asdict(network), "coverage": verdict.coverage},
        "comparison": verdict.to_json(),
        "phases": dict(budget.phases),
    }


def _tested(test: RollingTest) -> str:
    return (
        f"Back-test with a rolling origin: {test.rows:,} forecasts of {test.horizon:,} steps from moments "
        "that no method had learnt from; each sees the values before its own moment only."
    )


def _views(
    panel: Panel, origins: Sequence[Sequence[int]], answers: Answers, model: Forecaster, *, known: bool
) -> list[SeriesView]:
    """Return each series with its last forecast."""
    views, horizon, row = [], model.shape_.horizon, -1
    shown = max(FEWEST_SHOWN, SHOWN_HORIZONS * horizon)
    for number, (series, places) in enumerate(zip(panel.series, origins, strict=True)):
        row += len(places)
        if not places:
            continue
        end = places[-1]
        start = max(0, end - shown)
        times = times_of(panel, number, start, end - start + horizon)
        views.append(
            SeriesView(
                name=series.name,
                times=[str(time) for time in times],
                history=series.values[start:end],
                forecast=answers.point[row],
                lower=answers.lower[row],
                upper=answers.upper[row],
                truth=series.values[end : end + horizon] if known else None,
                coverage=model.recipe_.coverage,
            )
        )
    return views


def _history(model: Forecaster) -> History:
    points = [
        HistoryPoint(
            epoch=one.epoch,
            step=one.step,
            train_loss=one.train_loss,
            validation_loss=one.validation.get("loss"),
            learning_rate=one.learning_rate,
            seconds=one.seconds,
        )
        for one in model.history_
    ]
    best = [place for place, one in enumerate(model.history_) if one.best]
    return History(points, best[-1] if best else None, "loss", model.outcome_.ending)


def _recipe_text(model: Forecaster) -> str:
    lines = []
    for name, value in model.recipe_.to_plain().items():
        reason = model.reasons_.get(name)
        lines += [*([f"# {reason}"] if reason else []), f"{name}: {setting_text(value)}"]
    return "\n".join(lines) + "\n"


def read_forecast(run: Run) -> pl.DataFrame:
    """Return the forecast that a run wrote."""
    return pl.read_csv(run.path / FORECAST, try_parse_dates=True)
