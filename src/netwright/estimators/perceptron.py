"""`Perceptron`: a single layer, the oldest network that learns."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from netwright.errors import RecipeError, did_you_mean
from netwright.estimators.division import checked_weights
from netwright.randomness import numpy_generator

Array = np.ndarray[Any, Any]

ACTIVATIONS = ("sigmoid", "step")
SETTLED = 1e-5
"""A logistic unit is done when no part of the gradient is larger than this."""


def _has_probabilities(model: Perceptron) -> bool:
    if model.activation != "sigmoid":
        raise AttributeError("A step says yes or no, without probabilities: use activation='sigmoid'.")
    return True


class Perceptron(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One layer of units, each of which draws one straight line between its class and the others.

        sigmoid    p = 1 / (1 + exp(-(w · x + b))),   w ← w - rate · mean((p - y) x)
        step       answer = 1 if w · x + b ≥ 0 else 0,   w ← w + (y - answer) x    after every row

    The sigmoid is a logistic unit: gradient descent on its cross-entropy, with Nesterov's look ahead and the
    largest rate that is safe. The step learns by Rosenblatt's rule, which comes to an end exactly when a line
    separates the classes, and wanders for ever when none does, as on XOR: that needs a hidden layer, see
    `Classifier`. With more than two classes there is a unit for each, against the rest.

    After `fit`: `coef_` (units, inputs) and `intercept_` (units,) in the units of the raw inputs, `classes_`,
    `n_iter_`, and `history_`: the loss of every pass over the rows, or its share of mistakes.

    Args:
        activation: "sigmoid" or "step".
        epochs: the most passes over the rows.
        seed: of the order in which Rosenblatt's rule sees the rows.

    Source: Rosenblatt (1958); Novikoff (1962) for the convergence; Minsky, Papert (1969) for XOR.

    >>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 0, 0, 1])
    >>> Perceptron(activation="step").fit(X, y).predict(X)
    array([0, 0, 0, 1])
    """

    def __init__(self, activation: str = "sigmoid", *, epochs: int = 2000, seed: int = 0) -> None:
        self.activation = activation
        self.epochs = epochs
        self.seed = seed

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows of numbers.

        Args:
            X: rows (n, inputs), all numbers, none missing.
            y: the class of each row (n,).
            sample_weight: how much each row counts (n,), or None for all alike; Rosenblatt's rule takes
                steps of that length.

        Raises:
            RecipeError: for an unknown activation, or epochs below 1.
            ValueError: for rows that are no finite numbers, a single class, or weights that do not fit.
        """
        self._check_settings()
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        weight = checked_weights(sample_weight, len(X))
        if weight is not None:
            X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        share = np.full(len(X), 1 / len(X)) if weight is None else weight / weight.sum()
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has only one class, {self.classes_[0]!r}: at least two are needed to tell apart."
            )
        units = [1] if len(self.classes_) == 2 else range(len(self.classes_))
        mean = share @ X
        scale = np.sqrt(share @ (X - mean) ** 2)
        scale[scale <= 1e-12 * np.abs(mean)] = 1.0
        rows = np.column_stack([(X - mean) / scale, np.ones(len(X))])
        learn = _logistic if self.activation == "sigmoid" else self._rosenblatt
        learned = [learn(rows, (codes == unit).astype(np.float64), share, self.epochs) for unit in units]
        weights = np.stack([weight for weight, _ in learned])
        self.coef_ = weights[:, :-1] / scale
        self.intercept_ = weights[:, -1] - self.coef_ @ mean
        self.history_ = tuple(history for _, history in learned)
        self.n_iter_ = max(len(history) for history in self.history_)
        return self

    def decision_function(self, X: Any) -> Array:
        """Return w · x + b for each unit (n, units), of two classes (n,): above 0 means the second.

        Of several step units it is the distance from each line, because their weights have no common size.
        """
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        sums = rows @ self.coef_.T + self.intercept_
        if self.activation == "step" and len(self.classes_) > 2:
            sums = sums / np.maximum(np.linalg.norm(self.coef_, axis=1), np.finfo(float).tiny)
        return np.asarray(sums[:, 0] if len(self.classes_) == 2 else sums)

    def predict(self, X: Any) -> Array:
        """Return the class of each row (n,)."""
        sums = self.decision_function(X)
        codes = (sums >= 0).astype(int) if sums.ndim == 1 else sums.argmax(axis=1)
        return np.asarray(self.classes_[codes])

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class (n, classes); of several, those of the units, scaled to 1."""
        sums = self.decision_function(X)
        if sums.ndim == 1:
            return np.column_stack([_sigmoid(-sums), _sigmoid(sums)])
        shares = _sigmoid(sums) + np.finfo(float).tiny
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _check_settings(self) -> None:
        if self.activation not in ACTIVATIONS:
            hint = did_you_mean(str(self.activation), ACTIVATIONS)
            raise RecipeError(f"activation: a perceptron has no {self.activation!r}. {hint}")
        if self.epochs < 1:
            raise RecipeError(f"epochs: expected a number from 1 on, got {self.epochs}.")

    def _rosenblatt(self, rows: Array, truth: Array, share: Array, epochs: int) -> tuple[Array, list[float]]:
        """Return weights, and the share of mistakes in every pass; ends after a pass without any."""
        weights, history = np.zeros(rows.shape[1]), []
        length = share * len(rows)
        generator = numpy_generator(self.seed, "perceptron")
        for _ in range(epochs):
            mistakes = 0.0
            for row in generator.permutation(len(rows)):
                error = truth[row] - (rows[row] @ weights >= 0)
                if error:
                    weights += error * length[row] * rows[row]
                    mistakes += share[row]
            history.append(mistakes)
            if not mistakes:
                break
        return weights, history

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = self.activation == "step"
        return tags


def _logistic(rows: Array, truth: Array, share: Array, epochs: int) -> tuple[Array, list[float]]:
    """Return weights, and the cross-entropy before every pass; ends when the gradient has faded."""
    # The curvature of the loss is at most a quarter of that of the squared error: 1 over it is safe.
    rate = 4 / np.linalg.norm(rows * np.sqrt(share)[:, None], 2) ** 2
    weights, ahead, history = np.zeros(rows.shape[1]), np.zeros(rows.shape[1]), []
    for step in range(epochs):
        sums = rows @ ahead
        history.append(float(share @ (np.logaddexp(0, sums) - truth * sums)))
        gradient = rows.T @ (share * (_sigmoid(sums) - truth))
        if np.abs(gradient).max() < SETTLED:
            break
        before, weights = weights, ahead - rate * gradient
        ahead = weights + step / (step + 3) * (weights - before)
    return weights, history


def _sigmoid(sums: Array) -> Array:
    # The same as 1 / (1 + exp(-z)), which would overflow far below zero.
    return np.asarray(0.5 * (1 + np.tanh(0.5 * sums)))
