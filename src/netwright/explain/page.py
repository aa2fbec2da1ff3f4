"""The page of explanations: one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

import os

import netwright
from netwright.explain.check import Check
from netwright.explain.check_figures import check_picture
from netwright.explain.counterfactuals import Counterfactual
from netwright.explain.effect_figures import effects_picture
from netwright.explain.effects import Effects
from netwright.explain.explanation import Explanation, RowExplanation
from netwright.explain.figures import ranking_picture, row_picture, scene_picture
from netwright.explain.wording import headline, verdict
from netwright.files import write_atomically
from netwright.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Details,
    Fact,
    Section,
    Table,
    Text,
    figures,
    number_cell,
)
from netwright.pages.render import template
from netwright.pages.wording import count, left_out, number, sentence, shorten

MOST_ROWS = 12
MOST_PLAYERS = 200


def write_page(
    path: str | os.PathLike[str],
    explanation: Explanation,
    checked: Check | None = None,
    effects: tuple[Effects, ...] = (),
    changes: dict[int, tuple[Counterfactual, ...]] | None = None,
) -> None:
    """Write the page in one step: a reader finds the old page or the new one.

    Args:
        path: the HTML file; its folder must exist.
        explanation: of some rows.
        checked: what `check` found.
        effects: of some columns.
        changes: counterfactuals by number of the row.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    write_atomically(path, build_page(explanation, checked, effects, changes or {}))


def build_page(
    explanation: Explanation,
    checked: Check | None,
    effects: tuple[Effects, ...],
    changes: dict[int, tuple[Counterfactual, ...]],
) -> str:
    """Return the page as one HTML document."""
    sections = []
    ranking = ranking_picture(explanation)
    if ranking is not None:
        sections.append(Section("all", "All rows together", "All rows", figures(ranking)))
    shown = explanation.rows[:MOST_ROWS]
    sections += [_row(explanation, row, changes.get(row.row, ())) for row in shown]
    if effects:
        drawn = figures(*(effects_picture(one) for one in effects))
        sections.append(Section("effects", "How the answer changes with a column", "Effects", drawn))
    if checked is not None:
        told: list[Block] = [
            Bullets([sentence(line) for line in checked.verdict]),
            *figures(check_picture(checked)),
        ]
        sections.append(Section("check", "Are these explanations any good?", "Check", told))
    sections.append(_how(explanation))
    hidden = left_out(len(explanation) - len(shown), "row")
    return template("netwright.explain").render(
        title=f"Why: {shorten(explanation.target, 80)}",
        version=netwright.__version__,
        origin=f"{_capital(explanation.method)} of {count(len(explanation), 'row')}. {hidden}".strip(),
        verdict=sentence(verdict(explanation)),
        tone="" if checked is None else "good" if checked.good else "caution",
        facts=_facts(explanation, checked),
        sections=sections,
    )


def _facts(explanation: Explanation, checked: Check | None) -> list[Fact]:
    rows, gap = len(explanation), explanation.largest_gap
    facts = [
        Fact("row" if rows == 1 else "rows", f"{rows:,}"),
        Fact("mixtures answered", f"{explanation.evaluations:,}"),
    ]
    if explanation.method != "LIME":
        facts.append(Fact("largest gap", f"{gap:.1e}" if gap else "0", "sum of scores against the answer"))
    if checked is not None:
        facts.append(Fact("stability", f"{checked.stability:.2f}", "rank correlation of two repetitions"))
    return facts


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _row(explanation: Explanation, row: RowExplanation, changes: tuple[Counterfactual, ...]) -> Section:
    key = f"row{row.row + 1}"
    blocks: list[Block] = [Text(sentence(headline(explanation, row)))]
    blocks += figures(scene_picture(explanation, row, f"{key}s"), row_picture(explanation, row, key))
    if row.fit is not None and row.stability is not None:
        blocks.append(Text(f"Local fit R² {row.fit:.2f}, stability {row.stability:.3f}."))
    if changes:
        blocks.append(Text("What would change the answer, the smallest change first:"))
        blocks.append(Bullets([sentence(str(change)) for change in changes]))
    blocks.append(Details("All scores as a table", [_table(row)]))
    return Section(key, f"Row {row.row + 1:,}", f"Row {row.row + 1:,}", blocks)


def _table(row: RowExplanation) -> Table:
    order = row.order[:MOST_PLAYERS]
    head = [Cell("Name"), Cell("Value"), number_cell("Score"), number_cell("Standard error")]
    rows = [
        [
            Cell(shorten(row.names[one], 60)),
            Cell(shorten(row.values[one], 60) if row.values[one] else ""),
            number_cell(number(float(row.scores[one]), 4)),
            number_cell(number(float(row.errors[one]), 2) if row.errors[one] else "exact"),
        ]
        for one in order
    ]
    if row.fit is None and not row.errors.any():
        rows = [cells[:3] for cells in rows]
        head = head[:3]
    return Table("Scores", head, rows, note=left_out(len(row.order) - len(order), "line"), quiet=True)


def _how(explanation: Explanation) -> Section:
    told = [
        *explanation.notes,
        f"Who takes no part is replaced by {explanation.reference}.",
        explanation.adds_up,
    ]
    return Section("how", "How this was made", "How", [Bullets([sentence(line) for line in told])])
