"""The search of a table for each kind of defect: a finding with its evidence, and the list behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from netwright.audit.columns import dependent, nearly_constant
from netwright.audit.copies import exact_copies, near_copies
from netwright.audit.label_errors import wrong_classes, wrong_numbers
from netwright.audit.outliers import find_outliers
from netwright.audit.trial import Effect, Trial
from netwright.compare.game import Field
from netwright.compare.one_hot import one_hot
from netwright.data.inspect import inspect
from netwright.data.schema import Kind
from netwright.findings import Finding

SHOWN_ROWS = 5
MANY_COPIES = 0.2
MANY_WRONG = 0.03
ROWS_OF_SPACE = 10_000


@dataclass(frozen=True)
class Found:
    """One finding with the list behind it, if it has one."""

    finding: Finding
    list_name: str = ""
    rows: pl.DataFrame | None = None


def with_effect(finding: Finding, effect: Effect | None) -> Finding:
    """Return a finding that says what mending it does to the score."""
    if effect is None:
        return finding
    return replace(finding, evidence={**finding.evidence, "effect": effect.text})


def label_errors(field: Field, trial: Trial) -> Iterator[Found]:
    """Yield labels that are probably wrong."""
    target = field.target
    # Where rows follow each other in time, the first of them are never told.
    known = np.flatnonzero(np.isfinite(trial.outputs).reshape(len(field.truth), -1).all(axis=1))
    search = wrong_classes if target.classes else wrong_numbers
    wrong = search(trial.outputs[known], field.truth[known])
    if not len(wrong.suspects):
        return
    suspects, likelier = known[wrong.suspects], wrong.likelier[wrong.suspects]
    given = [str(value) for value in field.values.gather(suspects).to_list()]
    rather = [str(target.classes[int(value)]) if target.classes else f"{value:.6g}" for value in likelier]
    doubt = wrong.doubt[wrong.suspects].astype(float)
    rows = pl.DataFrame({"row": suspects + 1, "given": given, "likelier": rather, "doubt": doubt})
    effect = trial.without_rows(suspects, "Trained without these rows")
    share = len(suspects) / len(field.truth)
    told = f"row {rows['row'][0]:,} says {given[0]!r}, and rows like it {rather[0]!r}"
    finding = Finding(
        rule="label errors",
        severity="alarm" if share >= MANY_WRONG and effect.is_gain else "note",
        message=f"{len(suspects):,} of {len(field.truth):,} labels ({share:.1%}) are probably wrong: {told}.",
        remedy=(
            "Look at the list, the most doubtful first; correct what is wrong, or leave it out of training."
        ),
        rows=tuple(suspects[:SHOWN_ROWS].tolist()),
        evidence={"suspects": len(suspects), "rows": len(field.truth)},
        source="Northcutt et al., Confident learning, 2021",
    )
    yield Found(with_effect(finding, effect), "label_errors", rows)


def copies(frame: pl.DataFrame, space: np.ndarray, trial: Trial | None) -> Iterator[Found]:
    """Yield rows that stand in the table more than once, and rows that nearly do."""
    found = {"exact_copies": exact_copies(frame), "near_copies": near_copies(space)}
    words = {
        "exact_copies": ("repeat an earlier row", "row {0:,} is row {1:,} once more"),
        "near_copies": ("nearly repeat another row", "row {0:,} is almost row {1:,}"),
    }
    for name, alike in found.items():
        repeated = alike.repeated
        if not len(repeated):
            continue
        # Rows beyond those that were looked at count as rows without copies.
        rest = np.arange(frame.height - len(alike.group)) + alike.group.max() + 1
        alike = replace(alike, group=np.concatenate([alike.group, rest]))
        first = {int(alike.group[row]): row for row in range(len(alike.group) - 1, -1, -1)}
        originals = [first[int(alike.group[row])] + 1 for row in repeated]
        rows = pl.DataFrame({"row": repeated + 1, "repeats_row": originals})
        effect = (
            None
            if trial is None
            else trial.with_groups(alike.group, "Copies kept on one side of every division")
        )
        share = len(repeated) / len(alike.group)
        what, such = words[name]
        told = such.format(rows["row"][0], originals[0])
        finding = Finding(
            rule=name.replace("_", " "),
            severity="alarm" if share >= MANY_COPIES and name == "exact_copies" else "note",
            message=f"{len(repeated):,} of {len(alike.group):,} rows ({share:.1%}) {what}: {told}.",
            remedy=(
                "If they are copies by mistake, drop them: on both sides of a split they flatter the score."
            ),
            rows=tuple(repeated[:SHOWN_ROWS].tolist()),
            evidence={"repeated": len(repeated), "rows": len(alike.group)},
        )
        yield Found(with_effect(finding, effect), name, rows)


def outliers(
    field: Field, names: list[str], matrix: np.ndarray, trial: Trial | None, seed: int
) -> Iterator[Found]:
    """Yield rows that lie far from all others."""
    far = find_outliers(matrix, seed)
    if not far:
        return
    places = np.array([outlier.row for outlier in far])
    rows = pl.DataFrame(
        {
            "row": places + 1,
            "score": [outlier.score for outlier in far],
            "column": [names[outlier.column] for outlier in far],
            "value": [float(matrix[outlier.row, outlier.column]) for outlier in far],
            "usual_spreads_away": [outlier.distance for outlier in far],
        }
    )
    effect = None if trial is None else trial.without_rows(places, "Trained without these rows")
    first = far[0]
    finding = Finding(
        rule="outliers",
        severity="note",
        message=f"{len(far):,} of {field.frame.height:,} rows lie far from all others, first of all row "
        f"{first.row + 1:,}: {names[first.column]} {rows['value'][0]:.6g} is {first.distance:.0f} usual "
        "spreads "
        "from the middle.",
        remedy="See whether these are mistakes of measurement or of units; rare but true rows stay.",
        rows=tuple(places[:SHOWN_ROWS].tolist()),
        columns=(names[first.column],),
        evidence={"outliers": len(far), "rows": field.frame.height},
        source="Liu et al., Isolation forest, 2008",
    )
    yield Found(with_effect(finding, effect), "outliers", rows)


def idle_columns(field: Field, aligned: pl.DataFrame, trial: Trial | None) -> Iterator[Found]:
    """Yield columns that add nothing."""
    constant = nearly_constant(field.frame)
    known = {idle.column for idle in constant}
    depend = [idle for idle in dependent(aligned) if idle.column not in known]
    idle = [*constant, *depend]
    if not idle:
        return
    rows = pl.DataFrame(
        {
            "column": [one.column for one in idle],
            "why": [one.reason for one in idle],
            "follows_from": [", ".join(one.others) for one in idle],
            "measure": [float(one.measure) for one in idle],
        }
    )
    used = tuple(one.column for one in idle if one.column in aligned.columns)
    effect = trial.without_columns(used, "Without these columns") if trial is not None and used else None
    finding = Finding(
        rule="idle columns",
        severity="note",
        message=(
            f"{len(idle):,} of {field.frame.width:,} columns add nothing: {idle[0].column!r}, "
            f"{idle[0].reason}."
        ),
        remedy="Leave them out: they cost time, and blur which column matters.",
        columns=tuple(one.column for one in idle),
        evidence={"columns": len(idle)},
    )
    yield Found(with_effect(finding, effect), "columns", rows)


def leaks(field: Field, frame: pl.DataFrame, trial: Trial, seed: int) -> Iterator[Found]:
    """Yield columns that give the answer away, and rows of equal inputs with different answers."""
    for finding in inspect(frame, field.schema, field.target.name, field.target, seed=seed):
        if finding.rule == "leak":
            effect = trial.without_columns(finding.columns, f"Without {finding.columns[0]!r}")
            yield Found(with_effect(finding, effect))
        elif finding.rule == "conflicting rows":
            yield Found(finding)


def space_of(aligned: pl.DataFrame, seed: int) -> np.ndarray:
    """Return rows as points: standardised numbers, and one input a category (n, d); few rows at most."""
    from netwright.compare.design import design_of

    plain = aligned.head(ROWS_OF_SPACE)
    design = design_of(plain, plain.head(1))
    return np.asarray(one_hot(design.is_category).fit_transform(design.train))


def numbers_of(field: Field) -> tuple[list[str], np.ndarray]:
    """Return names and values of the number columns."""
    names = [column.name for column in field.schema.used if column.kind is Kind.NUMBER]
    if not names:
        return [], np.empty((field.frame.height, 0))
    matrix = field.aligned.select(pl.col(names).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    return names, matrix
