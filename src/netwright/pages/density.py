"""Pictures made of cells: their strength is transparency, so that they suit light and dark alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def tinted(strength: NDArray[Any], tone: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return cells of one tone whose opacity is their strength.

    Args:
        strength: (rows, columns) from 0, clear, to 1, opaque; not-a-number is clear.
        tone: red, green and blue from 0 to 255.

    >>> tinted(np.array([[0.0, 1.0]]), (1, 2, 3)).tolist()
    [[[1, 2, 3, 0], [1, 2, 3, 255]]]
    """
    cells = np.empty((*strength.shape, 4), dtype=np.uint8)
    cells[..., :3] = tone
    cells[..., 3] = np.rint(255 * np.clip(np.nan_to_num(strength), 0, 1))
    return cells
