"""Where the network runs, with the reason."""

from __future__ import annotations

import os

import torch

from netwright.errors import RecipeError


def choose_device(wish: str) -> tuple[torch.device, str]:
    """Return the device that a recipe asks for and a sentence that says why.

    Args:
        wish: "auto", or a device as PyTorch writes it: cpu, cuda, cuda:1, mps.

    Raises:
        RecipeError: when the device is unknown or not to be had here.

    >>> choose_device("cpu")
    (device(type='cpu'), 'you asked for it')
    """
    if wish == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda"), f"found {torch.cuda.get_device_name()}"
        if torch.backends.mps.is_available():
            return torch.device("mps"), "found Apple's Metal"
        return torch.device("cpu"), f"no GPU found; {torch.get_num_threads()} threads"
    try:
        device = torch.device(wish)
    except RuntimeError:
        raise RecipeError(f"device: unknown device {wish!r}. Known: auto, cpu, cuda, cuda:0, mps.") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RecipeError(
            f"device: {wish} is not to be had, {torch.cuda.device_count()} CUDA devices found. Try auto."
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise RecipeError("device: mps is not to be had on this machine. Try auto.")
    return device, "you asked for it"


def has_bfloat16() -> bool:
    """Return whether the processor computes in bfloat16 itself; without, that is slower than float32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def processors() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
