"""Findings about rows: copies on both sides of the split, and equal rows with different answers."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from netwright.data.split import Split
from netwright.findings import Finding

ALARMING_SHARE = 0.2
"""With so many of the measured rows copied from the training part the measure is one of memory."""

SHOWN_ROWS = 5


def repeated_rows(
    frame: pl.DataFrame, inputs: Sequence[str], targets: Sequence[str], split: Split | None
) -> list[Finding]:
    """Return a finding when rows of validation or test stand in the training part too, answer and all.

    Args:
        frame: raw rows.
        inputs: the columns that the network sees.
        targets: the columns to predict.
        split: the parts; without them any repeated row is told.
    """
    rows = frame.select(*inputs, *targets).hash_rows()
    if split is None:
        return _repeated_anywhere(rows)
    known = rows.gather(split.train).unique()
    copied = {
        "validation": split.validation[rows.gather(split.validation).is_in(known.implode()).to_numpy()],
        "test": split.test[rows.gather(split.test).is_in(known.implode()).to_numpy()],
    }
    sizes = {"validation": len(split.validation), "test": len(split.test)}
    shares = {part: len(copied[part]) / max(sizes[part], 1) for part in copied}
    if not any(shares.values()):
        return []
    part = "test" if len(copied["test"]) else "validation"
    evidence = {f"{name}_rows_copied": len(copied[name]) for name in copied} | {
        f"{name}_share": shares[name] for name in copied
    }
    return [
        Finding(
            rule="copies across the split",
            severity="alarm" if max(shares.values()) >= ALARMING_SHARE else "note",
            message=f"{len(copied[part]):,} of {sizes[part]:,} {part} rows ({shares[part]:.1%}) stand in the "
            "training part as well, with the same answer.",
            remedy="Drop repeated rows before splitting, or split by a group that keeps copies together.",
            rows=tuple(copied[part][:SHOWN_ROWS].tolist()),
            evidence=evidence,
        )
    ]


def _repeated_anywhere(rows: pl.Series) -> list[Finding]:
    later = ~rows.is_first_distinct()
    count = int(later.sum())
    if count == 0:
        return []
    return [
        Finding(
            rule="repeated rows",
            severity="note",
            message=f"{count:,} of {len(rows):,} rows ({count / len(rows):.1%}) repeat an earlier row.",
            remedy="If they are copies by mistake, drop them: on both sides of a split they flatter.",
            rows=tuple(later.arg_true()[:SHOWN_ROWS].to_list()),
            evidence={"repeated": count, "rows": len(rows)},
        )
    ]


def conflicting_rows(frame: pl.DataFrame, inputs: Sequence[str], target: str) -> list[Finding]:
    """Return a note when rows of equal inputs have different classes: no model gets all of them right."""
    keys = frame.select(inputs).hash_rows()
    table = pl.DataFrame({"key": keys, "label": frame.get_column(target), "row": range(frame.height)})
    repeated = table.filter(keys.is_duplicated())
    counts = repeated.group_by("key", "label").agg(pl.len().alias("rows"))
    groups = counts.group_by("key").agg(
        pl.len().alias("labels"), pl.col("rows").sum(), pl.col("rows").max().alias("most")
    )
    torn = groups.filter(pl.col("labels") > 1)
    if torn.is_empty():
        return []
    rows = int(torn.get_column("rows").sum())
    lost = rows - int(torn.get_column("most").sum())
    examples = repeated.filter(pl.col("key").is_in(torn.get_column("key").implode())).get_column("row")
    return [
        Finding(
            rule="conflicting rows",
            severity="note",
            message=f"{rows:,} rows share all inputs with a row of another {target!r}: whatever the model, "
            f"at least {lost:,} of them ({100 * lost / frame.height:.2g}% of all rows) are told wrong.",
            remedy="Look for mistaken labels, or for a column that is missing.",
            rows=tuple(examples[:SHOWN_ROWS].to_list()),
            evidence={"rows_in_conflict": rows, "certain_errors": lost, "rows": frame.height},
        )
    ]
