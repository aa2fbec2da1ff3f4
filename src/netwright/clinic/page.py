"""The clinic's page: the verdict first, then the findings, the curves, and what was checked."""

from __future__ import annotations

import os
from collections.abc import Sequence

import netwright
from netwright.clinic.diagnosis import Diagnosis
from netwright.clinic.interval import cost_in_words
from netwright.clinic.page_figures import health_pictures, loss_picture
from netwright.clinic.record import Record
from netwright.clinic.rules import RULES
from netwright.files import write_atomically
from netwright.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Details,
    Fact,
    Findings,
    Section,
    Table,
    Text,
    figures,
    number_cell,
    prose_cell,
)
from netwright.pages.findings import card
from netwright.pages.render import template
from netwright.pages.wording import clean, count, left_out, number, sentence, share, shorten

MOST_LAYERS = 60


def write_page(
    path: str | os.PathLike[str],
    record: Record,
    diagnosis: Diagnosis,
    overhead: float | None = None,
    *,
    seconds: float | None = None,
    title: str = "Clinic",
) -> None:
    """Write the page in one step: a reader finds the old page or the new one.

    Args:
        path: the HTML file; its folder must exist.
        record: what was seen of the training.
        diagnosis: what it adds up to.
        overhead: seconds that watching took over the seconds of the training, where measured.
        seconds: that watching took, where measured.
        title: the heading.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    write_atomically(path, build_page(record, diagnosis, overhead, seconds=seconds, title=title))


def build_page(
    record: Record,
    diagnosis: Diagnosis,
    overhead: float | None = None,
    *,
    seconds: float | None = None,
    title: str = "Clinic",
) -> str:
    """Return the page as one HTML document; the same record gives the same bytes."""
    sections = [
        *_findings(diagnosis),
        *_curves(record, diagnosis),
        _checked(record, diagnosis),
        *_training(record),
    ]
    tone = "good" if diagnosis.healthy else "caution" if diagnosis.alarms else ""
    return template("netwright.clinic").render(
        title=shorten(title, 120),
        version=netwright.__version__,
        origin=_origin(record),
        verdict=sentence(diagnosis.verdict),
        tone=tone,
        facts=_facts(record, overhead, seconds),
        sections=sections,
    )


def _origin(record: Record) -> str:
    if not record.losses:
        return "Before training."
    what = "A finished training" if record.finished else "A training"
    return f"{what} of {count(record.step, 'step')}."


def _facts(record: Record, overhead: float | None, seconds: float | None) -> list[Fact]:
    facts = []
    if record.facts.data.rows is not None:
        facts.append(Fact("training rows", f"{record.facts.data.rows:,}"))
    if record.losses:
        facts.append(Fact("loss", number(record.losses[-1]), f"from {number(record.losses[0])}"))
    scores = [epoch.validation_score for epoch in record.epochs if epoch.validation_score is not None]
    if scores:
        facts.append(Fact("held-out score", number(scores[-1]), f"best {number(max(scores))}"))
    if overhead is not None:
        facts.append(Fact("cost of watching", share(overhead), cost_in_words(overhead, seconds)))
    return facts


def _findings(diagnosis: Diagnosis) -> list[Section]:
    blocks: list[Block] = []
    if diagnosis.findings:
        blocks.append(Findings([card(finding) for finding in diagnosis.findings]))
    else:
        blocks.append(Text("Nothing suspicious was found."))
    if diagnosis.withheld:
        waiting = [Findings([card(finding) for finding in diagnosis.withheld])]
        later = count(len(diagnosis.withheld), "later alarm")
        summary = f"{later}: consequences of these, perhaps, and withheld until they are mended"
        blocks.append(Details(summary, waiting))
    return [Section("findings", "Findings", f"Findings ({len(diagnosis.findings):,})", blocks)]


def _curves(record: Record, diagnosis: Diagnosis) -> list[Section]:
    sections = []
    loss = loss_picture(record, diagnosis.findings)
    if loss is not None:
        sections.append(Section("loss", "The loss", "Loss", figures(loss)))
    health = health_pictures(record)
    if health:
        sections.append(Section("layers", "The health of the layers", "Layers", figures(*health)))
    return sections


def _checked(record: Record, diagnosis: Diagnosis) -> Section:
    signals = {rule.name: rule for rule in RULES}
    heard = {finding.rule for finding in (*diagnosis.findings, *diagnosis.withheld)}
    rows = [
        [
            Cell(clean(name).replace("-", " ")),
            Cell("found something" if name in heard else "nothing"),
            prose_cell(sentence(signals[name].signal) if name in signals else ""),
            prose_cell(sentence(signals[name].source) if name in signals else ""),
        ]
        for name in diagnosis.checked
    ]
    head = [Cell("Rule"), Cell("Result"), Cell("What it looks at"), Cell("Source")]
    blocks: list[Block] = [
        Text(
            f"{count(len(diagnosis.checked), 'rule')} could be checked, "
            f"{len(diagnosis.unchecked):,} could not."
        ),
        Details("What was checked", [Table("What was checked", head, rows, quiet=True)]),
    ]
    missing = [
        f"{clean(name).replace('-', ' ')}: {sentence(reason)}" for name, reason in diagnosis.unchecked
    ] + [sentence(gap) for gap in record.gaps]
    if missing:
        blocks.append(Details("What could not be checked, and why", [Bullets(missing)]))
    return Section("checked", "What was checked", "Checked", blocks)


def _training(record: Record) -> list[Section]:
    facts, blocks = record.facts, list[Block]()
    if facts.optimizers:
        blocks.append(
            Bullets(
                [
                    f"{clean(one.name)}, learning rate {number(one.learning_rate)}, momentum "
                    f"{number(one.momentum)}, weight decay {number(one.weight_decay)}"
                    for one in facts.optimizers
                ]
            )
        )
    if facts.layers:
        blocks.append(Details(f"The {count(len(facts.layers), 'layer')}", [_layers(record)]))
    return [Section("training", "The training", "Training", blocks)] if blocks else []


def _layers(record: Record) -> Table:
    layers = sorted(record.facts.layers, key=lambda layer: layer.depth)
    head = [Cell("Layer"), Cell("Kind"), Cell("Activation"), number_cell("Parameters"), Cell("Trained")]
    rows: Sequence[Sequence[Cell]] = [
        [
            Cell(shorten(layer.name, 60)),
            Cell(layer.kind),
            Cell(clean(layer.activation) if layer.activation else ""),
            number_cell(f"{layer.parameters:,}"),
            Cell("yes" if layer.trainable and layer.optimized else "no" if layer.parameters else ""),
        ]
        for layer in layers[:MOST_LAYERS]
    ]
    return Table("Layers", head, rows, note=left_out(len(layers) - len(rows), "layer"), quiet=True)
