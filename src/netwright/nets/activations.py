"""Activations by their textbook names."""

from __future__ import annotations

from torch import nn

from netwright.errors import RecipeError, did_you_mean

_MODULES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "silu": nn.SiLU,
    "identity": nn.Identity,
}


def make_activation(name: str) -> nn.Module:
    """Return a fresh activation module.

    Raises:
        RecipeError: for an unknown name, with the nearest known one.
    """
    if name not in _MODULES:
        raise RecipeError(f"activation: unknown name {name!r}. {did_you_mean(name, list(_MODULES))}")
    return _MODULES[name]()
