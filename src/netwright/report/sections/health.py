"""The health of the training: what went wrong, what was checked, and how it was mended."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.estimators.health import Health
from netwright.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Details,
    Findings,
    Section,
    Table,
    Text,
    number_cell,
    prose_cell,
)
from netwright.pages.findings import card
from netwright.pages.wording import NOTHING, clean, count, number, sentence, shorten
from netwright.report.contents import BranchLoss, ReportContents, TreatmentFacts, Trial
from netwright.report.sections.absence import absence
from netwright.run import SUSPECT_ROWS

MOST_ROWS = 200
"""Rows to look at that are named; a file has them all."""


def health_section(contents: ReportContents) -> Section | None:
    """Show what was found in the training, or that it is healthy; None when it was not watched."""
    health = contents.health
    if health is None:
        blocks = absence(contents, "health")
        return Section("health", "Health of the training", "Health", blocks) if blocks else None
    blocks = [Text(_verdict(health))]
    if health.findings:
        blocks.append(Findings([card(finding) for finding in health.findings]))
    if health.withheld:
        waiting = [Findings([card(finding) for finding in health.withheld])]
        later = count(len(health.withheld), "later alarm")
        told = f"{later}: consequences of these, perhaps, and withheld until they are mended"
        blocks.append(Details(told, waiting))
    blocks.append(Details("What was checked", _checked(health)))
    alarms = f" ({len(health.alarms)})" if health.alarms else ""
    return Section("health", "Health of the training", f"Health{alarms}", blocks)


def _verdict(health: Health) -> str:
    looked = f"{count(len(health.checked), 'rule')} checked while it went on"
    cost = f"watching took {health.cost}"
    if health.alarms:
        return f"{count(len(health.alarms), 'alarm')}. {looked}; {cost}."
    state = "Healthy: nothing gives cause for alarm" if health.healthy else "Nothing could be checked"
    return f"{state}. {looked}; {cost}."


def _checked(health: Health) -> list[Block]:
    blocks: list[Block] = []
    if health.checked:
        blocks.append(Text(", ".join(clean(name).replace("-", " ") for name in health.checked) + "."))
    if health.unchecked:
        rows = [
            [Cell(clean(name).replace("-", " ")), prose_cell(sentence(why))] for name, why in health.unchecked
        ]
        blocks.append(Table("Could not be checked", [Cell("Rule"), Cell("Why")], rows))
    if health.gaps:
        blocks.append(Bullets([sentence(gap) for gap in health.gaps]))
    return blocks


def treatment_section(contents: ReportContents) -> Section | None:
    """Show how the training was mended, or why it was not; None when there was nothing to treat."""
    facts = contents.treatment
    if facts is None:
        return None
    blocks: list[Block] = [Text(sentence(facts.verdict))]
    if facts.change:
        blocks.append(Code("\n".join(clean(line) for line in facts.change.splitlines())))
    if facts.scores is not None:
        label, before, after = map(clean, facts.scores)
        blocks.append(Text(f"{label} on the test part: {before} before, {after} now."))
    if facts.rows:
        blocks.append(Details(f"{count(len(facts.rows), 'row')} to look at", [Text(_rows(facts.rows))]))
    if facts.before:
        cards = [Findings([card(finding) for finding in facts.before])]
        blocks.append(Details("What was wrong before", cards))
    if facts.trials:
        blocks.append(_trials(facts))
    tables = [_branches(branches, steps) for branches, steps in zip(facts.branches, facts.steps, strict=True)]
    if tables:
        cost = f"They cost {number(facts.branch_cost)} trainings."
        blocks.append(Details("The branches that led to it", [*tables, Text(cost)]))
    return Section("treatment", "Treatment", "Treatment", blocks)


def _rows(rows: Sequence[int]) -> str:
    shown = ", ".join(f"{row + 1:,}" for row in rows[:MOST_ROWS])
    rest = f" and {len(rows) - MOST_ROWS:,} more" if len(rows) > MOST_ROWS else ""
    return f"Counted from 1 below the header: {shown}{rest}. All stand in {SUSPECT_ROWS}."


def _trials(facts: TreatmentFacts) -> Table:
    head = [
        Cell("Remedy"),
        Cell("Change"),
        number_cell("Loss before"),
        number_cell("after"),
        number_cell("Cost"),
        Cell("Kept, and why"),
    ]
    rows = [_trial(trial) for trial in facts.trials]
    strong = frozenset(place for place, trial in enumerate(facts.trials) if trial.kept)
    note = (
        "Measured on rows that no training of the treatment and no choice in it has seen. Costs are in "
        f"trainings like the one that was treated; branches included, all of it cost {number(facts.cost)}"
    )
    visits = f", {count(facts.visits, 'visited row')}" if facts.visits else ""
    return Table("What was tried", head, rows, strong, f"{note}{visits}.")


def _trial(trial: Trial) -> list[Cell]:
    losses = (NOTHING if value is None else number(value) for value in (trial.before, trial.after))
    return [
        Cell(shorten(trial.remedy, 80), _words(trial.cause)),
        Cell(shorten("; ".join(map(clean, trial.change.splitlines())), 400)),
        *(number_cell(text) for text in losses),
        number_cell(NOTHING if trial.cost is None else number(trial.cost)),
        prose_cell(f"{'yes' if trial.kept else 'no'}: {sentence(trial.reason)}"),
    ]


def _branches(branches: Sequence[BranchLoss], steps: int) -> Table:
    head = [Cell("Changed"), Cell("Cause that it answers"), number_cell("Loss")]
    rows = [
        [Cell(shorten(branch.remedy, 80)), Cell(_words(branch.cause)), number_cell(number(branch.loss))]
        for branch in branches
    ]
    return Table(f"Loss after {steps} steps from the same start, one thing changed at a time", head, rows)


def _words(text: str) -> str:
    return clean(text) if text else ""
