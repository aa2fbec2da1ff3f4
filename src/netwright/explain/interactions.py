"""Interactions: how much of two columns' joint effect is more than the sum of both.

H² = sum of (PD_jk - PD_j - PD_k)² / sum of PD_jk², over the rows, with all partial dependences centred.
Source: Friedman
and Popescu (2008), "Predictive learning via rule ensembles".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from netwright.errors import UserError
from netwright.explain.dealing import deals_of
from netwright.explain.game import Game
from netwright.explain.subject import Scale, subject_of
from netwright.randomness import numpy_generator

ROWS = 60
STRONGEST = 8


@dataclass(frozen=True)
class Interaction:
    """Two columns.

    Attributes:
        first: a column.
        second: another one.
        share: H², the share of their joint effect that only both together make, from 0 to 1.
        strength: standard deviation of that part, in the unit of the answer.
    """

    first: str
    second: str
    share: float
    strength: float


def interactions(
    model: Any,
    X: Any,
    columns: list[str] | None = None,
    *,
    answer: Any = None,
    scale: Scale = "answer",
    rows: int = ROWS,
    seed: int = 0,
) -> tuple[Interaction, ...]:
    """Return the pairs of columns that interact, the strongest first.

    Args:
        model: a fitted estimator for tables, or a module for rows of numbers.
        X: raw rows, of which some are drawn.
        columns: those to look at; the eight with the largest effect of their own when left out.
        answer: a class, label or target.
        scale: explain the "answer" or its "log-odds".
        rows: how many are drawn; the cost grows with its square.
        seed: of the rows.

    Raises:
        UserError: for an unknown column, or rows that are no table.
    """
    subject = subject_of(model).scaled(scale)
    taken = _drawn(X, rows, seed)
    subject, deals = deals_of(subject, taken, background=taken, answer=answer, seed=seed)
    if deals[0].scenes:
        raise UserError("interactions: for columns of tables.")
    game, names = deals[0].game, deals[0].names[0]
    unknown = [name for name in columns or () if name not in names]
    if unknown:
        raise UserError(
            f"interactions: the model reads no column {unknown[0]!r}; it reads {', '.join(names)}."
        )
    alone = centred(game, [(player,) for player in range(len(names))])
    spread = alone.std(axis=1)
    places = [names.index(name) for name in columns] if columns else np.argsort(-spread)[:STRONGEST].tolist()
    pairs = list(combinations(sorted(places), 2))
    if not pairs:
        raise UserError("interactions: two columns are needed.")
    joint = centred(game, pairs)
    found = []
    for (first, second), both in zip(pairs, joint, strict=True):
        beyond = both - alone[first] - alone[second]
        share = float((beyond**2).sum() / max(float((both**2).sum()), 1e-300))
        found.append(Interaction(names[first], names[second], min(1.0, share), float(beyond.std())))
    return tuple(sorted(found, key=lambda one: -one.strength))


def centred(game: Game, groups: Sequence[tuple[int, ...]]) -> np.ndarray:
    """Return the partial dependence of each group of players at every row (groups, rows), mean 0."""
    present = np.zeros((game.rows, len(groups), game.players), dtype=bool)
    for place, group in enumerate(groups):
        present[:, place, list(group)] = True
    values = game.mean_values(present).T
    return np.asarray(values - values.mean(axis=1, keepdims=True))


def _drawn(X: Any, rows: int, seed: int) -> Any:
    if len(X) <= rows:
        return X
    places = np.sort(numpy_generator(seed, "interactions").choice(len(X), rows, replace=False))
    return X.iloc[places] if hasattr(X, "iloc") else X[places]
