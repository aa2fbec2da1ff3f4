"""When numbers stop being finite: the step and the layer where it began, found by replaying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from netwright.training.loop import Engine, Step


@dataclass(frozen=True)
class NonFinite:
    """Where the first number that is not finite appeared.

    Attributes:
        step: the update, counted from 1.
        layer: name of the layer, or "loss" when every layer's output was still finite.
        what: "output", "gradient", "weight" or "loss".
        learning_rate: at that step.
    """

    step: int
    layer: str
    what: str
    learning_rate: float

    def __str__(self) -> str:
        place = "the loss" if self.layer == "loss" else f"the {self.what} of layer {self.layer!r}"
        return f"step {self.step}: {place} is not finite (learning rate {self.learning_rate:.3g})"


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """Return whether every entry of every tensor is a finite number; one synchronisation."""
    floating = [tensor.detach() for tensor in tensors if tensor.is_floating_point()]
    if not floating:
        return True
    # A sum of absolute values is not finite as soon as one entry is not, and costs one pass.
    return bool(
        torch.isfinite(
            torch.stack([tensor.abs().amax().double() for tensor in floating if tensor.numel()])
        ).all()
    )


def find_first(engine: Engine, steps: Iterable[Step]) -> NonFinite | None:
    """Replay steps until a number is not finite; return where, or None if all stay finite.

    Args:
        engine: in the state from which the steps start.
        steps: the training steps, being made while they are read.
    """
    with _watched_outputs(engine.network) as suspects:
        for step in steps:
            if suspects:
                return NonFinite(step.number, suspects[0], "output", step.learning_rate)
            if not all_finite([step.loss]):
                return NonFinite(step.number, "loss", "loss", step.learning_rate)
            for what, name in _bad_parameters(engine.network):
                return NonFinite(step.number, name, what, step.learning_rate)
    return None


def _bad_parameters(network: nn.Module) -> Iterator[tuple[str, str]]:
    # Backward runs from the output to the input: the last layer with a bad gradient was the first.
    for name, parameter in reversed(list(network.named_parameters())):
        layer = name.rpartition(".")[0] or "network"
        if parameter.grad is not None and not all_finite([parameter.grad]):
            yield "gradient", layer
        if not all_finite([parameter]):
            yield "weight", layer


@contextmanager
def _watched_outputs(network: nn.Module) -> Iterator[list[str]]:
    """Collect the names of layers whose output is not finite, in the order they ran."""
    suspects: list[str] = []

    def watch(name: str) -> RemovableHandle:
        def look(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and not all_finite([output]):
                suspects.append(name)

        handle: RemovableHandle = modules[name].register_forward_hook(look)
        return handle

    modules = {name: module for name, module in network.named_modules() if not list(module.children())}
    handles = [watch(name) for name in modules]
    try:
        yield suspects
    finally:
        for handle in handles:
            handle.remove()
