"""Class labels into class indices: labels agree whether a file holds 1, 1.0, "1" or true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from netwright.errors import DataError, did_you_mean

Label = str | int | float | bool


def class_indices(series: pl.Series, classes: Sequence[Label], name: str) -> np.ndarray:
    """Return the position of each label among the classes, int64 (n,).

    A label is first looked up as it is, then by what it means: the text "1.0" finds the class 1, and
    the text "true" the class True.

    Args:
        series: labels without missing values (n,).
        classes: the classes in order.
        name: the target's name, for messages.

    Raises:
        DataError: for a label that is no class, naming its row.

    >>> class_indices(pl.Series(["1", "0"]), [0, 1], "y")
    array([1, 0])
    """
    distinct = series.unique()
    positions = _positions(distinct.to_list(), classes)
    indices = series.replace_strict(distinct, pl.Series(positions, dtype=pl.Int64), return_dtype=pl.Int64)
    unseen = indices.is_null()
    if unseen.any():
        row = int(unseen.arg_true()[0])
        raise DataError(
            f"Target {name!r}, row {row + 1}: {series[row]!r} is not a class that was there in training "
            f"({unseen.sum():,} such rows). {did_you_mean(str(series[row]), [str(c) for c in classes])} "
            "Correct these rows, leave them out, or train again with them."
        )
    return indices.to_numpy(writable=True)


def _positions(labels: Sequence[Label], classes: Sequence[Label]) -> list[int | None]:
    exact = {(isinstance(label, str), label): index for index, label in enumerate(classes)}
    by_meaning: dict[str | float, int | None] = {}
    for index, label in enumerate(classes):
        meaning = _meaning(label)
        # Two classes of the same meaning, such as the texts "1" and "01", can only be told apart exactly.
        by_meaning[meaning] = None if meaning in by_meaning else index
    return [exact.get((isinstance(label, str), label), by_meaning.get(_meaning(label))) for label in labels]


def _meaning(label: Label) -> str | float:
    if not isinstance(label, str):
        return label
    text = label.strip()
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
