"""What an exported model is called with and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

ROWS = "rows"
"""The axis of rows: 1, or as many as are given where the target allows it."""


@dataclass(frozen=True)
class Inlet:
    """One input of an exported graph.

    Attributes:
        name: under which it is fed.
        dtype: float64, float32, int64, int32, uint8 or string.
        shape: one entry an axis: its length, or a name where it may be any.
        says: what it holds, a plain sentence.
        holds: how the reader makes it of a raw row; see the readers.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    says: str
    holds: Mapping[str, Any] = field(default_factory=dict)

    def fixed(self, like: tuple[int, ...]) -> Inlet:
        """Return this input with every axis but that of the rows as long as it may be.

        Args:
            like: the shape of inputs that have to fit.
        """
        most = int(self.holds.get("most", 0))
        sizes = zip(self.shape[1:], like[1:], strict=True)
        shape = [axis if isinstance(axis, int) else max(most, size) for axis, size in sizes]
        return replace(self, shape=(self.shape[0], *shape))

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "says": self.says,
            **self.holds,
        }


@dataclass(frozen=True)
class Outlet:
    """What an exported graph answers.

    Attributes:
        name: "probabilities", "scores", "prediction" or "forecast".
        dtype: float64 or float32.
        labels: what its columns are: the classes, or the names of the targets.
        says: what it holds, a plain sentence.
    """

    name: str
    dtype: str
    labels: tuple[Any, ...]
    says: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"name": self.name, "dtype": self.dtype, "labels": list(self.labels), "says": self.says}


@dataclass(frozen=True)
class Whole:
    """A model as one module: raw inputs to decoded answers.

    Attributes:
        module: called with one tensor an inlet; returns (rows, answers).
        inlets: of the module.
        outlet: what it returns.
        reader: the name of the reader that makes inputs of raw rows.
        words: columns of the graph's numbers and codes that may be given as words instead, where the
            target holds strings.
    """

    module: nn.Module
    inlets: tuple[Inlet, ...]
    outlet: Outlet
    reader: str
    words: Words | None = None


@dataclass(frozen=True)
class Words:
    """Which columns come as words, and what each word means.

    Attributes:
        yes_no: for each yes/no column the number of each word; other words are missing.
        codes: for each category column the code of each word; other words are 0, unknown.
        inlets: what the graph is called with when these come as words.
    """

    yes_no: tuple[Mapping[str, float], ...]
    codes: tuple[Mapping[str, int], ...]
    inlets: tuple[Inlet, ...]


DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "int64": torch.int64,
    "int32": torch.int32,
    "uint8": torch.uint8,
}


def example(inlets: tuple[Inlet, ...], rows: int = 3, steps: int = 9) -> tuple[Tensor, ...]:
    """Return made-up inputs of the right shapes and types, for tracing.

    >>> [tuple(one.shape) for one in example((Inlet("numbers", "float32", (ROWS, 4), ""),))]
    [(3, 4)]
    """
    made = []
    for inlet in inlets:
        shape = [rows if axis == ROWS else steps if isinstance(axis, str) else axis for axis in inlet.shape]
        # Ones are lengths of sequences, categories and tokens that every model knows.
        made.append(torch.ones(shape, dtype=DTYPES[inlet.dtype]))
    return tuple(made)
