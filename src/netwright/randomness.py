"""Every random number comes from one seed, and nothing outside a training notices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def derive_seed(seed: int, *purpose: object) -> int:
    """Return a seed for one purpose: stable across processes, different for every purpose.

    Args:
        seed: the seed of the recipe.
        purpose: words and numbers that name the use, such as ("shuffle", epoch).

    >>> derive_seed(0, "shuffle", 1) == derive_seed(0, "shuffle", 1)
    True
    >>> derive_seed(0, "shuffle", 1) == derive_seed(0, "shuffle", 2)
    False
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big")


def torch_generator(seed: int, *purpose: object) -> torch.Generator:
    """Return a PyTorch generator for one purpose, see `derive_seed`."""
    return torch.Generator().manual_seed(derive_seed(seed, *purpose))


def numpy_generator(seed: int, *purpose: object) -> np.random.Generator:
    """Return a NumPy generator for one purpose, see `derive_seed`."""
    return np.random.default_rng(derive_seed(seed, *purpose))


@contextmanager
def isolated(seed: int) -> Iterator[None]:
    """Seed PyTorch's global generators inside the block and give them back as they were.

    Layers such as `torch.nn.Dropout` draw from the global generator; inside this block what they
    draw depends on `seed` alone, and the caller's own random state is untouched.
    """
    cuda = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        yield
