"""`Regressor`: how much."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import RegressorMixin
from torch import Tensor

from netwright.data.target import Wish
from netwright.errors import DataError
from netwright.estimators.base import NetworkEstimator
from netwright.task import Task


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

        Args:
            X: raw rows.
            coverage: how often the interval should hold the true number.

        Raises:
            RecipeError: when the loss gives no intervals: train with Quantile or GaussianLikelihood.

        >>> import numpy as np
        >>> import netwright as nw
        >>> X = np.linspace(-1, 1, 200)[:, None]
        >>> model = Regressor(loss=nw.losses.Quantile(levels=(0.05, 0.5, 0.95)), epochs=5).fit(X, X[:, 0])
        >>> ends = model.predict_interval(X)
        >>> bool((ends[:, 0] <= ends[:, 1]).all())
        True
        """
        self._check_fitted()
        if len(self.target_.names) > 1:
            raise DataError("predict_interval: for one target column only; train a Regressor for each.")

        def ends(output: Tensor) -> Tensor:
            members = output.unbind(1) if output.dim() == 3 else (output,)
            pairs = [torch.stack(self.loss_.interval(one, coverage), dim=1) for one in members]
            return torch.stack(pairs).mean(dim=0)

        low, high = self._map(X, ends).T
        return np.column_stack([self.target_.decode_numbers(low), self.target_.decode_numbers(high)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
