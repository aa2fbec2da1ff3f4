"""PyTorch's optimizers without PyTorch's compiler, whose import takes longer than a small training."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.optim import Optimizer

_GUARDED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")
_MARK = "__dynamo_disable"
"""Where PyTorch keeps what it calls in place of a function that its compiler must not look into."""


@contextmanager
def without_compiler() -> Iterator[None]:
    """Let optimizers work inside the block without importing `torch._dynamo`, which takes a second.

    PyTorch imports its compiler at the first call of some methods of an optimizer, only to tell it to leave
    them alone. Nothing has to be told to a compiler that is not there. What is imported already is used, and
    after the block everything is as it was.
    """
    functions = [] if "torch._dynamo" in sys.modules else _guarded()
    for function in functions:
        setattr(function, _MARK, function)
    try:
        yield
    finally:
        for function in functions:
            delattr(function, _MARK)


def _guarded() -> list[Callable[..., Any]]:
    """Return the functions behind the methods that would call the compiler, where PyTorch has them."""
    inner = (getattr(getattr(Optimizer, name, None), "__wrapped__", None) for name in _GUARDED)
    return [function for function in inner if function is not None and not hasattr(function, _MARK)]
