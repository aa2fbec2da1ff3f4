"""Answers of a model as plain data and as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from netwright.data.target import Target
from netwright.task import Task


def to_plain(target: Target, answers: np.ndarray, *, probabilities: bool) -> list[dict[str, Any]]:
    """Return answers (n, k) for JSON: the prediction, and for classes the probability or score of each.

    >>> target = Target(Task.BINARY, ("y",), "", classes=("no", "yes"))
    >>> to_plain(target, np.array([[0.25, 0.75]]), probabilities=True)
    [{'prediction': 'yes', 'probabilities': {'no': 0.25, 'yes': 0.75}}]
    """
    rows = answers.tolist()
    if target.task is Task.REGRESSION:
        if len(target.names) == 1:
            return [{"prediction": row[0]} for row in rows]
        return [{"prediction": dict(zip(target.names, row, strict=True))} for row in rows]
    given = "probabilities" if probabilities else "scores"
    if target.task is Task.MULTILABEL:
        return [
            {
                "prediction": [name for name, value in zip(target.names, row, strict=True) if value > 0.5],
                given: dict(zip(target.names, row, strict=True)),
            }
            for row in rows
        ]
    names = [str(label) for label in target.classes]
    return [
        {"prediction": target.classes[best], given: dict(zip(names, row, strict=True))}
        for row, best in zip(rows, target.chosen(answers).tolist(), strict=True)
    ]


def to_csv(target: Target, answers: np.ndarray, *, probabilities: bool) -> str:
    """Return answers as a table in the form of `netwright predict`."""
    columns: dict[str, Any] = {}
    if target.task is Task.REGRESSION:
        for place, name in enumerate(target.names):
            columns["prediction" if len(target.names) == 1 else f"prediction_{name}"] = answers[:, place]
        return pl.DataFrame(columns).write_csv()
    given = "probability" if probabilities else "score"
    if target.task is Task.MULTILABEL:
        columns |= {
            f"prediction_{name}": (answers[:, k] > 0.5).astype(int) for k, name in enumerate(target.names)
        }
    else:
        columns["prediction"] = [target.classes[best] for best in target.chosen(answers).tolist()]
    labels = target.names if target.task is Task.MULTILABEL else target.classes
    columns |= {f"{given}_{label}": answers[:, place] for place, label in enumerate(labels)}
    return pl.DataFrame(columns).write_csv()


def labels_of(target: Target, answers: np.ndarray) -> dict[str, int]:
    """Return how many rows got each class; none for numbers."""
    if target.task not in (Task.BINARY, Task.MULTICLASS):
        return {}
    counts = np.bincount(target.chosen(answers), minlength=len(target.classes)).tolist()
    return {str(label): count for label, count in zip(target.classes, counts, strict=True) if count}
