"""Findings about classes: too few rows, none in the training part, one that outweighs the others."""

from __future__ import annotations

import polars as pl

from netwright.data.split import Split
from netwright.errors import listing
from netwright.findings import Finding

TINY_CLASS = 10
OVERWHELMING_SHARE = 0.9


def tiny_classes(labels: pl.Series) -> list[Finding]:
    """Return a note on the classes with fewer than ten rows."""
    tiny = {label: count for label, count in _counts(labels).items() if count < TINY_CLASS}
    if not tiny:
        return []
    noun, verb = ("class", "has") if len(tiny) == 1 else ("classes", "have")
    return [
        Finding(
            rule="tiny classes",
            severity="note",
            message=f"{len(tiny):,} {noun} of {labels.name!r} {verb} fewer than {TINY_CLASS} rows: "
            f"{_told(tiny)}.",
            remedy="Gather more rows of them, or join them with a class that they resemble.",
            columns=(labels.name,),
            evidence={"rows_by_class": {str(label): count for label, count in tiny.items()}},
        )
    ]


def absent_classes(labels: pl.Series, split: Split | None) -> list[Finding]:
    """Return an alarm when classes have no row in the training part."""
    if split is None:
        return []
    learnt = set(labels.gather(split.train).unique().to_list())
    absent = {label: count for label, count in _counts(labels).items() if label not in learnt}
    if not absent:
        return []
    return [
        Finding(
            rule="classes never learnt",
            severity="alarm",
            message=f"No training row has the class {_told(absent)} of {labels.name!r}: "
            "it can never be answered.",
            remedy="Gather more rows of it, split in another way, or leave its rows out.",
            columns=(labels.name,),
            evidence={"rows_by_class": {str(label): count for label, count in absent.items()}},
        )
    ]


def imbalance(labels: pl.Series) -> list[Finding]:
    """Return a note when one class makes up nine tenths of the rows or more."""
    counts = _counts(labels)
    largest = max(counts, key=lambda label: counts[label], default=None)
    share = counts[largest] / len(labels) if counts else 0.0
    if share < OVERWHELMING_SHARE:
        return []
    return [
        Finding(
            rule="imbalance",
            severity="note",
            message=f"{share:.1%} of the rows have the class {largest!r}: always answering so is right "
            "that often.",
            remedy="Judge by ROC AUC or average precision, not by accuracy.",
            columns=(labels.name,),
            evidence={"class": str(largest), "share": share, "rows": len(labels)},
        )
    ]


def _counts(labels: pl.Series) -> dict[object, int]:
    """Return the rows of each class, the rarest first."""
    counted = labels.drop_nulls().value_counts(name="rows").sort("rows", labels.name)
    return dict(counted.iter_rows())


def _told(counts: dict[object, int]) -> str:
    return listing((f"{label!r} ({count})" for label, count in counts.items()), limit=6)
