"""A back-test with a rolling origin: forecasts from many moments of the past, compared with what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.data.panel import Panel


@dataclass(frozen=True, eq=False)
class RollingTest:
    """Moments of the past from which series are forecast.

    Attributes:
        panel: the series, with what came after the origins.
        learnt: of each series, how many values models may learn from.
        origins: of each series, after how many values it is forecast; none before `learnt`.
        horizon: steps ahead.
        season: after how many steps the series resemble themselves, 1 where they do not.
    """

    panel: Panel
    learnt: tuple[int, ...]
    origins: tuple[tuple[int, ...], ...]
    horizon: int
    season: int

    def __post_init__(self) -> None:
        assert len(self.learnt) == len(self.origins) == len(self.panel.series)
        assert all(not places or min(places) >= learnt for learnt, places in self._pairs())

    def _pairs(self) -> list[tuple[int, tuple[int, ...]]]:
        return list(zip(self.learnt, self.origins, strict=True))

    @property
    def rows(self) -> int:
        """How many forecasts there are."""
        return sum(map(len, self.origins))

    @property
    def truth(self) -> np.ndarray:
        """What came, (rows, horizon), series by series; NaN where it is not known."""
        rows = []
        for series, places in zip(self.panel.series, self.origins, strict=True):
            values = np.concatenate([series.values, np.full(self.horizon, np.nan)])
            rows.append(values[np.array(places, dtype=int)[:, None] + np.arange(self.horizon)])
        return np.concatenate(rows)

    @property
    def series_of_rows(self) -> np.ndarray:
        """The number of the series of each forecast (rows,)."""
        return np.repeat(np.arange(len(self.origins)), [len(places) for places in self.origins])

    @property
    def scales(self) -> np.ndarray:
        """The mean step of the seasonal naive forecast over the values to learn from, of each series.

        It is what errors are divided by in the mean absolute scaled error.
        """
        found = []
        for series, learnt in zip(self.panel.series, self.learnt, strict=True):
            values = series.values[:learnt]
            lag = self.season if learnt > self.season else 1
            steps = np.abs(values[lag:] - values[:-lag])
            known = steps[~np.isnan(steps)]
            found.append(float(known.mean()) if len(known) and known.mean() > 0 else 1.0)
        return np.array(found)


def rolling_test(
    panel: Panel, fraction: float, horizon: int, season: int, most_origins: int = 200
) -> RollingTest:
    """Return a back-test over the last part of each series.

    Args:
        panel: the series.
        fraction: the share of each series that is forecast, one horizon at least.
        horizon: steps ahead.
        season: after how many steps the series resemble themselves.
        most_origins: of all series together; beyond that origins lie further apart.
    """
    learnt = [max(2, len(one) - max(horizon, round(fraction * len(one)))) for one in panel.series]
    spans = [range(cut, len(one) - horizon + 1) for cut, one in zip(learnt, panel.series, strict=True)]
    step = max(1, -(-sum(map(len, spans)) // most_origins))
    # Counted from the end: the last values are always among what is forecast.
    origins = tuple(tuple(reversed(span[::-1][::step])) for span in spans)
    return RollingTest(panel, tuple(learnt), origins, horizon, season)


def naive_places(origin: int, horizon: int, season: int) -> np.ndarray:
    """Return the places of the last known values one or more seasons before each step ahead (horizon,).

    >>> naive_places(10, 5, season=3).tolist()
    [7, 8, 9, 7, 8]
    """
    return origin - season + np.arange(horizon) % season


def known_before(values: np.ndarray, places: Sequence[int] | np.ndarray, season: int) -> np.ndarray:
    """Return values at places; where one is missing, that of a season before; else the last known one."""
    places = np.asarray(places)
    found = values[places]
    while np.isnan(found).any() and places.min() >= season:
        places = np.where(np.isnan(found), places - season, places)
        found = values[places]
    known = values[: int(places.max()) + 1]
    known = known[~np.isnan(known)]
    return np.where(np.isnan(found), known[-1] if len(known) else 0.0, found)
