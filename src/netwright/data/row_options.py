"""How rows that are no table become inputs: what every such preparation promises."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Protocol

import numpy as np
from torch import Tensor

from netwright.data.items import Form, Items
from netwright.data.shapes import Shape
from netwright.parts import Part


class RowPreparation(Protocol):
    """A fitted preparation: raw rows in, tensors out; holds no training row."""

    @property
    def form(self) -> Form:
        """What the rows are."""

    @property
    def shape(self) -> Shape:
        """What a network needs to know about the tensors."""

    def transform(self, rows: Any) -> tuple[Tensor, ...]:
        """Return the tensors that a network is called with, for raw rows.

        Raises:
            DataError: for rows that cannot be used; names the row.
        """

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything there is to know: plain data with the form under "kind", and arrays."""


class RowOptions(Part, family="preparation"):
    """Settings of a preparation in a recipe; `fit` learns the preparation from training rows."""

    form: ClassVar[Form]

    @abstractmethod
    def fit(self, rows: Items) -> RowPreparation:
        """Return the preparation fitted to training rows.

        Raises:
            DataError: when no row can be used.
        """
