"""What a network costs, before it is trained: parameters, floating-point operations, memory.

Every function also takes a module from `outline`, which occupies no memory at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from netwright.nets.recurrent_outline import steps_at_once

# Costs are measured at both of these and continued as a straight line: exact where rows do not mix.
_FEW, _MORE = 4, 8


def outline(build: Callable[[], nn.Module]) -> nn.Module:
    """Return what `build` returns, without memory for the weights: only shapes.

    Args:
        build: makes a module, such as `lambda: MLP().build(shape, outputs, sample)`.

    >>> giant = outline(lambda: nn.Linear(1_000_000, 1_000_000))
    >>> count_parameters(giant)
    1000001000000
    """
    with torch.device("meta"):
        return build().to("meta")


def count_parameters(module: nn.Module) -> int:
    """Return the number of trainable parameters, shared ones once.

    >>> count_parameters(nn.Linear(3, 2))
    8
    """
    return sum(tensor.numel() for tensor in module.parameters() if tensor.requires_grad)


def count_flops(module: nn.Module, example: tuple[Tensor, ...], rows: int, backward: bool = False) -> int:
    """Return the floating-point operations of matrix products, convolutions and attention for a batch.

    A multiplication and the addition that follows it count as two. Elementwise work is not counted.

    Args:
        module: the network; its weights and buffers are not changed.
        example: tensors with the shapes and types that it is called with; any number of rows above 0.
        rows: the size of the batch.
        backward: whether to count the backward pass as well.

    >>> count_flops(nn.Linear(3, 2), (torch.zeros(1, 3),), rows=10)
    120
    """

    def measure(batch: tuple[Tensor, ...]) -> int:
        with FlopCounterMode(display=False) as counter:
            output = _run(module, batch, _buffers(module))
            if backward:
                trainable = [tensor for tensor in module.parameters() if tensor.requires_grad]
                torch.autograd.grad(output.sum(), trainable, allow_unused=True)
        return int(counter.get_total_flops())

    return _extrapolate(measure, module, example, rows)


def activation_bytes(module: nn.Module, example: tuple[Tensor, ...], rows: int) -> int:
    """Return the bytes that a forward pass keeps for the backward pass, parameters and buffers left out.

    Args:
        module: the network; its weights and buffers are not changed.
        example: tensors with the shapes and types that it is called with; any number of rows above 0.
        rows: the size of the batch.
    """
    buffers = _buffers(module)
    standing = {_storage(tensor) for tensor in (*module.parameters(), *buffers.values())}

    def measure(batch: tuple[Tensor, ...]) -> int:
        kept: dict[int, Tensor] = {}  # the tensors themselves are held so that no address is used twice

        def keep(tensor: Tensor) -> Tensor:
            kept.setdefault(_storage(tensor), tensor)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            _run(module, batch, buffers)
        return sum(
            tensor.untyped_storage().nbytes() for place, tensor in kept.items() if place not in standing
        )

    return _extrapolate(measure, module, example, rows)


def training_bytes(
    module: nn.Module, example: tuple[Tensor, ...], rows: int, optimizer_states: float = 2.0
) -> int:
    """Return the estimated memory of a training step in bytes.

    Parameters, one gradient for each, the optimizer's states, and the activations of one batch.

    Args:
        module: the network.
        example: tensors with the shapes and types that it is called with; any number of rows above 0.
        rows: the size of the batch.
        optimizer_states: numbers that the optimizer keeps for a parameter: 2 for Adam, 1 for momentum.
    """
    held = sum(_size(tensor) for tensor in (*module.parameters(), *module.buffers()))
    trainable = sum(_size(tensor) for tensor in module.parameters() if tensor.requires_grad)
    batch = sum(_size(tensor[:1]) for tensor in example) * rows
    return held + round(trainable * (1 + optimizer_states)) + batch + activation_bytes(module, example, rows)


def _extrapolate(
    measure: Callable[[tuple[Tensor, ...]], int], module: nn.Module, example: tuple[Tensor, ...], rows: int
) -> int:
    device = next((tensor.device for tensor in module.parameters()), torch.device("cpu"))
    few, more = (
        measure(tuple(_repeat(tensor, count).to(device) for tensor in example)) for count in (_FEW, _MORE)
    )
    return few + (more - few) * (rows - _FEW) // (_MORE - _FEW)


def _repeat(tensor: Tensor, rows: int) -> Tensor:
    return tensor[:1].expand(rows, *tensor.shape[1:]).contiguous()


def _buffers(module: nn.Module) -> dict[str, Tensor]:
    return {name: buffer.clone() for name, buffer in module.named_buffers()}


def _run(module: nn.Module, batch: tuple[Tensor, ...], buffers: dict[str, Tensor]) -> Any:
    """Call the module in training mode on copies of its buffers; random state stays as it was."""
    modes = {part: part.training for part in module.modules()}
    try:
        with torch.random.fork_rng(devices=[]), steps_at_once(module):
            return torch.func.functional_call(module.train(), buffers, batch)
    finally:
        for part, training in modes.items():
            part.training = training


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _size(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
