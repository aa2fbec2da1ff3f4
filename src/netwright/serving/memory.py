"""What libraries keep of every explanation, bounded and given back: a server runs for months."""

from __future__ import annotations

import ctypes
import os
import sys

PRIMITIVES = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"

KEPT_PRIMITIVES = 16
"""Products of one shape each that oneDNN keeps compiled. It keeps 1,024 by itself, up to a mebibyte for each,
and explanations are products of ever other shapes."""


def bound_caches() -> None:
    """Bound what PyTorch's products keep; to be called before the first of them.

    What the environment says already is left as it is.
    """
    os.environ.setdefault(PRIMITIVES, str(KEPT_PRIMITIVES))


def give_back() -> None:
    """Give memory that is free back to the system, where the C library can: it keeps what lies scattered."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
