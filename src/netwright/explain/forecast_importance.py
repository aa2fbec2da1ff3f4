"""Which part of the past, and what of that which is known ahead, forecasts are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from netwright.data.panel import Panel
from netwright.errors import DataError
from netwright.estimators.forecast_windows import batches_at
from netwright.estimators.forecaster import Forecaster
from netwright.explain.deal_forecasts import known_names, steps_ahead
from netwright.explain.parts import FIFTHS
from netwright.explain.shuffling import Parts, PermutationImportance
from netwright.explain.subject import Subject, subject_of
from netwright.metrics import find_metric
from netwright.task import Task

MOST_WINDOWS = 1_000
"""Windows that are looked at, evenly chosen among more."""

NOTE = "Errors are mean absolute ones over all steps ahead, in standard deviations of a series."

_WINDOW = " window"  # no part begins with a space


def forecast_importance(
    model: Forecaster, panel: Panel, origins: Sequence[Sequence[int]], *, seed: int, **settings: Any
) -> PermutationImportance:
    """Measure how much worse forecasts get without a fifth of the past, the calendar, or another column.

    A part of a window is taken from another window, of any series: each in its own unit.

    Args:
        model: a fitted forecaster.
        panel: series with the values that are forecast.
        origins: for each series, after how many of its values it is forecast.
        seed: of shuffles and resamples.
        settings: further ones of `permutation_importance`.

    Raises:
        DataError: when no value is known behind any of the origins.
    """
    inputs, truth = _windows(model, panel, origins)
    subject = replace(subject_of(model), read=partial(steps_ahead, model))
    parts = windows_to_exchange(subject, model, inputs, truth)
    metric = find_metric(Task.REGRESSION, "mae")
    # the answer to a window is its mean error already, and the best there is would be 0
    errors_wanted = np.zeros(len(truth))
    found = parts.importance(errors_wanted, Task.REGRESSION, metric, seed=seed, **settings)
    return replace(found, note=f"{found.note} {NOTE}")


def origins_of(model: Forecaster, panel: Panel) -> list[list[int]]:
    """Return all moments of each series before which a window lies whole, and behind which a horizon does."""
    shape = model.shape_
    return [list(range(shape.lookback, len(one) - shape.horizon + 1)) for one in panel.series]


def windows_to_exchange(
    subject: Subject, model: Forecaster, inputs: tuple[Tensor, ...], truth: np.ndarray
) -> Parts:
    """Return parts of windows that are exchanged between them; the answer to a window is its mean error.

    Args:
        subject: reads the steps ahead in the unit of a series (n, horizon).
        model: the forecaster.
        inputs: values looked back on (n, lookback), what is known ahead (n, lookback + horizon, known), what
            is static (n, static).
        truth: values that came (n, horizon), NaN where missing.
    """
    places = _places(model, inputs)

    def composed(rows: pl.DataFrame) -> np.ndarray:
        own = rows[_WINDOW].to_torch()
        made = [one[own] for one in inputs]
        for name, (tensor, index) in places.items():
            donors = inputs[tensor][rows[name].to_torch()]
            made[tensor][..., index] = donors[..., index]
        return np.asarray(np.nanmean(np.abs(subject.predict(tuple(made)) - truth[own.numpy()]), axis=1))

    frame = pl.DataFrame(dict.fromkeys([_WINDOW, *places], np.arange(len(truth))))
    return Parts(composed, frame, tuple(places), "part")


def _places(model: Forecaster, inputs: tuple[Tensor, ...]) -> dict[str, tuple[int, list[int]]]:
    """Return the number of the input that holds each part, and which of its last axis belong to it."""
    past, known, _ = inputs
    stretches = np.array_split(np.arange(past.shape[1]), min(len(FIFTHS), past.shape[1]))
    names = FIFTHS if len(stretches) == len(FIFTHS) else range(1, len(stretches) + 1)
    places = {
        f"{name} of the past" if isinstance(name, str) else f"value {name} of the past": (0, one.tolist())
        for name, one in zip(names, stretches, strict=True)
    }
    for place, name in enumerate(known_names(model, known.shape[2])):
        places.setdefault(name, (1, []))[1].append(place)
    columns, first = model.preparation_.columns.static, 0
    for name, words in zip(columns, model.preparation_.words, strict=True):
        places[name] = (2, list(range(first, first + len(words))))
        first += len(words)
    return places


def _windows(
    model: Forecaster, panel: Panel, origins: Sequence[Sequence[int]]
) -> tuple[tuple[Tensor, ...], np.ndarray]:
    """Return the inputs of evenly chosen windows, and what came behind each, in the unit of its series."""
    wanted = sum(len(one) for one in origins)
    apart = max(1, -(-wanted // MOST_WINDOWS))
    inputs: list[tuple[Tensor, ...]] = []
    truth: list[np.ndarray] = []
    horizon = model.shape_.horizon
    for series, places in zip(panel.series, origins, strict=True):
        some = list(places)[::-1][::apart][::-1]  # the last ones of all, whatever is left out
        values = model.preparation_.scaling(series).transform(series.values)
        inputs += [batch.inputs for batch in batches_at(model.preparation_, series, some, model.shape_)]
        truth += [values[origin : origin + horizon] for origin in some]
    known = np.array([len(one) == horizon and not np.isnan(one).all() for one in truth])
    if not known.any():
        raise DataError(
            f"importance: no series has {model.shape_.lookback:,} values to look back on and {horizon:,} "
            "known ones behind them to compare with. Give more values."
        )
    kept = torch.from_numpy(np.flatnonzero(known))
    joined = tuple(torch.cat(several)[kept] for several in zip(*inputs, strict=True))
    return joined, np.stack([truth[place] for place in kept.tolist()])
