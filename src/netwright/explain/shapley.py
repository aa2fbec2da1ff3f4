"""Shapley values of games: exact by enumeration, or from antithetic walks with an error and a stop rule.

phi_j = sum over S without j of |S|! (M - |S| - 1)! / M! · (v(S + j) - v(S)).

The value of a coalition is the mean over the references, so the values are the mean of those of one game
for each reference, in which all players who do not differ from that reference count for nothing: a game of d
players needs 2^d answers, or 2 (d - 1) for a pair of walks, however many columns there are.

Sources: Shapley (1953); Strumbelj and Kononenko (2014); Lundberg and Lee (2017); antithetic pairs: Mitchell,
Cooper, Frank and Holmes (2022), "Sampling permutations for Shapley value estimation".
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from netwright.explain.game import Game
from netwright.randomness import numpy_generator

PAIRS_AT_ONCE = 4_096
EVALUATIONS_AT_ONCE = 262_144
FEWEST_WALKS = 2
"""Without a second walk nothing is known of the error."""


@dataclass(frozen=True)
class Shapley:
    """Shapley values with their errors.

    Attributes:
        values: (rows, players).
        errors: their standard errors (rows, players), 0 where they are exact.
        evaluations: how many mixtures the model answered.
        walks: pairs of opposite walks for each row and reference at most; 0 when all is exact.
        converged: whether every row's error came below the tolerance.
    """

    values: np.ndarray
    errors: np.ndarray
    evaluations: int
    walks: int = 0
    converged: bool = True


def exact_cost(game: Game) -> int:
    """Return how many answers of the whole network the enumeration takes."""
    counts = game.differs.sum(axis=2).astype(np.float64)
    return int(min(np.exp2(counts).sum() / game.members, 2**62))


def exact_values(game: Game) -> Shapley:
    """Return the Shapley values by enumeration of all coalitions.

    >>> differs = np.ones((1, 1, 2), dtype=bool)
    >>> def play(row, reference, there):
    ...     return there @ [1.0, 2.0]
    >>> game = Game(differs, np.array([3.0]), np.zeros((1, 1)), play)
    >>> exact_values(game).values.tolist()
    [[1.0, 2.0]]
    """
    values, evaluations = _enumerated_all(game, game.differs.sum(axis=2))
    return Shapley(values / game.references, np.zeros_like(values), evaluations)


def sampled_values(
    game: Game,
    *,
    seed: int,
    tolerance: float = 0.02,
    most_rounds: int = 40,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Shapley:
    """Return Shapley values from walks in which the players join one after the other, and back.

    Each round sends every row and reference on another walk in a random order, and on the walk in the
    opposite order. Where a network has members, they take turns: a round is walked by a quarter of them.
    A row is done when the largest standard error among its players is below the tolerance.

    Args:
        game: the rows' games.
        seed: of the orders.
        tolerance: standard error over the sum of the absolute values of a row.
        most_rounds: walks for every member, row and reference at which it stops anyway.
        seconds: the time it may take; two walks are always done.
        clock: returns seconds.
    """
    begin, members = clock(), game.members
    counts = game.differs[:, ::members].sum(axis=2)
    at_once = max(1, members // 4)
    # Worth it where all members' coalitions take no more answers than the fewest walks.
    small = members * (2.0**counts - 2) <= FEWEST_WALKS * 2 * (counts - 1)
    first, evaluations = _enumerated_all(game, np.repeat(np.where(small, counts, 0), members, axis=1))
    walks = _Walks.none(game)
    errors = np.zeros_like(first)
    open_rows, walked = (~small).any(axis=1), 0
    turn = numpy_generator(seed, "members").integers(members, size=counts.shape)
    while open_rows.any() and walked < most_rounds * members:
        walking = np.zeros((*counts.shape, members), dtype=np.int64)
        for one in range(walked, walked + at_once):
            member = ((turn + one) % members)[..., None]
            np.put_along_axis(walking, member, np.where(small | ~open_rows[:, None], 0, counts)[..., None], 2)
        for number, (row, world, players) in enumerate(_groups(game, walking.reshape(game.rows, -1))):
            generator = numpy_generator(seed, "walks", walked, number)
            (order, steps), spent = _walked(game, row, world, generator.permuted(players, axis=1))
            evaluations += spent
            walks.add(row, world // members, order, steps)
        walked += at_once
        walks.counts[open_rows] = walked
        if walked < FEWEST_WALKS:
            continue
        errors[open_rows] = walks.errors()[open_rows]
        total = np.abs(first / game.references + walks.values()).sum(axis=1)
        open_rows &= errors.max(axis=1) > tolerance * total
        if seconds is not None and clock() - begin > seconds:
            break
    values = first / game.references + walks.values()
    return Shapley(_balanced(game, values, errors), errors, evaluations, walked, not open_rows.any())


def _balanced(game: Game, values: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return values that add up although not every member has walked.

    What is missing is known. The estimate of least variance gives each player a share by its variance.
    """
    missing = game.full - game.base - values.sum(axis=1)
    variance = errors**2
    total = variance.sum(axis=1)
    share = variance / np.where(total > 0, total, 1.0)[:, None]
    return np.asarray(values + missing[:, None] * share)


@dataclass(frozen=True)
class _Walks:
    """What walks brought: sums and squares (rows, background, players); walks of each there (rows,)."""

    sums: np.ndarray
    squares: np.ndarray
    counts: np.ndarray

    @classmethod
    def none(cls, game: Game) -> _Walks:
        shape = game.rows, game.references // game.members, game.players
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(game.rows))

    def add(self, row: np.ndarray, reference: np.ndarray, order: np.ndarray, steps: np.ndarray) -> None:
        """Add what each player brought (n, d), in the order of joining; members may meet in a reference."""
        cells = row[:, None], reference[:, None], order
        np.add.at(self.sums, cells, steps)
        np.add.at(self.squares, cells, steps**2)

    def values(self) -> np.ndarray:
        """Return what each player brought on average (rows, players)."""
        return np.asarray(self.sums.mean(axis=1) / np.maximum(self.counts, 1)[:, None])

    def errors(self) -> np.ndarray:
        """Return standard errors (rows, players).

        That members differ is taken for noise, so the errors are a little too large rather than too small.
        """
        count = np.maximum(self.counts, 2)[:, None, None]
        spread = (self.squares - self.sums**2 / count).clip(min=0) / (count - 1) / count
        return np.asarray(np.sqrt(spread.sum(axis=1)) / self.sums.shape[1])


def _enumerated_all(game: Game, counts: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the exact values of games of so many players, summed over the references, and the answers."""
    values, evaluations = np.zeros((game.rows, game.players)), 0
    for row, reference, players in _groups(game, counts):
        here, spent = _enumerated(game, row, reference, players)
        np.add.at(values, (row[:, None], players), here)
        evaluations += spent
    return values, evaluations


def _groups(game: Game, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield rows (n,), references (n,) and their differing players (n, d), those of equal d together."""
    for count in np.unique(counts[counts > 0]):
        rows, references = np.nonzero(counts == count)
        at_once = max(1, min(PAIRS_AT_ONCE, EVALUATIONS_AT_ONCE // max(1, 2 * int(count))))
        for start in range(0, len(rows), at_once):
            row, reference = rows[start : start + at_once], references[start : start + at_once]
            players = np.nonzero(game.differs[row, reference])[1].reshape(len(row), int(count))
            yield row, reference, players


def _enumerated(
    game: Game, row: np.ndarray, reference: np.ndarray, players: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return the exact values (n, d) of games of d players each, and the answers that took."""
    count = players.shape[1]
    codes = np.arange(2**count)
    cube = (codes[:, None] >> np.arange(count)) & 1 == 1
    weights = _weights(cube)
    found = np.empty((len(row), count))
    at_once = max(1, EVALUATIONS_AT_ONCE // len(cube))
    for start in range(0, len(row), at_once):
        here = slice(start, start + at_once)
        pairs = len(row[here])
        values = np.empty((pairs, len(cube)))
        values[:, 0], values[:, -1] = (
            game.empty[row[here], reference[here]],
            game.fulls[row[here], reference[here]],
        )
        inner = len(cube) - 2
        if inner:
            present = np.zeros((pairs, inner, game.players), dtype=bool)
            np.put_along_axis(
                present, np.repeat(players[here, None], inner, axis=1), cube[None, 1:-1], axis=2
            )
            values[:, 1:-1] = _answered(game, row[here], reference[here], present)
        found[here] = values @ weights.T
    return found, len(row) * max(0, len(cube) - 2)


def _weights(cube: np.ndarray) -> np.ndarray:
    """Return the matrix (d, 2^d) that makes Shapley values of the values of all coalitions."""
    count, sizes = cube.shape[1], cube.sum(axis=1)
    share = np.array([1 / (count * math.comb(count - 1, size)) for size in range(count)])
    joined, left = share[np.maximum(sizes - 1, 0)], share[np.minimum(sizes, count - 1)]
    return np.asarray(np.where(cube.T, joined, -left))


def _walked(
    game: Game, row: np.ndarray, reference: np.ndarray, order: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], int]:
    """Return who joined (n, d) and what that brought (n, d), averaged over a walk and the opposite one."""
    pairs, count = order.shape
    joined = np.zeros((pairs, count - 1, game.players), dtype=bool)
    place = np.empty((pairs, game.players), dtype=np.int64)
    place.fill(count)
    np.put_along_axis(place, order, np.arange(count)[None], axis=1)
    step = np.arange(1, count)[None, :, None]
    joined = place[:, None, :] < step
    rest = (place[:, None, :] >= step) & (place[:, None, :] < count)
    values = _answered(game, row, reference, np.concatenate([joined, rest], axis=1))
    full, empty = game.fulls[row, reference][:, None], game.empty[row, reference][:, None]
    forth = np.diff(np.concatenate([empty, values[:, : count - 1], full], axis=1), axis=1)
    back = -np.diff(np.concatenate([full, values[:, count - 1 :], empty], axis=1), axis=1)
    return (order, (forth + back) / 2), pairs * 2 * (count - 1)


def _answered(game: Game, row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the answers (n, coalitions) for coalitions (n, coalitions, players)."""
    pairs, coalitions, players = present.shape
    values = game.evaluate(
        np.repeat(row, coalitions), np.repeat(reference, coalitions), present.reshape(-1, players)
    )
    return values.reshape(pairs, coalitions)
