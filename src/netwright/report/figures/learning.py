"""Learning curves: the loss, the score that chose the weights, and the learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from netwright.pages.style import (
    BLUE,
    DASHES,
    MUTED,
    ORANGE,
    Picture,
    canvas,
    drawing,
    finish,
    legend_above,
    logarithmic_ticks,
    plain_ticks,
)
from netwright.pages.wording import count, number
from netwright.report.contents import History, HistoryPoint
from netwright.report.glossary import MetricText

MOST_POINTS = 400  # more looks at a training than this cannot be seen apart


@drawing()
def loss_picture(history: History) -> Picture:
    """Draw training and validation loss over the epochs."""
    history = _thinned(history)
    points = history.points
    train = _series([point.train_loss for point in points])
    held_out = _series([point.validation_loss for point in points])
    figure, axes = canvas(236, left=52)
    marker = "o" if len(points) < 3 else ""
    axes.plot(_epochs(points), train, color=MUTED, linestyle=DASHES[1], marker=marker, label="training")
    if np.isfinite(held_out).any():
        axes.plot(_epochs(points), held_out, color=BLUE, marker=marker, label="validation")
    _mark_best(axes, history, held_out)
    _loss_axis(axes, np.concatenate([train, held_out]))
    _epoch_axis(axes)
    legend_above(axes, 3)
    return finish(
        figure, "loss", "Loss", _loss_alternative(history, train, held_out), _loss_caption(held_out)
    )


@drawing()
def score_picture(history: History, metric: MetricText) -> Picture | None:
    """Draw a validation score over the epochs; None when it was never computed."""
    history = _thinned(history)
    points = history.points
    scores = _series([point.metrics.get(metric.name) for point in points])
    if not np.isfinite(scores).any():
        return None
    figure, axes = canvas(236, left=52)
    axes.plot(_epochs(points), scores, color=BLUE, marker="o" if len(points) < 3 else "", label="validation")
    _mark_best(axes, history, scores)
    plain_ticks(axes.yaxis)
    _epoch_axis(axes)
    legend_above(axes, 2)
    known = scores[np.isfinite(scores)]
    alternative = (
        f"{metric.title} on the validation part over {_length(points)}: "
        f"from {number(known[0])} at the start to {number(known[-1])} at the end."
    )
    caption = f"{metric.title} on rows that are not trained on{_better(metric)}."
    return finish(figure, "score", f"{metric.title} during training", alternative, caption)


@drawing()
def rate_picture(history: History) -> Picture | None:
    """Draw the learning rate over the epochs; None when it is unknown or never changed."""
    points = _thinned(history).points
    rates = _series([point.learning_rate for point in points])
    known = rates[np.isfinite(rates)]
    if len(known) < 2 or np.ptp(known) == 0:
        return None
    figure, axes = canvas(200, left=58, top=12)
    axes.plot(_epochs(points), rates, color=BLUE)
    plain_ticks(axes.yaxis)
    _epoch_axis(axes)
    alternative = f"Learning rate between {number(known.min(), 2)} and {number(known.max(), 2)}."
    return finish(figure, "rate", "Learning rate", alternative, "Size of the steps at the end of each epoch.")


def _thinned(history: History) -> History:
    """Return the history with points evenly left out, but never the best nor the lowest one."""
    points = history.points
    kept = set(np.linspace(0, len(points) - 1, min(len(points), MOST_POINTS)).round().astype(int).tolist())
    held_out = _series([point.validation_loss for point in points])
    if np.isfinite(held_out).any():
        kept.add(int(np.nanargmin(held_out)))
    if history.best is not None:
        kept.add(history.best)
    order = sorted(kept)
    best = None if history.best is None else order.index(history.best)
    return replace(history, points=[points[place] for place in order], best=best)


def _series(values: Sequence[float | None]) -> NDArray[np.float64]:
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _epochs(points: Sequence[HistoryPoint]) -> list[float]:
    return [point.epoch for point in points]


def _length(points: Sequence[HistoryPoint]) -> str:
    last = points[-1].epoch
    return count(int(last), "epoch") if last == int(last) else f"{number(last)} epochs"


def _epoch_axis(axes: Axes) -> None:
    plain_ticks(axes.xaxis, 8, whole=True)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("epoch")
    axes.margins(x=0.02)


def _loss_axis(axes: Axes, losses: NDArray[np.float64]) -> None:
    known = losses[np.isfinite(losses)]
    if known.size == 0:
        axes.set_ylim(0, 1)
        axes.text(0.5, 0.5, "no finite loss", transform=axes.transAxes, ha="center", color=MUTED)
    elif known.min() > 0 and known.max() / known.min() > 5:
        logarithmic_ticks(axes, known.min() / 1.15, known.max() * 1.15)
    else:
        plain_ticks(axes.yaxis)


def _mark_best(axes: Axes, history: History, values: NDArray[np.float64]) -> None:
    if history.best is None:
        return
    epoch = history.points[history.best].epoch
    axes.axvline(epoch, color=ORANGE, linewidth=1.3, linestyle=DASHES[2], zorder=1)
    label = f"best: epoch {number(epoch, 4)}"
    axes.plot([epoch], [values[history.best]], "o", color=ORANGE, markersize=6, label=label)


def _loss_alternative(history: History, train: NDArray[np.float64], held_out: NDArray[np.float64]) -> str:
    known = train[np.isfinite(train)]
    sentences = [f"Learning curves over {_length(history.points)}."]
    if known.size:
        sentences.append(f"Training loss goes from {number(known[0])} to {number(known[-1])}.")
    if np.isfinite(held_out).any():
        lowest = int(np.nanargmin(held_out))
        epoch = number(history.points[lowest].epoch, 4)
        sentences.append(f"Validation loss is lowest at epoch {epoch}: {number(float(held_out[lowest]))}.")
    if any(not math.isfinite(point.train_loss) for point in history.points):
        sentences.append("Some losses are not finite and are left out.")
    return " ".join(sentences)


def _loss_caption(held_out: NDArray[np.float64]) -> str:
    if not np.isfinite(held_out).any():
        return "Loss on the rows that are trained on. Falling means that the network still learns from them."
    return (
        "Both should fall. When validation rises while training still falls, the network begins to learn "
        "its training rows by heart."
    )


def _better(metric: MetricText) -> str:
    return f"; {metric.direction}" if metric.direction else ""
