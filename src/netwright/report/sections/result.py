"""The result: the network against its baselines, and what each number means."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.pages.blocks import Cell, Details, Section, Table, Terms, Text, number_cell, prose_cell
from netwright.pages.wording import INTERVAL_NAME, NOTHING, count, seconds, sentence, shorten, size
from netwright.report.contents import ReportContents
from netwright.report.glossary import INTERVAL, MetricText, describe_metric, interval_text, value_text
from netwright.report.measurements import ModelRow
from netwright.report.sections.absence import absence

_PARTS = {
    "test": "the test part: {rows} that took no part in training or in any choice",
    "validation": "the validation part: {rows} that were not trained on but did choose the weights, so that "
    "the numbers are a little too good. A test part would be free of that",
    "training": "the training part itself: {rows} that the network has seen, so that the numbers say little "
    "about new rows. Hold some rows back to learn more",
}


def result_section(contents: ReportContents) -> Section | None:
    """Compare the models; None without any measurement."""
    missing = absence(contents, "models")
    if not contents.models:
        return Section("result", "Result", "Result", missing) if missing else None
    blocks = [Text(_measured(contents)), *missing]
    metrics = _metrics(contents)
    blocks += [_quality(contents, metrics), _cost(contents)]
    meanings = [(metric.title, metric.meaning) for metric in metrics if metric.meaning]
    blocks.append(Details("What these numbers mean", [Terms([*meanings, (INTERVAL_NAME, INTERVAL)])]))
    return Section("result", "Result", "Result", blocks)


def _measured(contents: ReportContents) -> str:
    rows = "rows" if contents.measured_rows is None else count(contents.measured_rows, "row")
    return f"All numbers come from {_PARTS[contents.measured_on].format(rows=rows)}."


def _metrics(contents: ReportContents) -> list[MetricText]:
    names = dict.fromkeys(
        [contents.primary_metric, *(name for model in contents.models for name in model.metrics)]
    )
    known = [name for name in names if any(name in model.metrics for model in contents.models)]
    return [describe_metric(contents.task, name) for name in known]


def _quality(contents: ReportContents, metrics: Sequence[MetricText]) -> Table:
    head = [Cell("Model"), *(number_cell(metric.title, metric.direction) for metric in metrics)]
    rows = [
        [Cell(shorten(model.name, 60)), *_measures(contents, metrics, model)] for model in contents.models
    ]
    note = f"Smaller figures are {INTERVAL_NAME}s."
    return Table("The network and its baselines", head, rows, _networks(contents), note)


def _measures(contents: ReportContents, metrics: Sequence[MetricText], model: ModelRow) -> list[Cell]:
    cells = []
    for metric in metrics:
        estimate = model.metrics.get(metric.name)
        if estimate is None:
            cells.append(number_cell(NOTHING))
        else:
            value = value_text(contents.task, metric.name, estimate.value)
            cells.append(number_cell(value, interval_text(contents.task, metric.name, estimate)))
    return cells


def _cost(contents: ReportContents) -> Table:
    noted = any(model.note for model in contents.models)
    head = [Cell("Model"), *(number_cell(title) for title in ("Fit", "Predict", "Size"))]
    rows = [
        [
            Cell(shorten(model.name, 60)),
            number_cell(seconds(model.fit_seconds)),
            number_cell(seconds(model.predict_seconds)),
            number_cell(size(model.size_bytes)),
            *([prose_cell(sentence(model.note))] if noted else []),
        ]
        for model in contents.models
    ]
    head += [Cell("Note")] if noted else []
    return Table("What they cost", head, rows, _networks(contents), "Times are those of this machine.")


def _networks(contents: ReportContents) -> frozenset[int]:
    return frozenset(place for place, model in enumerate(contents.models) if model.is_network)
