"""Rows as games: what their players are called and hold, and what is needed to draw them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from torch import Tensor

from netwright.explain.game import Game
from netwright.explain.subject import Subject

MOST_REFERENCES = 100
"""Rows of the background that are used, drawn at random when there are more."""

FEWEST_REFERENCES = 20
"""So many rows are a background to each other; fewer are compared with a row of which nothing is known."""


@dataclass(frozen=True)
class Scene:
    """What a row looks like.

    Attributes:
        kind: how it is drawn.
        data: the words of a text; pixels (height, width, channels) from 0 to 1; or steps (steps, channels).
        owner: which player owns each pixel (height, width) or step (steps, channels).
    """

    kind: Literal["text", "picture", "series"]
    data: Any
    owner: np.ndarray | None = None


@dataclass(frozen=True)
class Tensors:
    """Prepared rows and references with the owners of their numbers, where all players are numbers."""

    inputs: tuple[Tensor, ...]
    references: tuple[Tensor, ...]
    owners: tuple[np.ndarray | None, ...]


@dataclass(frozen=True)
class Deal:
    """The games of some rows with the same number of players.

    Attributes:
        numbers: of the rows among those that were given, from 0 (rows,).
        names: of the players, for each row.
        values: what each player holds, as text, for each row.
        game: the games.
        chosen: which answer is explained (rows,).
        reference: what players who take no part are replaced by.
        remake: the same games for another network.
        tensors: what gradients need, or None where the players are no numbers.
        scenes: how each row looks; empty for tables.
        read: how the network's outputs are read, where each row has its own way.
    """

    numbers: np.ndarray
    names: tuple[tuple[str, ...], ...]
    values: tuple[tuple[str, ...], ...]
    game: Game
    chosen: np.ndarray
    reference: str
    remake: Callable[[Subject], Game]
    tensors: Tensors | None = None
    scenes: tuple[Scene, ...] = ()
    read: Callable[[Tensor], Tensor] | None = None


def value_text(value: Any) -> str:
    """Return a value of a table as people read it.

    >>> value_text(3.0), value_text(0.123456), value_text(None), value_text("a b")
    ('3', '0.1235', 'missing', 'a b')
    """
    if value is None or (isinstance(value, float) and value != value):
        return "missing"
    if isinstance(value, (float, np.floating)):
        whole = float(value).is_integer() and abs(float(value)) < 1e12
        return f"{int(value):,}" if whole else f"{value:.4g}"
    if hasattr(value, "strftime"):
        return str(value).removesuffix(" 00:00:00").removesuffix("T00:00:00")
    return str(value)


def merged(names: Sequence[str], groups: Sequence[Sequence[str]]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return which group each name belongs to, and the groups' names, in the order of the names.

    >>> merged(["a", "b", "c"], [["c", "a"]])
    (array([0, 1, 0]), ('a + c', 'b'))
    """
    together = {name: number for number, group in enumerate(groups) for name in group}
    order: dict[object, int] = {}
    place = [order.setdefault(("group", together[n]) if n in together else n, len(order)) for n in names]
    members: list[list[str]] = [[] for _ in order]
    for name, number in zip(names, place, strict=True):
        members[number].append(name)
    return np.array(place, dtype=np.int64), tuple(" + ".join(group) for group in members)
