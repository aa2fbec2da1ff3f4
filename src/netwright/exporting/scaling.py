"""The scaling of numbers as modules that can be traced: what `data.scale` does, inside the exported graph."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.scale import Affine, QuantileMap, Scaler
from netwright.exporting.score_curves import DEGREE, STEP, Column, curves, with_steps

BUCKETS = (16, 64, 256)
"""Columns with about as many knots are computed together; the others need not be padded to the longest."""


def scaling_module(
    scaler: Scaler, dtype: torch.dtype, *, pairs: bool = False, step: float = STEP
) -> nn.Module:
    """Return a fitted scaling as a module: numbers (n, d) without gaps to scaled numbers (n, d).

    Args:
        scaler: fitted.
        dtype: of the numbers.
        pairs: whether the module is called with two numbers that add up to each: the nearest of that type,
            and what is left. Their differences to what was learnt are then exact where it matters.
        step: of normal scores, after which another polynomial begins; a wider one makes a smaller file.

    >>> affine = Affine(np.array([1.0]), np.array([2.0]))
    >>> scaling_module(affine, torch.float64)(torch.tensor([[4.0]], dtype=torch.float64)).item()
    1.5
    """
    if isinstance(scaler, Affine):
        return AffineScaling(scaler, dtype)
    return QuantileScaling(scaler, dtype, pairs, step)


def split_in_two(numbers: np.ndarray, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return numbers as the nearest of a type, and what is left, of the same type.

    >>> high, rest = split_in_two(np.array([0.1]), torch.float32)
    >>> abs(high.double() + rest.double() - 0.1).item() < 1e-15
    True
    """
    given = torch.as_tensor(numbers)
    high = given.to(dtype)
    return high, (given - high.double()).to(dtype)


class AffineScaling(nn.Module):
    """z = (x - center) / spread, cut, and where wished limited smoothly, see `data.scale.Affine`."""

    def __init__(self, scaler: Affine, dtype: torch.dtype) -> None:
        super().__init__()
        with np.errstate(divide="ignore"):
            factor = 1 / scaler.spread
        center, rest = split_in_two(scaler.center, dtype)
        self.register_buffer("center", center)
        self.register_buffer("center_rest", rest)
        self.register_buffer("factor", torch.as_tensor(factor).to(dtype))
        self.smooth, self.bound = scaler.smooth, scaler.bound

    def forward(self, numbers: Tensor, rest: Tensor | None = None) -> Tensor:
        """Return scaled numbers (n, d)."""
        distance = numbers - self.get_buffer("center")
        if rest is not None:
            distance = distance + (rest - self.get_buffer("center_rest"))
        scaled = (distance * self.get_buffer("factor")).clamp(-self.bound, self.bound)
        if not self.smooth:
            return scaled
        third = scaled / 3
        return scaled / torch.sqrt(1 + third * third)


class QuantileScaling(nn.Module):
    """z = Φ⁻¹(F(x)) of every column, see `data.scale.QuantileMap`.

    Between two knots the score is a short polynomial: networks that divide numbers into bins notice the last
    bit of it, and a chain of logarithms and roots in 32 bits loses several.
    """

    def __init__(self, scaler: QuantileMap, dtype: torch.dtype, pairs: bool, step: float) -> None:
        super().__init__()
        columns = [
            with_steps(_knots(*arrays, dtype=dtype, pairs=pairs), torch.float64 if pairs else dtype, step)
            for arrays in zip(scaler.knots, scaler.below, scaler.above, strict=True)
        ]
        sizes = np.array([len(knots) for knots, _, _ in columns], dtype=np.int64)
        buckets = np.searchsorted(BUCKETS, sizes)
        order: list[int] = []
        groups = []
        for bucket in np.unique(buckets):
            members = np.flatnonzero(buckets == bucket).tolist()
            groups.append(_Group([columns[column] for column in members], members, dtype))
            order += members
        self.groups = nn.ModuleList(groups)
        self.register_buffer("back", torch.as_tensor(np.argsort(order)))

    def forward(self, numbers: Tensor, rest: Tensor | None = None) -> Tensor:
        """Return normal scores (n, d)."""
        if not len(self.groups):
            return numbers
        scores = torch.cat([group(numbers, rest) for group in self.groups], dim=1)
        return scores.index_select(1, self.get_buffer("back")) if len(self.groups) > 1 else scores


class _Group(nn.Module):
    """Columns with about equally many knots, padded to the longest of them."""

    def __init__(self, columns: list[Column], places: list[int], dtype: torch.dtype) -> None:
        super().__init__()
        most = max(2, *(len(knots) for knots, _, _ in columns))
        padded = np.full((len(columns), most), float(torch.finfo(dtype).max))
        table = np.zeros((len(columns), most, DEGREE + 4))
        for row, column in enumerate(columns):
            padded[row, : len(column[0])] = column[0]
            table[row, : len(column[0])] = curves(column)
        high, rest = split_in_two(padded, dtype)
        self.register_buffer("places", torch.tensor(places))
        self.register_buffer("knots", high)
        self.register_buffer("rests", rest)
        self.register_buffer("table", torch.as_tensor(table.reshape(-1, DEGREE + 4)).float())
        self.register_buffer("starts", torch.arange(len(columns)) * most - 1)

    def forward(self, numbers: Tensor, rest: Tensor | None = None) -> Tensor:
        """Return the normal scores of this group's columns (n, g)."""
        knots = self.get_buffer("knots")
        values = numbers.index_select(1, self.get_buffer("places"))
        far = values.unsqueeze(2) - knots
        if rest is not None:
            left = rest.index_select(1, self.get_buffer("places"))
            far = far + (left.unsqueeze(2) - self.get_buffer("rests"))
        # What lies below the first knot is taken as the first.
        reached = 1 + (far[:, :, 1:] >= 0).to(torch.int32).sum(2).to(torch.int64)
        at = reached + self.get_buffer("starts")
        distance = values - functional.embedding(at, knots.reshape(-1, 1))[:, :, 0]
        known = functional.embedding(at, self.get_buffer("rests").reshape(-1, 1))[:, :, 0]
        # On a knot F makes a step, and its middle counts. A number alone is on a knot when both are rounded
        # to the same one; what was rounded off the knot counts beyond it.
        beyond = distance - known if rest is None else distance + (left - known)
        on_knot = (distance if rest is None else beyond) <= 0
        found = functional.embedding(at, self.get_buffer("table")).to(values.dtype)
        share = beyond * found[:, :, 2]
        curve = found[:, :, DEGREE + 3]
        for place in range(DEGREE + 2, 2, -1):
            curve = curve * share + found[:, :, place]
        return torch.where(on_knot, found[:, :, 0], found[:, :, 1] + curve)


def _knots(
    knots: np.ndarray, below: np.ndarray, above: np.ndarray, *, dtype: torch.dtype, pairs: bool
) -> Column:
    """Return one column's knots without padding; those that become one number in the type become one step."""
    there = np.isfinite(knots)
    knots, below, above = knots[there], below[there], above[there]
    high, rest = split_in_two(knots, dtype)
    rounded = (high.double() + rest.double() if pairs else high.double()).numpy()
    _, first, count = np.unique(rounded, return_index=True, return_counts=True)
    return knots[first], below[first], above[first + count - 1]
