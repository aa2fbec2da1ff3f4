"""How rows that arrive differ from those of the training: gaps, unseen categories, moved distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from netwright.data.preparation import Preparation
from netwright.data.scale import QuantileMap
from netwright.serving.cells import Row

BINS = 10
HALF_LIFE = 5_000.0
"""Rows after which an earlier row counts half."""

LEAST_SHARE = 1e-3
"""Shares are kept this far from 0, where the index would be infinite."""


@dataclass
class ColumnDrift:
    """The distribution of one column since the server started, against that of the training.

        index = Σ (o - e) ln(o / e),    o and e the shares of the bins that arrived and were expected

    Below 0.1 is no drift, above 0.25 is a large one.

    Source: Siddiqi (2006), Credit risk scorecards: the population stability index.
    """

    edges: np.ndarray
    expected: np.ndarray
    counts: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.expected))

    def see(self, values: np.ndarray) -> None:
        """Count values (n,), none of them missing."""
        if not len(values):
            return
        self.counts *= 0.5 ** (len(values) / HALF_LIFE)
        self.counts += np.bincount(self.edges.searchsorted(values, "right"), minlength=len(self.expected))

    @property
    def index(self) -> float:
        """The population stability index; 0 before anything arrived."""
        total = self.counts.sum()
        if total <= 0:
            return 0.0
        observed = np.maximum(self.counts / total, LEAST_SHARE)
        wanted = np.maximum(self.expected, LEAST_SHARE)
        return float(((observed - wanted) * np.log(observed / wanted)).sum())


@dataclass(frozen=True)
class Seen:
    """What was noticed in a batch, by column."""

    missing: dict[str, int]
    unseen: dict[str, int]
    outside: dict[str, int]


class Drift:
    """Watches the rows that arrive; only what the model holds of the training is needed."""

    def __init__(self, preparations: Sequence[Preparation]) -> None:
        self.columns: dict[str, ColumnDrift] = {}
        self.known: dict[str, frozenset[str]] = {}
        self._ranges: dict[str, tuple[float, float]] = {}
        for one in preparations:  # what any member of an ensemble knows is known
            for name, words in one.categories.items():
                self.known[name] = self.known.get(name, frozenset()) | frozenset(words.words)
            if isinstance(one.scaler, QuantileMap):
                self._watch(one.numbers, one.scaler)

    def _watch(self, numbers: Sequence[str], scaler: QuantileMap) -> None:
        """Watch the numbers whose distribution a scaling holds."""
        for place, name in enumerate(numbers):
            if name not in self.columns:
                there = np.isfinite(scaler.knots[place])
                knots, above = scaler.knots[place][there], scaler.above[place][there]
                if len(knots) > 1:
                    self._ranges[name] = float(knots[0]), float(knots[-1])
                    self.columns[name] = _bins(knots, above)

    def see(self, rows: list[Row]) -> Seen:
        """Count a batch of canonical rows, and return what was noticed."""
        seen = Seen({}, {}, {})
        for name in rows[0] if rows else ():
            values = [row[name] for row in rows]
            missing = sum(value is None for value in values)
            if missing:
                seen.missing[name] = missing
            if name in self.known:
                known = self.known[name]
                unseen = sum(value is not None and value not in known for value in values)
                if unseen:
                    seen.unseen[name] = unseen
            elif name in self.columns:
                numbers = np.array([value for value in values if value is not None], dtype=np.float64)
                self.columns[name].see(numbers)
                low, high = self._ranges[name]
                outside = int(((numbers < low) | (numbers > high)).sum())
                if outside:
                    seen.outside[name] = outside
        return seen


def _bins(knots: np.ndarray, above: np.ndarray) -> ColumnDrift:
    """Return about ten bins of equal expected share; values that many rows share make wider ones."""
    wanted = np.linspace(0, 1, BINS + 1)[1:-1]
    places = np.unique(np.minimum(above.searchsorted(wanted), len(knots) - 2))
    # A bin ends behind its last knot, so that a value shared by many rows lies whole in one bin.
    edges = np.nextafter(knots[places], np.inf)
    shares = np.diff(np.concatenate([[0.0], above[places], [1.0]]))
    return ColumnDrift(edges, shares)
