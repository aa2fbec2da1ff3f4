"""Temperature: one number that makes chances neither too sure nor too timid.

    p = mean over members m of softmax(z_m / T)

T above 1 makes answers less sure, T below 1 surer. Dividing the output layer's weights by T does it, so that
the network itself is calibrated, and whatever is made of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

LEAST_ROWS = 100
"""With fewer held-out rows the gain of a temperature is chance."""

MOST_ROWS = 20_000
"""More rows say no more about one number."""

FOLDS = 5
"""Parts that are each judged by a temperature fitted to the others."""

_RANGE = (0.25, 8.0)
_TINY = 1e-12


@dataclass(frozen=True)
class Temperature:
    """A temperature, and whether it kept its word on rows that it was not fitted to.

    Attributes:
        value: T; 1 changes nothing.
        before: mean log loss of the held-out rows without it.
        after: with it, each row judged by a temperature that was fitted to other rows.
        gap_before: expected calibration error of the held-out rows without it.
        gap_after: with it, found as `after` is.
        rows: how many rows there were.
    """

    value: float
    before: float
    after: float
    gap_before: float
    gap_after: float
    rows: int

    @property
    def kept(self) -> bool:
        """Whether it is used."""
        return self.value != 1.0

    def __str__(self) -> str:
        told = (
            f"on {self.rows:,} held-out rows log loss {self.before:.4f} without and {self.after:.4f} with a "
            f"temperature, calibration error {self.gap_before:.3f} and {self.gap_after:.3f}"
        )
        return f"temperature {self.value:.2f}: {told}" if self.kept else f"as they come: {told}"

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return dict(self.__dict__)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` described."""
        return cls(**data)


def fit_temperature(logits: np.ndarray, truth: np.ndarray, seed: int = 0) -> Temperature | None:
    """Return the temperature that fits held-out rows best, 1 where it does not help; None for too few rows.

    Whether it helps is found by cross-validation: every row is judged by a temperature fitted to the
    other rows, and the gain has to be beyond one standard error.

    Args:
        logits: raw outputs (n, members, classes).
        truth: class numbers (n,).
        seed: of the parts.

    Source: Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks.

    >>> truth = (np.random.default_rng(0).random(400) < 0.8).astype(int)
    >>> fit_temperature(np.repeat([[[0.0, 5.0]]], 400, axis=0), truth).value > 2
    True
    """
    if len(truth) < LEAST_ROWS:
        return None
    step = -(-len(truth) // MOST_ROWS)
    logits, truth = logits[::step].astype(np.float64), truth[::step]
    parts = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
    plain, warmed = chances_at(logits, 1.0), np.empty((len(truth), logits.shape[2]))
    for part in range(FOLDS):
        inside = parts == part
        warmed[inside] = chances_at(logits[inside], _best(logits[~inside], truth[~inside]))
    before, after = log_losses(plain, truth), log_losses(warmed, truth)
    gain = before - after
    helps = gain.mean() > gain.std(ddof=1) / math.sqrt(len(gain))
    return Temperature(
        _best(logits, truth) if helps else 1.0,
        float(before.mean()),
        float(after.mean()),
        calibration_gap(plain, truth),
        calibration_gap(warmed, truth),
        len(truth),
    )


def chances_at(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the members' mean probability of each class (n, classes), from logits (n, members, classes).

    >>> chances_at(np.array([[[0.0, 0.0], [0.0, 0.0]]]), 1.0).tolist()
    [[0.5, 0.5]]
    """
    powers = np.exp((logits - logits.max(axis=2, keepdims=True)) / temperature)
    chances: np.ndarray = (powers / powers.sum(axis=2, keepdims=True)).mean(axis=1)
    return chances


def log_losses(chances: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return -log p(true class) of every row (n,)."""
    losses: np.ndarray = -np.log(np.clip(chances[np.arange(len(truth)), truth], _TINY, 1.0))
    return losses


def calibration_gap(chances: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Return the expected calibration error of the likeliest class, in bins of equally many rows.

    >>> calibration_gap(np.array([[0.5, 0.5]] * 30), np.array([0, 1] * 15))
    0.0
    """
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    pieces = np.array_split(np.argsort(sure, kind="stable"), bins)
    return float(sum(abs(sure[rows].sum() - right[rows].sum()) for rows in pieces) / len(truth))


def _best(logits: np.ndarray, truth: np.ndarray) -> float:
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda power: float(log_losses(chances_at(logits, math.exp(power)), truth).mean()),
        bounds=tuple(math.log(end) for end in _RANGE),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return float(math.exp(found.x))
