"""The learning-rate finder: a sweep shows the range, short trainings pick within it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.errors import RecipeError
from netwright.randomness import derive_seed, isolated
from netwright.training.fit import Setup
from netwright.training.loop import Position, training_steps
from netwright.training.pace import Pace
from netwright.training.schedules import Schedule
from netwright.tune.trial import Trial, trial_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = np.ndarray[Any, Any]

LOW, HIGH = 1e-6, 10.0
SWEEP_STEPS = 150
SEEDS = 5
TRIAL_STEPS = 500
"""Updates of a short training."""

RATIO = math.sqrt(10)
"""Between the rates of the short trainings."""

BROKEN = 10.0
"""A sweep ends when its loss is this many times the first one."""


@dataclass(frozen=True)
class RangeTest:
    """What the learning rate does.

    Attributes:
        rates: of the sweep (steps,).
        losses: the smoothed training loss at each, the median of several sweeps.
        steepest: the rate at which the loss of the sweep falls fastest.
        trials: rates of short trainings with the loss each came to: on held-out rows where there are any.
        suggestion: the learning rate to use.
        reason: why.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    steepest: float
    trials: tuple[tuple[float, float], ...]
    suggestion: float
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self)

    def figure(self) -> Figure:
        """Return a figure: the loss over the rate, in the sweep and after short trainings."""
        from netwright.tune.figure import rate_figure

        return rate_figure(self.rates, self.losses, self.trials, self.suggestion)


def range_test(model: Any, X: Any, y: Any = None, *, low: float = LOW, high: float = HIGH) -> RangeTest:
    """Find a learning rate for a model's network, optimizer and batch size.

    While a training goes on for a few steps, the rate rises from `low` to `high`, by the same factor at
    every step; where the loss falls fastest lies the right order of magnitude. As a single sweep is noisy,
    the median of several is taken. It is an estimate only: short trainings with rates around it, under the
    recipe's own schedule, decide.

    Args:
        model: a Classifier or a Regressor, fitted or not; it is not changed.
        X: rows.
        y: target values, or the name of the target column in X.
        low: the smallest rate, above 0.
        high: the largest rate.

    Raises:
        RecipeError: when low and high are no range.

    Source: Smith (2017), Cyclical Learning Rates for Training Neural Networks.
    """
    if not 0 < low < high <= 100:
        raise RecipeError(f"range_test: expected 0 < low < high ≤ 100, got low={low:g} and high={high:g}.")
    trial = trial_of(model, X, y)
    rates = np.geomspace(low, high, SWEEP_STEPS)
    curves = [_sweep(trial, rates, derive_seed(trial.recipe.seed, "range test", k)) for k in range(SEEDS)]
    losses = smoothed(np.median(curves, axis=0))
    steepest = steepest_descent(rates, losses)
    # The sweep lags behind its own rate: a good one lies well below where the loss is lowest.
    start = min(steepest, float(rates[int(np.argmin(losses))]) / 10)
    scores = _trials(trial, max(low, start), low, high)
    suggestion = choose(scores)
    trials = tuple((rate, float(np.mean(found))) for rate, found in scores.items())
    best = min(score for _, score in trials)
    where = "held-out" if trial.held is not None else "training"
    reason = (
        f"the sweep falls fastest at {steepest:.2g}; of short trainings with {len(trials)} rates, those near "
        f"{suggestion:.2g} come to the lowest {where} loss ({best:.4g})"
    )
    return RangeTest(tuple(rates.tolist()), tuple(losses.tolist()), steepest, trials, suggestion, reason)


def smoothed(losses: Array, window: int = 9) -> Array:
    """Return a running median and then a running mean: the one drops spikes, the other the rest of the noise.

    >>> smoothed(np.array([1.0, 1.0, 9.0, 1.0, 1.0]), window=3)
    array([1., 1., 1., 1., 1.])
    """
    half = window // 2
    padded = np.pad(losses, half, mode="edge")
    medians = np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=-1)
    padded = np.pad(medians, half, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, window).mean(axis=-1))


def steepest_descent(rates: Array, losses: Array) -> float:
    """Return the rate at which the loss falls fastest on a logarithmic axis, before its lowest point.

    Args:
        rates: increasing (n,).
        losses: smoothed (n,).
    """
    lowest = max(2, int(np.argmin(losses)))
    slopes = np.gradient(losses, np.log(rates))[: lowest + 1]
    return float(rates[int(np.argmin(slopes))])


def choose(trials: Mapping[float, Sequence[float]]) -> float:
    """Return the middle of the rates that cannot be told from the best one.

    Those next to the best count as well as it while they lose less than the standard error of the difference
    over the seeds. When none does, the lowest point of the parabola through the best and its neighbours.

    Args:
        trials: scores by rate, rates evenly spaced on a logarithmic axis; in each the same seeds in order.

    >>> round(choose({0.01: [2.0], 0.1: [1.0], 1.0: [2.0]}), 6)
    0.1
    """
    rates = sorted(trials)
    means = [float(np.mean(trials[rate])) for rate in rates]
    best = int(np.argmin(means))

    def as_good(place: int) -> bool:
        lost = np.subtract(trials[rates[place]], trials[rates[best]])
        if not np.isfinite(lost).all():
            return False
        error = lost.std(ddof=1) / math.sqrt(len(lost)) if len(lost) > 1 else 0.0
        return bool(lost.mean() <= error)

    first = last = best
    while first > 0 and as_good(first - 1):
        first -= 1
    while last < len(rates) - 1 and as_good(last + 1):
        last += 1
    if first < last:
        return math.sqrt(rates[first] * rates[last])
    return _vertex(rates, means, best)


def _vertex(rates: Sequence[float], means: Sequence[float], best: int) -> float:
    """Return the lowest point of the parabola through the best score and its neighbours."""
    if best in (0, len(rates) - 1) or not all(map(math.isfinite, means[best - 1 : best + 2])):
        return rates[best]
    before, at, after = means[best - 1 : best + 2]
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / bend if bend > 0 else 0.0
    return float(rates[best] * (rates[best + 1] / rates[best]) ** shift)


class _Rising(Schedule):
    """The rate rises from low to high by the same factor at every step."""

    low: float
    high: float

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return the rate itself: the optimizer's own rate is 1."""
        return float(self.low * (self.high / self.low) ** (step / (total_steps - 1)))


def _sweep(trial: Trial, rates: Array, seed: int) -> Array:
    """Return the loss at every rate of one sweep; what comes after a breakdown counts as the worst seen."""
    setup = trial.setup(seed, optimizer=trial.recipe.optimizer.edited(learning_rate=1.0))
    rising = _Rising(low=float(rates[0]), high=float(rates[-1]))
    engine = replace(setup.engine, pace=Pace(rising, len(rates)))
    losses: list[float] = []
    with isolated(derive_seed(seed, "sweep")):
        for step in islice(training_steps(engine, setup.batches, len(rates), Position()), len(rates)):
            loss = float(step.loss)
            if not math.isfinite(loss) or loss > BROKEN * max(1.0, losses[0] if losses else loss):
                break
            losses.append(loss)
    worst = max(losses, default=1.0)
    return np.array(losses + [worst] * (len(rates) - len(losses)))


def _trials(trial: Trial, around: float, low: float, high: float) -> dict[float, list[float]]:
    """Return scores of short trainings by rate, from the estimate outwards until both sides are worse."""
    scores: dict[int, list[float]] = {}

    def try_rate(place: int) -> None:
        rate = float(around * RATIO**place)
        if place not in scores and low <= rate <= high:
            scores[place] = [trial.score(_short(trial, rate, seed), seed) for seed in range(SEEDS)]

    for place in (-1, 0, 1):
        try_rate(place)
    tried = 0
    while len(scores) > tried:
        tried = len(scores)
        best = min(scores, key=lambda place: float(np.mean(scores[place])))
        for place in (best - 2, best - 1, best + 1, best + 2):
            try_rate(place)
    return {float(around * RATIO**place): scores[place] for place in sorted(scores)}


def _short(trial: Trial, rate: float, seed: int) -> Setup:
    """Return a training of few steps with its schedule drawn together accordingly."""
    recipe = trial.recipe
    rows = min(trial.train.rows, recipe.batch_size * TRIAL_STEPS)
    per_epoch = max(1, rows // recipe.batch_size)
    epochs = max(1, min(recipe.epochs, TRIAL_STEPS // per_epoch))
    optimizer = recipe.optimizer.edited(learning_rate=rate)
    return trial.setup(seed, rows, optimizer=optimizer, epochs=epochs, time=None)
