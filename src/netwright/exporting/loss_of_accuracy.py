"""What making a model smaller costs, in points."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.data.target import Target
from netwright.errors import ExportError
from netwright.task import Task


@dataclass(frozen=True)
class Cost:
    """What a smaller model loses.

    Attributes:
        points: percent of the rows, or percent of the error, see `says`.
        says: how it was measured, in words.
        rows: on how many rows.
    """

    points: float
    says: str
    rows: int

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    def require(self, name: str, most: float) -> None:
        """Raise ExportError where the loss is above what is allowed."""
        if not self.points <= most:
            raise ExportError(
                f"{name}: {self.says}: {self.points:.2f} points in {self.rows:,} rows, above the limit of "
                f"{most:g}. No file was written. Allow more with --max-loss, or take another quantisation."
            )


def cost(target: Target, smaller: np.ndarray, full: np.ndarray, truth: np.ndarray | None) -> Cost:
    """Return what the answers of a smaller model lose against those of the full one.

    Args:
        target: what is predicted.
        smaller: answers of the smaller model (n, k).
        full: of the full one (n, k).
        truth: the encoded target of the first rows, or None where it is not known.

    >>> from netwright.task import Task
    >>> target = Target(Task.BINARY, ("y",), "", classes=("no", "yes"))
    >>> sure, unsure = np.array([[0.1, 0.9]]), np.array([[0.6, 0.4]])
    >>> cost(target, unsure, sure, np.array([1])).points
    100.0
    """
    rows = len(full) if truth is None else len(truth)
    smaller, full = smaller[:rows], full[:rows]
    if target.task is Task.REGRESSION:
        return _numbers(target, smaller.astype(np.float64), full.astype(np.float64), truth)
    classes = _labels(target, smaller), _labels(target, full)
    if truth is None:
        changed = 100 * float((classes[0] != classes[1]).mean())
        return Cost(changed, "share of the rows whose class changes", rows)
    right = [100 * float((one == truth).mean()) for one in classes]
    return Cost(right[1] - right[0], "accuracy lost", rows)


def _labels(target: Target, answers: np.ndarray) -> np.ndarray:
    return answers > 0.5 if target.task is Task.MULTILABEL else target.chosen(answers)


def _numbers(target: Target, smaller: np.ndarray, full: np.ndarray, truth: np.ndarray | None) -> Cost:
    if truth is None:
        spread = np.maximum(full.std(axis=0), np.finfo(np.float64).tiny)
        moved = np.sqrt(np.square((smaller - full) / spread).mean())
        return Cost(100 * float(moved), "change of the answers, in percent of their spread", len(full))
    known = target.decode_numbers(truth).reshape(full.shape)
    errors = [float(np.sqrt(np.square(one - known).mean())) for one in (smaller, full)]
    lost = 100 * (errors[0] / max(errors[1], np.finfo(np.float64).tiny) - 1)
    return Cost(lost, "growth of the root mean squared error, in percent", len(full))
