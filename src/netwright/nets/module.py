"""A user's own PyTorch module: is it fit to be trained on this data?"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, is_lazy

from netwright.errors import RecipeError, listing
from netwright.findings import Finding


def wrap_module(module: nn.Module) -> nn.Module:
    """Return a copy of a user's module that can be trained.

    The copy keeps the user's weights as they are, so that fitting twice starts twice from the same place.

    Args:
        module: any module; lazy layers are allowed, see `probe_module`.

    Raises:
        TypeError: when it is not a module, such as a class that was not called.
        RecipeError: when it has no trainable parameter.

    >>> wrap_module(nn.Linear(3, 1))
    Linear(in_features=3, out_features=1, bias=True)
    """
    if isinstance(module, type) and issubclass(module, nn.Module):
        raise TypeError(f"network: expected a module, got the class {module.__name__}. Call it first.")
    if not isinstance(module, nn.Module):
        raise TypeError(f"network: expected a torch.nn.Module, got {type(module).__name__}.")
    if not any(parameter.requires_grad for parameter in module.parameters()):
        held = sum(1 for _ in module.parameters())
        reason = f"all {held} are frozen (requires_grad=False)" if held else "it has none at all"
        raise RecipeError(
            f"network: {type(module).__name__} has no trainable parameter: {reason}. Unfreeze some with "
            "parameter.requires_grad_(True), or register layers as attributes or in nn.ModuleList."
        )
    # PyTorch cannot copy a buffer that has no size yet, such as the mean of a LazyBatchNorm1d.
    unsized = {
        id(buffer): UninitializedBuffer(device=buffer.device, dtype=buffer.dtype)  # type: ignore[call-arg]
        for buffer in module.buffers()
        if is_lazy(buffer)
    }
    return copy.deepcopy(module, unsized)


def probe_module(module: nn.Module, batch: tuple[Tensor, ...], outputs: int) -> tuple[Finding, ...]:
    """Run one batch forward and backward: sizes lazy layers, checks the outputs, finds dead parameters.

    Gradients, buffers, training mode and random state are left as they were.

    Args:
        module: the module to try, on the device of the batch.
        batch: what it is called with; 2 rows or more.
        outputs: how many values the target needs for a row.

    Returns:
        A finding that names the parameters which no gradient reaches, if there are any.

    Raises:
        RecipeError: when it cannot read the batch, or its output does not fit the target; names the layer.
    """
    modes = {part: part.training for part in module.modules()}
    with torch.random.fork_rng(devices=[]):
        try:
            _size_lazy_layers(module, batch)
            buffers = {name: buffer.clone() for name, buffer in module.named_buffers()}
            output, layer = _forward(module.train(), batch)
            check_output_shape(output, (len(batch[0]), *_members(module), outputs), layer)
            findings = _unreached(module, output)
        finally:
            for part, training in modes.items():
                part.training = training
    with torch.no_grad():
        for name, buffer in module.named_buffers():
            buffer.copy_(buffers[name])
    return findings


def check_output_shape(output: object, expected: tuple[int, ...], layer: str = "") -> None:
    """Check what a module returned for a batch.

    Args:
        output: what it returned.
        expected: the right shape, such as (rows, outputs).
        layer: the name of the layer that computed it, for the message.

    Raises:
        RecipeError: when it is not a tensor of that shape with floating-point numbers.
    """
    place = f"network: the output of layer {layer!r}" if layer else "network: its output"
    if not isinstance(output, Tensor):
        raise RecipeError(f"{place}: expected one tensor of shape {expected}, got {type(output).__name__}.")
    if tuple(output.shape) != expected:
        raise RecipeError(
            f"{place}: expected shape {expected} for this target, got {tuple(output.shape)}. "
            f"{_shape_remedy(tuple(output.shape), expected)}"
        )
    if not output.is_floating_point():
        raise RecipeError(
            f"{place}: expected floating-point values, got {output.dtype}. "
            "Return the values before argmax or rounding; only those have gradients."
        )


def _shape_remedy(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if got == expected[:-1] and expected[-1] == 1:
        return "Keep the last axis: return output.unsqueeze(-1)."
    if len(got) == len(expected):
        return f"Give the last layer {expected[-1]} output{'s' if expected[-1] > 1 else ''}."
    return "Flatten or pool what lies between the rows and the outputs before the last layer."


def _members(module: nn.Module) -> tuple[int, ...]:
    members = getattr(module, "members", 1)
    return (members,) if members > 1 else ()


def _size_lazy_layers(module: nn.Module, batch: tuple[Tensor, ...]) -> None:
    if any(is_lazy(tensor) for tensor in [*module.parameters(), *module.buffers()]):
        with torch.no_grad():
            _forward(module.eval(), batch)


def _forward(module: nn.Module, batch: tuple[Tensor, ...]) -> tuple[Any, str]:
    """Return the output and the name of the last layer with parameters that took part in it."""
    entered: list[str] = []
    weighty: list[str] = []

    def enter(name: str, part: nn.Module) -> None:
        entered.append(name)
        if name and any(True for _ in part.parameters(recurse=False)):
            weighty.append(name)

    hooks = [
        part.register_forward_pre_hook(lambda part, _, name=name: enter(name, part))
        for name, part in module.named_modules()
    ]
    try:
        return module(*batch), weighty[-1] if weighty else ""
    except (RuntimeError, TypeError, IndexError) as error:
        shapes = " and ".join(str(tuple(tensor.shape)) for tensor in batch)
        name = next((name for name in reversed(entered) if name), type(module).__name__)
        raise RecipeError(
            f"network: layer {name!r} cannot process a batch of shape {shapes}: {error} "
            "Its first layer must read the prepared columns, and every layer what the one before it returns."
        ) from error
    finally:
        for hook in hooks:
            hook.remove()


def _unreached(module: nn.Module, output: Tensor) -> tuple[Finding, ...]:
    if not output.requires_grad:
        raise RecipeError(
            "network: its output does not depend on any trainable parameter, so nothing can be learnt. "
            "Look for detach(), torch.no_grad() or .data in its forward method."
        )
    trainable = {name: tensor for name, tensor in module.named_parameters() if tensor.requires_grad}
    # A random direction, because a sum would have none through a softmax, whose rows always sum to 1.
    direction = torch.randn(output.shape, dtype=output.dtype, device=output.device)
    gradients = torch.autograd.grad((output * direction).sum(), list(trainable.values()), allow_unused=True)
    names = [name for name, gradient in zip(trainable, gradients, strict=True) if gradient is None]
    if not names:
        return ()
    return (
        Finding(
            rule="no_gradient",
            severity="note",
            message=f"No gradient reaches {listing(names)}: training leaves these parameters as they are.",
            remedy="Use them in forward, or remove them, or freeze them with requires_grad_(False).",
            evidence={"parameters": names},
        ),
    )
