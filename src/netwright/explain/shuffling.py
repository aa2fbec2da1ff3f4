"""Permutation importance: how much worse the answers get when one column is shuffled.

The model is seen only from outside: raw rows in, outputs out. A column that is shuffled keeps its
values but loses what they say about the row (Breiman, "Random forests", 2001). Columns that say the
same as another one look unimportant, since the other one still says it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.errors import DataError, UserError, did_you_mean
from netwright.metrics import Metric, Rows, UndefinedMetricError, answers_from, draw_counts, strata_of, typed
from netwright.randomness import numpy_generator
from netwright.task import Task

Predict = Callable[[pl.DataFrame], np.ndarray]

MOST_ROWS = 5_000
FEWEST_ROWS = 200
FEWEST_REPEATS = 2

# How many resamples of the rows each interval is made of.
RESAMPLES = 200

# As many cells as are given to the model at once; each repeat shuffles the rows anew.
CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Importance:
    """How much worse the metric gets without one column.

    Attributes:
        column: its name.
        mean: over the repeats; above zero when the column helps, whatever the direction of the metric.
        low: lower end of the 95 % interval over other rows and other shuffles.
        high: upper end.
    """

    column: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PermutationImportance:
    """The importance of the columns, the most important first.

    Attributes:
        columns: those that were measured.
        metric: name of the metric.
        rows: how many rows were used, drawn at random when there are more.
        repeats: how often each column was shuffled.
        unmeasured: columns for which there was no time.
        note: one sentence on rows, repeats and what was left out.
        noun: what was shuffled: a column, a region of a picture, a part of a sequence, a word.
    """

    columns: tuple[Importance, ...]
    metric: str
    rows: int
    repeats: int
    unmeasured: tuple[str, ...]
    note: str
    noun: str = "column"

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    def to_frame(self) -> pl.DataFrame:
        """Return a row for each column: its name, and how much worse the metric gets, with the interval."""
        return pl.DataFrame([asdict(one) for one in self.columns]).rename({"column": self.noun})

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PermutationImportance:
        """Return what `to_json` described."""
        columns = tuple(Importance(**column) for column in data["columns"])
        return cls(**{**data, "columns": columns, "unmeasured": tuple(data["unmeasured"])})


def permutation_importance(
    predict: Predict,
    frame: pl.DataFrame,
    truth: np.ndarray,
    task: Task,
    metric: Metric,
    columns: Sequence[str],
    *,
    repeats: int = 5,
    seed: int,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    noun: str = "column",
) -> PermutationImportance:
    """Shuffle one column after the other and measure how much worse the answers get.

    Args:
        predict: from raw rows to probabilities (n, classes) or (n, labels), or to numbers.
        frame: raw rows.
        truth: class indices (n,), 0/1 (n, labels), or numbers in the target's unit.
        task: what is asked.
        metric: how answers are measured.
        columns: which to shuffle.
        repeats: how often each is shuffled.
        seed: of rows, shuffles and resamples.
        seconds: the time it may take: too little means fewer repeats, then rows, then columns.
        clock: returns seconds.
        noun: what the columns stand for.

    Raises:
        DataError, UserError: for a column that is not there, or fewer repeats than one.
        UndefinedMetricError: when the metric has no value on these rows.

    >>> from netwright.metrics import find_metric
    >>> rows = pl.DataFrame({"used": [float(n) for n in range(40)], "ignored": [0.0, 1.0] * 20})
    >>> found = permutation_importance(
    ...     lambda frame: frame["used"].to_numpy(), rows, np.arange(40.0), Task.REGRESSION,
    ...     find_metric(Task.REGRESSION, "mae"), rows.columns, seed=0,
    ... )
    >>> [(one.column, one.mean > 0) for one in found.columns]
    [('used', True), ('ignored', False)]
    """
    _check(frame, truth, columns, repeats)
    begin = clock()
    deadline = math.inf if seconds is None else begin + seconds
    rows = _draw_rows(typed(task, truth), MOST_ROWS, seed)
    sample = _Sample(frame[rows], typed(task, truth)[rows], predict(frame[rows]))
    answered = clock()
    judge = _Judge(predict, task, metric, sample, repeats, seed)
    cost = answered - begin + (clock() - answered) / repeats
    count, times = _affordable(len(rows), len(columns), repeats, cost, deadline - clock())
    if (count, times) != (len(rows), repeats):
        judge = _Judge(predict, task, metric, sample.fewer(count, seed), times, seed)
    measured: list[Importance] = []
    for name in columns:
        if clock() >= deadline:
            break
        measured.append(judge.importance(name))
    left_out = tuple(columns[len(measured) :])
    note = _note(count, len(frame), times, repeats, left_out, noun)
    measured.sort(key=lambda one: -one.mean)
    return PermutationImportance(tuple(measured), metric.name, count, times, left_out, note, noun)


@dataclass(frozen=True)
class Parts:
    """Parts of rows that are no columns, as a frame to shuffle: cells say from which row a part is taken.

    Attributes:
        predict: from the frame, shuffled or not, to answers.
        frame: one row for each row.
        names: of the columns that stand for parts.
        noun: what such a part is.
    """

    predict: Predict
    frame: pl.DataFrame
    names: tuple[str, ...]
    noun: str

    def importance(
        self, truth: np.ndarray, task: Task, metric: Metric, *, repeats: int = 2, **settings: Any
    ) -> PermutationImportance:
        """Return `permutation_importance` of the parts, with its further settings."""
        names = list(self.names)
        settings |= {"repeats": repeats, "noun": self.noun}
        return permutation_importance(self.predict, self.frame, truth, task, metric, names, **settings)


@dataclass(frozen=True)
class _Sample:
    """The rows that are shuffled, the truth, and what the model says while they are as they are."""

    frame: pl.DataFrame
    truth: np.ndarray
    outputs: np.ndarray

    def fewer(self, rows: int, seed: int) -> _Sample:
        """Return so many of the rows."""
        kept = _draw_rows(self.truth, rows, seed)
        return _Sample(self.frame[kept], self.truth[kept], self.outputs[kept])


class _Judge:
    """Compares answers for shuffled rows with those for the rows as they are, on the same resamples."""

    def __init__(
        self, predict: Predict, task: Task, metric: Metric, sample: _Sample, repeats: int, seed: int
    ) -> None:
        self.predict, self.task, self.metric, self.sample = predict, task, metric, sample
        self.repeats, self.seed = repeats, seed
        truth = sample.truth
        reference = metric.score(truth, answers_from(task, sample.outputs))
        if reference.value is None:
            reason = f"{metric.label} has no value on these {len(truth):,} rows: {reference.reason}."
            raise UndefinedMetricError(reason)
        generator = numpy_generator(seed, "importance resamples")
        strata, size = strata_of(truth), math.ceil(RESAMPLES / repeats)
        # Each repeat has resamples of its own, so that the interval holds the chance of both; the first
        # row of weights are the rows as they are.
        self.weights = [
            np.vstack([np.ones(len(truth)), draw_counts(generator, len(truth), size, strata)])
            for _ in range(repeats)
        ]
        self.references = [self._values(sample.outputs, weights) for weights in self.weights]

    def importance(self, column: str) -> Importance:
        """Shuffle a column in every repeat and return how much worse the metric gets."""
        sign = 1.0 if self.metric.higher_is_better else -1.0
        losses = [
            sign * (reference - self._values(outputs, weights))
            for weights, reference, outputs in zip(
                self.weights, self.references, self._shuffled(column), strict=True
            )
        ]
        mean = float(np.mean([loss[0] for loss in losses]))
        spread = np.concatenate([loss[1:] for loss in losses])
        low, high = np.percentile(spread[np.isfinite(spread)], [2.5, 97.5])
        # With few resamples the mean can lie just outside of their middle.
        return Importance(column, mean, min(float(low), mean), max(float(high), mean))

    def _shuffled(self, column: str) -> list[np.ndarray]:
        """Return the outputs of every repeat, several repeats at once where they are small."""
        frame, rows = self.sample.frame, len(self.sample.frame)
        at_once = max(1, CELLS_AT_ONCE // (rows * frame.width))
        outputs: list[np.ndarray] = []
        for start in range(0, self.repeats, at_once):
            shuffles = [
                numpy_generator(self.seed, "shuffle", column, repeat).permutation(rows)
                for repeat in range(start, min(self.repeats, start + at_once))
            ]
            values = frame[column][np.concatenate(shuffles)]
            stacked = pl.concat([frame] * len(shuffles)).with_columns(values.alias(column))
            outputs.extend(np.split(self.predict(stacked), len(shuffles)))
        return outputs

    def _values(self, outputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the metric on the rows as they are and on each resample."""
        rows = Rows(self.sample.truth, answers_from(self.task, outputs))
        rows.check()
        with np.errstate(all="ignore"):
            return self.metric.reweighted(rows)(weights)


def _affordable(rows: int, columns: int, repeats: int, cost: float, left: float) -> tuple[int, int]:
    """Return how many rows and repeats fit into the time, when answering all rows once took `cost`."""
    if left == math.inf or cost <= 0 or not columns:
        return rows, repeats
    calls = max(0.0, left) / cost / columns
    fewest = min(repeats, FEWEST_REPEATS)
    if calls >= fewest:
        return rows, int(min(repeats, calls))
    return min(rows, max(FEWEST_ROWS, int(rows * calls / fewest))), fewest


def _draw_rows(truth: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return so many row numbers drawn at random, in order, every class among them."""
    rows = len(truth)
    if rows <= most:
        return np.arange(rows)
    order = numpy_generator(seed, "importance rows", rows).permutation(rows)
    if truth.ndim == 1 and np.issubdtype(truth.dtype, np.integer):
        ahead = np.zeros(rows, dtype=bool)
        ahead[np.unique(truth[order], return_index=True)[1]] = True
        order = np.concatenate([order[ahead], order[~ahead]])
    return np.sort(order[:most])


def _check(frame: pl.DataFrame, truth: np.ndarray, columns: Sequence[str], repeats: int) -> None:
    assert len(frame) == len(truth)
    if repeats < 1:
        raise UserError(f"Expected at least one shuffle of each column, got repeats={repeats}.")
    for name in columns:
        if name not in frame.columns:
            raise DataError(f"There is no column {name!r} to shuffle. {did_you_mean(name, frame.columns)}")


def _note(used: int, rows: int, repeats: int, wished: int, unmeasured: Sequence[str], noun: str) -> str:
    which = f"{used:,} rows" if used == rows else f"{used:,} of {rows:,} rows drawn at random"
    fewer = f" instead of {wished}, for lack of time" if repeats < wished else ""
    times = "once" if repeats == 1 else f"{repeats} times"
    left_out = f" There was no time for {len(unmeasured):,} {noun}s." if unmeasured else ""
    return f"Each {noun} shuffled {times}{fewer} in {which}.{left_out}"
