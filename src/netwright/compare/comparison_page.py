"""The page of a comparison: the verdict, the table, the figures, and how it was done."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.compare.comparison import Comparison
from netwright.compare.standing_figures import cost_picture, critical_difference_picture, scores_picture
from netwright.compare.standings import Standing
from netwright.metrics import Metric, format_score
from netwright.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Details,
    Fact,
    Section,
    Table,
    Text,
    figures,
    number_cell,
    prose_cell,
)
from netwright.pages.verdict_page import verdict_page
from netwright.pages.wording import count, number, seconds, size

METHOD = (
    "Every model learns from the same folds and answers for the same rows. What prepares the rows is "
    "learnt from "
    "the training rows of each fold. Folds share training rows, so their scores are not independent: "
    "intervals and "
    "tests use the corrected variance of Nadeau and Bengio (2003), and probabilities are adjusted for "
    "the number "
    "of models (Holm 1979). A model is level with the best when the test cannot tell them apart, or when the "
    "difference is surely too small to matter. Networks hold a part of their training rows back to stop by."
)


def comparison_page(comparison: Comparison) -> str:
    """Return the page as one HTML document."""
    facts = [
        Fact("rows", f"{comparison.rows_used:,}", _of_all(comparison)),
        Fact("columns", f"{comparison.columns:,}"),
        Fact("folds", f"{comparison.standings.folds:,}"),
        Fact("time", seconds(comparison.seconds), count(comparison.threads, "thread")),
    ]
    return verdict_page(
        f"Models for {comparison.target}",
        comparison.verdict,
        list(_sections(comparison)),
        origin=f"A comparison of {count(len(comparison.models), 'model')}, {comparison.folds}.",
        facts=facts,
        tone="caution" if comparison.use == "constant" else "good",
    )


def _of_all(comparison: Comparison) -> str:
    return f"of {comparison.rows:,}" if comparison.rows_used < comparison.rows else ""


def _sections(comparison: Comparison) -> Iterator[Section]:
    metric, standings = comparison.metric, comparison.standings
    yield Section("models", "The models", "Models", [_table(comparison)])
    drawn = figures(
        critical_difference_picture(standings),
        scores_picture(standings, metric),
        cost_picture(standings, metric),
    )
    yield Section("figures", "Who can be told apart", "Figures", drawn)
    yield Section("method", "How it was done", "Method", list(_method(comparison)))


def _method(comparison: Comparison) -> Iterator[Block]:
    yield Text(METHOD)
    if comparison.remarks:
        yield Bullets(comparison.remarks)
    if comparison.left_out:
        rows = [[Cell(one.label), prose_cell(one.reason)] for one in comparison.left_out]
        yield Table("Models that are left out", [Cell("Model"), Cell("Reason")], rows)
    settings = [
        [Cell(model.label), prose_cell(model.settings), prose_cell(model.note)] for model in comparison.models
    ]
    yield Details(
        "How the models were set",
        [Table("Settings", [Cell("Model"), Cell("Settings"), Cell("Remark")], settings, quiet=True)],
    )
    yield Details("Scores of every fold", [_folds(comparison)])


def _table(comparison: Comparison) -> Table:
    metric = comparison.metric
    head = [
        Cell("Model"),
        number_cell(metric.label, "95 % interval"),
        number_cell("Behind the best", "95 % interval"),
        number_cell("p"),
        number_cell("To learn"),
        number_cell("To answer", "1,000 rows"),
        number_cell("Size"),
    ]
    rows = [_row(model, metric) for model in comparison.models]
    strong = frozenset(place for place, model in enumerate(comparison.models) if model.name == comparison.use)
    return Table("Models, the best first", head, rows, strong, quiet=True)


def _row(model: Standing, metric: Metric) -> list[Cell]:
    return [
        Cell(model.label, "level with the best" if model.level and model.gap else ""),
        number_cell(format_score(metric, model.score), span(metric, model.low, model.high)),
        number_cell(
            format_score(metric, model.gap) if model.gap else "", span(metric, model.gap_low, model.gap_high)
        ),
        number_cell("" if model.p is None else number(model.p, 2)),
        number_cell(seconds(model.fit_seconds)),
        number_cell(seconds(model.predict_seconds)),
        number_cell(size(model.size)),
    ]


def span(metric: Metric, low: float | None, high: float | None) -> str:
    """Return an interval as text, empty where there is none or it is a point."""
    if low is None or high is None or low == high:
        return ""
    return f"{format_score(metric, low)} to {format_score(metric, high)}"


def _folds(comparison: Comparison) -> Table:
    head = [Cell("Model"), *(number_cell(str(fold + 1)) for fold in range(comparison.standings.folds))]
    rows = [
        [Cell(model.label), *(number_cell(format_score(comparison.metric, score)) for score in model.scores)]
        for model in comparison.models
    ]
    return Table("Scores of every fold", head, rows, quiet=True)
