"""How far predicted numbers lie from the true ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.randomness import numpy_generator

MOST_POINTS = 2000
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Residuals:
    """The errors of a regression, predicted minus true, in the unit of the target.

    Attributes:
        output: name of the predicted column.
        mean: the bias: above zero when predictions are too high.
        spread: standard deviation.
        largest: the largest absolute error.
        quantiles: error below which 5, 25, 50, 75 and 95 % of the rows lie.
        true: true values of the points to show, at most 2,000 rows drawn at random.
        predicted: their predictions.
    """

    output: str
    mean: float
    spread: float
    largest: float
    quantiles: tuple[float, ...]
    true: tuple[float, ...]
    predicted: tuple[float, ...]


def residuals(
    output: str,
    truth: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    seed: int,
) -> Residuals | None:
    """Return the errors of one output, or None when there are no finite ones.

    Args:
        output: name of the predicted column.
        truth: true numbers (n,).
        predictions: predicted numbers (n,).
        weights: of the rows (n,), or None; the quantiles leave them aside.
        seed: chooses the points to show.
    """
    with np.errstate(over="ignore"):
        errors = np.asarray(predictions - truth, dtype=np.float64)
        if not len(errors) or not np.isfinite(errors).all() or (weights is not None and weights.sum() <= 0):
            return None
        mean = float(np.average(errors, weights=weights))
        largest = float(np.abs(errors).max())
        # Divided by the largest first, so that squares of huge errors do not overflow.
        scaled = (errors - mean) / (largest or 1.0)
        spread = float(np.sqrt(np.average(scaled**2, weights=weights))) * largest
    shown = np.arange(len(errors))
    if len(errors) > MOST_POINTS:
        shown = np.sort(numpy_generator(seed, "points").choice(len(errors), MOST_POINTS, replace=False))
    return Residuals(
        output=output,
        mean=mean,
        spread=spread,
        largest=largest,
        quantiles=tuple(float(value) for value in np.quantile(errors, SHARES)),
        true=tuple(float(value) for value in truth[shown]),
        predicted=tuple(float(value) for value in predictions[shown]),
    )
