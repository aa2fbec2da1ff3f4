"""One feature of multi-head attention: where each head looks, and what it brings back."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.trace.sums import Values, WeightedSum
from netwright.trace.tape import Step, double_precision, replace
from netwright.trace.units import Place, at


@dataclass(frozen=True)
class Attention:
    """What the heads of an attention layer do.

    Attributes:
        weights: how much each position looks at every other (rows, heads, positions, others); each row of
            the last axis sums to 1.
        values: what each head reads from the others (rows, heads, others, features of a head).
    """

    weights: Tensor
    values: Tensor


def is_plain(step: Step) -> bool:
    """Return whether an attention layer reads rows of sequences and adds no positions of its own."""
    module = step.module
    assert isinstance(module, nn.MultiheadAttention)
    query = step.arguments[0][0] if step.arguments[0] else step.arguments[1]["query"]
    return module.bias_k is None and not module.add_zero_attn and query is not None


def attention(step: Step, values: Values, place: Place) -> tuple[Attention, WeightedSum]:
    """Return the heads, and the weighted sum by which one feature is made of what they bring back.

    heads = softmax(Q Kᵀ / sqrt(d)) V, side by side;  z = w · heads + b
    """
    module = step.module
    assert isinstance(module, nn.MultiheadAttention)
    positional, named = replace(step.arguments, lambda ref: values[ref.number])
    arguments = inspect.signature(nn.MultiheadAttention.forward).bind(module, *positional, **named).arguments
    arguments |= {"need_weights": True, "average_attn_weights": False}
    with double_precision(), torch.no_grad():
        weights = nn.MultiheadAttention.forward(**arguments)[1]
        assert weights is not None
        read = arguments["value"] if module.batch_first else arguments["value"].transpose(0, 1)
        projected = nn.functional.linear(read, *_value_projection(module))
        heads = projected.reshape(*projected.shape[:2], module.num_heads, -1).transpose(1, 2)
        brought = (weights @ heads).transpose(1, 2).flatten(2)
    out = module.out_proj
    bias = torch.zeros(()) if out.bias is None else out.bias[place.unit]
    size = module.head_dim
    names = tuple(f"head {index // size}[{index % size}]" for index in range(module.embed_dim))
    equation = "heads = softmax(Q Kᵀ / √d) V;  z = w · heads + b"
    found = WeightedSum(out.weight[place.unit], bias, at(brought, place.position), names, equation)
    return Attention(weights, heads), found


def _value_projection(module: nn.MultiheadAttention) -> tuple[Tensor, Tensor | None]:
    size = module.embed_dim
    weight = module.in_proj_weight[2 * size :] if module._qkv_same_embed_dim else module.v_proj_weight
    return weight, None if module.in_proj_bias is None else module.in_proj_bias[2 * size :]
