"""The page of a forecast: the verdict, the series with what comes next, the comparison, the recipe."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import netwright
from netwright.compare.forecast_verdict import NETWORK, ForecastRow, ForecastVerdict
from netwright.files import write_atomically
from netwright.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Details,
    Fact,
    Section,
    Table,
    Terms,
    Text,
    figures,
    number_cell,
    prose_cell,
)
from netwright.pages.render import template
from netwright.pages.style import Picture
from netwright.pages.wording import clean, left_out, number, seconds, sentence, share, shorten
from netwright.report.contents import History, RecipeRow
from netwright.report.figures.forecast import SeriesView, forecast_picture
from netwright.report.figures.learning import loss_picture
from netwright.report.glossary import describe_metric
from netwright.report.measurements import Importance
from netwright.report.sections.explanation import importance_blocks
from netwright.task import Task

MOST_PICTURES = 12

_MEANINGS = (
    (
        "Scaled error (MASE)",
        "The mean absolute error over that of the seasonal naive forecast one step ahead "
        "in the training part; below 1 is better than that.",
    ),
    ("MAE", "How far a forecast lies from what came, on average, in the unit of the series."),
    ("RMSE", "The same, with large errors counting more."),
    ("WAPE", "The sum of all errors over the sum of all values."),
)


@dataclass(frozen=True)
class ForecastContents:
    """Everything that the page of a forecast shows.

    Attributes:
        title: of the page.
        created: date and time in ISO 8601.
        origin: what is forecast, from which source.
        verdict: the comparison in the back-test.
        tested: how the back-test was made, a sentence.
        ahead: the series with the forecast behind their end.
        past: series with a forecast of the back-test and what came.
        decisions: how the table was read, one sentence each.
        recipe: settings with their reasons.
        history: the course of the training, or None.
        importance: of the fifths of the past, the calendar and further columns in the back-test, or None.
        candidates: the networks that were tried, with their validation losses.
        phases: seconds of each phase.
        reproduce: the command that gives this forecast again.
    """

    title: str
    created: str
    origin: str
    verdict: ForecastVerdict
    tested: str
    ahead: Sequence[SeriesView]
    past: Sequence[SeriesView] = ()
    decisions: Sequence[str] = ()
    recipe: Sequence[RecipeRow] = ()
    history: History | None = None
    importance: Importance | None = None
    candidates: Sequence[tuple[str, float]] = ()
    phases: dict[str, float] = field(default_factory=dict)
    reproduce: str = ""


def build_forecast_page(contents: ForecastContents) -> str:
    """Return the page as one HTML document; the same contents give the same bytes."""
    sections = [
        _ahead(contents),
        _comparison(contents),
        *_past(contents),
        *_importance(contents),
        _training(contents),
        _recipe(contents),
        _origin(contents),
    ]
    verdict = contents.verdict
    return template("netwright.report", "forecast.html").render(
        title=shorten(contents.title, 120),
        version=netwright.__version__,
        origin=contents.origin,
        created=contents.created,
        headline=verdict.sentence,
        tone="good" if verdict.use == NETWORK else "caution",
        facts=_facts(contents),
        sections=sections,
    )


def write_forecast_page(contents: ForecastContents, path: str | os.PathLike[str]) -> None:
    """Write the page in one step.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    write_atomically(path, build_forecast_page(contents))


def _facts(contents: ForecastContents) -> list[Fact]:
    verdict = contents.verdict
    network = verdict.rows[0].scores
    assert network is not None
    wanted = f"promised {share(verdict.wanted_coverage)}"
    return [
        Fact("scaled error (MASE)", number(network.mase), "of the network"),
        Fact("interval held", share(verdict.coverage), wanted),
        Fact("series", f"{len(contents.ahead):,}"),
        Fact("whole run", seconds(sum(contents.phases.values()))),
    ]


def _ahead(contents: ForecastContents) -> Section:
    blocks: list[Block] = [Text("History, and what comes next with its interval.")]
    blocks += figures(*_pictures(contents.ahead, "ahead"))
    hidden = left_out(len(contents.ahead) - MOST_PICTURES, "series", "series")
    return Section("forecast", "The forecast", "Forecast", [*blocks, *([Text(hidden)] if hidden else [])])


def _past(contents: ForecastContents) -> list[Section]:
    if not contents.past:
        return []
    told = "The last forecast of the back-test for each series, beside what came."
    blocks: list[Block] = [Text(told), *figures(*_pictures(contents.past, "past"))]
    return [Section("past", "Forecasts of what is known", "Back-test", blocks)]


def _importance(contents: ForecastContents) -> list[Section]:
    if contents.importance is None:
        return []
    told = (
        "What the forecasts of the back-test lose without each part; errors are in standard deviations of a "
        "series."
    )
    metric = describe_metric(Task.REGRESSION, contents.importance.metric)
    blocks = [Text(told), *importance_blocks(contents.importance, metric)]
    return [Section("importance", "What it looks at", "What it looks at", blocks)]


def _pictures(views: Sequence[SeriesView], key: str) -> list[Picture]:
    return [forecast_picture(view, f"{key}{place}") for place, view in enumerate(views[:MOST_PICTURES])]


def _comparison(contents: ForecastContents) -> Section:
    verdict = contents.verdict
    head = [Cell("Method"), number_cell("Scaled error"), number_cell("MAE"), number_cell("RMSE")]
    head += [number_cell("WAPE"), number_cell("Time"), Cell("Note")]
    rows = [_row(row) for row in verdict.rows]
    strong = frozenset(place for place, row in enumerate(verdict.rows) if row.name == verdict.use)
    table = Table("The network and classical methods", head, rows, strong)
    blocks: list[Block] = [Text(contents.tested), table]
    if verdict.difference is not None:
        mean, low, high = verdict.difference
        told = f"{number(mean)} ({number(low)} to {number(high)}, 95 % of resamples)"
        blocks.append(Text(f"Scaled error of the network less that of the best classical method: {told}."))
    inside = f"{share(verdict.coverage)} of the true values lay within the interval"
    blocks.append(Text(f"{inside}; it promises {share(verdict.wanted_coverage)}."))
    blocks.append(Details("What these numbers mean", [Terms(list(_MEANINGS))]))
    return Section("comparison", "Against classical methods", "Comparison", blocks)


def _row(row: ForecastRow) -> list[Cell]:
    if row.scores is None:
        numbers = [number_cell("") for _ in range(4)]
    else:
        scores = row.scores
        numbers = [number_cell(number(value)) for value in (scores.mase, scores.mae, scores.rmse)]
        numbers.append(number_cell(share(scores.wape)))
    return [Cell(row.label), *numbers, number_cell(seconds(row.seconds)), prose_cell(sentence(row.note))]


def _training(contents: ForecastContents) -> Section:
    blocks: list[Block] = []
    if contents.candidates:
        head = [Cell("Network"), number_cell("Validation loss")]
        rows = [[Cell(name), number_cell(number(loss, 4))] for name, loss in contents.candidates]
        best = min(range(len(rows)), key=lambda place: contents.candidates[place][1])
        blocks.append(Table("Networks that were tried", head, rows, frozenset({best})))
    if contents.history is not None and contents.history.points:
        blocks += figures(loss_picture(contents.history))
    return Section("training", "The training", "Training", blocks)


def _recipe(contents: ForecastContents) -> Section:
    rows = [
        [Cell(row.field), Cell(shorten(row.value, 80)), prose_cell(sentence(row.reason))]
        for row in contents.recipe
    ]
    blocks: list[Block] = [Bullets([sentence(one) for one in contents.decisions])]
    blocks.append(Table("Settings", [Cell("Setting"), Cell("Value"), Cell("Why")], rows))
    return Section("recipe", "How the data was read, and the settings", "Settings", blocks)


def _origin(contents: ForecastContents) -> Section:
    rows = [[Cell(clean(name)), number_cell(seconds(took))] for name, took in contents.phases.items()]
    blocks: list[Block] = [Table("Where the time went", [Cell("Phase"), number_cell("Time")], rows)]
    if contents.reproduce:
        blocks = [
            Text("The same data and this command give the same forecast:"),
            Code(contents.reproduce),
            *blocks,
        ]
    return Section("origin", "Time and reproduction", "Reproduce", blocks)
