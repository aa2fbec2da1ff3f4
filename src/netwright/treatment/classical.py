"""The yardstick from outside: a network that loses clearly to a classical model has learnt too little."""

from __future__ import annotations

import numpy as np

from netwright.clinic.causes import Cause
from netwright.compare.baselines import fit_baselines
from netwright.data.schema import Kind, align
from netwright.estimators.base import NetworkEstimator
from netwright.findings import Finding
from netwright.task import Task
from netwright.treatment.case import Case
from netwright.treatment.judgement import compare, row_mistakes

RULE = "loses-to-classical"

CLEARLY, PERHAPS = 0.05, 0.02
"""Share of wrong answers, or of the variance, that a network may have more than a classical model.

Above the second it is looked into, above the first it is an alarm.
"""

SUSPICION = 0.1
"""The chance to be fooled from which on it is not looked into. What is found then has to be proven anyway."""

BY_HEART = 0.3
"""A loss on rows that were learnt, below this share of that on others, says they are known by heart."""

SECONDS = 20.0

ITEMS = (Kind.IMAGE, Kind.SEQUENCE, Kind.SOUND)
"""Columns whose cells are no values that a classical model reads."""

UNEVEN = 2.0
"""Classes one of which is so many times as common as another are called uneven."""


def loses_to_classical(case: Case, model: NetworkEstimator, seed: int) -> Finding | None:
    """Return a finding when a linear model or gradient boosting is better on the held-out rows.

    Both learn from the same rows as the network, and answer the rows that it stopped by: an alarm when the
    classical model is clearly better, a note when it seems to be.
    """
    if not _is_table(case):
        return None
    weights = _balance(case)
    own = weights * case.mistakes(model, case.stopping)
    best, name = min(
        ((weights * mistakes, name) for name, mistakes in classical_mistakes(case, seed).items()),
        key=lambda found: float(found[0].mean()),
    )
    comparison = compare([own], [best], seed)
    gap = comparison.before - comparison.after
    if gap <= PERHAPS or comparison.p >= SUSPICION:
        return None
    clear = comparison.better and gap > CLEARLY
    what = "of the target's variance" if case.target.task is Task.REGRESSION else "of the answers"
    what += ", every class counted alike," if weights.max() > UNEVEN * weights.min() else ""
    verdict = "it has learnt less than there is to learn" if clear else "there may be more to learn"
    learnt, held = (float(case.losses(model, part).mean()) for part in (case.fitting, case.stopping))
    by_heart = learnt < BY_HEART * held and model.recipe_.early_stopping is None
    if by_heart:
        verdict += f"; on the rows it learnt from its loss is {learnt:.3g}, on these {held:.3g}"
    return Finding(
        rule=RULE,
        severity="alarm" if clear else "note",
        message=(
            f"{name[:1].upper()}{name[1:]} misses {comparison.after:.1%} {what} on held-out rows, "
            f"the network {comparison.before:.1%}: {verdict}."
        ),
        remedy="Find out which setting holds it back.",
        cause=Cause.OVERFITTING.value if by_heart else "",
        evidence={"network": comparison.before, name: comparison.after, "p": comparison.p},
    )


def _is_table(case: Case) -> bool:
    """Return whether classical models can read the rows: values and texts, no pictures, steps or sounds."""
    if isinstance(case.fitting.rows, np.ndarray):
        return case.fitting.rows.ndim == 2
    return not any(column.kind in ITEMS for column in case.schema.used)


def _balance(case: Case) -> np.ndarray:
    """Return what each held-out row counts (n,), 1 on average: every class the same.

    A network that gives all rows the commonest class makes few mistakes where the others are rare.
    """
    truth = case.truth(case.stopping)
    if case.target.task not in (Task.BINARY, Task.MULTICLASS):
        return np.ones(len(truth))
    _, places, counts = np.unique(truth, return_inverse=True, return_counts=True)
    return np.asarray(len(truth) / (len(counts) * counts[places]))


def classical_mistakes(case: Case, seed: int) -> dict[str, np.ndarray]:
    """Return how wrong each classical model is on each of the held-out rows (n,); fitted once a case."""
    if case.classical is None:
        target = case.target
        rows = [align(case.frame(part), case.schema) for part in (case.fitting, case.stopping)]
        fitted = fit_baselines(
            target.task,
            rows[0],
            case.truth(case.fitting),
            rows[1],
            len(target.classes),
            seed=seed,
            seconds=SECONDS,
            texts=[column.name for column in case.schema.used if column.kind is Kind.TEXT],
        )
        truth = case.truth(case.stopping)
        case.classical = {
            one.label: row_mistakes(
                target.task,
                truth,
                one.predictions if one.probabilities is None else one.probabilities,
                case.spread,
            )
            for one in fitted
        }
    return case.classical
