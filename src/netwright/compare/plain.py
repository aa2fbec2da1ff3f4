"""Frozen records read back from the plain data that JSON holds, guided by their types."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def from_plain(kind: type[T], data: dict[str, Any]) -> T:
    """Return the record of a dataclass from the mapping that `dataclasses.asdict` made of it.

    Fields may be plain values, enumerations, further dataclasses, tuples of these, or None.

    >>> from netwright.compare.intervals import Interval
    >>> from_plain(Interval, {"low": 1.0, "high": 2.0})
    Interval(low=1.0, high=2.0)
    """
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name], data[field.name]) for field in fields(kind)})


def _value(hint: Any, data: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if data is None:
            return None
        (only,) = (argument for argument in arguments if argument is not NoneType)
        return _value(only, data)
    if origin is tuple:
        return tuple(_value(arguments[0], item) for item in data)
    if isinstance(hint, type) and is_dataclass(hint):
        return from_plain(hint, data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    return data
