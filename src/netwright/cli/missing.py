"""`netwright missing`: how much is missing, where and why, and how to fill it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.cli import options, table_options
from netwright.cli.output import note, print_json, print_table, say

if TYPE_CHECKING:
    from netwright.audit.gaps_page import MissingReport

EXAMPLES = """Examples:

netwright missing titanic.csv

netwright missing titanic.csv --target survived --json"""


def missing(
    source: options.Source,
    target: options.Target = None,
    out: table_options.Out = None,
    seed: options.Seed = None,
    ignore: options.Ignore = None,
    group: table_options.Group = None,
    order_by: table_options.OrderBy = None,
    task: options.Task = None,
    column: options.ColumnKinds = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Say how much is missing, whether it depends on other columns, and which filling is best."""
    from netwright.verbs import missing as verb
    from netwright.verbs.request import parse_kinds
    from netwright.verbs.tables import default_folder

    place = default_folder("gaps", source) if out is None else out
    report = verb.missing(
        source,
        target,
        out=place,
        ignore=options.names_of(ignore),
        columns=parse_kinds(column or []),
        group=group,
        order_by=order_by,
        task=task,
        seed=seed or 0,
        told=(lambda sentence: None) if quiet else note,
    )
    if as_json:
        print_json(report.to_json())
    else:
        _print(report, place)


def _print(report: MissingReport, place: Path) -> None:
    from netwright.audit.gaps_page import between, little_sentence
    from netwright.metrics import format_score
    from netwright.pages.wording import number, share

    say(report.verdict, "bold")
    if report.columns:
        say("")
        rows = [
            (gaps.column, f"{gaps.missing:,}", share(gaps.share), number(gaps.auc), ", ".join(gaps.on))
            for gaps in report.columns
        ]
        print_table(sys.stdout, ("column", "missing", "share", "AUC", "depends on"), rows, numbers=(1, 2, 3))
    if report.little is not None:
        say("")
        say(little_sentence(report.little))
    if report.fillings:
        say("")
        metric = report.metric
        head = ("filling", "error (deviations)", *([] if metric is None else [metric.label]))
        cells = [
            (
                one.name,
                f"{number(one.error)} ({between(one.error_low, one.error_high)})"
                if one.error is not None
                else "",
                *([] if metric is None or one.score is None else [format_score(metric, one.score)]),
            )
            for one in report.fillings
        ]
        print_table(sys.stdout, head, cells)
    for remark in report.remarks:
        say(remark, "dim")
    say("")
    for name in ("missing.html", "missing.json"):
        say(f"{'':<8} {place / name}")
