"""Where the result comes from: times, machine, versions and the command that gives it again."""

from __future__ import annotations

from netwright.pages.blocks import Block, Cell, Code, Section, Table, Text, number_cell, prose_cell
from netwright.pages.wording import clean, seconds, sentence, share
from netwright.report.contents import ReportContents


def origin_section(contents: ReportContents) -> Section | None:
    """Show times, environment and the command; None when nothing of it is known."""
    blocks: list[Block] = []
    if contents.reproduce:
        blocks += [Text("The same data and this command give the same result on the same machine:")]
        blocks.append(Code(contents.reproduce))
    if contents.timing:
        blocks.append(_timing(contents))
    if contents.environment:
        rows = [
            [Cell(clean(row.name)), Cell(sentence(row.value)), prose_cell(sentence(row.reason))]
            for row in contents.environment
        ]
        blocks.append(Table("Machine and versions", [Cell("What"), Cell("Value"), Cell("Why")], rows))
    return Section("origin", "Time, machine and reproduction", "Reproduce", blocks) if blocks else None


def _timing(contents: ReportContents) -> Table:
    total = sum(phase.seconds for phase in contents.timing)
    rows = [
        [
            Cell(clean(phase.name), "fixed start-up, whatever the settings" if phase.fixed else ""),
            number_cell(seconds(phase.seconds)),
            number_cell(share(phase.seconds / total) if total else share(None)),
        ]
        for phase in contents.timing
    ]
    rows.append([Cell("together"), number_cell(seconds(total)), number_cell("")])
    head = [Cell("Phase"), number_cell("Time"), number_cell("Share")]
    return Table("Where the time went", head, rows, frozenset({len(rows) - 1}))
