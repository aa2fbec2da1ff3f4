"""Forecasts as games: a player for every stretch of the values looked back on, the calendar, known columns.

What stands in for a stretch is the mean of the window; for the calendar and what is known ahead, its mean
over the steps of the window. What is static of a series stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from netwright.data.panel import Panel
from netwright.data.series_scaling import SeriesScaling
from netwright.errors import UserError
from netwright.estimators.forecast_windows import batches_at
from netwright.estimators.forecaster import Forecaster
from netwright.explain.deal import Deal, Scene, Tensors, value_text
from netwright.explain.game import Game, tensor_game
from netwright.explain.segments import stretches_of
from netwright.explain.subject import Subject
from netwright.task import Task
from netwright.training.losses import Loss, Quantile, TargetShape
from netwright.training.objective import decode

STRETCHES = 12
"""Stretches that the values looked back on are cut into."""

REFERENCE = "the mean of the values looked back on, and the mean of what is known ahead"


def deal_forecasts(subject: Subject, given: Any, answer: Any, parts: int | None) -> list[Deal]:
    """Return the game of the forecast behind the last value of each series.

    Args:
        subject: a forecaster.
        given: a table with the series, or None for those of the training.
        answer: "step 3", or the mean of all steps ahead when left out.
        parts: stretches of the values looked back on.
    """
    model = subject.forecaster
    assert model is not None
    panel = model.context_ if given is None else model.read(given)
    return [_deal(subject, model, panel, number, answer, parts) for number in range(len(panel.series))]


def forecast_answers(horizon: int) -> tuple[str, ...]:
    """Return what can be explained of a forecast.

    >>> forecast_answers(2)
    ('mean of the next 2 steps', 'step 1', 'step 2')
    """
    if horizon == 1:
        return ("step 1",)
    return (f"mean of the next {horizon:,} steps", *(f"step {one}" for one in range(1, horizon + 1)))


def _deal(
    subject: Subject, model: Forecaster, panel: Panel, number: int, answer: Any, parts: int | None
) -> Deal:
    series = panel.series[number]
    (batch,) = batches_at(model.preparation_, series, [len(series)], model.shape_)
    read = partial(_answers, model, model.preparation_.scaling(series))
    past, known, static = batch.inputs
    owner, names, held, values = _stretches(model, panel, number, parts or STRETCHES)
    ahead = known_names(model, known.shape[2])
    players = [*names, *dict.fromkeys(ahead)]
    own = None if not ahead else np.array([[players.index(name) for name in ahead]])
    references = (past.mean(dim=1, keepdim=True).expand(past.shape).clone(), _mean(known), static)
    tensors = Tensors((past, known, static), references, (owner, own, None))
    subject = replace(subject, read=read)
    chosen = subject.chosen(subject.predict(tensors.inputs), answer)

    def remake(other: Subject) -> Game:
        return tensor_game(
            replace(other, read=read),
            tensors.inputs,
            tensors.references,
            tensors.owners,
            chosen,
            len(players),
        )

    return Deal(
        numbers=np.array([number]),
        names=(tuple(players),),
        values=((*held, *("" for _ in players[len(held) :])),),
        game=remake(subject),
        chosen=chosen,
        reference=REFERENCE,
        remake=remake,
        tensors=tensors,
        scenes=(Scene("series", values, owner[:, None]),),
        read=read,
    )


def _stretches(
    model: Forecaster, panel: Panel, number: int, count: int
) -> tuple[np.ndarray, list[str], list[str], np.ndarray]:
    """Return who owns each value looked back on, what stretches are called and hold, and the values."""
    series, lookback = panel.series[number], model.shape_.lookback
    owner = stretches_of(lookback, [""], count, 1)[0][:, 0]
    start = len(series) - lookback
    known = np.concatenate([np.repeat(series.values[:1], max(0, -start)), series.values[max(0, start) :]])
    times = panel.times(series, max(0, start), lookback + min(0, start))
    names, held = [], []
    for player in range(int(owner.max()) + 1):
        inside = np.flatnonzero(owner == player)
        ends = [_time(times, int(place) + min(0, start)) for place in (inside[0], inside[-1])]
        names.append(ends[0] if ends[0] == ends[1] else f"{ends[0]} – {ends[1]}")
        there = known[inside][~np.isnan(known[inside])]
        held.append(f"mean {value_text(float(there.mean()))}" if len(there) else "missing")
    return owner, names, held, known[:, None]


def _time(times: np.ndarray, place: int) -> str:
    if place < 0:
        return "before the first value"
    moment = times[place]
    if isinstance(moment, np.datetime64):
        return str(moment.astype("datetime64[s]")).removesuffix("T00:00:00").replace("T", " ")
    return f"value {int(moment) + 1:,}"


def known_names(model: Forecaster, width: int) -> list[str]:
    """Return the name of each of the numbers that are known ahead of a step."""
    columns = model.preparation_.columns.known
    return ["the calendar"] * (width - len(columns)) + list(columns)


def _mean(known: Tensor) -> Tensor:
    return known.mean(dim=1, keepdim=True).expand(known.shape).clone()


def _answers(model: Forecaster, scaling: SeriesScaling, output: Tensor) -> Tensor:
    """Return the forecast in the unit of the series: its mean where there are several steps, and each."""
    steps = steps_ahead(model, output) * scaling.spread + scaling.mean
    steps = torch.exp(steps) if scaling.logarithm else steps
    one = model.shape_.horizon == 1
    return steps if one else torch.cat([steps.mean(dim=1, keepdim=True), steps], dim=1)


def steps_ahead(model: Forecaster, output: Tensor) -> Tensor:
    """Return the forecast steps (n, horizon) in the unit in which networks see a series."""
    loss, horizon = model.recipe_.loss, model.shape_.horizon
    assert isinstance(loss, Loss)
    answers = decode(loss, output, TargetShape(Task.REGRESSION, width=horizon)).double()
    answers = answers.reshape(len(answers), horizon, -1)
    return answers[:, :, loss.central if isinstance(loss, Quantile) and len(loss.levels) > 1 else 0]


def refuse_tables(settings: dict[str, Any]) -> None:
    """Raise UserError for settings that a forecast has no use for."""
    for name, value in settings.items():
        if value is not None:
            raise UserError(
                f"{name}: forecasts are explained by stretches of their own past. Leave {name} out; parts= "
                "says how many stretches."
            )
