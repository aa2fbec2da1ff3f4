"""The factor by which a loss is multiplied so that float16 gradients do not vanish, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class Scaling:
    """Knows the scale of the gradients, or that it is in doubt.

    Args:
        scaler: of the training loop, None where it was not shown.
        precision: returns the precision of the last forward pass, None for that of the parameters.
    """

    def __init__(
        self, scaler: torch.amp.GradScaler | None, precision: Callable[[], torch.dtype | None]
    ) -> None:
        self._scaler = scaler
        self._precision = precision

    def factor(self) -> Tensor | None:
        """Return the factor of this moment, None for 1."""
        scaler = self._scaler
        if scaler is None or not scaler.is_enabled() or scaler._scale is None:
            return None
        return scaler._scale.detach().clone()

    def doubtful(self) -> bool:
        """Return whether gradients may have a scale that is not known."""
        return self._scaler is None and self._precision() is torch.float16
