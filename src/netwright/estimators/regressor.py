"""`Regressor`: how much."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import RegressorMixin

from netwright.data.target import Wish
from netwright.errors import DataError
from netwright.estimators.assembly import shape_of
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.reliability import interval_ends
from netwright.task import Task
from netwright.uncertainty.conformal import COVERAGES, place_of


class Regressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
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

    def predict_interval(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Return the ends of an interval for each row, (n, 2), in the target's own unit.

        The intervals hold the true number as often as asked, for rows from where the training rows came
        from: their width comes from the errors on rows that were held out. They are as wide for every
        row, unless the loss says how the target spreads, such as `Quantile` or `GaussianLikelihood`.

        Args:
            X: raw rows.
            coverage: how often the interval should hold the true number.

        Raises:
            RecipeError: when no rows were held out and the loss gives no intervals by itself, or too few.
            RecipeError: for a coverage that cannot be.

        >>> import numpy as np
        >>> X = np.linspace(-1, 1, 200)[:, None]
        >>> ends = Regressor(epochs=5).fit(X, X[:, 0]).predict_interval(X, coverage=0.9)
        >>> bool((ends[:, 0] <= ends[:, 1]).all())
        True
        """
        self._check_fitted()
        if len(self.target_.names) > 1:
            raise DataError("predict_interval: for one target column only; train a Regressor for each.")
        thresholds, wanted = self.assurance_.intervals, COVERAGES[place_of(coverage)]
        if thresholds is None:
            # Without held-out rows the loss has to give the ends by itself, or to say why not.
            reach, wanted = 0.0, coverage
            self.loss_.interval(torch.zeros(1, self.loss_.outputs(shape_of(self.target_))), coverage)
        else:
            reach = thresholds.finite_at(coverage)
        ends = partial(interval_ends, self.loss_, shape_of(self.target_), coverage=wanted)
        low, high = self._map(X, ends).T
        low, high = np.minimum(low - reach, (low + high) / 2), np.maximum(high + reach, (low + high) / 2)
        return np.column_stack([self.target_.decode_numbers(low), self.target_.decode_numbers(high)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
