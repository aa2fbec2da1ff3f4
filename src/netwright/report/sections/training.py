"""The training: how it went, with which recipe, and why."""

from __future__ import annotations

import numpy as np

from netwright.pages.blocks import (
    Block,
    Cell,
    Details,
    Fact,
    Facts,
    Section,
    Table,
    Text,
    figures,
    number_cell,
    prose_cell,
)
from netwright.pages.wording import aligned, clean, number, seconds, sentence
from netwright.report.contents import History, ReportContents
from netwright.report.figures.flow import flow_pictures
from netwright.report.figures.learning import loss_picture, rate_picture, score_picture
from netwright.report.glossary import describe_metric
from netwright.report.sections.absence import absence

MOST_ROWS = 30


def training_section(contents: ReportContents) -> Section | None:
    """Show the course of the training; None when nothing was recorded and no reason is given."""
    blocks = [*_course(contents), *_flow(contents)]
    if contents.history and contents.history.points:
        rates = figures(rate_picture(contents.history))
        blocks.append(Details("Epoch by epoch", [*rates, _table(contents, contents.history)]))
    return Section("training", "Training", "Training", blocks) if blocks else None


def recipe_section(contents: ReportContents) -> Section | None:
    """Show every setting with its reason."""
    if not contents.recipe:
        return None
    head = [Cell("Setting"), Cell("Value"), Cell("Why")]
    rows = [
        [Cell(clean(row.field)), prose_cell(sentence(row.value)), prose_cell(sentence(row.reason))]
        for row in contents.recipe
    ]
    lead = Text("Every setting of this training. What was not asked for was chosen, for the reason given.")
    table = Table("Settings of the recipe", head, rows, quiet=True)
    return Section("recipe", "Recipe", "Recipe", [lead, table])


def _course(contents: ReportContents) -> list[Block]:
    history = contents.history
    if history is None or not history.points:
        return absence(contents, "history")
    blocks: list[Block] = [_facts(history)]
    if history.ending:
        blocks.append(Text(sentence(history.ending)))
    if history.best is None:
        blocks.append(Text("No early stopping: the weights are those at the end of the training.", "aside"))
    monitor = describe_metric(contents.task, _score_name(history, contents.primary_metric))
    return blocks + figures(loss_picture(history), score_picture(history, monitor))


def _flow(contents: ReportContents) -> list[Block]:
    flow = contents.gradient_flow
    if flow is None or not flow.layers or not len(flow.epochs):
        return absence(contents, "gradient_flow", "aside")
    return figures(*flow_pictures(flow))


def _score_name(history: History, primary: str) -> str:
    if history.monitor != "loss":
        return history.monitor
    names = {name for point in history.points for name in point.metrics}
    return primary if primary in names else min(names, default="loss")


def _facts(history: History) -> Facts:
    last = history.points[-1]
    items = [Fact("epochs", number(last.epoch, 4)), Fact("steps", f"{last.step:,}", "updates of the weights")]
    if history.best is not None:
        best = history.points[history.best]
        items.append(Fact("best epoch", number(best.epoch, 4), "its weights were kept"))
    if last.seconds is not None:
        items.append(Fact("training time", seconds(last.seconds)))
    return Facts(items)


def _table(contents: ReportContents, history: History) -> Table:
    points = history.points
    names = list(dict.fromkeys(name for point in points for name in point.metrics if name != "loss"))
    titles = [describe_metric(contents.task, name).title for name in names]
    shown = _shown(len(points), history.best)
    head = [number_cell(title) for title in ("Epoch", "Step", "Training loss", "Validation loss")]
    head += [number_cell(title) for title in (*titles, "Learning rate", "Time")]
    chosen = [points[place] for place in shown]
    columns = [
        [number(point.epoch, 4) for point in chosen],
        [f"{point.step:,}" for point in chosen],
        aligned([point.train_loss for point in chosen], 4),
        aligned([point.validation_loss for point in chosen], 4),
        *(aligned([point.metrics.get(name) for point in chosen], 4) for name in names),
        aligned([point.learning_rate for point in chosen]),
        [seconds(point.seconds) for point in chosen],
    ]
    rows = [[number_cell(text) for text in texts] for texts in zip(*columns, strict=True)]
    strong = frozenset(row for row, place in enumerate(shown) if place == history.best)
    note = "The best epoch stands out." if strong else ""
    if len(shown) < len(points):
        note = f"{len(shown)} of {len(points):,} rows are shown, evenly chosen. {note}".strip()
    return Table("The training, epoch by epoch", head, rows, strong, note)


def _shown(points: int, best: int | None) -> list[int]:
    if points <= MOST_ROWS:
        return list(range(points))
    chosen = {round(place) for place in np.linspace(0, points - 1, MOST_ROWS)}
    return sorted(chosen | ({best} if best is not None else set()))
