"""Training and validation windows cut from the series of a panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.data.panel import Panel, Series
from netwright.data.panel_preparation import PanelPreparation, Prepared
from netwright.data.shapes import WindowShape
from netwright.errors import DataError
from netwright.training.batches import Batch
from netwright.training.windows import Windows

VALIDATION_WINDOWS = 4_000
"""Windows that are looked at after each round; more would take longer than they tell."""

ANSWERED_AT_ONCE = 4_096
"""Windows that are cut out and answered together."""


@dataclass(frozen=True)
class Cut:
    """Where a series is divided: targets of the training lie before, those of the validation behind.

    Attributes:
        length: values of the series.
        validation: the first value that a validation window forecasts.
    """

    length: int
    validation: int


def cuts_of(panel: Panel, fraction: float, horizon: int) -> list[Cut]:
    """Return where each series is divided: its end chooses weights, at least one horizon of it.

    Of a series shorter than that two values are left, too few for a window.

    >>> import numpy as np
    >>> from netwright.data.frequency import Frequency, Unit
    >>> from netwright.data.panel import Columns, Series
    >>> series = Series("y", "", 0, np.arange(100.0), np.zeros((100, 0)))
    >>> cuts_of(Panel(Columns(("y",)), Frequency(Unit.STEP, 1), (series,)), 0.15, horizon=7)
    [Cut(length=100, validation=85)]
    """
    lengths = [len(one) for one in panel.series]
    return [
        Cut(length, max(min(2, length), length - max(horizon, round(fraction * length))))
        for length in lengths
    ]


def count_windows(cuts: Sequence[Cut], lookback: int, horizon: int) -> int:
    """Return how many windows lie whole before the validation parts."""
    return sum(max(0, cut.validation - lookback - horizon + 1) for cut in cuts)


def training_windows(
    panel: Panel, preparation: PanelPreparation, cuts: Sequence[Cut], lookback: int, horizon: int
) -> tuple[Windows, Windows | None]:
    """Return windows to train on, and windows whose future lies in the validation parts.

    Raises:
        DataError: when no series is long enough for a single window.
    """
    prepared = [preparation.transform(series, 0) for series in panel.series]
    train = windows_of(prepared, [(0, cut.validation - horizon) for cut in cuts], lookback, horizon)
    held = windows_of(prepared, [(cut.validation, cut.length - horizon) for cut in cuts], lookback, horizon)
    if not train.rows:
        needed = lookback + horizon + max(horizon, 1)
        raise DataError(
            f"The longest series has {panel.longest:,} values, but a window of {lookback:,} steps back and "
            f"{horizon:,} ahead, with a validation part behind it, needs {needed:,}. Give more values, or a "
            "smaller horizon or lookback."
        )
    return train, held.some(VALIDATION_WINDOWS) if held.rows else None


def windows_of(
    prepared: Sequence[Prepared], spans: Sequence[tuple[int, int]], lookback: int, horizon: int
) -> Windows:
    """Return the windows whose first forecast value lies in the span of its series, both ends included."""
    starts: list[Tensor] = []
    series: list[Tensor] = []
    before = 0
    for number, (one, (first, last)) in enumerate(zip(prepared, spans, strict=True)):
        begin, end = max(first, lookback), min(last, len(one.values) - horizon) + 1
        places = torch.arange(begin, max(begin, end))
        starts.append(before + places - lookback)
        series.append(torch.full_like(places, number))
        before += len(one.values)
    return Windows(
        values=torch.cat([one.values for one in prepared]),
        there=torch.cat([one.there for one in prepared]),
        known=torch.cat([one.known[: len(one.values)] for one in prepared]),
        static=torch.stack([one.static for one in prepared]),
        starts=torch.cat(starts),
        series=torch.cat(series),
        lookback=lookback,
        horizon=horizon,
    )


def batches_at(
    preparation: PanelPreparation, series: Series, origins: Sequence[int], shape: WindowShape
) -> Iterator[Batch]:
    """Yield the windows that end after so many values of a series, as networks take them.

    Where fewer values are there than a window holds, the first of them is repeated before it.

    Args:
        preparation: fitted.
        series: the series.
        origins: after how many values it is forecast.
        shape: of the windows.
    """
    if not origins:
        return
    ahead = max(0, max(origins) + shape.horizon - len(series))
    prepared = preparation.transform(series, ahead)
    lack = max(0, shape.lookback - min(origins))
    values = torch.cat([prepared.values[:1].expand(lack), prepared.values])
    known = torch.cat([prepared.known[:1].expand(lack, -1), prepared.known])
    steps = torch.arange(shape.lookback + shape.horizon)
    for places in torch.split(torch.tensor(origins), ANSWERED_AT_ONCE):
        index = (places + lack - shape.lookback).unsqueeze(1) + steps
        static = prepared.static.expand(len(places), -1)
        past = values[index[:, : shape.lookback]]
        yield Batch((past, known[index], static), torch.zeros(len(places), 0))
