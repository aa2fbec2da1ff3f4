"""`Classifier`: which class, with probabilities."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from netwright.data.target import Wish
from netwright.estimators.base import NetworkEstimator
from netwright.task import Task
from netwright.uncertainty.assurance import known
from netwright.uncertainty.conformal import prediction_sets


def _has_probabilities(model: Classifier) -> bool:
    loss = getattr(model, "loss_", None) or model.recipe().loss
    if loss != "auto" and not loss.probabilities:
        raise AttributeError(
            f"{type(loss).__name__} gives margins, not probabilities: use decision_function, "
            "or train with CrossEntropy."
        )
    return True


class Classifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A network that tells classes apart: two, many, or several labels at once.

    Parameters are the settings of `Recipe`, and `progress`. After `fit`: `classes_`, `network_`,
    `preparation_`, `schema_`, `target_`, `recipe_`, `reasons_`, `history_`.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> bool(Classifier(epochs=30).fit(X, y).score(X, y) > 0.9)
    True
    """

    _wish: ClassVar[Wish] = "classification"

    @property
    def classes_(self) -> np.ndarray:
        """The classes in the order of `predict_proba`'s columns; for several labels, their names."""
        if self.target_.task is Task.MULTILABEL:
            return np.array(self.target_.names)
        return self.target_.labels

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest class of each row (n,), or 0/1 for each label (n, labels).

        With `threshold` set, the second of two classes from the threshold that was chosen on.
        """
        answers = self._answers(X)
        if self.target_.task is Task.MULTILABEL:
            return (answers > 0.5).astype(np.int64)
        return self.target_.decode_classes(self.target_.chosen(answers))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class (n, classes), or of each label (n, labels)."""
        return self._answers(X)

    def predict_set(self, X: Any, coverage: float = 0.9, *, empty: bool = False) -> np.ndarray:
        """Return which classes may be the true one, (n, classes) of True and False.

        The sets hold the true class as often as asked, for rows from where the training rows came from:
        their sizes tell how sure the model is.

        Args:
            X: raw rows.
            coverage: how often the true class should be in the set.
            empty: whether a set may be empty: "none of them is sure enough". Without that the likeliest
                class is always in the set, which holds more often than asked where it alone is right
                more often than that.

        Raises:
            RecipeError: when no rows were held out, or too few for that coverage.

        >>> from sklearn.datasets import load_breast_cancer
        >>> X, y = load_breast_cancer(return_X_y=True)
        >>> sets = Classifier(epochs=5).fit(X, y).predict_set(X[:3], coverage=0.9)
        >>> sets.shape, bool(sets.any(axis=1).all())
        ((3, 2), True)
        """
        thresholds = known(self.assurance_.sets, "predict_set", self.assurance_.why("sets"))
        return prediction_sets(self._answers(X), thresholds.finite_at(coverage), empty=empty)

    def predict_if_sure(self, X: Any, error_rate: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
        """Return the class of each row as `predict` does, and whether the model is sure enough of it.

        Of the rows that it is sure of, no more than the error rate are answered wrong, with 90 %
        assurance, for rows from where the training rows came from.

        Args:
            X: raw rows.
            error_rate: the share of wrong answers that may be.

        Returns:
            The classes (n,), and True where to believe them (n,); elsewhere it is "I don't know".

        Raises:
            RecipeError: when no rows were held out.
        """
        abstention = known(self.assurance_.abstention, "predict_if_sure", self.assurance_.why("abstention"))
        answers = self._answers(X)
        # The least difference: chances are computed in 32 bits, thresholds in 64.
        chosen = self.target_.chosen(answers)
        sure = answers[np.arange(len(answers)), chosen] >= abstention.confidence(error_rate) - 1e-6
        return self.target_.decode_classes(chosen), sure

    def decision_function(self, X: Any) -> np.ndarray:
        """Return a score for each class (n, classes), of two classes only the second's (n,).

        Margins of a hinge loss; logarithms of the probabilities, or of their ratio, otherwise.
        """
        answers = self._answers(X)
        if self.loss_.probabilities:
            answers = np.log(np.clip(answers.astype(np.float64), 1e-12, 1.0))
        if self.target_.task is Task.BINARY:
            return np.asarray(answers[:, 1] - answers[:, 0])
        return answers

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
