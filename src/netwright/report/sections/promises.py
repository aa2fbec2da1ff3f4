"""How sure it is: what the model promises of its answers, and what came of it on the test part."""

from __future__ import annotations

from netwright.metrics.threshold import Threshold
from netwright.pages.blocks import Block, Cell, Section, Table, Text, number_cell
from netwright.pages.wording import NOTHING, count
from netwright.report.contents import ReportContents
from netwright.report.glossary import describe_metric, value_text
from netwright.report.sections.absence import absence
from netwright.task import Task
from netwright.uncertainty.promises import Promises
from netwright.uncertainty.temperature import Temperature


def promises_section(contents: ReportContents) -> Section | None:
    """Show coverage, calibration, what is not answered, and the threshold; None when nothing was measured."""
    found = contents.promises
    blocks = absence(contents, "promises") if found is None else _blocks(found)
    return Section("certainty", "How sure it is", "How sure", blocks) if blocks else None


def _blocks(found: Promises) -> list[Block]:
    blocks: list[Block] = []
    if found.threshold is not None:
        blocks += _threshold(found.threshold, found.rows)
    if found.temperature is not None:
        blocks.append(_temperature(found.temperature))
    if found.coverages:
        blocks.append(_coverages(found))
    if found.answered:
        blocks.append(_answered(found))
    names = ("temperature", "sets" if found.sets else "intervals")
    reasons = [(name, found.missing[name]) for name in names if found.missing and name in found.missing]
    return blocks + [Text(f"No {name}: {reason}.", "aside") for name, reason in reasons]


def _temperature(fitted: Temperature) -> Table:
    head = [Cell(""), number_cell("Log loss"), number_cell("Calibration error")]
    rows = [
        [Cell("As the network came"), *_numbers(fitted.before, fitted.gap_before)],
        [Cell("With a temperature"), *_numbers(fitted.after, fitted.gap_after)],
    ]
    used = (
        f"The output is divided by {fitted.value:.2f}."
        if fitted.kept
        else "The gain was not beyond its standard error: chances stay as they come."
    )
    note = f"On {count(fitted.rows, 'held-out row')}, each judged by a temperature fitted to others. {used}"
    return Table("Chances, before and after calibration", head, rows, frozenset({int(fitted.kept)}), note)


def _coverages(found: Promises) -> Table:
    kind = "sets of classes" if found.sets else "intervals"
    head = [
        number_cell("Asked"),
        number_cell("Held the truth"),
        number_cell("Classes in a set" if found.sets else "Width"),
    ]
    rows = [
        [
            number_cell(f"{one.asked:.0%}"),
            number_cell(f"{one.held:.1%}"),
            number_cell(f"{one.size:.2f}" if found.sets else f"{one.size:.4g}"),
        ]
        for one in found.coverages
    ]
    note = f"On {count(found.rows, 'row')} of the test part; sizes are means."
    never = " The likeliest class always belongs to a set." if found.sets else ""
    return Table(f"How often {kind} held the truth", head, rows, note=note + never)


def _answered(found: Promises) -> Table:
    titles = ("Errors that may be", "Answered", "Not answered", "Wrong of the answered")
    head = [number_cell(title) for title in titles]
    rows = [
        [
            number_cell(f"{one.error_rate:.0%}"),
            number_cell(f"{one.share:.1%}"),
            number_cell(f"{1 - one.share:.1%}"),
            number_cell(NOTHING if one.wrong is None else f"{one.wrong:.1%}"),
        ]
        for one in found.answered
    ]
    note = (
        f"On {count(found.rows, 'row')} of the test part. Where no answer can be sure enough, none is given."
    )
    return Table("Answering only when sure", head, rows, note=note)


def _threshold(effect: Threshold, measured: int) -> list[Block]:
    head = [Cell("Metric"), number_cell("From one half on"), number_cell(f"From {effect.value:.3f} on")]
    rows = [
        [
            Cell(describe_metric(Task.BINARY, name).title),
            _metric(name, before),
            _metric(name, effect.after[name]),
        ]
        for name, before in effect.before.items()
    ]
    if effect.cost_before is not None and effect.cost_after is not None:
        rows.insert(0, [Cell("Mean cost of a row"), *_numbers(effect.cost_before, effect.cost_after)])
    told = (
        f"The second class is answered from a probability of {effect.value:.3f} on, chosen on the validation "
        f"rows for: {effect.aim}."
    )
    note = f"On {count(measured, 'row')} of the test part, which took no part in the choice."
    return [Text(told), Table("What the threshold gains and costs", head, rows, note=note)]


def _metric(name: str, value: float | None) -> Cell:
    return number_cell(NOTHING if value is None else value_text(Task.BINARY, name, value))


def _numbers(*values: float) -> list[Cell]:
    return [number_cell(f"{value:.4f}") for value in values]
