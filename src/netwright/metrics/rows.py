"""Rows to be judged: the truth, what a model says about it, and how much each row counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.errors import UserError


class UndefinedMetricError(UserError):
    """The metric has no value on these rows; the message is the reason."""


@dataclass(frozen=True)
class Answers:
    """What one model says about the rows of a part.

    Attributes:
        predictions: class indices (n,), numbers (n,) or (n, outputs), or 0/1 (n, labels).
        probabilities: (n, classes) or (n, labels); None for numbers and for models that have none.
    """

    predictions: np.ndarray
    probabilities: np.ndarray | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of a part: the truth, what a model says, and how much each row counts.

    Attributes:
        truth: in the form of the predictions of `Answers`.
        answers: what the model says.
        weights: (n,), or None when all rows count alike.
    """

    truth: np.ndarray
    answers: Answers
    weights: np.ndarray | None = None

    @property
    def predictions(self) -> np.ndarray:
        """The predictions, see `Answers`."""
        return self.answers.predictions

    @property
    def probabilities(self) -> np.ndarray:
        """The probabilities in float64; UndefinedMetricError where the model gives none."""
        if self.answers.probabilities is None:
            raise UndefinedMetricError("the model gives no probabilities")
        return np.asarray(self.answers.probabilities, dtype=np.float64)

    @property
    def counted(self) -> np.ndarray:
        """The truth of the rows whose weight is not zero."""
        return self.truth if self.weights is None else self.truth[self.weights > 0]

    def check(self) -> None:
        """Raise UndefinedMetricError where no metric at all can be computed."""
        assert len(self.truth) == len(self.predictions), "truth and predictions have the same rows"
        if len(self.truth) == 0:
            raise UndefinedMetricError("there are no rows")
        if self.weights is not None and not (np.isfinite(self.weights).all() and self.weights.sum() > 0):
            raise UndefinedMetricError("the weights of the rows do not sum to a positive number")
        for name in ("predictions", "probabilities"):
            numbers = getattr(self.answers, name)
            if numbers is not None and not np.isfinite(numbers).all():
                wrong = np.count_nonzero(~np.isfinite(numbers))
                raise UndefinedMetricError(f"{wrong:,} of the {name} are not finite")
