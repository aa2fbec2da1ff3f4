"""`Regressor`: how much."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin

from netwright.data.target import Wish
from netwright.estimators.base import TableEstimator
from netwright.task import Task


class Regressor(RegressorMixin, TableEstimator):  # type: ignore[misc]
    """A network that predicts numbers, one or several for each row.

    Parameters are the settings of `Recipe`, and `progress`. After `fit`: `network_`,
    `preparation_`, `schema_`, `target_`, `recipe_`, `reasons_`, `history_`.

    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> bool(Regressor(epochs=30).fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.9)
    True
    """

    _wish: ClassVar[Wish] = Task.REGRESSION

    def predict(self, X: Any) -> np.ndarray:
        """Return the predicted numbers (n,), or (n, outputs) for several targets."""
        answers = self._answers(X)
        return self.target_.decode_numbers(answers)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
