"""Scores on the same folds compared: folds share rows, and the corrected test knows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from netwright.compare.intervals import Interval


@dataclass(frozen=True)
class Paired:
    """A mean over folds with what the folds allow to say of it.

    Attributes:
        mean: of the values.
        interval: the 95 % interval; None with fewer than two folds.
        p: the probability of a mean as far from 0 if the true one were 0; None with fewer than two folds.
    """

    mean: float
    interval: Interval | None
    p: float | None


def corrected(values: Sequence[float] | np.ndarray, ratio: float) -> Paired:
    """Return mean, interval and p of values measured on folds whose training rows overlap.

        t = d̄ / sqrt((1/J + n_test/n_train) s²), with J − 1 degrees of freedom

    The uncorrected test takes folds for independent and finds differences where there are none.

    Args:
        values: d, one a fold (J,), such as differences of two models.
        ratio: n_test / n_train.

    Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52, 2003.

    >>> corrected([0.1, 0.2, 0.15, 0.12, 0.18], ratio=0.25).interval.excludes_zero
    True
    """
    array = np.asarray(values, dtype=np.float64)
    count, mean = len(array), float(array.mean())
    if count < 2:
        return Paired(mean, None, None)
    error = math.sqrt((1 / count + ratio) * float(array.var(ddof=1)))
    reach = float(stats.t.ppf(0.975, count - 1)) * error
    if error == 0:
        return Paired(mean, Interval(mean, mean), 1.0 if mean == 0 else 0.0)
    p = 2 * float(stats.t.sf(abs(mean) / error, count - 1))
    return Paired(mean, Interval(mean - reach, mean + reach), p)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Return the probabilities of several tests, made larger so that together they err in 5 of 100 cases.

    Holm, "A simple sequentially rejective multiple test procedure", 1979.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(probabilities, kind="stable")
    adjusted = [0.0] * len(probabilities)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(probabilities) - rank) * probabilities[place]))
        adjusted[place] = largest
    return adjusted
