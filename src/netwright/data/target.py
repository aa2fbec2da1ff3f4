"""The target: what is to be predicted, which task that makes it, and its way into numbers and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from netwright.data.labels import Label, class_indices
from netwright.data.target_values import checked_column, checked_matrix, numbers_of, numbers_or_none
from netwright.errors import DataError, listing
from netwright.task import Task

MOST_INTEGER_CLASSES = 20
"""Whole numbers with more distinct values than this are taken as amounts, not as classes."""

ROWS_PER_INTEGER_CLASS = 5
"""Whole numbers are taken as classes only when each repeats this often on average."""

MANY_CLASSES = 10
"""Up to this many classes may come from a table with fewer than two rows for each."""

Wish = Task | Literal["classification"] | None
"""What was asked for: a task, classes of any number, or (None) whatever the values suggest."""


@dataclass(frozen=True)
class Target:
    """What is predicted: its task, its classes, or its mean and spread.

    Attributes:
        task: binary, multiclass, multilabel or regression.
        names: the name of the target column; several for several outputs.
        reason: why this task was chosen.
        classes: the labels of a binary or multiclass target in sorted order, as the python values
            they were given as; in a binary task the second is the positive class.
        mean: of each output over the rows it was inferred from; empty for classification.
        scale: standard deviation of each output, never 0; empty for classification.
        integer: whether a regression target holds whole numbers only.
        threshold: from which probability on the second of two classes is answered.
    """

    task: Task
    names: tuple[str, ...]
    reason: str
    classes: tuple[Label, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    integer: bool = False
    threshold: float = 0.5

    @property
    def name(self) -> str:
        """The name of the target column; several are joined by commas."""
        return ", ".join(self.names)

    @property
    def labels(self) -> np.ndarray:
        """The classes as an array (classes,)."""
        return np.array(self.classes)

    @classmethod
    def infer(cls, series: pl.Series, task: Wish = None) -> Target:
        """Decide what kind of target a column is and learn its classes or its mean and spread.

        Args:
            series: the target column (n,).
            task: the task asked for, "classification" for as many classes as there are, or None.

        Raises:
            DataError: when values are missing or infinite, or do not fit the task.

        >>> Target.infer(pl.Series("y", ["b", "a", "c", "a", "b", "c"])).classes
        ('a', 'b', 'c')
        >>> Target.infer(pl.Series("y", [0.5, 1.5, 2.5])).task
        <Task.REGRESSION: 'regression'>
        """
        name = series.name or "target"
        values = checked_column(series, name)
        numbers = numbers_or_none(values)
        if task is Task.MULTILABEL:
            raise DataError(f"Target {name!r}: several labels at once need several 0/1 columns, got one.")
        if task is Task.REGRESSION:
            return _regression(numbers_of(values, name)[:, None], (name,), "asked for")
        distinct = values.unique().sort()
        _check_variety(distinct, name)
        chosen, reason = _choose(len(values), distinct, numbers) if task is None else _asked(task, distinct)
        if chosen is Task.REGRESSION:
            return _regression(numbers_of(values, name)[:, None], (name,), reason)
        _check_classes(len(values), distinct, numbers, chosen, name)
        return cls(task=chosen, names=(name,), reason=reason, classes=tuple(distinct.to_list()))

    @classmethod
    def infer_matrix(cls, matrix: np.ndarray, names: Sequence[str], task: Wish = None) -> Target:
        """Decide what several target columns are: 0/1 labels that may hold at once, or numbers.

        Args:
            matrix: the target columns (n, k).
            names: their k names.
            task: the task asked for, or None.

        Raises:
            DataError: when values are missing or infinite, or do not fit the task.

        >>> Target.infer_matrix(np.array([[0, 1], [1, 1], [0, 0]]), ["sun", "wind"]).task
        <Task.MULTILABEL: 'multilabel'>
        """
        if matrix.shape[1] == 1:
            return cls.infer(pl.Series(names[0], matrix[:, 0]), task)
        values = checked_matrix(matrix, names)
        binary = bool(np.isin(values, (0.0, 1.0)).all())
        if task in (Task.BINARY, Task.MULTICLASS) or (task not in (None, Task.REGRESSION) and not binary):
            raise DataError(
                f"Targets {listing(names)}: several columns of classes must hold 0 and 1 only "
                "(several labels at once). Train one model for each column of classes."
            )
        if task is not Task.REGRESSION and binary:
            reason = f"{len(names)} columns of 0 and 1"
            return cls(task=Task.MULTILABEL, names=tuple(names), reason=reason)
        return _regression(values, tuple(names), f"{len(names)} columns of numbers")

    def standardised_on(self, values: pl.Series | np.ndarray) -> Target:
        """Return the target with mean and spread taken from other rows, such as the training part.

        Args:
            values: target values in their own unit, (n,) or (n, k).
        """
        if self.task is not Task.REGRESSION:
            return self
        if isinstance(values, pl.Series):
            values = numbers_of(checked_column(values, self.name), self.name)
        return _regression(values.reshape(len(values), -1), self.names, self.reason)

    def encode(self, values: pl.Series | np.ndarray) -> np.ndarray:
        """Return what the network is trained on.

        Args:
            values: the target column, or for several outputs a matrix (n, k).

        Returns:
            class indices int64 (n,); standardised numbers (y - mean) / scale float32 (n,) or (n, k);
            or 0/1 labels float32 (n, k).

        Raises:
            DataError: for missing or infinite values and for classes that were not there in training.

        >>> Target.infer(pl.Series("y", ["no", "yes", "no"])).encode(pl.Series(["yes", "no"]))
        array([1, 0])
        """
        if len(self.names) > 1:
            assert isinstance(values, np.ndarray)
            matrix = checked_matrix(values, self.names)
            return matrix.astype(np.float32) if self.task is Task.MULTILABEL else self._standardise(matrix)
        name = self.names[0]
        column = checked_column(pl.Series(name, values), name)
        if self.task is Task.REGRESSION:
            return self._standardise(numbers_of(column, name)[:, None])[:, 0]
        return class_indices(column, self.classes, name)

    def decode_numbers(self, values: np.ndarray) -> np.ndarray:
        """Return standardised numbers (n,), (n, 1) or (n, k) in the target's own unit: z · scale + mean."""
        standardised = values.reshape(len(values), -1).astype(np.float64)
        decoded = standardised * np.array(self.scale) + np.array(self.mean)
        return np.asarray(decoded[:, 0] if len(self.names) == 1 else decoded)

    def chosen(self, answers: np.ndarray) -> np.ndarray:
        """Return the index of the answered class (n,): the likeliest, or as the threshold has it.

        Args:
            answers: probabilities, or margins without a threshold, (n, classes).

        >>> target = Target(Task.BINARY, ("y",), "", classes=("no", "yes"), threshold=0.25)
        >>> target.chosen(np.array([[0.7, 0.3], [0.9, 0.1]])).tolist()
        [1, 0]
        """
        if self.threshold == 0.5:
            return np.asarray(answers.argmax(axis=1))
        return (answers[:, 1] >= self.threshold).astype(np.int64)

    def decode_classes(self, indices: np.ndarray) -> np.ndarray:
        """Return the labels of class indices (n,)."""
        return np.asarray(self.labels[indices])

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "task": str(self.task),
            "names": list(self.names),
            "reason": self.reason,
            "label_type": type(self.classes[0]).__name__ if self.classes else None,
            "classes": list(self.classes),
            "mean": list(self.mean),
            "scale": list(self.scale),
            "integer": self.integer,
            "threshold": self.threshold,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Target:
        """Return the target that `to_json` described."""
        types: dict[str | None, type] = {"str": str, "int": int, "float": float, "bool": bool, None: str}
        as_label = types[data["label_type"]]
        return cls(
            task=Task(data["task"]),
            names=tuple(data["names"]),
            reason=data["reason"],
            classes=tuple(as_label(label) for label in data["classes"]),
            mean=tuple(data["mean"]),
            scale=tuple(data["scale"]),
            integer=data["integer"],
            # Files of earlier versions name none.
            threshold=data.get("threshold", 0.5),
        )

    def _standardise(self, matrix: np.ndarray) -> np.ndarray:
        standardised = (matrix - np.array(self.mean)) / np.array(self.scale)
        return np.asarray(standardised, dtype=np.float32)


def _check_variety(distinct: pl.Series, name: str) -> None:
    if len(distinct) == 1:
        raise DataError(
            f"Target {name!r} has only one class (1 class): every row is {distinct[0]!r}. "
            "At least two different values are needed to learn from."
        )


def _choose(rows: int, distinct: pl.Series, numbers: pl.Series | None) -> tuple[Task, str]:
    count = len(distinct)
    if count == 2:
        return Task.BINARY, f"two distinct values, {distinct[0]!r} and {distinct[1]!r}"
    if numbers is None:
        return Task.MULTICLASS, f"text with {count:,} distinct values"
    if not _whole(numbers):
        return Task.REGRESSION, "numbers with fractions"
    if count <= MOST_INTEGER_CLASSES and rows >= ROWS_PER_INTEGER_CLASS * count:
        return Task.MULTICLASS, f"whole numbers with only {count} distinct values in {rows:,} rows"
    return Task.REGRESSION, f"whole numbers with {count:,} distinct values in {rows:,} rows"


def _asked(task: Task | Literal["classification"], distinct: pl.Series) -> tuple[Task, str]:
    if task == "classification":
        return (Task.BINARY if len(distinct) == 2 else Task.MULTICLASS), f"{len(distinct):,} classes"
    return Task(task), "asked for"


def _check_classes(rows: int, distinct: pl.Series, numbers: pl.Series | None, task: Task, name: str) -> None:
    count = len(distinct)
    if task is Task.BINARY and count != 2:
        raise DataError(
            f"Target {name!r}: a binary task needs two classes, got {count:,}: "
            f"{listing(distinct.to_list(), 5)}. Ask for the task 'multiclass' instead."
        )
    if count > 2 and numbers is not None and not _whole(numbers):
        raise DataError(
            f"Unknown label type: target {name!r} is continuous, with {count:,} distinct values such as "
            f"{distinct[0]!r}. Classes must be text or whole numbers; for amounts use regression."
        )
    if count > 2 and 2 * count > rows and (count > MANY_CLASSES or count == rows):
        raise DataError(
            f"Target {name!r} has {count:,} classes in {rows:,} rows, nearly one for each row: it looks "
            "like an identifier or a number. Choose another column, or predict it as a number (regression)."
        )


def _whole(numbers: pl.Series) -> bool:
    return bool((numbers == numbers.round()).all())


def _regression(matrix: np.ndarray, names: tuple[str, ...], reason: str) -> Target:
    for name, column in zip(names, matrix.T, strict=True):
        if len(column) < 2:
            raise DataError(f"Target {name!r} has only 1 sample (one row); at least two are needed.")
        if column.min() == column.max():
            raise DataError(
                f"Target {name!r} is constant: every row is {column[0]:g}. There is nothing to predict."
            )
    # Divided by the largest value first, so that squares neither overflow nor vanish.
    largest = np.abs(matrix).max(axis=0)
    scaled = matrix / largest
    mean, scale = scaled.mean(axis=0) * largest, scaled.std(axis=0) * largest
    target = Target(task=Task.REGRESSION, names=names, reason=reason)
    return replace(
        target,
        mean=tuple(mean.tolist()),
        scale=tuple(np.where(scale > 0, scale, 1.0).tolist()),
        integer=bool((matrix == np.rint(matrix)).all()),
    )
