"""The catalogue: every part a network is trained with, under its textbook name."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from pydantic.fields import FieldInfo

from netwright.errors import UserError, did_you_mean
from netwright.nets import Network
from netwright.nets.activations import ACTIVATIONS
from netwright.nets.initialization import INITIALIZATIONS
from netwright.nets.normalization import NORMALIZATIONS
from netwright.parts import Part, parts_of
from netwright.training import losses, optimizers, schedules
from netwright.training.averaging import Averaging
from netwright.training.penalties import Penalty

_SECTION = re.compile(r"^(Settings|Attributes|Args|Raises|Source):", re.MULTILINE)


@dataclass(frozen=True)
class Setting:
    """A setting of a part: its name, its default as it is written in a recipe, and what it means."""

    name: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Entry:
    """A part as the catalogue shows it.

    Attributes:
        family: such as "losses".
        name: how it is written in a recipe, such as "cross_entropy".
        title: how it is written in Python, such as "CrossEntropy"; the name for what has no class.
        summary: what it is for, in one sentence.
        equation: what it computes.
        use: when to use it, and what to look out for.
        settings: what can be set.
        source: where it comes from.
    """

    family: str
    name: str
    title: str
    summary: str
    equation: str
    use: str = ""
    settings: tuple[Setting, ...] = ()
    source: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        return asdict(self)


def entries(family: str | None = None) -> tuple[Entry, ...]:
    """Return the parts of a family, or all parts.

    Args:
        family: one of `FAMILIES`.

    Raises:
        UserError: for an unknown family, with the nearest known one.

    >>> [entry.name for entry in entries("penalties")]
    ['l1', 'l2', 'elastic_net']
    """
    if family is None:
        return tuple(entry for known in FAMILIES for entry in entries(known))
    if family not in _MAKERS:
        raise UserError(f"parts: there is no family {family!r}. {did_you_mean(family, FAMILIES)}")
    return _MAKERS[family](family)


def _parts(base: type[Part]) -> Callable[[str], tuple[Entry, ...]]:
    return lambda family: tuple(_entry(family, name, part) for name, part in parts_of(base.family).items())


def _entry(family: str, name: str, part: type[Part]) -> Entry:
    text = inspect.cleandoc(part.__doc__ or "")
    sections = dict(zip(_SECTION.findall(text), _SECTION.split(text)[2::2], strict=True))
    first, _, rest = _SECTION.split(text.partition(">>>")[0])[0].strip().partition("\n\n")
    described = _meanings(str(sections.get("Settings", sections.get("Attributes", ""))))
    inherited = _meanings(_settings_of_base(part))
    settings = tuple(
        Setting(key, _default(field), (inherited | described).get(key, ""))
        for key, field in part.model_fields.items()
    )
    module = inspect.cleandoc(sys.modules[part.__module__].__doc__ or "")
    return Entry(
        family=family,
        name=name,
        title=part.__name__,
        summary=getattr(part, "summary", first),
        # A part alone in its file has its equation at the head of the file.
        equation=getattr(part, "equation", "") or module.splitlines()[0].partition(": ")[2].rstrip("."),
        use=_prose(rest),
        settings=settings,
        source=" ".join(sections.get("Source", "").partition(">>>")[0].split()),
    )


def _settings_of_base(part: type[Part]) -> str:
    for base in part.__mro__[1:]:
        text = inspect.cleandoc(base.__doc__ or "")
        if issubclass(base, Part) and "Settings:" in text:
            return text.partition("Settings:")[2]
    return ""


def _meanings(section: str) -> dict[str, str]:
    """Return what a docstring says about each setting."""
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8,}.*)*)", section, re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in found}


def _prose(text: str) -> str:
    """Return the paragraphs of a docstring that are neither equations nor tables."""
    paragraphs = [part for part in text.split("\n\n") if part.strip() and not part.startswith(" ")]
    return " ".join(" ".join(part.split()) for part in paragraphs)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "to be given"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, Part):
        return value.kind
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _activations(family: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(family, one.name, one.name, one.summary, f"f(z) = {one.equation}", f"f'(z) = {one.derivative}.")
        for one in ACTIVATIONS.values()
    )


def _normalizations(family: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(family, one.name, one.name, one.summary, one.equation) for one in NORMALIZATIONS.values()
    )


def _initializations(family: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(family, one.name, one.name, one.summary, f"w ~ {one.equation}")
        for one in INITIALIZATIONS.values()
    )


_MAKERS: dict[str, Callable[[str], tuple[Entry, ...]]] = {
    "losses": _parts(losses.Loss),
    "optimizers": _parts(optimizers.Optimizer),
    "schedules": _parts(schedules.Schedule),
    "penalties": _parts(Penalty),
    "averaging": _parts(Averaging),
    "activations": _activations,
    "normalizations": _normalizations,
    "initializations": _initializations,
    "networks": _parts(Network),
}

FAMILIES = tuple(_MAKERS)
"""The families of parts, in the order in which a recipe needs them."""
