"""The links of a chain of dense layers: what each answers, and its gradient written by hand.

For h_k = d_k * a(z_k), z_k = h_{k-1} W_kᵀ + b_k, with d_k the mask of dropout, and G_k = dL/dh_k:

    D_k = dL/dz_k = G_k * d_k * a'(z_k),    dL/dW_k = D_kᵀ h_{k-1},    dL/db_k = Σ_rows D_k,
    G_{k-1} = D_k W_k

Each link has `forward`, which also returns what it has to remember, and `backward`, which adds the
gradients of its parameters and returns that of its input. Of several members in one network each one's
rows lie together in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.nets.dropout import Dropout
from netwright.nets.members import MemberLinear, MemberScaling
from netwright.training.products import input_gradient, linear, weight_gradient

_aten = torch.ops.aten

DERIVATIVES: dict[type[nn.Module], Callable[[Any, Tensor, Tensor, Tensor], Tensor]] = {
    nn.Identity: lambda m, g, z, a: g,
    nn.ReLU: lambda m, g, z, a: _aten.threshold_backward(g, a, 0),
    nn.LeakyReLU: lambda m, g, z, a: _aten.leaky_relu_backward(g, z, m.negative_slope, False),
    nn.ELU: lambda m, g, z, a: _aten.elu_backward(g, m.alpha, 1, 1, False, z),
    nn.GELU: lambda m, g, z, a: _aten.gelu_backward(g, z, approximate=m.approximate),
    nn.SiLU: lambda m, g, z, a: _aten.silu_backward(g, z),
    nn.Mish: lambda m, g, z, a: _aten.mish_backward(g, z),
    nn.Softplus: lambda m, g, z, a: _aten.softplus_backward(g, z, m.beta, m.threshold),
    nn.Sigmoid: lambda m, g, z, a: _aten.sigmoid_backward(g, a),
    nn.Tanh: lambda m, g, z, a: _aten.tanh_backward(g, a),
}
"""By activation: from the module, dL/da, z and a(z) to dL/dz."""

Tell = Callable[[nn.Module, Tensor, Tensor], None]
"""Told of a module, what went in and what came out, all members' rows one after another."""

Memo = tuple[Any, ...]
"""What the way forward leaves for the way back."""


@dataclass(frozen=True)
class ScalingLink:
    """Every member's own view of the features: (rows, inputs) to (members · rows, inputs)."""

    module: MemberScaling

    def forward(self, features: Tensor, arithmetic: torch.dtype, tell: Tell) -> tuple[Tensor, Memo]:
        """Return the answer, and what `backward` needs."""
        scaled = (features * self.module.scaling.unsqueeze(1)).flatten(0, 1)
        tell(self.module, features, scaled)
        return scaled, (features,)

    def backward(self, gradient: Tensor, memo: Memo, wanted: bool) -> Tensor | None:
        """Add the gradients of the parameters; return that of the features, if it is wanted."""
        (features,) = memo
        by_member = gradient.to(features.dtype).reshape(-1, *features.shape)
        _add(self.module.scaling, (by_member * features).sum(1))
        return (by_member * self.module.scaling.unsqueeze(1)).sum(0) if wanted else None


class LayerLink:
    """A linear layer, its activation, and dropout, on (rows, inputs) or (members · rows, inputs)."""

    def __init__(
        self, linear: nn.Linear, activation: nn.Module, dropout: nn.Module, members: int = 1
    ) -> None:
        self.modules = (linear, activation, dropout)
        self.weight, self.bias, self.activation = linear.weight, linear.bias, activation
        self.dropout = None if isinstance(dropout, nn.Identity) else dropout
        self.derivative = DERIVATIVES[type(activation)]
        self.relu = type(activation) is nn.ReLU
        self.by_answer = type(activation) in (nn.Sigmoid, nn.Tanh)
        self.members = members

    def forward(self, features: Tensor, arithmetic: torch.dtype, tell: Tell) -> tuple[Tensor, Memo]:
        """Return the answer, and what `backward` needs."""
        flat, weight = _cast(features, arithmetic), _cast(self.weight, arithmetic)
        bias = None if self.bias is None else _cast(self.bias, arithmetic)
        z = linear(flat, weight, bias)
        answer = z.relu_() if self.relu and tell is nobody else self.activation.forward(z)
        mask = None if self.dropout is None else _mask(self.dropout, answer, self.members)
        # Where nobody needs the answer as it was, its memory is used again, which is still close at hand.
        spare = tell is nobody and not self.by_answer
        hidden = answer if mask is None else _times(answer, mask, spare)
        for module, came, went in zip(self.modules, (flat, z, answer), (z, answer, hidden), strict=True):
            tell(module, came, went)
        return hidden, (flat, weight, z, answer, mask)

    def backward(self, gradient: Tensor, memo: Memo, wanted: bool) -> Tensor | None:
        """Add the gradients of the parameters; return that of the features, if it is wanted."""
        flat, weight, z, answer, mask = memo
        if mask is not None:
            gradient = _times(gradient, mask, spare=True)
        gradient = self.derivative(self.activation, gradient, z, answer)
        if self.weight.requires_grad:
            _keep(self.weight, weight_gradient(gradient, flat, self.weight.grad))
        if self.bias is not None:
            _add(self.bias, gradient.sum(0))
        return input_gradient(gradient, weight) if wanted else None


@dataclass(frozen=True)
class MemberOutputLink:
    """An output layer for every member: (members · rows, inputs) to (rows, members, outputs)."""

    module: MemberLinear

    def forward(self, features: Tensor, arithmetic: torch.dtype, tell: Tell) -> tuple[Tensor, Memo]:
        """Return the answer, and what `backward` needs."""
        weight, bias = self.module.weight.to(arithmetic), self.module.bias.to(arithmetic)
        by_member = features.to(arithmetic).reshape(len(weight), -1, features.shape[-1])
        answer = torch.baddbmm(bias.unsqueeze(1), by_member, weight.mT)
        tell(self.module, features, answer.flatten(0, 1))
        return answer.transpose(0, 1), (by_member, weight)

    def backward(self, gradient: Tensor, memo: Memo, wanted: bool) -> Tensor | None:
        """Add the gradients of the parameters; return that of the features, if it is wanted."""
        features, weight = memo
        by_member = gradient.transpose(0, 1)
        _add(self.module.weight, by_member.mT @ features)
        _add(self.module.bias, by_member.sum(1))
        return (by_member @ weight).flatten(0, 1) if wanted else None


Link = ScalingLink | LayerLink | MemberOutputLink


def nobody(module: nn.Module, came: Tensor, went: Tensor) -> None:
    """Nobody is watching."""


def _mask(dropout: nn.Module, features: Tensor, members: int) -> Tensor | None:
    """Draw the mask of a dropout layer as the layer itself would; members share one."""
    if not dropout.training:
        return None
    if isinstance(dropout, Dropout):
        return dropout.mask(features[: len(features) // members])
    assert isinstance(dropout, nn.Dropout)
    return nn.functional.dropout(torch.ones_like(features), dropout.p)


def _times(features: Tensor, mask: Tensor, spare: bool) -> Tensor:
    """Return features (members · rows, units) times a mask (rows, units), in place where they may be lost."""
    if spare and features.is_contiguous() and features.dtype is mask.dtype:
        features.view(-1, *mask.shape).mul_(mask)
        return features
    if len(mask) == len(features):
        return features * mask
    return (features.reshape(-1, *mask.shape) * mask).flatten(0, 1)


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor if tensor.dtype is dtype else tensor.to(dtype)


def _add(parameter: Tensor, gradient: Tensor) -> None:
    """Add to the gradient of a parameter, unless it is frozen."""
    if parameter.requires_grad:
        _keep(parameter, gradient if parameter.grad is None else parameter.grad.add_(gradient))


def _keep(parameter: Tensor, gradient: Tensor) -> None:
    if parameter.grad is None:
        parameter.grad = _cast(gradient, parameter.dtype)
