"""What the network looks at, and the answers that went most wrong."""

from __future__ import annotations

import math

from netwright.explain.check_figures import check_picture
from netwright.pages.blocks import Block, Bullets, Cell, Details, Section, Table, Text, figures, number_cell
from netwright.pages.wording import NOTHING, aligned, left_out, number, sentence, share, shorten
from netwright.report.contents import ReportContents
from netwright.report.figures.contact_sheet import mistakes_picture
from netwright.report.figures.dots import importance_picture
from netwright.report.glossary import MetricText, describe_metric
from netwright.report.measurements import Importance, Mistake
from netwright.report.sections.absence import absence
from netwright.task import Task

MOST_ROWS = 60
MOST_MISTAKES = 20
MOST_VALUES = 8


def importance_section(contents: ReportContents) -> Section | None:
    """Show permutation importance; None when it was not computed and no reason is given."""
    importance = contents.importance
    if importance is None or not importance.rows:
        blocks = absence(contents, "importance")
    else:
        metric = describe_metric(contents.task, importance.metric) if importance.metric else None
        blocks = importance_blocks(importance, metric)
    return Section("importance", "What it looks at", "What it looks at", blocks) if blocks else None


def importance_blocks(importance: Importance, metric: MetricText | None) -> list[Block]:
    """Return the picture of permutation importance, and the table behind it."""
    table = Details(f"Importance of each {importance.noun} as a table", [_importance_table(importance)])
    return [*figures(importance_picture(importance, metric)), table]


def check_section(contents: ReportContents) -> Section | None:
    """Show whether SHAP values of test rows are any good; None when nothing is known of that."""
    checked = contents.explanations
    if checked is None:
        blocks = absence(contents, "explanations")
    else:
        told = "SHAP values of test rows, by netwright explain, against random orders and random weights:"
        blocks = [Text(told), Bullets([sentence(line) for line in checked.verdict])]
        blocks += figures(check_picture(checked))
    title = "Are explanations any good?"
    return Section("explanations", title, "Explanations", blocks) if blocks else None


def mistakes_section(contents: ReportContents) -> Section | None:
    """Show the worst mistakes; None when none are known."""
    mistakes = contents.worst_mistakes[:MOST_MISTAKES]
    if not mistakes:
        blocks = absence(contents, "worst_mistakes")
    else:
        blocks = [Text(_advice(contents.task)), *figures(mistakes_picture(mistakes))]
        blocks.append(_mistakes_table(list(mistakes), contents.task))
    return Section("mistakes", "The worst mistakes", "Worst mistakes", blocks) if blocks else None


def _importance_table(importance: Importance) -> Table:
    ordered = sorted(importance.rows, key=lambda row: (not math.isfinite(row.mean), -row.mean))
    shown = ordered[:MOST_ROWS]
    means, lows, highs = (aligned([getattr(row, name) for row in shown]) for name in ("mean", "low", "high"))
    rows = [
        [Cell(shorten(row.column, 60)), *(number_cell(text) for text in texts)]
        for row, *texts in zip(shown, means, lows, highs, strict=True)
    ]
    head = [
        Cell(importance.noun.capitalize()),
        number_cell("Importance"),
        number_cell("Interval from"),
        number_cell("to"),
    ]
    return Table(
        "Permutation importance", head, rows, note=left_out(len(ordered) - len(rows), importance.noun)
    )


def _advice(task: Task) -> str:
    kind = "with the highest confidence" if task.is_classification else "by the largest distance"
    return (
        f"Rows that the network got wrong {kind}. Look at them: often the label is wrong, a value was "
        "mistyped, or a column that would tell is missing."
    )


def _mistakes_table(mistakes: list[Mistake], task: Task) -> Table:
    columns = list(dict.fromkeys(name for mistake in mistakes for name in mistake.values))
    shown = columns[:MOST_VALUES]
    size = "Confidence" if task.is_classification else "Error"
    head = [number_cell("Row"), Cell("True"), Cell("Predicted"), number_cell(size)]
    rows = [
        [
            number_cell(f"{mistake.row + 1:,}"),
            Cell(shorten(mistake.true, 40)),
            Cell(shorten(mistake.predicted, 40)),
            number_cell(share(mistake.size) if task.is_classification else number(mistake.size)),
            *(Cell(shorten(mistake.values.get(name, NOTHING), 40)) for name in shown),
        ]
        for mistake in mistakes
    ]
    hidden = left_out(len(columns) - len(shown), "column")
    note = f"Rows are counted from 1 below the header. {hidden}".strip()
    head += [Cell(shorten(name, 30)) for name in shown]
    return Table("The worst mistakes", head, rows, note=note, quiet=True)
