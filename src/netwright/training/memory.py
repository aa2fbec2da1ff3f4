"""Memory: what a training needs, what there is, and a refusal before the crash."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from netwright.errors import RecipeError
from netwright.nets.count import count_parameters, outline, training_bytes
from netwright.training.optimizers import Optimizer

_STATES = {"sgd": 0.0, "rmsprop": 1.0, "adagrad": 1.0, "lion": 1.0, "muon": 1.0}
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


KEPT_BYTES = 31 * 2**20
"""A tensor of that size makes the GNU C library keep what is freed; larger ones it always gives back."""


def keep_freed_memory() -> None:
    """Let memory that a step gives back stay with the process, for the next step.

    By itself the C library of Linux returns it to the system and asks for it anew, a hundred pages a step,
    until a large block is freed for the first time. So one is, that nobody writes to. Elsewhere, nothing.
    """
    torch.empty(KEPT_BYTES, dtype=torch.uint8)


def optimizer_states(optimizer: Optimizer) -> float:
    """Return how many numbers an optimizer keeps for every parameter.

    >>> from netwright.training.optimizers import SGD, AdamW
    >>> optimizer_states(SGD()), optimizer_states(SGD(momentum=0.9)), optimizer_states(AdamW())
    (0.0, 1.0, 2.0)
    """
    momentum = bool(getattr(optimizer, "momentum", 0.0)) and optimizer.kind in ("sgd", "rmsprop")
    return _STATES.get(optimizer.kind, 2.0) + momentum


def step_bytes(
    network: nn.Module, inputs: tuple[Tensor, ...], batch_size: int, optimizer: Optimizer, pieces: int = 1
) -> int:
    """Return the memory of a training step in bytes: weights, gradients, optimizer, activations.

    Args:
        network: a module, or an outline of one.
        inputs: what it is called with; any number of rows above 0.
        batch_size: rows of an update.
        optimizer: which keeps numbers of its own.
        pieces: parts in which a batch is computed.
    """
    return training_bytes(network, inputs, -(-batch_size // pieces), optimizer_states(optimizer))


def available_bytes(device: torch.device) -> int | None:
    """Return the memory that is free on a device, in bytes, None where the system does not tell."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    told = [_from_system(), *(_from_cgroup(*paths) for paths in _CGROUPS)]
    return min((free for free in told if free is not None), default=None)


def check_memory(
    build: Callable[[], nn.Module],
    inputs: tuple[Tensor, ...],
    batch_size: int,
    optimizer: Optimizer,
    device: torch.device,
    *,
    pieces: int = 1,
    available: int | None = None,
    at_most: int | None = None,
) -> None:
    """Refuse a network that does not fit the memory, before any of it is taken.

    Args:
        build: makes the network; it is called for its outline only, without memory for the weights.
        inputs: what it is called with; any number of rows above 0.
        batch_size: rows of an update.
        optimizer: which keeps numbers of its own.
        device: where it is to run.
        pieces: parts in which a batch is computed.
        available: bytes that are free; asked of the system when left out.
        at_most: what a training step needs at most, where that is known without an outline.

    Raises:
        RecipeError: when a training step needs more than there is; names both.
    """
    available = available_bytes(device) if available is None else available
    if available is None or (at_most is not None and at_most < available):
        return
    network = outline(build)
    parameters = count_parameters(network)
    needed = step_bytes(network, inputs, batch_size, optimizer, pieces)
    if needed > available:
        raise RecipeError(
            f"network: {parameters:,} parameters and batches of {batch_size:,} rows need about "
            f"{in_words(needed)}, and {device} has {in_words(available)} free. Make the network smaller, "
            "lower batch_size, raise batch_pieces, or use a larger machine."
        )


def in_words(count: float) -> str:
    """Return a number of bytes in words.

    >>> in_words(1536), in_words(5e9)
    ('1.5 KiB', '4.7 GiB')
    """
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"


def _from_system() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError, AttributeError):
        return None


def _from_cgroup(limit: str, usage: str) -> int | None:
    """Return what a container leaves free, None where there is no limit."""
    try:
        return max(0, int(Path(limit).read_text()) - int(Path(usage).read_text()))
    except (OSError, ValueError):
        return None
