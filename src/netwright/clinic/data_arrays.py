"""Rows as a matrix: inputs of any shape, and targets as classes or numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from netwright.errors import DataError

InputKind = Literal["numbers", "images", "tokens"]


@dataclass(frozen=True)
class Rows:
    """The inputs of some rows.

    Attributes:
        kind: numbers, images or tokens.
        values: one row a line, float32 (n, d).
        features: how many of the columns are numbers; the rest are codes of categories.
        channels: of images, 0 otherwise.
    """

    kind: InputKind
    values: np.ndarray
    features: int
    channels: int = 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.values)

    @property
    def finite(self) -> np.ndarray:
        """Which rows have finite numbers only (n,)."""
        return np.asarray(np.isfinite(self.values).all(axis=1))

    def choose(self, rows: np.ndarray) -> Rows:
        """Return some of the rows."""
        return Rows(self.kind, self.values[rows], self.features, self.channels)


@dataclass(frozen=True)
class Answers:
    """The targets of some rows.

    Attributes:
        classes: the number of each row's class from 0 (n,), None for numbers or several answers a row.
        counted: the classes of all places, also where a row has several (m,).
        numbers: float64 (n, k), None for classes.
        finite: which rows have finite targets only (n,).
    """

    classes: np.ndarray | None
    counted: np.ndarray | None
    numbers: np.ndarray | None
    finite: np.ndarray

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.finite)


def rows_of(inputs: Any) -> Rows:
    """Return inputs as rows: a tensor or array (n, ...), or a nest of them with n rows each.

    Raises:
        DataError: when there is nothing that has rows.
    """
    parts = [part for part in arrays_of(inputs) if part.ndim]
    if not parts or not len(parts[0]):
        raise DataError("The inputs hold no rows. Give a tensor or an array with at least one row.")
    first = parts[0]
    if first.ndim >= 4:
        values = first.reshape(len(first), -1).astype(np.float32, copy=False)
        return Rows("images", values, values.shape[1], int(first.shape[1]))
    if not np.issubdtype(first.dtype, np.floating) and len(parts) == 1 and first.dtype != np.bool_:
        if first.ndim == 3:
            values = first.reshape(len(first), -1).astype(np.float32)
            return Rows("images", values, values.shape[1], 1)
        return Rows("tokens", first.reshape(len(first), -1).astype(np.float32), 0)
    alike = [part.reshape(len(part), -1) for part in parts if len(part) == len(first)]
    numbers = [part.astype(np.float32, copy=False) for part in alike if _is_numbers(part)]
    codes = [part.astype(np.float32) for part in alike if not _is_numbers(part)]
    values = np.concatenate([*numbers, *codes], axis=1)
    features = sum(part.shape[1] for part in numbers)
    return Rows("numbers" if features else "tokens", values, features)


def answers_of(target: Any) -> Answers:
    """Return a target as classes or numbers: integers, truth values, 0 and 1, and one-hot rows are classes.

    Raises:
        DataError: when it is not a tensor or an array with rows.
    """
    parts = [part for part in arrays_of(target) if part.ndim]
    if not parts:
        raise DataError("The target holds no rows. Give a tensor or an array with one answer a row.")
    values = parts[0]
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if not np.issubdtype(values.dtype, np.floating):
        return _integers(values)
    flat = values.reshape(len(values), -1).astype(np.float64, copy=False)
    finite = np.asarray(np.isfinite(flat).all(axis=1))
    known = flat[finite]
    binary = bool(len(known)) and bool(np.isin(known, (0.0, 1.0)).all())
    if binary and flat.shape[1] == 1:
        classes = np.where(finite, flat[:, 0], 0).astype(np.int64)
        return Answers(classes, classes[finite], None, finite)
    if binary and bool((known.sum(axis=1) == 1).all()):
        classes = np.where(finite, np.nan_to_num(flat).argmax(axis=1), 0)
        return Answers(classes, classes[finite], None, finite)
    return Answers(None, None, None if binary else flat, finite)


def _integers(values: np.ndarray) -> Answers:
    finite = np.ones(len(values), dtype=bool)
    # Negative numbers, such as -100, are left out by PyTorch's losses.
    counted = values.astype(np.int64).ravel()
    counted = counted[counted >= 0]
    classes = values.astype(np.int64) if values.ndim == 1 else None
    return Answers(classes, counted, None, finite)


def _is_numbers(part: np.ndarray) -> bool:
    return bool(np.issubdtype(part.dtype, np.floating) or part.dtype == np.bool_)


def arrays_of(value: Any) -> list[np.ndarray]:
    """Return all tensors and arrays of a nest, as arrays."""
    if isinstance(value, torch.Tensor):
        tensor = value.detach().cpu()
        return [(tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor).numpy()]
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in arrays_of(item)]
    return []
