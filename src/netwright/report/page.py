"""The page: sections put into one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from netwright.files import write_atomically
from netwright.pages.blocks import Fact
from netwright.pages.render import template
from netwright.pages.wording import INTERVAL_NAME, clean, count, seconds, shorten, size
from netwright.report.contents import ReportContents
from netwright.report.figures.dots import comparison_picture
from netwright.report.glossary import describe_metric, interval_text, value_text
from netwright.report.sections.data import data_section, findings_section
from netwright.report.sections.evaluation import evaluation_section
from netwright.report.sections.explanation import check_section, importance_section, mistakes_section
from netwright.report.sections.health import health_section, treatment_section
from netwright.report.sections.origin import origin_section
from netwright.report.sections.promises import promises_section
from netwright.report.sections.result import result_section
from netwright.report.sections.training import recipe_section, training_section
from netwright.task import Task

_SECTIONS = (
    result_section,
    findings_section,
    health_section,
    treatment_section,
    evaluation_section,
    promises_section,
    importance_section,
    check_section,
    mistakes_section,
    data_section,
    training_section,
    recipe_section,
    origin_section,
)

_TASKS = {
    Task.BINARY: "one of two classes",
    Task.MULTICLASS: "one of several classes",
    Task.MULTILABEL: "several labels at once",
    Task.REGRESSION: "a number",
}


@dataclass(frozen=True)
class Headline:
    """The number that decides, as shown at the top."""

    name: str
    value: str
    interval: str
    meaning: str
    measured: str


def build_report(contents: ReportContents) -> str:
    """Return the report as one HTML document; the same contents give the same bytes.

    Args:
        contents: what to show; every part may be left out.
    """
    sections = [section for build in _SECTIONS if (section := build(contents)) is not None]
    return template("netwright.report").render(
        contents=contents,
        title=shorten(contents.title, 120),
        version=contents.version,
        origin=_origin(contents),
        created=_moment(contents.created),
        alarms=_alarms(contents),
        headline=_headline(contents),
        comparison=comparison_picture(contents),
        interval_name=INTERVAL_NAME,
        facts=_facts(contents),
        sections=sections,
    )


def write_report(contents: ReportContents, path: str | os.PathLike[str]) -> None:
    """Write the report in one step: a reader finds the old page or the new one.

    Args:
        contents: what to show.
        path: the HTML file; its folder must exist.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    write_atomically(path, build_report(contents))


def _origin(contents: ReportContents) -> str:
    source = f", from {shorten(contents.source, 80)}" if contents.source else ""
    return f"Predicts {shorten(contents.target, 60)}, {_TASKS[contents.task]}{source}"


def _moment(created: str) -> str:
    try:
        return datetime.fromisoformat(created).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return clean(created)


def _alarms(contents: ReportContents) -> str:
    found = [*(contents.findings or ()), *(contents.health.findings if contents.health else ())]
    number = sum(finding.severity == "alarm" for finding in found)
    return count(number, "alarm") if number else ""


def _headline(contents: ReportContents) -> Headline | None:
    estimate, name = contents.primary, contents.primary_metric
    if estimate is None:
        return None
    metric, rows = describe_metric(contents.task, name), contents.measured_rows
    return Headline(
        metric.title,
        value_text(contents.task, name, estimate.value),
        interval_text(contents.task, name, estimate),
        metric.meaning,
        f"{count(rows, 'row')} of the {contents.measured_on} part"
        if rows
        else f"the {contents.measured_on} part",
    )


def _facts(contents: ReportContents) -> list[Fact]:
    facts = []
    if contents.data:
        facts.append(Fact("rows", f"{contents.data.rows:,}"))
    if contents.columns:
        used = sum(column.used for column in contents.columns)
        facts.append(Fact("columns used", f"{used:,}", f"of {len(contents.columns):,}"))
    if contents.timing:
        facts.append(Fact("whole run", seconds(sum(phase.seconds for phase in contents.timing))))
    if contents.network and contents.network.size_bytes is not None:
        facts.append(Fact("model size", size(contents.network.size_bytes)))
    return facts
