"""The page of permutation importance: which columns or parts the answers rest on, and how surely."""

from __future__ import annotations

import os

import netwright
from netwright.errors import listing
from netwright.explain.shuffling import PermutationImportance
from netwright.files import write_atomically
from netwright.pages.blocks import Fact, Section, Text
from netwright.pages.render import template
from netwright.pages.wording import count, number, sentence, shorten
from netwright.report.glossary import describe_metric
from netwright.report.measurements import Importance
from netwright.report.sections.explanation import importance_blocks
from netwright.task import Task


def write_importance_page(
    path: str | os.PathLike[str], found: PermutationImportance, task: Task, target: str, source: str
) -> None:
    """Write the page in one step: a reader finds the old page or the new one.

    Args:
        path: the HTML file; its folder must exist.
        found: what was measured.
        task: what the model answers.
        target: what it predicts.
        source: name of the file with the rows.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    write_atomically(path, build_importance_page(found, task, target, source))


def build_importance_page(found: PermutationImportance, task: Task, target: str, source: str) -> str:
    """Return the page as one HTML document."""
    metric = describe_metric(task, found.metric)
    blocks = importance_blocks(Importance.of(found), metric)
    sections = [
        Section("importance", "What the answers rest on", "Importance", blocks),
        Section("how", "How it was measured", "How", [Text(sentence(found.note))]),
    ]
    return template("netwright.explain").render(
        title=f"What matters: {shorten(target, 80)}",
        version=netwright.__version__,
        origin=f"Permutation importance on {count(found.rows, 'row')} of {shorten(source, 60)}.",
        verdict=sentence(verdict(found, metric.label)),
        tone="",
        facts=[
            Fact(f"{found.noun}s measured", f"{len(found.columns):,}"),
            Fact("that surely help", f"{sum(one.low > 0 for one in found.columns):,}"),
            Fact("shuffles of each", f"{found.repeats:,}"),
        ],
        sections=sections,
    )


def verdict(found: PermutationImportance, metric: str) -> str:
    """Return what matters most, in a sentence.

    Args:
        found: what was measured.
        metric: what people call its metric.

    >>> from netwright.explain.shuffling import Importance
    >>> one = Importance("age", 0.25, 0.2, 0.3)
    >>> verdict(PermutationImportance((one,), "roc_auc", 90, 2, (), ""), "ROC AUC")
    'What matters most: age (without it, ROC AUC worsens by 0.25)'
    """
    surely = [one for one in found.columns if one.low > 0]
    if not surely:
        return f"No {found.noun} surely matters: answers without any of them are as good within chance"
    first, *rest = surely
    loss = f"without it, {metric} worsens by {number(first.mean, 2)}"
    told = f"What matters most: {first.column} ({loss})"
    return f"{told}; then {listing([one.column for one in rest], 3)}" if rest else told
