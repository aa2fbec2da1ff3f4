"""Forecasts as a table, and the end of each series from which the next forecast begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from netwright.data.panel import Panel
from netwright.estimators.forecast_answers import Answers


def forecast_frame(panel: Panel, answers: Answers, horizon: int) -> pl.DataFrame:
    """Return the forecasts behind the end of each series as a table, one row a step.

    Args:
        panel: the series.
        answers: one row a series.
        horizon: steps ahead.
    """
    columns = panel.columns
    pieces = []
    for row, series in enumerate(panel.series):
        names: dict[str, object] = {columns.time or "step": times_of(panel, row, len(series), horizon)}
        if columns.group is not None:
            names[columns.group] = [series.group] * horizon
        if len(columns.target) > 1:
            names["target"] = [series.target] * horizon
        numbers = {"forecast": answers.point, "lower": answers.lower, "upper": answers.upper}
        pieces.append(pl.DataFrame({**names, **{name: one[row] for name, one in numbers.items()}}))
    return pl.concat(pieces)


def times_of(panel: Panel, number: int, start: int, count: int) -> pl.Series:
    """Return `count` times of a series from value number `start` on; days where none has a clock time."""
    times = pl.Series(panel.times(panel.series[number], start, count))
    if isinstance(times.dtype, pl.Datetime) and bool((times == times.dt.truncate("1d")).all()):
        return times.cast(pl.Date)
    return times


def context_of(panel: Panel, lookback: int) -> Panel:
    """Return the last values of every series, as many as a forecast looks back on."""
    kept = []
    for series in panel.series:
        cut = max(0, len(series) - lookback)
        first = panel.times(series, cut, 1)[0]
        first = int(first) if isinstance(first, (int, np.integer)) else first
        kept.append(replace(series, first=first, values=series.values[cut:], known=series.known[cut:]))
    return replace(panel, series=tuple(kept))
