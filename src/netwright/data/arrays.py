"""Arrays that are no tables (images, series) on their way into a network of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from netwright.data.preparation import Prepared
from netwright.errors import ArtifactError, DataError


@dataclass(frozen=True)
class ArrayPreparation:
    """Arrays as 32-bit numbers, unchanged otherwise: a network of one's own knows what it wants.

    Attributes:
        shape: of one row.
    """

    shape: tuple[int, ...]

    number_names: tuple[str, ...] = ()
    cardinalities: tuple[int, ...] = ()

    def transform_matrix(self, array: np.ndarray) -> Prepared:
        """Return rows (n, ...) as a network takes them.

        Raises:
            DataError: for rows of another shape, and for missing or infinite numbers.

        >>> ArrayPreparation((2, 2)).transform_matrix(np.zeros((5, 2, 2))).numbers.shape
        torch.Size([5, 2, 2])
        """
        if array.shape[1:] != self.shape:
            raise DataError(
                f"The model was trained on rows of shape {self.shape}, got rows of shape {array.shape[1:]}."
            )
        numbers = np.ascontiguousarray(array, dtype=np.float32)
        bad = ~np.isfinite(numbers).reshape(len(numbers), -1).all(axis=1)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise DataError(
                f"Row {row + 1:,} holds missing or infinite numbers. Fill them, or leave the row out."
            )
        # A copy where the array was float32 already: PyTorch must not write into the user's memory.
        tensor = torch.from_numpy(numbers.copy() if numbers is array else numbers)
        return Prepared(tensor, torch.zeros((len(array), 0), dtype=torch.int64))

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything there is to know: plain data for JSON, and no arrays."""
        return {"array": list(self.shape)}, {}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ArrayPreparation:
        """Return the preparation that `to_state` described."""
        if not isinstance(state.get("array"), list):
            raise ArtifactError("The preparation is damaged: it names no shape. Save the model again.")
        return cls(tuple(int(size) for size in state["array"]))
