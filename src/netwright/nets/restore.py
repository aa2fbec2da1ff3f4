"""Rows that make a network come out with the structure of saved weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from netwright.data.shapes import MixedShape
from netwright.nets.network import Shape, TableShape

ALMOST_ZERO = 1e-9
"""Nearer to zero than two bin edges of a column from 0 to 1 may be."""


def structural_sample(shape: Shape, weights: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    """Return made-up rows with which `Network.build` gives parts of the same sizes as the saved ones.

    A saved model holds no training rows, but bins and waves are laid out by looking at rows; these
    have as many distinct values in each column as the saved structure needs.

    Args:
        shape: of the rows; of what is no table only the sizes count.
        weights: saved tensors by name.
    """
    # Members of a committee or a blend look at the same rows, so that the first says it for all.
    first = "networks.0."
    while any(name.startswith(first) for name in weights):
        weights = {name.removeprefix(first): one for name, one in weights.items() if name.startswith(first)}
    if isinstance(shape, MixedShape):
        table = {
            name.removeprefix("table."): one for name, one in weights.items() if name.startswith("table.")
        }
        made = structural_sample(shape.table, table)
        none = torch.zeros((len(made[0]), 0), dtype=torch.int64)
        return (*made, *([] if len(made) > 1 else [none]), *shape.text.example())
    if not isinstance(shape, TableShape):
        return shape.example()
    columns: list[list[float]] = [[0.0]] * shape.numbers
    slope = weights.get("embedding.numbers.slope")
    for place, column in enumerate(weights.get("embedding.numbers.varied", torch.empty(0)).tolist()):
        columns[int(column)] = _with_bins(2 if slope is None else int((slope[place] != 0).sum()))
    rows = max([len(values) for values in columns], default=1)
    numbers = torch.tensor([values + values[-1:] * (rows - len(values)) for values in columns]).reshape(
        shape.numbers, rows
    )
    codes = torch.zeros((rows, len(shape.cardinalities)), dtype=torch.int64)
    return (
        (numbers.T.contiguous().float(), codes) if shape.cardinalities else (numbers.T.contiguous().float(),)
    )


def _with_bins(count: int) -> list[float]:
    if count == 1:
        # Two edges come from three values of which two are too close to be told apart.
        return [0.0, ALMOST_ZERO, 1.0]
    return [float(value) for value in range(count + 1)]
