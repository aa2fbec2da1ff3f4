"""What is known of the gaps of a table, in one sentence and as a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from netwright.audit.gaps import ColumnGaps, Filling
from netwright.audit.little import LittleTest
from netwright.metrics import Metric, format_score
from netwright.pages.blocks import Cell, Code, Fact, Section, Table, Text, number_cell, prose_cell
from netwright.pages.verdict_page import verdict_page
from netwright.pages.wording import count, joined, number, seconds, share

SURE = 0.05
"""Below this chance gaps are said not to lie completely at random."""

METHOD = (
    "Whether gaps depend on other columns is judged by gradient boosting that is to tell from them where "
    "the gaps "
    "are, on rows it was not trained on: an AUC of one half means not at all. Gaps that depend on the "
    "missing value "
    "itself leave no trace in a table. Errors are those of known cells that were hidden, in deviations "
    "of their "
    "column; scores are those of gradient boosting, with every filling learnt within its fold."
)


@dataclass(frozen=True)
class MissingReport:
    """The gaps of a table.

    Attributes:
        rows: of the table.
        cells: of its used columns.
        missing: cells without a value.
        complete: rows without any gap.
        columns: those with gaps, the most first.
        little: Little's test of the numbers; None where it says nothing.
        fillings: what was measured of each.
        best: the filling that is recommended, as a recipe names it; "" where nothing is missing.
        target: the column to predict, or "".
        metric: that scores are given in; None without a target.
        remarks: what was left out, one sentence each.
        seconds: that it took.
    """

    rows: int
    cells: int
    missing: int
    complete: int
    columns: tuple[ColumnGaps, ...]
    fillings: tuple[Filling, ...]
    best: str
    little: LittleTest | None = None
    target: str = ""
    metric: Metric | None = None
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        if not self.columns:
            return "Nothing is missing."
        depending = [gaps.column for gaps in self.columns if gaps.depends]
        told = (
            f"{share(self.missing / self.cells)} of the cells are missing, in "
            f"{count(len(self.columns), 'column')}"
        )
        why = (
            f"; where one is missing depends on other columns for {joined(depending[:3])}"
            f"{'' if len(depending) <= 3 else f' and {len(depending) - 3} more'}"
            if depending
            else "; no sign that where they are depends on other columns"
        )
        return f"{told}{why}. {self._advice()}"

    def _advice(self) -> str:
        if not self.best:
            return "No number is missing, and a missing category is a category of its own."
        return f"Use preparation.imputation={self.best}."

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        plain = {
            name: value
            for name, value in vars(self).items()
            if name not in ("metric", "columns", "fillings", "little")
        }
        return {
            "verdict": self.verdict,
            **plain,
            "metric": None if self.metric is None else self.metric.name,
            "columns": [asdict(one) for one in self.columns],
            "little": None if self.little is None else asdict(self.little),
            "fillings": [asdict(one) for one in self.fillings],
        }


def missing_page(report: MissingReport) -> str:
    """Return the page as one HTML document."""
    facts = [
        Fact("rows", f"{report.rows:,}", f"{report.complete:,} complete"),
        Fact("missing cells", share(report.missing / max(1, report.cells))),
        Fact("columns with gaps", f"{len(report.columns):,}"),
        Fact("time", seconds(report.seconds)),
    ]
    origin = f"Gaps of {count(report.rows, 'row')}."
    return verdict_page(
        "What is missing", report.verdict, list(_sections(report)), origin=origin, facts=facts
    )


def _sections(report: MissingReport) -> Iterator[Section]:
    if report.columns:
        told = [] if report.little is None else [Text(little_sentence(report.little))]
        yield Section("gaps", "Where and why", "Where", [_gaps(report), *told])
    if report.fillings:
        command = (
            f"netwright train DATA --target {report.target or 'y'} --set preparation.imputation={report.best}"
        )
        yield Section("fillings", "How to fill them", "Fillings", [_fillings(report), Code(command)])
    yield Section(
        "method", "How it was done", "Method", [Text(METHOD), *(Text(one) for one in report.remarks)]
    )


def little_sentence(found: LittleTest) -> str:
    """Return what Little's test says, in words."""
    chance = "below .0001" if found.p < 1e-4 else number(found.p)
    verdict = (
        "rows with gaps differ from others, so gaps do not lie completely at random"
        if found.p < SURE
        else "no sign that gaps do not lie completely at random"
    )
    return (
        f"Little's test of all numbers: d² = {number(found.statistic)} with {found.degrees:,} degrees of "
        f"freedom, {count(found.patterns, 'pattern')} of gaps, p {chance}: {verdict}."
    )


def _gaps(report: MissingReport) -> Table:
    head = [
        Cell("Column"),
        number_cell("Missing"),
        number_cell("Share"),
        number_cell("AUC"),
        Cell("Depends on"),
    ]
    rows = [
        [
            Cell(gaps.column),
            number_cell(f"{gaps.missing:,}"),
            number_cell(share(gaps.share)),
            number_cell("too few" if gaps.auc is None else number(gaps.auc), between(gaps.low, gaps.high)),
            prose_cell(joined(list(gaps.on)) if gaps.on else "several columns" if gaps.depends else ""),
        ]
        for gaps in report.columns
    ]
    return Table("Gaps by column", head, rows, quiet=True)


def between(low: float | None, high: float | None) -> str:
    """Return an interval as text."""
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def _fillings(report: MissingReport) -> Table:
    metric = report.metric
    head = [Cell("Filling"), number_cell("Error", "deviations")]
    head += [] if metric is None else [number_cell(metric.label)]
    rows = []
    for one in report.fillings:
        row = [Cell(one.name), number_cell(number(one.error), between(one.error_low, one.error_high))]
        if metric is not None:
            ends = (
                ""
                if one.score_low is None
                else (f"{format_score(metric, one.score_low)} to {format_score(metric, one.score_high)}")
            )
            row.append(number_cell("" if one.score is None else format_score(metric, one.score), ends))
        rows.append(row)
    strong = frozenset(place for place, one in enumerate(report.fillings) if one.name == report.best)
    return Table("Fillings compared", head, rows, strong, quiet=True)
