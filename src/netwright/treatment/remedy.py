"""A remedy: an edit of the recipe, shown as the lines that change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netwright.clinic.causes import Cause
from netwright.recipe.files import setting_text
from netwright.recipe.recipe import Recipe


@dataclass(frozen=True)
class Remedy:
    """One change of a recipe that answers one cause.

    Attributes:
        name: what is done, such as "a tenth of the learning rate".
        cause: what it answers, None for a return to the automatic choice as a whole.
        changes: settings of the recipe by name, as `Recipe` takes them.
        size: how much it changes: 1 one number, 2 one part, 3 the architecture, 4 the whole training.
        quick: whether a short branch can show what it does; what lies late in a training cannot be seen.
        further: other causes that it answers too, where several changes are made at once.
    """

    name: str
    cause: Cause | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    size: int = 1
    quick: bool = True
    further: tuple[Cause, ...] = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """All that it answers."""
        return self.further if self.cause is None else (self.cause, *self.further)

    def applied(self, recipe: Recipe) -> Recipe:
        """Return the recipe with the change made.

        >>> Remedy("gentler", Cause.RATE_TOO_HIGH, {"gradient_clip": 1.0}).applied(Recipe()).gradient_clip
        1.0
        """
        return recipe.edited(**self.changes)


def combined(first: Remedy, second: Remedy) -> Remedy:
    """Return both changes as one remedy; the second was made for the recipe with the first.

    >>> gentle = Remedy("gentler", Cause.RATE_TOO_HIGH, {"gradient_clip": 1.0})
    >>> both = combined(gentle, Remedy("longer", Cause.TOO_SHORT, {"epochs": 9}))
    >>> both.name, [cause.value for cause in both.causes]
    ('gentler, and longer', ['learning rate too high', 'training too short'])
    """
    return Remedy(
        name=f"{first.name}, and {second.name}",
        cause=first.cause,
        changes={**first.changes, **second.changes},
        size=max(first.size, second.size),
        quick=first.quick and second.quick,
        further=tuple(cause for cause in (*first.further, *second.causes) if cause != first.cause),
    )


def flattened(plain: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return plain settings with dotted names.

    >>> flattened({"epochs": 5, "optimizer": {"kind": "sgd", "learning_rate": 0.1}})
    {'epochs': 5, 'optimizer': 'sgd', 'optimizer.learning_rate': 0.1}
    """
    flat: dict[str, Any] = {}
    for name, value in plain.items():
        if isinstance(value, Mapping):
            if "kind" in value:
                flat[prefix + name] = value["kind"]
            inner = {key: item for key, item in value.items() if key != "kind"}
            flat |= flattened(inner, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def difference(before: Recipe, after: Recipe) -> str:
    """Return what differs between two recipes, one setting a line.

    What belongs to a part that was exchanged as a whole is not listed.

    >>> print(difference(Recipe(optimizer={"learning_rate": 3.0}), Recipe(optimizer={"learning_rate": 0.3})))
    optimizer.learning_rate: 3.0 -> 0.3
    """
    old, new = flattened(before.to_plain()), flattened(after.to_plain())
    lines = []
    exchanged: list[str] = []
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) == new.get(name) and (name in old) == (name in new):
            continue
        if any(name.startswith(f"{part}.") for part in exchanged):
            continue
        if name in old and name in new:
            lines.append(f"{name}: {setting_text(old[name])} -> {setting_text(new[name])}")
        elif name in old:
            lines.append(f"{name}: {setting_text(old[name])} -> left to us")
        else:
            lines.append(f"{name}: {setting_text(new[name])}")
        exchanged.append(name)
    return "\n".join(lines)
