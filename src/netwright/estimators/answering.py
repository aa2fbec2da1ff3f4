"""Raw rows through a trained network, as many at a time as memory holds with ease."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import Tensor, nn

from netwright.data.items import Items
from netwright.estimators.intake import Rows
from netwright.estimators.preparing import AnyPreparation, inputs_of, prepare
from netwright.training.threads import threads_for
from netwright.training.validation import outputs

ROWS_AT_ONCE = 16_384
"""Rows of a table that are prepared and answered at a time."""

ITEMS_AT_ONCE = 1024
"""Pictures, texts or sequences that are."""


def mapped(
    network: nn.Module, preparation: AnyPreparation, rows: Rows, answer: Callable[[Tensor], Tensor]
) -> np.ndarray:
    """Return what is made of a network's outputs for raw rows, chunk by chunk.

    Args:
        network: that is trained.
        preparation: makes of rows what the network reads.
        rows: as the preparation takes them.
        answer: makes answers of the outputs of some rows.
    """
    most = ITEMS_AT_ONCE if isinstance(rows, Items) else ROWS_AT_ONCE
    device = next(network.parameters()).device
    parts = []
    for start in range(0, max(1, len(rows)), most):
        chunk = rows if len(rows) <= most else rows[start : start + most]
        inputs = tuple(tensor.to(device) for tensor in inputs_of(prepare(preparation, chunk)))
        with threads_for(network, len(chunk)):
            parts.append(answer(outputs(network, inputs)).cpu().numpy())
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
