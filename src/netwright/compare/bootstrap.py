"""The bootstrap: how much metrics, and differences between models, would vary on other rows.

The rows of the test part are drawn again with replacement, a thousand times; the middle 95 % of the
metric over these resamples is its interval (Efron, "Bootstrap methods: another look at the
jackknife", 1979). Models are compared on the same resamples, so that what is hard for both cancels.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netwright.compare.intervals import Interval, wilson_interval
from netwright.metrics import Answers, Metric, Rows, Score, UndefinedMetricError, draw_counts, strata_of
from netwright.metrics.reweighting import Reweighted
from netwright.randomness import numpy_generator

Key = tuple[str, str]
Values = dict[Key, np.ndarray]

RESAMPLES = 1000

# Fewer resamples for many rows, where a single one is already close: rows times resamples stay below this.
MOST_DRAWS = 50_000_000
FEWEST_PLANNED = 100

# The ends of the middle 95 % of fewer values than this are their extremes.
FEWEST_RESAMPLES = 40

# Numbers drawn at once; larger blocks leave the processor's cache.
DRAWS_AT_ONCE = 500_000

# Metrics that are shares of rows: without any mistake all resamples agree, and Wilson's interval is honest.
SHARES_OF_ROWS = ("accuracy", "subset_accuracy")


@dataclass(frozen=True)
class Estimate:
    """A metric of one model with its 95 % interval; what is missing has its reason."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Bootstrap:
    """The metrics of several models on the same resamples.

    Attributes:
        scores: by (model, metric), on the rows as they are.
        values: by (model, metric), on each resample (resamples,); NaN where undefined.
        reasons: by (model, metric), why there are no values.
        rows: how many rows were resampled, their effective number when they are weighted.
        resamples: how many were made.
        note: one sentence on how they were made.
    """

    scores: Mapping[Key, Score]
    values: Mapping[Key, np.ndarray]
    reasons: Mapping[Key, str]
    rows: float
    resamples: int
    note: str

    def estimate(self, model: str, metric: str) -> Estimate:
        """Return a metric of a model with its interval."""
        key = (model, metric)
        score = self.scores[key]
        if score.value is None or key in self.reasons:
            return Estimate(score.value, reason=score.reason or self.reasons[key])
        if metric in SHARES_OF_ROWS and score.value in (0.0, 1.0):
            exact = wilson_interval(score.value, self.rows)
            return Estimate(score.value, exact.low, exact.high)
        values = self.values.get(key, np.empty(0))
        interval = _middle(values)
        if interval is None:
            return Estimate(score.value, reason=self._too_few(values))
        if interval.low == interval.high:
            return Estimate(
                score.value, reason="every resample gives the same value, which tells no interval"
            )
        return Estimate(score.value, interval.low, interval.high)

    def difference(self, model: str, other: str, metric: str) -> Interval | None:
        """Return the interval of metric(model) - metric(other) over the same resamples, None if unknown."""
        one, two = self.values.get((model, metric)), self.values.get((other, metric))
        return None if one is None or two is None else _middle(one - two)

    def _too_few(self, values: np.ndarray) -> str:
        if not self.resamples:
            return "not resampled"
        if self.resamples < FEWEST_RESAMPLES:
            return f"only {self.resamples} resamples were made, an interval takes {FEWEST_RESAMPLES}"
        undefined = np.count_nonzero(~np.isfinite(values))
        return f"undefined in {undefined:,} of {self.resamples:,} resamples"


def bootstrap(
    truth: np.ndarray,
    models: Mapping[str, Answers],
    metrics: Sequence[Metric],
    weights: np.ndarray | None = None,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Bootstrap:
    """Measure several models by several metrics on the same resamples of the rows.

    Args:
        truth: class indices or numbers (n,), or (n, labels) and (n, outputs).
        models: what each model answers, by its name.
        metrics: what to measure.
        weights: of the rows (n,), or None.
        seed: of the resamples.
        resamples: how many to make, 0 for no intervals. Many rows or little time make them fewer, as
            `Bootstrap.note` says.
        seconds: the time that may be spent, or None for as long as it takes.
        clock: returns seconds.

    >>> from netwright.metrics import find_metric
    >>> from netwright.task import Task
    >>> truth, guess = np.array([1.0, 2.0, 3.0, 5.0]), Answers(np.array([1.0, 2.5, 2.0, 5.0]))
    >>> result = bootstrap(truth, {"model": guess}, [find_metric(Task.REGRESSION, "mae")], seed=0)
    >>> result.estimate("model", "mae").value
    0.375
    """
    begin = clock()
    scores = {
        (name, metric.name): metric.score(truth, answers, weights)
        for name, answers in models.items()
        for metric in metrics
    }
    functions, reasons = _functions(scores, truth, models, metrics, weights) if resamples else ({}, {})
    rows, strata = len(truth), strata_of(truth)
    planned = min(resamples, max(FEWEST_PLANNED, MOST_DRAWS // max(1, rows))) if functions else 0
    generator = numpy_generator(seed, "bootstrap")

    def resample(count: int) -> Values:
        drawn = draw_counts(generator, rows, count, strata)
        if weights is not None:
            drawn *= weights
        with np.errstate(all="ignore"):
            return {key: function(drawn) for key, function in functions.items()}

    deadline = math.inf if seconds is None else begin + seconds
    blocks = list(_blocks(resample, planned, max(1, DRAWS_AT_ONCE // max(1, rows)), deadline, clock))
    values = {key: np.concatenate([np.empty(0), *(block[key] for block in blocks)]) for key in functions}
    made = max((len(column) for column in values.values()), default=0)
    note = _note(made, planned, resamples, rows, strata is not None)
    return Bootstrap(scores, values, reasons, _effective(rows, weights), made, note)


def _functions(
    scores: Mapping[Key, Score],
    truth: np.ndarray,
    models: Mapping[str, Answers],
    metrics: Sequence[Metric],
    weights: np.ndarray | None,
) -> tuple[dict[Key, Reweighted], dict[Key, str]]:
    """Return the metrics that have a value as functions of the row weights, and why others are not."""
    functions: dict[Key, Reweighted] = {}
    reasons: dict[Key, str] = {}
    for name, answers in models.items():
        for metric in metrics:
            key = (name, metric.name)
            if scores[key].value is None:
                continue
            try:
                functions[key] = metric.reweighted(Rows(truth, answers, weights))
            except UndefinedMetricError as error:
                reasons[key] = str(error)
    return functions, reasons


def _blocks(
    resample: Callable[[int], Values],
    planned: int,
    largest: int,
    deadline: float,
    clock: Callable[[], float],
) -> Iterator[Values]:
    """Yield the values on one block of resamples after the other, as many as fit before the deadline."""
    # The first block is a single resample, which tells what one costs.
    made, size = 0, 1
    while made < planned:
        begin = clock()
        if begin >= deadline:
            return
        yield resample(size)
        made += size
        now = clock()
        cost = (now - begin) / size
        size = min(planned - made, largest)
        if cost > 0 and deadline < math.inf:
            size = min(size, int((deadline - now) / cost))
            if size < 1:
                return


def _middle(values: np.ndarray) -> Interval | None:
    """Return the middle 95 % of the values, or None when too few of them are defined."""
    finite = values[np.isfinite(values)]
    if len(finite) < FEWEST_RESAMPLES or len(finite) < 0.95 * len(values):
        return None
    low, high = np.percentile(finite, [2.5, 97.5])
    return Interval(float(low), float(high))


def _effective(rows: int, weights: np.ndarray | None) -> float:
    """Return (sum of weights)² / sum of squared weights: as many equal rows vary as much."""
    if weights is None or not np.square(weights).sum() > 0:
        return float(max(rows, 1))
    return float(weights.sum() ** 2 / np.square(weights).sum())


def _note(made: int, planned: int, wished: int, rows: int, stratified: bool) -> str:
    why = ""
    if made < planned:
        why = ", as many as the time allowed"
    elif planned < wished:
        why = f", fewer because each draws {rows:,} rows" if planned else ""
    how = " within each class, because the smallest has few rows" if stratified else ""
    return f"{made:,} bootstrap resamples{how}{why}."
