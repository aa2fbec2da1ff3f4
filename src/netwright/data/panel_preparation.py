"""Series on their way into a network: each in its own unit, gaps filled, the calendar as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from netwright.data.calendar import calendar_waves
from netwright.data.frequency import Frequency
from netwright.data.panel import Columns, Panel, Series
from netwright.data.series_scaling import SeriesScaling, wants_logarithm
from netwright.errors import DataError


@dataclass(frozen=True)
class Prepared:
    """Series as tensors.

    Attributes:
        values: in the unit of the series, gaps filled (steps,).
        there: 1 where a value is true (steps,).
        known: what is known ahead, (steps + ahead, k).
        static: of the series (s,).
    """

    values: Tensor
    there: Tensor
    known: Tensor
    static: Tensor


@dataclass(frozen=True)
class PanelPreparation:
    """What was learnt of the series; holds their units and words, no value of theirs.

    Attributes:
        columns: of the table.
        frequency: of all series.
        season: after how many steps they resemble themselves, 1 where they do not.
        logarithm: whether values are taken by their logarithm.
        calendar: whether the calendar is an input.
        scalings: the unit of each series.
        known_center: mean of each known column.
        known_spread: its deviation.
        words: the words of each static column.
    """

    columns: Columns
    frequency: Frequency
    season: int
    logarithm: bool
    calendar: bool
    scalings: Mapping[str, SeriesScaling]
    known_center: np.ndarray
    known_spread: np.ndarray
    words: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def fit(cls, panel: Panel, season: int, logarithm: bool, calendar: bool) -> PanelPreparation:
        """Learn the units of the series of a training panel."""
        scalings = {one.name: SeriesScaling.fit(one.values, logarithm) for one in panel.series}
        known = np.concatenate([one.known[: len(one)] for one in panel.series])
        there = ~np.isnan(known)
        counts = np.maximum(there.sum(axis=0), 1)
        center = np.where(there, known, 0).sum(axis=0) / counts
        spread = np.sqrt(np.where(there, np.square(known - center), 0).sum(axis=0) / counts)
        spread[spread <= 1e-12 * np.maximum(1, np.abs(center))] = 1.0
        words = tuple(
            tuple(sorted({one.static[place] for one in panel.series}))
            for place in range(len(panel.columns.static))
        )
        return cls(
            panel.columns, panel.frequency, season, logarithm, calendar, scalings, center, spread, words
        )

    @property
    def static_width(self) -> int:
        """Numbers of a series: one a word of each static column."""
        return sum(len(words) for words in self.words)

    def known_width(self, series: Series) -> int:
        """Numbers of a step that are known ahead."""
        waves = calendar_waves(self.frequency, self.frequency.times(series.first, 1)).shape[1]
        return len(self.columns.known) + (waves if self.calendar else 0)

    def scaling(self, series: Series) -> SeriesScaling:
        """Return the unit of a series; one that was not trained on is measured by its own values."""
        found = self.scalings.get(series.name)
        return found if found is not None else SeriesScaling.fit(series.values, self.logarithm)

    def transform(self, series: Series, ahead: int) -> Prepared:
        """Return a series as tensors, with what is known for `ahead` steps behind its end.

        Raises:
            DataError: when a known column is not given so far ahead, or there are too few values.
        """
        missing = np.isnan(series.values)
        if missing.all():
            raise DataError(f"Series {series.name or 'to forecast'} holds no value.")
        values = filled(self.scaling(series).transform(series.values))
        return Prepared(
            torch.from_numpy(values.astype(np.float32)),
            torch.from_numpy((~missing).astype(np.float32)),
            torch.from_numpy(self._known(series, len(series) + ahead)),
            torch.from_numpy(self._static(series)),
        )

    def _known(self, series: Series, steps: int) -> np.ndarray:
        given = series.known[:steps]
        for place, name in enumerate(self.columns.known):
            lacking = steps - len(given) + int(np.isnan(given[len(series) :, place]).sum())
            if lacking:
                whose = f" in {series.name}" if series.name else ""
                raise DataError(
                    f"Column {name!r} is known ahead, but {lacking:,} of {steps - len(series):,} steps to "
                    f"forecast lack it{whose}. Add rows with their times and the target left empty."
                )
        scaled = np.nan_to_num((given - self.known_center) / self.known_spread)
        if not self.calendar:
            return np.asarray(scaled, dtype=np.float32)
        waves = calendar_waves(self.frequency, self.frequency.times(series.first, steps))
        if not self.columns.known:
            return waves
        return np.concatenate([waves, scaled], axis=1).astype(np.float32)

    def _static(self, series: Series) -> np.ndarray:
        hot = [
            [float(word == mine) for word in words]
            for words, mine in zip(self.words, series.static, strict=True)
        ]
        return np.array([value for one in hot for value in one], dtype=np.float32)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything that was learnt: plain data for JSON, and arrays."""
        state = {
            "columns": asdict(self.columns),
            "frequency": self.frequency.to_json(),
            "season": self.season,
            "logarithm": self.logarithm,
            "calendar": self.calendar,
            "scalings": {name: scaling.to_json() for name, scaling in self.scalings.items()},
            "words": [list(words) for words in self.words],
        }
        return state, {"known_center": self.known_center, "known_spread": self.known_spread}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> PanelPreparation:
        """Return the preparation that `to_state` described."""
        return cls(
            columns=Columns.from_json(state["columns"]),
            frequency=Frequency.from_json(state["frequency"]),
            season=int(state["season"]),
            logarithm=bool(state["logarithm"]),
            calendar=bool(state["calendar"]),
            scalings={name: SeriesScaling(*scaling) for name, scaling in state["scalings"].items()},
            known_center=np.array(arrays["known_center"]),
            known_spread=np.array(arrays["known_spread"]),
            words=tuple(tuple(words) for words in state["words"]),
        )


def most_want_logarithm(series: Sequence[Series], season: int) -> bool:
    """Return whether at least half of the series grow by their logarithm and none is ever 0 or below."""
    positive = all(np.nanmin(one.values) > 0 for one in series)
    wanting = sum(wants_logarithm(one.values, season) for one in series)
    return positive and 2 * wanting >= len(series)


def filled(values: np.ndarray) -> np.ndarray:
    """Return values (length,) with gaps on the straight line between their neighbours.

    >>> filled(np.array([np.nan, 1.0, np.nan, 3.0])).tolist()
    [1.0, 1.0, 2.0, 3.0]
    """
    missing = np.isnan(values)
    if not missing.any():
        return values
    places = np.arange(len(values))
    return np.asarray(np.interp(places, places[~missing], values[~missing]))
