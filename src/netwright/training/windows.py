"""Windows of series, cut out when a batch asks for them: a window is never held in memory twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from netwright.training.batches import Batch


@dataclass(frozen=True)
class Windows:
    """Windows of `lookback` steps with the `horizon` steps behind each.

    Attributes:
        values: of all series one behind the other, in their own units, gaps filled (steps,).
        there: 1 where a value is true, 0 where it was filled in (steps,).
        known: what is known ahead at each step (steps, k).
        static: of each series (series, s).
        starts: the first step of each window (n,).
        series: the series of each window (n,).
        lookback: steps that a window looks back on.
        horizon: steps to forecast.
    """

    values: Tensor
    there: Tensor
    known: Tensor
    static: Tensor
    starts: Tensor
    series: Tensor
    lookback: int
    horizon: int

    @property
    def rows(self) -> int:
        """How many windows."""
        return len(self.starts)

    @property
    def device(self) -> torch.device:
        """Where the series are."""
        return self.values.device

    @property
    def row_bytes(self) -> int:
        """Memory of one window when it is cut out."""
        steps = self.lookback + self.horizon
        return 4 * (steps * (2 + self.known.shape[1]) + self.static.shape[1])

    def take(self, index: Tensor) -> Batch:
        """Return windows: inputs (past, known, static), target (n, horizon), and the share that is true.

        A window whose future has gaps counts by the share of its steps that are true.
        """
        places = self.starts[index].unsqueeze(1) + torch.arange(
            self.lookback + self.horizon, device=self.device
        )
        values = self.values[places]
        there = self.there[places[:, self.lookback :]]
        weight = None if bool((there == 1).all()) else there.mean(1)
        inputs = (values[:, : self.lookback], self.known[places], self.static[self.series[index]])
        return Batch(inputs, values[:, self.lookback :], weight)

    def whole(self) -> Batch:
        """Return every window."""
        return self.take(torch.arange(self.rows, device=self.device))

    def some(self, most: int) -> Windows:
        """Return at most so many windows, evenly spread.

        >>> steps, none = torch.zeros(9), torch.zeros(9, 0)
        >>> windows = Windows(steps, steps, none, none, torch.arange(6), torch.zeros(6), 2, 1)
        >>> windows.some(3).starts.tolist()
        [0, 2, 5]
        """
        if self.rows <= most:
            return self
        kept = torch.linspace(0, self.rows - 1, most).round().long()
        return replace(self, starts=self.starts[kept], series=self.series[kept])

    def to(self, device: torch.device) -> Windows:
        """Return the windows on another device."""
        moved = {
            name: getattr(self, name).to(device)
            for name in ("values", "there", "known", "static", "starts", "series")
        }
        return replace(self, **moved)
