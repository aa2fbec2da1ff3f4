"""Parts: the typed, frozen pieces that a recipe is made of.

A part names one standard piece of a training (an optimizer, a loss, a network) and holds its
settings. Parts of one family are interchangeable; in a recipe file a part is written as its name,
or as a mapping with the name under `kind`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from netwright.errors import RecipeError, did_you_mean

_FAMILIES: dict[str, dict[str, type[Part]]] = {}
_FORMER: dict[str, dict[str, str]] = {}

P = TypeVar("P", bound="Part")


class Part(BaseModel):
    """Base of all parts: frozen, unknown settings refused, errors in plain words.

    A subclass that sets `family=` opens a family; its subclasses join it under their name in snake
    case, or under `called=` where that reads badly; `formerly=` lists names that older files use. The
    first setting may be given by position: `L1(1e-5)`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)

    family: ClassVar[str] = ""
    kind: ClassVar[str] = ""

    def __init__(self, *values: Any, **settings: Any) -> None:
        names = list(type(self).model_fields)
        if len(values) > min(1, len(names)):
            raise RecipeError(
                f"{type(self).__name__} takes its settings by name, got {len(values)} by position. "
                f"Settings: {', '.join(names) or 'none'}."
            )
        settings.update(zip(names, values, strict=False))
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise RecipeError(
                describe(error, type(self), prefix=type(self).__name__ if self.kind else "")
            ) from None

    def __init_subclass__(
        cls, family: str = "", called: str = "", formerly: tuple[str, ...] = (), **keywords: Any
    ) -> None:
        super().__init_subclass__(**keywords)
        if family:
            cls.family = family
            _FAMILIES.setdefault(family, {})
            _FORMER.setdefault(family, {})
        elif cls.family:
            cls.kind = called or snake_case(cls.__name__)
            _FORMER[cls.family].update(dict.fromkeys(formerly, cls.kind))
            if not cls.__name__.startswith("_"):
                _FAMILIES[cls.family][cls.kind] = cls

    def to_plain(self) -> dict[str, Any]:
        """Return the part as plain data for YAML and JSON, its name under `kind`."""
        settings = {name: _plain(getattr(self, name)) for name in type(self).model_fields}
        return {"kind": self.kind, **settings} if self.kind else settings

    def edited(self, **settings: Any) -> Self:
        """Return a copy with some settings changed and everything checked again."""
        current = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**current, **settings})


def parts_of(family: str) -> dict[str, type[Part]]:
    """Return the parts of a family by name, in the order they are defined."""
    return dict(_FAMILIES[family])


def parse_part(base: type[P], value: Any, default: type[P] | None = None) -> P:
    """Return the part that a recipe value stands for.

    Args:
        base: the family's base class.
        value: a part, a name such as "sgd", or a mapping with the name under `kind`.
        default: the part meant by a mapping without `kind`.

    Raises:
        RecipeError: for an unknown name or setting, with the nearest known one.
    """
    if isinstance(value, base):
        return value
    if isinstance(value, str):
        value = {"kind": value}
    if not isinstance(value, Mapping):
        raise RecipeError(
            f"{base.family}: expected a part, a name or a mapping, got {value!r}. "
            f"Known: {', '.join(parts_of(base.family))}."
        )
    settings = {str(key): setting for key, setting in value.items()}
    kind = settings.pop("kind", None)
    if kind is None:
        if default is None:
            raise RecipeError(f"{base.family}: 'kind' is missing. Known: {', '.join(parts_of(base.family))}.")
        return default(**settings)
    known = _FAMILIES[base.family]
    kind = _FORMER[base.family].get(str(kind), kind)
    if kind not in known:
        raise RecipeError(f"{base.family}: unknown name {kind!r}. {did_you_mean(str(kind), list(known))}")
    part = known[kind](**settings)
    assert isinstance(part, base)
    return part


# Where a setting may be of several kinds, pydantic names the kind after the field: no help to people.
_BRANCH = re.compile(r"^(constrained-|literal\[|function-|is-instance|[A-Z]|(int|float|str|bool|none)$)")


def describe(error: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """Return pydantic's findings as sentences: field, expectation, what came."""
    sentences: list[str] = []
    expected: dict[tuple[str, str], list[str]] = {}
    for finding in error.errors():
        path = [str(step) for step in finding["loc"] if not _BRANCH.search(str(step))]
        field = ".".join([prefix, *path] if prefix else path)
        cause = finding.get("ctx", {}).get("error")
        if isinstance(cause, RecipeError):
            sentences.append(str(cause))
        elif finding["type"] == "extra_forbidden":
            sentences.append(f"{field}: unknown setting. {did_you_mean(path[-1], list(model.model_fields))}")
        elif finding["msg"].startswith("Value error"):
            sentences.append(
                f"{field}: {finding['msg'].removeprefix('Value error, ')}, got {finding['input']!r}."
            )
        else:
            message = finding["msg"].removeprefix("Input should be ")
            message = f"a number {message}" if message.startswith(("greater", "less")) else message
            expected.setdefault((field, repr(finding["input"])), []).append(message)
    sentences += [
        f"{field}: expected {' or '.join(messages)}, got {came}."
        for (field, came), messages in expected.items()
    ]
    return " ".join(sentences)


def snake_case(name: str) -> str:
    """Return a class name as it is written in recipe files.

    >>> [snake_case(name) for name in ("CrossEntropy", "AdamW", "RMSProp", "L1", "MLP")]
    ['cross_entropy', 'adamw', 'rmsprop', 'l1', 'mlp']
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).lower()


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.to_plain()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
