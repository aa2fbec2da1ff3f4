"""What several commands tell of a run: the verdict, the findings, and where everything is."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from netwright.cli.output import print_table, say, shorten

if TYPE_CHECKING:
    from netwright.compare.verdict import ModelMeasurements, Verdict
    from netwright.estimators.health import Health
    from netwright.findings import Finding
    from netwright.verbs.show import Overview

MOST_METRICS = 3
"""Metrics that are shown beside each other; the others are in the report."""


def say_verdict(verdict: Verdict) -> None:
    """Print the network beside the classical models; the recommended one stands out."""
    say("")
    header, rows = comparison(verdict)
    used = next((place for place, model in enumerate(verdict.models) if model.name == verdict.use), None)
    print_table(sys.stdout, header, rows, bold=used)


def comparison(verdict: Verdict) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table of models: the deciding metric first, with its interval."""
    names = [measured.name for measured in verdict.models[0].metrics]
    order = sorted(names, key=lambda name: name != verdict.metric)[:MOST_METRICS]
    labels = {measured.name: measured.label for measured in verdict.models[0].metrics}
    deciding = [
        f"{labels[name]} (95 % interval)" if name == verdict.metric else labels[name] for name in order
    ]
    return ["", *deciding], [[model.label, *_texts(model, order)] for model in verdict.models]


def _texts(model: ModelMeasurements, order: Iterable[str]) -> list[str]:
    texts = {measured.name: measured.text for measured in model.metrics}
    return [texts[name] for name in order]


def say_findings(findings: Iterable[Finding]) -> None:
    """Print what was found in the data, alarms first."""
    for finding in sorted(findings, key=lambda finding: finding.severity != "alarm"):
        say(
            shorten(f"{finding.severity}: {finding}"), "bold red" if finding.severity == "alarm" else "yellow"
        )


def say_health(health: Health) -> None:
    """Print how a training went: what was found with what to change, or that it is healthy."""
    say("")
    looked = f"{len(health.checked)} rules checked, watching took {health.cost}"
    for finding in health.alarms:
        say(shorten(f"alarm: {finding.brief}"), "bold red")
        if finding.cause:
            sure = "" if finding.confidence is None else f" (confidence {finding.confidence:.0%})"
            say(f"       cause: {finding.cause}{sure}")
        if finding.differential:
            say(f"       less likely: {finding.differential}", "dim")
        if finding.evidence.get("also"):
            say(f"       also seen: {', '.join(finding.evidence['also']).replace('-', ' ')}", "dim")
        if "experiment" in finding.evidence:
            say(f"       {finding.evidence['experiment']}", "dim")
        for line in finding.change.splitlines():
            say(f"       {line}", "green")
    state = "training healthy" if health.healthy else "training"
    notes = len(health.findings) - len(health.alarms)
    noted = f", {notes} note{'' if notes == 1 else 's'} in the report" if notes else ""
    say(f"{state}: {looked}{noted}", "dim")


def say_places(overview: Overview) -> None:
    """Print what was taken over from a body, where the files of a run are, and which commands make sense."""
    say("")
    if "body" in overview.reasons:
        say(f"{'body':<8} {overview.reasons['body']}")
    for name, label in (("model.nw", "model"), ("report.html", "report")):
        if name in overview.files:
            say(f"{label:<8} {overview.files[name]}")
    for command in overview.next:
        say(f"{'next':<8} {command}")
