"""The scaling of numbers as modules that can be traced: what `data.scale` does, inside the exported graph."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.scale import SMALLEST_TAIL, Affine, QuantileMap, Scaler
from netwright.exporting.normal_scores import normal_score

FAR = 1e30
"""Farther than any two knots that 32 bits tell apart are looked at."""

BUCKETS = (16, 64, 256)
"""Columns with about as many knots are computed together; the others need not be padded to the longest."""


def scaling_module(scaler: Scaler, dtype: torch.dtype, *, pairs: bool = False) -> nn.Module:
    """Return a fitted scaling as a module: numbers (n, d) without gaps to scaled numbers (n, d).

    Args:
        scaler: fitted.
        dtype: of the numbers.
        pairs: whether the module is called with two numbers that add up to each: the nearest of that type,
            and what is left. Their differences to what was learnt are then exact where it matters.

    >>> affine = Affine(np.array([1.0]), np.array([2.0]))
    >>> scaling_module(affine, torch.float64)(torch.tensor([[4.0]], dtype=torch.float64)).item()
    1.5
    """
    if isinstance(scaler, Affine):
        return AffineScaling(scaler, dtype)
    return QuantileScaling(scaler, dtype, pairs)


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
    """z = Φ⁻¹(F(x)) of every column, see `data.scale.QuantileMap`."""

    def __init__(self, scaler: QuantileMap, dtype: torch.dtype, pairs: bool = False) -> None:
        super().__init__()
        columns = [
            _knots(*arrays, dtype=dtype, pairs=pairs)
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
        found = torch.cat([group(numbers, rest) for group in self.groups], dim=1)
        found = found.index_select(1, self.get_buffer("back")) if len(self.groups) > 1 else found
        sides = found[:, :, :2].clamp(SMALLEST_TAIL, 1 - SMALLEST_TAIL)
        # The score of a knot is kept: networks that divide numbers at the knots notice every bit of it.
        between = normal_score(sides[:, :, 0], sides[:, :, 1])
        return torch.where(found[:, :, 3] > 0, found[:, :, 2], between)


Column = tuple[np.ndarray, np.ndarray, np.ndarray]


class _Group(nn.Module):
    """Columns with about equally many knots, padded to the longest of them."""

    def __init__(self, columns: list[Column], places: list[int], dtype: torch.dtype) -> None:
        super().__init__()
        most = max(2, *(len(knots) for knots, _, _ in columns))
        padded = np.full((len(columns), most), float(torch.finfo(dtype).max))
        table = np.zeros((len(columns), most, 6))
        for row, (knots, below, above) in enumerate(columns):
            rise = np.append((below[1:] - above[:-1]) / np.diff(knots), 0.0)
            padded[row, : len(knots)] = knots
            middle = torch.from_numpy(np.clip((below + above) / 2, SMALLEST_TAIL, 1 - SMALLEST_TAIL))
            scores = torch.special.ndtri(middle).numpy()
            # Beyond the outermost knot a number counts as that knot.
            reach = np.append(np.full(len(knots) - 1, FAR), 0.0)
            half = (above - below) / 2
            table[row, : len(knots)] = np.column_stack([rise, above, 1 - above, half, scores, reach])
        high, rest = split_in_two(padded, dtype)
        self.register_buffer("places", torch.tensor(places))
        self.register_buffer("knots", high)
        self.register_buffer("rests", rest)
        self.register_buffer("table", torch.as_tensor(table.reshape(-1, 6)).float())
        self.register_buffer("starts", torch.arange(len(columns)) * most - 1)

    def forward(self, numbers: Tensor, rest: Tensor | None = None) -> Tensor:
        """Return F, 1 - F, the knot's score, and whether it counts, of this group's columns (n, g, 4)."""
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
        if rest is not None:
            known = functional.embedding(at, self.get_buffer("rests").reshape(-1, 1))[:, :, 0]
            distance = distance + (left - known)
        found = functional.embedding(at, self.get_buffer("table")).to(values.dtype)
        distance = torch.minimum(distance, found[:, :, 5])
        # On a knot F makes a step, and its middle counts; else F is linear up to the next knot.
        on_knot = distance <= 0
        # What is left to 1 has a table of its own: 32 bits would lose the upper tail in a difference.
        change = torch.where(on_knot, -found[:, :, 3], distance * found[:, :, 0])
        sides = [found[:, :, 1] + change, found[:, :, 2] - change]
        return torch.stack([*sides, found[:, :, 4], on_knot.to(values.dtype)], dim=2)


def _knots(
    knots: np.ndarray, below: np.ndarray, above: np.ndarray, *, dtype: torch.dtype, pairs: bool
) -> Column:
    """Return one column's knots without padding; those that become one number in the type become one step."""
    there = np.isfinite(knots)
    knots, below, above = knots[there], below[there], above[there]
    high, rest = split_in_two(knots, dtype)
    rounded = (high.double() + rest.double() if pairs else high.double()).numpy()
    distinct, first, count = np.unique(rounded, return_index=True, return_counts=True)
    return distinct, below[first], above[first + count - 1]
