"""A model that forecasts as exports see it, and the windows of series that its files are checked on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.data.items import Form
from netwright.data.panel import Panel, Series
from netwright.data.target import Target
from netwright.estimators.forecaster import Forecaster
from netwright.exporting.check_rows import MOST_ROWS, UNSEEN, CheckRows
from netwright.exporting.series_whole import series_whole
from netwright.exporting.subject import Subject
from netwright.task import Task


@dataclass(frozen=True)
class SeriesRows:
    """Windows of series.

    Attributes:
        panel: the series.
        origins: for each series, after how many of its values it is forecast.
    """

    panel: Panel
    origins: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return sum(map(len, self.origins))


def series_subject(model: Forecaster) -> Subject:
    """Return a fitted model that forecasts as exports see it."""
    names = model.preparation_.columns
    shape = model.shape_
    target = Target(Task.REGRESSION, (", ".join(names.target),), "the next values of a series")
    kind = getattr(model.network_part_, "kind", type(model.network_).__name__)
    told = [(one, "series", f"the last {shape.lookback:,} values") for one in names.target]
    told += [(one, "known ahead", f"{shape.lookback + shape.horizon:,} steps") for one in names.known]
    told += [(one, "of the series", "a word") for one in names.static]
    return Subject(
        form=Form.SERIES,
        target=target,
        kind=f"A network of the kind {kind}, {shape.horizon:,} steps ahead, {model.preparation_.frequency},",
        networks=(model.network_,),
        whole=lambda dtype, rough: series_whole(model, dtype),
        checks=lambda given, source: series_checks(model, given, source),
        answers=lambda rows: _answers(model, rows),
        raw=lambda rows: list(_raw(model, rows)),
        columns=tuple(told),
        notes=("Series that were not trained on are brought to their own mean and spread.",),
    )


def series_checks(model: Forecaster, given: Any, source: str) -> CheckRows:
    """Return windows to check on: at most 10,000 of the series given, and some of a series never seen.

    Args:
        model: fitted.
        given: a table of series, or None for the end of those of the training.
        source: where they come from, in words.
    """
    panel = model.context_ if given is None else model.read(given)
    each = max(1, MOST_ROWS // len(panel.series))
    origins = [_origins(model, one, each) for one in panel.series]
    real = sum(map(len, origins))
    strange = _strange(model, panel.series[0])
    several = (*panel.series, *strange)
    origins += [((len(one),) if _reaches(model, one, len(one)) else ()) for one in strange]
    rows = SeriesRows(replace(panel, series=several), tuple(origins))
    where = source if given is not None else "the end of the series of the training"
    return CheckRows(rows, real, where)


def _origins(model: Forecaster, series: Series, most: int) -> tuple[int, ...]:
    """Return places behind known values from which a series can be forecast, evenly over it."""
    if series.name not in model.preparation_.scalings:
        return (len(series),) if _reaches(model, series, len(series)) else ()
    known = np.flatnonzero(~np.isnan(series.values)) + 1
    first = min(model.shape_.lookback, len(series))
    fit = [place for place in known.tolist() if place >= first and _reaches(model, series, place)]
    chosen = np.unique(np.linspace(0, len(fit) - 1, min(most, len(fit))).round().astype(int))
    return tuple(fit[place] for place in chosen.tolist())


def _reaches(model: Forecaster, series: Series, origin: int) -> bool:
    """Return whether what is known ahead reaches over the horizon behind an origin."""
    if not model.preparation_.columns.known:
        return True
    ahead = series.known[origin : origin + model.shape_.horizon]
    return len(ahead) == model.shape_.horizon and not np.isnan(ahead).any()


def _strange(model: Forecaster, series: Series) -> tuple[Series, ...]:
    """Return a series never seen, whole and with gaps, and one that is shorter than a window."""
    gaps = series.values.copy()
    gaps[1 : len(gaps) - 1 : 3] = np.nan
    unseen = replace(series, group=UNSEEN)
    short = series.until(max(2, model.shape_.lookback // 2))
    found = (unseen, replace(unseen, values=gaps), short)
    return tuple(one for one in found if not np.isnan(one.values).all() and not np.isnan(one.values[-1]))


def _answers(model: Forecaster, rows: SeriesRows) -> np.ndarray:
    found = model.answer(rows.panel, rows.origins)
    return np.concatenate(found.parts, axis=1)


def _raw(model: Forecaster, rows: SeriesRows) -> Iterator[dict[str, Any]]:
    """Yield each window as the reader takes it: as many values as it looks back on, and what they need."""
    columns, ahead = model.preparation_.columns, model.shape_.horizon
    for series, origins in zip(rows.panel.series, rows.origins, strict=True):
        trained_on = series.name in model.preparation_.scalings
        for origin in origins:
            start = _start(series.values, origin - model.shape_.lookback) if trained_on else 0
            steps = origin - start + ahead
            yield {
                "series": series.name,
                "values": series.values[start:origin].tolist(),
                "times": rows.panel.times(series, start, steps).astype(str).tolist(),
                "known": dict(
                    zip(columns.known, series.known[start : start + steps].T.tolist(), strict=True)
                ),
                "static": dict(zip(columns.static, series.static, strict=True)),
            }


def _start(values: np.ndarray, place: int) -> int:
    """Return the last known value at or before a place: gaps are filled from there."""
    place = max(0, place)
    while place > 0 and np.isnan(values[place]):
        place -= 1
    return place
