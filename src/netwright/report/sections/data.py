"""The data: how much, split how, which columns, read how; and what was found in it."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.pages.blocks import (
    Bar,
    Block,
    Bullets,
    Cell,
    Details,
    Findings,
    Section,
    Segment,
    Table,
    Text,
    figures,
    number_cell,
    prose_cell,
)
from netwright.pages.findings import card
from netwright.pages.wording import clean, count, joined, left_out, sentence, share, shorten
from netwright.report.contents import ColumnFact, DataFacts, ReportContents
from netwright.report.figures.contact_sheet import samples_picture
from netwright.report.figures.sequences import sequence_pictures
from netwright.report.figures.target import target_picture
from netwright.report.sections.absence import absence
from netwright.report.sections.texts import text_blocks

MOST_COLUMNS = 60


def findings_section(contents: ReportContents) -> Section | None:
    """Show what was found, alarms first; None when nothing was checked and no reason is given."""
    if contents.findings is None:
        blocks = absence(contents, "findings")
        return Section("findings", "Findings", "Findings", blocks) if blocks else None
    if not contents.findings:
        where = "in the data" if contents.health is not None else "in the data or in the training"
        blocks = [Text(f"Nothing suspicious was found {where}.")]
        return Section("findings", "Findings", "Findings", blocks)
    ordered = sorted(contents.findings, key=lambda finding: finding.severity != "alarm")
    alarms = sum(finding.severity == "alarm" for finding in ordered)
    parts = [count(alarms, "alarm")] if alarms else []
    parts += [count(len(ordered) - alarms, "note")] if len(ordered) > alarms else []
    meaning = "An alarm means that the result cannot be trusted until it is mended." if alarms else ""
    blocks = [Text(f"{joined(parts)}. {meaning}".strip()), Findings([card(finding) for finding in ordered])]
    return Section("findings", "Findings", f"Findings ({len(ordered):,})", blocks)


def data_section(contents: ReportContents) -> Section | None:
    """Describe the data and its columns; None when nothing is known of them."""
    blocks: list[Block] = []
    if contents.data:
        blocks += _facts(contents.data, contents.target)
    blocks += figures(samples_picture(contents.samples))
    blocks += figures(*sequence_pictures(contents.sequences))
    blocks += text_blocks(contents.texts)
    if contents.decisions:
        blocks.append(
            Details("How the data was read", [Bullets([sentence(item) for item in contents.decisions])])
        )
    if contents.columns:
        used = sum(column.used for column in contents.columns)
        left_out = [column for column in contents.columns if not column.used]
        if left_out:
            names = [shorten(column.name, 40) for column in left_out[:8]]
            more = [f"{len(left_out) - 8:,} more"] if len(left_out) > 8 else []
            blocks.append(Text(f"Left out of the network: {joined([*names, *more])}."))
        summary = f"The {count(len(contents.columns), 'column')}, {used:,} of them used"
        blocks.append(Details(summary, [_columns(contents.columns)]))
    return Section("data", "Data", "Data", blocks) if blocks else None


def _facts(data: DataFacts, target: str) -> list[Block]:
    parts = (("training", data.train_rows), ("validation", data.validation_rows), ("test", data.test_rows))
    total = max(1, sum(rows for _, rows in parts))
    segments = [Segment(name, rows, 100 * rows / total) for name, rows in parts if rows]
    blocks: list[Block] = [
        Text(f"{count(data.rows, 'row')} and {count(data.columns, 'input column')}."),
        Bar("How the rows were split", segments),
    ]
    if data.split_reason:
        blocks.append(Text(sentence(data.split_reason), "aside"))
    if not data.validation_rows:
        blocks.append(Text("There is no validation part, so nothing could tell when to stop.", "aside"))
    if data.target:
        blocks += figures(target_picture(data.target, target))
    return blocks


def _columns(columns: Sequence[ColumnFact]) -> Table:
    head = [Cell("Column"), Cell("Kind"), Cell("Used"), number_cell("Missing"), Cell("Why")]
    # What was left out comes first: it is what the reader must know of.
    ordered = sorted(columns, key=lambda column: column.used)
    rows = [
        [
            Cell(shorten(column.name, 60)),
            Cell(clean(column.kind)),
            Cell("yes" if column.used else "no"),
            number_cell(share(column.missing)),
            prose_cell(sentence(column.reason)),
        ]
        for column in ordered[:MOST_COLUMNS]
    ]
    return Table("Input columns", head, rows, note=left_out(len(columns) - len(rows), "column"))
