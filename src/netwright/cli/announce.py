"""What is told before a training: how the data was read, what the columns are, what looks wrong."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netwright.cli.output import note, print_table, shorten

if TYPE_CHECKING:
    from netwright.data.schema import Column
    from netwright.findings import Finding
    from netwright.verbs.material import Material

MOST_COLUMNS = 24
"""Columns that are shown one by one; of a wider table those that are left out come first."""

MOST_FINDINGS = 12


def announce(material: Material) -> None:
    """Print to standard error what is known before a training."""
    for decision in material.decisions:
        note(shorten(decision), "dim")
    _note_columns(material.schema.columns)
    target, split = material.target, material.split
    note(f"{material.frame.height:,} rows, target {target.name}: {target.task}, {target.reason}")
    parts = (
        f"{len(split.train):,} to train, {len(split.validation):,} to validate, {len(split.test):,} to test"
    )
    note(f"{parts} ({split.reason})")
    _note_findings(material.findings)


def warn(finding: str) -> None:
    """Print to standard error what goes wrong in a training, as soon as it is seen."""
    note(shorten(f"alarm: {finding}"), "bold red")


def _note_columns(columns: Sequence[Column]) -> None:
    """Print the kind of each column, and why; of a wide table those left out, and how many more there are."""
    wide = len(columns) > MOST_COLUMNS
    order = sorted(columns, key=lambda column: column.used) if wide else columns
    print_table(sys.stderr, ("column", "kind", "why"), [_row(column) for column in order[:MOST_COLUMNS]])
    if wide:
        rest = Counter(str(column.kind) for column in order[MOST_COLUMNS:])
        counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(rest.items()))
        note(f"and {rest.total():,} more columns: {counts}")


def _row(column: Column) -> tuple[str, str, str]:
    return column.name, str(column.kind) if column.used else f"{column.kind}, left out", column.reason


def _note_findings(findings: Sequence[Finding]) -> None:
    """Print what looks wrong, alarms first."""
    order = sorted(findings, key=lambda finding: finding.severity != "alarm")
    for finding in order[:MOST_FINDINGS]:
        style = "bold red" if finding.severity == "alarm" else "yellow"
        note(shorten(f"{finding.severity}: {finding}"), style)
    if len(order) > MOST_FINDINGS:
        note(f"and {len(order) - MOST_FINDINGS:,} more findings: they are in the report")
