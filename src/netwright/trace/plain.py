"""Traces as plain data: tensors become arrays, arrays become lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from torch import Tensor

Array = np.ndarray[Any, Any]


def to_array(tensor: Tensor) -> Array:
    """Return a tensor's values as an array of its own."""
    return np.array(tensor.detach().cpu().numpy())


def to_plain(value: Any) -> Any:
    """Return a value as JSON has it: mappings, lists, numbers, text.

    >>> to_plain({"a": np.eye(2)})
    {'a': [[1.0, 0.0], [0.0, 1.0]]}
    """
    if isinstance(value, Tensor):
        return value.tolist()
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in fields(value) if field.repr]
        return {name: to_plain(getattr(value, name)) for name in shown}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value
