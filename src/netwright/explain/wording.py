"""Explanations as text, for the terminal."""

from __future__ import annotations

from netwright.errors import listing
from netwright.explain.explanation import SHOWN, Explanation, RowExplanation
from netwright.pages.wording import aligned, number, shorten
from netwright.task import Task

BAR = 20

NAMED = 3
"""Players that are named as those that matter most."""


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
    lines = [f"{headline(explanation, row)} {explanation.method}:"]
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
    """Return what is explained: the answer, and where it starts from."""
    classes = explanation.subject.task in (Task.BINARY, Task.MULTICLASS)
    about = f"{explanation.target} = {row.about}" if classes else row.about
    unit = f" ({explanation.unit})" if explanation.unit else ""
    start = "the local line starts from" if explanation.method == "LIME" else "the base is"
    return (
        f"Row {row.row + 1:,}: {about}, answer {number(row.answer, 4)}{unit}; {start} {number(row.base, 4)}."
    )


def verdict(explanation: Explanation) -> str:
    """Return in one sentence what matters most: for and against one answer, or over all rows."""
    if len(explanation) > 1:
        first = explanation.ranking()[:NAMED] if explanation.shared else []
        named = listing([shorten(name, 40) for name, score in first if score > 0], NAMED)
        return (
            f"Over {len(explanation):,} rows the answers depend most on {named}."
            if named
            else explanation.adds_up
        )
    row = explanation.rows[0]
    best, worst = int(row.scores.argmax()), int(row.scores.argmin())
    told = []
    if row.scores[best] > 0:
        told.append(f"{_player(row, best)} adds most to it")
    if row.scores[worst] < 0:
        told.append(f"{_player(row, worst)} takes most away")
    said = "; ".join(told) or "nothing in the row changes it"
    return f"{headline(explanation, row).removesuffix('.').partition(': ')[2]}: {said}."


def _player(row: RowExplanation, place: int) -> str:
    value = f" = {shorten(row.values[place], 24)}" if row.values[place] and row.scene is None else ""
    return f"{shorten(row.names[place], 40)}{value} ({float(row.scores[place]):+.3g})"
