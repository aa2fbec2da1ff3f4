"""Where numbers stopped being finite: the batch is replayed, layer by layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.layers import layers_of
from netwright.clinic.probe import Lens
from netwright.clinic.readings import fetch
from netwright.clinic.record import Breakdown
from netwright.clinic.rows import Rows, tensors_in


def locate(lens: Lens, rows: Rows | None, step: int) -> Breakdown:
    """Return where the first number that is not finite stands.

    Looked for in the order in which a step is made: inputs, weights, outputs of the layers, loss, gradients.

    Args:
        lens: how the model is looked at.
        rows: the batch of the step, None where it is not known.
        step: the number of the step.
    """
    if rows is not None and not _finite(tensors_in((rows.call.arguments, dict(rows.call.keywords)))):
        return Breakdown(step, "", "input")
    if rows is not None and not _finite(tensors_in(rows.target)):
        return Breakdown(step, "", "target")
    layers = layers_of(lens.model)
    bad = [layer.name for layer in layers if not _finite(list(layer.parameters))]
    if bad:
        return Breakdown(step, bad[0], "weight")
    if rows is not None:
        hit = first_bad_output(lens, rows)
        if hit is not None:
            return Breakdown(step, hit, "output")
    # Backward runs from the output to the input: the last layer with a bad gradient was hit first.
    for layer in reversed(layers):
        gradients = [parameter.grad for parameter in layer.parameters if parameter.grad is not None]
        if not _finite(gradients):
            return Breakdown(step, layer.name, "gradient")
    return Breakdown(step, "", "loss")


def first_bad_output(lens: Lens, rows: Rows) -> str | None:
    """Return the name of the first module whose output is not finite, None if all are."""
    told: list[tuple[str, list[Tensor]]] = []
    handles = []
    with lens.undisturbed():
        for name, module in lens.model.named_modules():
            if name and not list(module.children()):
                handles.append(module.register_forward_hook(_teller(name, told)))
        try:
            output = lens.forward(rows, training=True)
        finally:
            for handle in handles:
                handle.remove()
        told.append(("", tensors_in(output)))
        return next((name for name, tensors in told if not _finite(tensors)), None)


def _teller(name: str, told: list[tuple[str, list[Tensor]]]) -> Any:
    def tell(module: nn.Module, arguments: Any, output: Any) -> None:
        told.append((name, [_size(tensor) for tensor in tensors_in(output) if tensor.is_floating_point()]))

    return tell


def _finite(tensors: list[Tensor]) -> bool:
    floating = [tensor for tensor in tensors if tensor.is_floating_point() and tensor.numel()]
    if not floating:
        return True
    with torch.no_grad():
        return all(
            number == number and abs(number) != float("inf") for number in fetch([_size(t) for t in floating])
        )


def _size(tensor: Tensor) -> Tensor:
    """Return the largest absolute entry: not finite as soon as one entry is not."""
    tensor = tensor.coalesce().values() if tensor.is_sparse else tensor
    return tensor.detach().abs().amax() if tensor.numel() else tensor.new_zeros(())
