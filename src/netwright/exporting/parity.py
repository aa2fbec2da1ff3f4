"""Does an exported file answer as the model does? Compared on rows, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.errors import ExportError
from netwright.task import Task

Feed = Mapping[str, np.ndarray]
"""Inputs by name, one row each along the first axis."""

Runner = Callable[[Feed], np.ndarray]
"""What answers inputs: a file opened in its runtime."""

BATCHES = (1, 2, 17)
"""Rows at a time: one, a few, and a number that no tile of memory divides."""

TOLERANCE = 1e-4
"""Largest relative difference of a 32-bit file."""

LEAST_EQUAL = 0.9999
"""Share of the rows that must get the same class."""

FLOOR = 0.01
"""Differences are taken relative to the answer, or to this share of the answers' usual size where it is
larger: of a probability of a millionth, the millionth part is nothing."""

FLOOR_OF_NUMBERS = 0.02
"""The same for numbers, whose zero is one of many: about 16 units in the last place of 32 bits. A network of
32 bits is itself about that far from what 64 bits make of its weights."""

ONE_BY_ONE = 256
"""Rows that are answered one or two at a time; in larger batches all are."""


@dataclass(frozen=True)
class Parity:
    """How far answers lie from the model's.

    Attributes:
        rows: compared.
        batches: rows at a time.
        error: the largest relative difference.
        equal: share of the rows with the same class; 1 where there are no classes.
        where: the row of the largest difference, counted from 1.
    """

    rows: int
    batches: tuple[int, ...]
    error: float
    equal: float
    where: int

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def require(parity: Parity, target: str) -> Parity:
    """Return what was measured, or raise ExportError where the answers are not the model's."""
    if parity.error <= TOLERANCE and parity.equal >= LEAST_EQUAL:
        return parity
    raise ExportError(
        f"{target}: the exported model does not answer as the model does: expected a relative difference "
        f"of at most {TOLERANCE:g} and equal classes, got {parity.error:.2g} (row {parity.where:,}) and "
        f"{parity.equal:.2%} equal classes in {parity.rows:,} rows. No file was written. "
        "Leave this target out, or report the network with its recipe."
    )


def floor_of(task: Task) -> float:
    """Return the share of the answers' usual size that differences are relative to at least."""
    return FLOOR_OF_NUMBERS if task is Task.REGRESSION else FLOOR


def compare(
    run: Runner,
    feed: Feed,
    expected: np.ndarray,
    *,
    classes: bool,
    threshold: float = 0.5,
    floor: float = FLOOR,
    batches: Sequence[int] = BATCHES,
) -> Parity:
    """Compare a runner with the model on rows.

    Args:
        run: answers inputs.
        feed: inputs of all rows.
        expected: what the model answers (n, k).
        classes: whether the columns are scores of classes, of which the highest is the answer.
        threshold: from which probability on the second of two classes is the answer.
        floor: share of the usual size of the answers that differences are relative to where they are smaller.
        batches: rows at a time.

    >>> double = lambda feed: feed["x"] * 2
    >>> x = np.ones((5, 1))
    >>> compare(double, {"x": x}, 2 * x, classes=False).error
    0.0
    """
    expected = expected.reshape(len(expected), -1)
    error, equal, where = 0.0, 1.0, 1
    for size in batches:
        some = len(expected) if size > 2 else min(len(expected), ONE_BY_ONE)
        got = answers(run, feed, some, size)
        found = relative_error(got, expected[:some], expected, floor)
        worst = float(found.max(initial=0.0))
        if worst >= error:
            error, where = worst, int(found.max(axis=1).argmax()) + 1
        if classes:
            equal = min(equal, equal_classes(got, expected[:some], threshold))
    return Parity(len(expected), tuple(batches), error, equal, where)


def answers(run: Runner, feed: Feed, rows: int, size: int) -> np.ndarray:
    """Return what a runner answers for the first rows (rows, k), `size` of them at a time."""
    parts = []
    for start in range(0, rows, size):
        stop = min(start + size, rows)
        part = np.asarray(run({name: array[start:stop] for name, array in feed.items()}))
        if part.shape[0] != stop - start:
            raise ExportError(
                f"The exported model answered {part.shape[0]} rows for {stop - start}: its batch is fixed. "
                "No file was written. Report the network with its recipe."
            )
        parts.append(part.reshape(stop - start, -1))
    return np.concatenate(parts)


def relative_error(
    got: np.ndarray, expected: np.ndarray, usual: np.ndarray, floor: float = FLOOR
) -> np.ndarray:
    """Return |got - expected| / max(|expected|, floor · usual size) (n, k); infinite for NaN.

    Args:
        got: answers (n, k).
        expected: the model's (n, k).
        usual: answers that tell the usual size of each column (m, k).
        floor: share of it.
    """
    size = np.sqrt(np.square(usual.astype(np.float64)).mean(axis=0))
    least = np.maximum(floor * size, np.finfo(np.float64).tiny)
    difference = np.abs(got.astype(np.float64) - expected) / np.maximum(np.abs(expected), least)
    return np.where(np.isnan(got) & ~np.isnan(expected), np.inf, difference)


def equal_classes(got: np.ndarray, expected: np.ndarray, threshold: float = 0.5) -> float:
    """Return the share of rows that get the same class; ties of the model count as equal.

    Args:
        got: answers (n, k).
        expected: the model's (n, k).
        threshold: from which probability on the second of two classes is the answer, where it is not the
            highest.

    >>> equal_classes(np.array([[0.4, 0.6]]), np.array([[0.5, 0.5]]))
    1.0
    >>> equal_classes(np.array([[0.7, 0.3]]), np.array([[0.8, 0.2]]), threshold=0.25)
    0.0
    """
    if not len(expected):
        return 1.0
    if threshold != 0.5:
        same = (got[:, 1] >= threshold) == (expected[:, 1] >= threshold)
        return float((same | (np.abs(expected[:, 1] - threshold) <= TOLERANCE * threshold)).mean())
    mine = np.take_along_axis(expected, got.argmax(axis=1)[:, None], axis=1)[:, 0]
    highest = expected.max(axis=1)
    return float((highest - mine <= TOLERANCE * np.abs(highest)).mean())
