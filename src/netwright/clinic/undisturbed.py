"""A look at a model that leaves no trace: modes, buffers, attributes and random numbers stay as they were."""

from __future__ import annotations

import copy
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.randomness import isolated

_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_KEPT = {"_parameters", "_buffers", "_modules"}


@dataclass(frozen=True)
class Precision:
    """Whether a forward pass runs in mixed precision.

    Attributes:
        device: type of the device, such as "cuda".
        dtype: of the products, None for full precision.
    """

    device: str = "cpu"
    dtype: torch.dtype | None = None

    @staticmethod
    def now(device: str) -> Precision:
        """Return what holds at this moment."""
        return Precision(
            device, torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
        )

    def block(self) -> Any:
        """Return a block in which a forward pass runs in this precision."""
        if self.dtype is None:
            return nullcontext()
        # Without a cache: weights that are cast here, without a gradient, must not be used by the training.
        return torch.autocast(self.device, self.dtype, cache_enabled=False)


@contextmanager
def undisturbed(modules: Sequence[nn.Module], seed: int) -> Iterator[None]:
    """Look at modules without a gradient inside the block; afterwards all is, bit for bit, as it was.

    Buffers, modes, plain attributes, and the random states of PyTorch, NumPy and Python are given back.
    Hooks that others registered do not run inside, except PyTorch's own.

    Args:
        modules: whose inside is looked at.
        seed: of what layers draw inside the block.

    >>> layer = nn.BatchNorm1d(2)
    >>> with undisturbed([layer], seed=0):
    ...     _ = layer(torch.randn(8, 2))
    >>> layer.num_batches_tracked.item()
    0
    """
    parts = list(dict.fromkeys(part for module in modules for part in module.modules()))
    python, numpy = random.getstate(), np.random.get_state()
    fast_path = torch.backends.mha.get_fastpath_enabled()
    before = [_Memory(part) for part in parts]
    try:
        torch.backends.mha.set_fastpath_enabled(False)  # it would go around the layers inside
        with _seeded(seed), torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)
        random.setstate(python)
        np.random.set_state(numpy)
        for memory in before:
            memory.restore()


def set_modes(model: nn.Module, training: Callable[[nn.Module], bool]) -> None:
    """Set the mode of every part of a model, whatever its own `train` would do."""
    for module in model.modules():
        module.training = training(module)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        with isolated(seed):
            yield
        return
    state = torch.get_rng_state()  # on a CPU alone this takes a hundredth of the time
    try:
        torch.default_generator.manual_seed(seed)
        yield
    finally:
        torch.set_rng_state(state)


class _Memory:
    """What a module is, to be given back."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._attributes = dict(vars(module))
        buffers = [buffer for buffer in module._buffers.values() if buffer is not None]
        self._buffers = [(buffer, buffer.clone()) for buffer in buffers]
        self._tables = {name: dict(vars(module)[name]) for name in _KEPT}
        self._containers = [
            (value, copy.copy(value))
            for name, value in vars(module).items()
            if isinstance(value, (list, dict, set)) and name not in _KEPT and not name.endswith("_hooks")
        ]
        for name in _HOOKS:
            hooks = vars(module)[name]
            if hooks:
                vars(module)[name] = OrderedDict(
                    (key, hook) for key, hook in hooks.items() if _is_torch(hook)
                )

    def restore(self) -> None:
        for buffer, values in self._buffers:
            buffer.data.copy_(values)  # without counting as a change: a graph may hold the buffer
        vars(self._module).clear()
        vars(self._module).update(self._attributes)
        for name, table in self._tables.items():
            _refill(vars(self._module)[name], table)
        for container, contents in self._containers:
            _refill(container, contents)


def _refill(container: Any, values: Any) -> None:
    if isinstance(container, list):
        container[:] = values
    else:
        container.clear()
        container.update(values)


def _is_torch(hook: object) -> bool:
    return str(getattr(hook, "__module__", type(hook).__module__)).startswith("torch.")
