"""Matrix products of dense layers, by the fastest routine that PyTorch carries for the processor.

PyTorch multiplies 32-bit matrices with MKL, which leaves half of the speed of processors other than
Intel's unused. The oneDNN library that comes with PyTorch does not, and computes in full 32 bits as well;
it takes longer to start, so that small products stay with MKL.
"""

from __future__ import annotations

import torch
from torch import Tensor

LARGE_PRODUCT = 3_000_000
"""Multiply-adds from which oneDNN is faster; on an AMD core, in training, the two are even at 2 million."""

NARROW = 32
"""Matrices with fewer rows or columns stay with MKL."""

# The operator that PyTorch's compiler calls for dense layers on a CPU; builds without oneDNN lack it.
_onednn = (
    getattr(torch.ops.mkldnn, "_linear_pointwise", None) if torch.backends.mkldnn.is_available() else None  # type: ignore[no-untyped-call]
)


def linear(features: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return x Wᵀ + b.

    Args:
        features: x (rows, inputs).
        weight: W (outputs, inputs).
        bias: b (outputs,), or None for none.

    >>> linear(torch.ones(1, 2), torch.tensor([[1.0, 2.0]]), torch.tensor([0.5]))
    tensor([[3.5000]])
    """
    if _onednn is not None and _is_large(features, weight):
        # Without the activation that it could apply as well: its ReLU takes NaN for 0, and hides it.
        return _onednn(features, weight, bias, "none", [], "")  # type: ignore[no-any-return]
    return torch.nn.functional.linear(features, weight, bias)


def input_gradient(gradient: Tensor, weight: Tensor) -> Tensor:
    """Return G W, the gradient of `linear` by x, for G (rows, outputs)."""
    if _onednn is not None and _is_large(gradient, weight.t()):
        return _onednn(gradient, weight.t(), None, "none", [], "")  # type: ignore[no-any-return]
    return gradient.mm(weight)


def weight_gradient(gradient: Tensor, features: Tensor, total: Tensor | None = None) -> Tensor:
    """Return Gᵀ x, the gradient of `linear` by W, for G (rows, outputs).

    Args:
        gradient: G, the gradient by the answer of `linear`.
        features: x (rows, inputs).
        total: where to add it, in place, instead of making a matrix of its own.
    """
    if _onednn is not None and _is_large(gradient.t(), features.t()):
        found = _onednn(gradient.t(), features.t(), None, "none", [], "")
    elif total is not None and total.dtype is gradient.dtype:
        return total.addmm_(gradient.t(), features)
    else:
        found = gradient.t().mm(features)
    return found if total is None else total.add_(found)


def _is_large(features: Tensor, weight: Tensor) -> bool:
    (rows, inputs), outputs = features.shape, weight.shape[0]
    return (
        rows * inputs * outputs >= LARGE_PRODUCT
        and min(rows, inputs, outputs) >= NARROW
        and features.dtype is torch.float32
    )
