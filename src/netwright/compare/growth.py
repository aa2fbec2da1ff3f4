"""Curves of growth: the score with more rows, or with a larger network, on the same held-out rows."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from netwright.compare.budget import Budget
from netwright.compare.folds import Fold
from netwright.compare.game import Contender, Field, Game
from netwright.metrics import Metric, answers_from
from netwright.randomness import derive_seed, numpy_generator

CAUTION = 1.1


@dataclass(frozen=True)
class Point:
    """One size of a curve.

    Attributes:
        size: rows that were learnt from, or units of a layer.
        scores: one a repetition.
        seconds: median time to learn.
        octets: of the model when saved.
    """

    size: int
    scores: tuple[float, ...]
    seconds: float
    octets: int


@dataclass(frozen=True)
class Grown:
    """What became of a curve.

    Attributes:
        points: by size.
        ratio: test rows for each training row at the full size.
        remarks: what was shortened.
    """

    points: tuple[Point, ...]
    ratio: float
    remarks: tuple[str, ...]


def grow(
    field: Field,
    folds: Sequence[Fold],
    steps: Sequence[tuple[int, Contender, int | None]],
    metric: Metric,
    *,
    seed: int,
    threads: int,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    told: Callable[[str], object] = lambda sentence: None,
) -> Grown:
    """Return the scores at each size, as many repetitions as the time allows.

    Args:
        field: the rows.
        folds: a division for each repetition.
        steps: size, what learns, and from how many training rows, None for all.
        metric: that is measured.
        seed: of what is random.
        threads: how many may work.
        seconds: what it may take, or None.
        clock: returns seconds.
        told: told of every score.
    """
    budget = Budget(clock, math.inf if seconds is None else clock() + seconds)
    limit = None if seconds is None else seconds / (max(2, min(3, len(folds))) * len(steps))
    measured: dict[int, list[tuple[float, float, int]]] = {size: [] for size, _, _ in steps}
    remarks: list[str] = []
    took = 0.0
    for number, fold in enumerate(folds):
        if number and budget.limited and budget.left < CAUTION * took:
            remarks.append(
                f"Repeated {number} instead of {len(folds)} times to keep within the time of {seconds:.0f} s."
            )
            break
        begun = clock()
        for size, contender, rows in steps:
            train = _some(field, fold.train, rows, derive_seed(seed, "rows", number))
            game = Game(field, train, fold.test, derive_seed(seed, "curve", number) % 2**31, threads, limit)
            score, spent, octets = _play(game, contender, metric, clock)
            measured[size].append((score, spent, octets))
            told(f"repetition {number + 1}, {size:,}: {metric.label} {score:.4g} in {spent:.1f} s")
        took = clock() - begun
    points = tuple(
        Point(
            size,
            tuple(score for score, _, _ in found),
            float(np.median([spent for _, spent, _ in found])),
            found[0][2],
        )
        for size, found in measured.items()
    )
    return Grown(points, float(np.mean([fold.ratio for fold in folds])), tuple(remarks))


def _play(
    game: Game, contender: Contender, metric: Metric, clock: Callable[[], float]
) -> tuple[float, float, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begun = clock()
        fitted = contender.learn(game)
        spent = clock() - begun
        answers = answers_from(game.field.target.task, fitted.answer())
    value = metric.score(game.field.truth[game.test], answers).value
    return float("nan") if value is None else value, spent, fitted.size()


def _some(field: Field, train: np.ndarray, rows: int | None, seed: int) -> np.ndarray:
    """Return so many training rows: whole groups, the latest in time, else every class in proportion.

    Smaller parts lie within larger ones, so that a curve does not jump for the luck of the draw.
    """
    if rows is None or rows >= len(train):
        return train
    if field.time is not None:
        return np.sort(train[np.argsort(field.time[train], kind="stable")][-rows:])
    generator = numpy_generator(seed, "some rows")
    if field.group is not None:
        order = generator.permutation(np.unique(field.group[train]))
        rank = np.empty(int(field.group.max()) + 1, dtype=np.int64)
        rank[order] = np.arange(len(order))
        return np.sort(train[np.argsort(rank[field.group[train]], kind="stable")][:rows])
    place = generator.permutation(len(train))
    if field.target.classes:
        # The first row of each class comes first, then the second, in proportion to the class's size.
        classes = field.truth[train][place]
        seen = np.empty(len(place))
        for number in np.unique(classes):
            own = np.flatnonzero(classes == number)
            seen[own] = (np.arange(len(own)) + 0.5 * (np.arange(len(own)) > 0)) / len(own)
        place = place[np.argsort(seen, kind="stable")]
    return np.sort(train[place[:rows]])
