"""Judging: which of two models is better on rows that neither has seen, by more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.randomness import numpy_generator
from netwright.task import Task

RESAMPLES = 2000
LEAST_PROBABILITY = 0.01
MOST_ERROR = 100.0
"""Probabilities and squared errors (in variances of the target) are cut here: no row decides alone."""

CHANCE = 0.05
"""The chance to be fooled that a whole treatment is allowed."""

LEVEL = CHANCE / 3
"""The chance that a single comparison is allowed where it stands for itself."""

INTERVAL = (0.05, 0.95)

MANY_ROWS = 200

UNSEEN = "that the treatment never saw"

LEAST_GAIN = 0.01
"""What has to be gained, of the loss and of its unit: many rows make any gain certain, but not worth it."""


@dataclass(frozen=True)
class Comparison:
    """Two models on the same rows.

    Attributes:
        before: mean loss of the old one.
        after: mean loss of the new one.
        low: lower end of the 90 % interval of the gain, before minus after.
        high: upper end.
        p: the chance of such a gain if there were none, one-sided.
        rows: how many rows were compared.
        seeds: matched seeds that were averaged over.
        wins: seeds with a gain.
        level: the chance to be fooled that is allowed.
        where: which rows these are, in words.
    """

    before: float
    after: float
    low: float
    high: float
    p: float
    rows: int
    seeds: int
    wins: int
    level: float = LEVEL
    where: str = UNSEEN

    @property
    def better(self) -> bool:
        """Whether the new one is better by more than noise."""
        worth = self.before - self.after >= LEAST_GAIN * max(1.0, self.before)
        return worth and self.p < self.level and 2 * self.wins > self.seeds

    def sentence(self) -> str:
        """Say how the two compare."""
        verdict = "better by more than noise" if self.better else "not better by more than noise"
        seeds = f", {self.seeds} matched seeds" if self.seeds > 1 else ""
        return (
            f"{verdict}: loss {self.before:.3g} -> {self.after:.3g} on {self.rows:,} rows {self.where}{seeds}"
            f" (gain {self.low:.3g} to {self.high:.3g}, p = {self.p:.2g})"
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self) | {"better": self.better}


def level_of(number: int) -> float:
    """Return the chance to be fooled that the remedy of this number is allowed, counted from 0.

    Each takes half of what those before it left, as interim looks of a trial do: all of them together stay
    below 5 %, and the likeliest remedy, which is tried first, is the easiest to prove (Lan and DeMets, 1983).

    >>> [level_of(number) for number in range(3)]
    [0.025, 0.0125, 0.00625]
    """
    return CHANCE * 0.5 ** (number + 1)


def compare(
    before: Sequence[np.ndarray],
    after: Sequence[np.ndarray],
    seed: int,
    *,
    level: float = LEVEL,
    where: str = UNSEEN,
) -> Comparison:
    """Compare losses row by row: a paired bootstrap over the rows, and where they are few their signs too.

    Losses are averaged over matched seeds first: the rows are what is drawn again.

    Args:
        before: losses (n,) of the old model, one array a seed.
        after: losses (n,) of the new one, for the same rows and seeds.
        seed: of the bootstrap.
        level: the chance to be fooled that is allowed.
        where: which rows these are, in words.

    >>> worse, better = np.linspace(1, 2, 50), np.linspace(0.5, 1, 50)
    >>> compare([worse], [better], seed=0).better, compare([better], [better], seed=0).better
    (True, False)
    """
    assert len(before) == len(after) > 0
    gains = np.mean([old - new for old, new in zip(before, after, strict=True)], axis=0)
    rows = len(gains)
    generator = numpy_generator(seed, "judging")
    means = gains[generator.integers(0, rows, size=(RESAMPLES, rows))].mean(axis=1)
    low, high = np.quantile(means, INTERVAL)
    chances = [(means <= 0).sum()]
    if rows < MANY_ROWS:
        # The bootstrap of few rows is too sure: four gains in a row are a chance of one in sixteen.
        signs = generator.choice((-1.0, 1.0), size=(RESAMPLES, rows))
        chances.append(((signs * gains).mean(axis=1) >= gains.mean()).sum())
    wins = sum(float(old.mean()) > float(new.mean()) for old, new in zip(before, after, strict=True))
    return Comparison(
        before=float(np.mean([old.mean() for old in before])),
        after=float(np.mean([new.mean() for new in after])),
        low=float(low),
        high=float(high),
        p=float((1 + max(chances)) / (1 + RESAMPLES)),
        rows=rows,
        seeds=len(before),
        wins=wins,
        level=level,
        where=where,
    )


def bounded_losses(task: Task, truth: np.ndarray, answers: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the proper loss of each row (n,), the same for every training whatever it minimised.

    Classes: minus the logarithm of the true class's probability. Numbers: squared error over variance. Both
    are cut where a single row, or an answer that is no number, would decide alone.

    Args:
        task: what is asked.
        truth: class indices (n,), 0/1 labels (n, labels), or numbers (n,) or (n, outputs).
        answers: probabilities (n, classes) or (n, labels), or numbers like the truth.
        spread: standard deviation of a numeric target.

    >>> bounded_losses(Task.BINARY, np.array([1]), np.array([[0.5, 0.5]]), np.ones(1)).round(3)
    array([0.693])
    """
    rows = len(truth)
    if task is Task.REGRESSION:
        errors = ((np.asarray(answers, dtype=np.float64) - truth) / spread) ** 2
        errors = np.where(np.isfinite(errors), np.minimum(errors, MOST_ERROR), MOST_ERROR)
        return np.asarray(errors.reshape(rows, -1).mean(axis=1))
    sure = np.nan_to_num(np.asarray(answers, dtype=np.float64), nan=0.0)
    if task is Task.MULTILABEL:
        right = np.where(truth == 1, sure, 1 - sure)
        return np.asarray(-np.log(np.clip(right, LEAST_PROBABILITY, 1)).mean(axis=1))
    right = sure[np.arange(rows), truth.astype(np.int64)]
    return np.asarray(-np.log(np.clip(right, LEAST_PROBABILITY, 1)))


def row_mistakes(task: Task, truth: np.ndarray, answers: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return how wrong each answer is (n,): the share of wrong classes, or squared error over variance."""
    if task is Task.REGRESSION:
        return bounded_losses(task, truth, answers, spread)
    if task is Task.MULTILABEL:
        return np.asarray(((answers > 0.5) != truth).mean(axis=1))
    return np.asarray((answers.argmax(axis=1) != truth).astype(np.float64))
