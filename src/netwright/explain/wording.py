"""Explanations as text, for the terminal."""

from __future__ import annotations

from netwright.explain.explanation import SHOWN, Explanation, RowExplanation
from netwright.pages.wording import aligned, number, shorten
from netwright.task import Task

BAR = 20


def row_table(explanation: Explanation, row: RowExplanation, most: int = SHOWN) -> str:
    """Return one row's scores as lines: name, value, score with its error, and a bar."""
    order = row.order[:most]
    scores = [float(row.scores[one]) for one in order]
    texts = aligned(scores)
    errors = [f"± {number(float(row.errors[one]), 2)}" if row.errors[one] else "" for one in order]
    names = [shorten(row.names[one], 32) for one in order]
    values = [shorten(row.values[one], 24) if row.values[one] else "" for one in order]
    widths = [max((len(cell) for cell in column), default=0) for column in (names, values, texts, errors)]
    largest = max((abs(score) for score in scores), default=0.0) or 1.0
    lines = [headline(explanation, row)]
    for name, value, text, error, score in zip(names, values, texts, errors, scores, strict=True):
        sign = "+" if score > 0 else " "
        text = text if score < 0 else f"{sign}{text}"
        bar = ("+" if score > 0 else "-") * round(BAR * abs(score) / largest)
        cells = (
            f"{name:<{widths[0]}}  {value:<{widths[1]}}  {text:>{widths[2] + 1}} {error:<{widths[3]}}  {bar}"
        )
        lines.append(f"  {cells}".rstrip())
    rest = row.order[most:]
    if len(rest):
        total = number(float(row.scores[rest].sum()))
        lines.append(f"  {len(rest):,} more, together {total}")
    return "\n".join(lines)


def headline(explanation: Explanation, row: RowExplanation) -> str:
    """Return what is explained: the answer, where it starts from, and how."""
    classes = explanation.subject.task in (Task.BINARY, Task.MULTICLASS)
    about = f"{explanation.target} = {row.about}" if classes else row.about
    unit = f" ({explanation.unit})" if explanation.unit else ""
    start = "the local line starts from" if explanation.method == "LIME" else "the base is"
    return (
        f"Row {row.row + 1:,}: {about}, answer {number(row.answer, 4)}{unit}; {start} {number(row.base, 4)}. "
        f"{explanation.method}:"
    )
