"""Findings as cards of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netwright.findings import Finding
from netwright.pages.blocks import Card
from netwright.pages.wording import clean, joined, number, sentence, shorten


def card(finding: Finding) -> Card:
    """Return a finding as a card, everything in it safe to show.

    >>> card(Finding("leak", "alarm", "Column 'z' tells.", layer="head", step=0, confidence=0.9)).place
    'layer head, before the first step'
    """
    evidence = [(clean(name).replace("_", " "), in_words(value)) for name, value in finding.evidence.items()]
    if finding.rows:
        evidence.append(("rows, such as", joined([f"{row + 1:,}" for row in finding.rows])))
    return Card(
        severity=finding.severity,
        rule=clean(finding.rule).replace("_", " ").replace("-", " "),
        message=sentence(finding.headline),
        further=shorten(finding.further, 1_500) if finding.further else "",
        remedy=sentence(finding.remedy),
        evidence=evidence,
        place=", ".join(_place(finding)),
        cause=_cause(finding),
        change="\n".join(clean(line) for line in finding.change.splitlines() if line.strip()),
    )


def _place(finding: Finding) -> Iterator[str]:
    if finding.layer:
        yield f"layer {shorten(finding.layer, 60)}"
    if finding.step is not None:
        yield f"step {finding.step:,}" if finding.step else "before the first step"


def _cause(finding: Finding) -> str:
    if not finding.cause:
        return ""
    sure = "" if finding.confidence is None else f" (confidence {finding.confidence:.0%})"
    others = f" Less likely: {clean(finding.differential)}." if finding.causes else ""
    return f"Cause: {clean(finding.cause)}{sure}.{others}"


def in_words(value: object) -> str:
    """Write a piece of evidence as people read it, safe to show.

    >>> in_words({"reason": "a name", "distinct": 7043}), in_words([1, 0.5]), in_words({}), in_words(True)
    ('reason: a name, distinct: 7,043', '1, 0.5', 'none', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        parts = (f"{clean(name).replace('_', ' ')}: {in_words(part)}" for name, part in value.items())
        return shorten(", ".join(parts) or "none", 300)
    if isinstance(value, (list, tuple)):
        return shorten(", ".join(map(in_words, value)) or "none", 300)
    return f"{value:,}" if isinstance(value, int) else shorten(value, 300)
