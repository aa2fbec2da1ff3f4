"""What a check of data found: findings, lists of rows and columns, and the page that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from netwright.findings import Finding
from netwright.pages.blocks import Block, Cell, Fact, Findings, Section, Table, Text, number_cell, prose_cell
from netwright.pages.findings import card
from netwright.pages.verdict_page import verdict_page
from netwright.pages.wording import count, left_out, number, seconds, shorten

MOST_SHOWN = 25

TITLES = {
    "label_errors": "Labels that are probably wrong",
    "exact_copies": "Rows that stand in the table more than once",
    "near_copies": "Rows that nearly repeat others",
    "outliers": "Rows that lie far from all others",
    "columns": "Columns that add nothing",
    "drift": "What differs between the two tables",
}


@dataclass(frozen=True)
class DataCheck:
    """What is wrong with a table.

    Attributes:
        rows: of the table.
        columns: of the table, the target not among them.
        target: the column to predict, "" where none was named.
        findings: what was found, alarms first; `evidence["effect"]` says what mending does to the score.
        lists: rows and columns by the name of their list; rows count from 1 below the header.
        checked: what was looked for.
        remarks: what was left out and why, one sentence each.
        seconds: that it took.
    """

    rows: int
    columns: int
    target: str
    findings: tuple[Finding, ...]
    lists: Mapping[str, pl.DataFrame]
    checked: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        alarms = [finding for finding in self.findings if finding.severity == "alarm"]
        if not self.findings:
            return f"Nothing was found: {count(len(self.checked), 'thing')} were looked for."
        worst = (alarms or list(self.findings))[0]
        told = count(len(alarms), "alarm") if alarms else "No alarm"
        notes = count(len(self.findings) - len(alarms), "note")
        return f"{told}, {notes}. First: {worst.message}"

    @property
    def healthy(self) -> bool:
        """Whether nothing gives cause for alarm."""
        return not any(finding.severity == "alarm" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "verdict": self.verdict,
            "healthy": self.healthy,
            "rows": self.rows,
            "columns": self.columns,
            "target": self.target,
            "checked": list(self.checked),
            "findings": [finding.to_json() for finding in self.findings],
            "lists": {name: frame.to_dicts() for name, frame in self.lists.items()},
            "remarks": list(self.remarks),
            "facts": dict(self.facts),
            "seconds": self.seconds,
        }


def check_page(check: DataCheck) -> str:
    """Return the page as one HTML document."""
    facts = [
        Fact("rows", f"{check.rows:,}"),
        Fact("columns", f"{check.columns:,}"),
        Fact("findings", f"{len(check.findings):,}"),
        Fact("time", seconds(check.seconds)),
    ]
    return verdict_page(
        "What is wrong with the data",
        check.verdict,
        list(_sections(check)),
        origin=f"A check of {count(check.rows, 'row')}"
        + (f" that tell {check.target}." if check.target else "."),
        facts=facts,
        tone="good" if check.healthy else "caution",
    )


def _sections(check: DataCheck) -> Iterator[Section]:
    cards: list[Block] = [Findings([card(finding) for finding in check.findings])] if check.findings else []
    yield Section("findings", "Findings", "Findings", cards or [Text("Nothing suspicious was found.")])
    for name, frame in check.lists.items():
        title = TITLES[name]
        yield Section(name.replace("_", "-"), title, title, [_table(title, frame)])
    yield Section("checked", "What was looked for", "Checked", [Text("; ".join(check.checked) + ".")])
    if check.remarks:
        yield Section("remarks", "What was left out", "Left out", [Text(remark) for remark in check.remarks])


def _table(title: str, frame: pl.DataFrame) -> Table:
    head = [_head(name, dtype) for name, dtype in frame.schema.items()]
    shown = frame.head(MOST_SHOWN)
    rows = [[_cell(value) for value in row] for row in shown.rows()]
    return Table(title, head, rows, note=left_out(frame.height - shown.height, "row"), quiet=True)


def _head(name: str, dtype: pl.DataType) -> Cell:
    text = name.replace("_", " ")
    return number_cell(text) if dtype.is_numeric() else Cell(text)


def _cell(value: object) -> Cell:
    if isinstance(value, float):
        return number_cell(number(value))
    if isinstance(value, int):
        return number_cell(f"{value:,}")
    return prose_cell(shorten("" if value is None else value, 120))
