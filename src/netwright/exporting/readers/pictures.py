"""Pictures as inputs of the exported model, by name. Needs NumPy, nothing else.

Decode and resize before: sides keep their ratio, the rest is black; inputs.json says the size.
"""

from typing import Any

import numpy as np


def inputs_of(rows: list[Any], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of pictures (height, width, channels), or (height, width) where they are grey.
    description: the file inputs.json, read.
    """
    one = description["inputs"][0]
    channels, height, width = one["shape"][1:]
    pictures = []
    for row, picture in enumerate(rows, 1):
        array = np.asarray(picture)
        array = array[..., None] if array.ndim == 2 else array
        if array.shape != (height, width, channels):
            raise ValueError(f"Row {row}: expected {(height, width, channels)}, got {array.shape}.")
        pictures.append(np.moveaxis(array, -1, 0).astype(one["dtype"]))
    return {one["name"]: np.stack(pictures)}
