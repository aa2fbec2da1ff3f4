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

ALWAYS_EXACT = 4
"""Games of up to this many players are cheaper to enumerate than to sample twice."""

PAIRS_AT_ONCE = 4_096
EVALUATIONS_AT_ONCE = 262_144
FEWEST_ROUNDS = 2


@dataclass(frozen=True)
class Shapley:
    """Shapley values with their errors.

    Attributes:
        values: (rows, players).
        errors: their standard errors (rows, players), 0 where they are exact.
        evaluations: how many mixtures the model answered.
        rounds: pairs of walks for each row and reference at most; 0 when all is exact.
        converged: whether every row's error came below the tolerance.
    """

    values: np.ndarray
    errors: np.ndarray
    evaluations: int
    rounds: int = 0
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

    Each round sends every row and reference on one more walk in a random order, and on the walk in
    the opposite order. A row is done when the largest standard error among its players is below the
    tolerance.

    Args:
        game: the rows' games.
        seed: of the orders.
        tolerance: standard error over the sum of the absolute values of a row.
        most_rounds: when to stop anyway.
        seconds: the time it may take; two rounds are always done, one where a network has members.
        clock: returns seconds.
    """
    begin = clock()
    counts = game.differs.sum(axis=2)
    small = counts <= ALWAYS_EXACT
    first, evaluations = _enumerated_all(game, np.where(small, counts, 0))
    walks = _Walks(np.zeros(game.differs.shape), np.zeros(game.differs.shape), np.zeros(game.rows))
    errors = np.zeros_like(first)
    open_rows, rounds = (~small).any(axis=1), 0
    fewest = 1 if game.members > 1 else FEWEST_ROUNDS
    while open_rows.any() and rounds < most_rounds:
        walking = np.where(small | ~open_rows[:, None], 0, counts)
        for number, (row, reference, players) in enumerate(_groups(game, walking)):
            generator = numpy_generator(seed, "walks", rounds, number)
            (order, steps), spent = _walked(game, row, reference, generator.permuted(players, axis=1))
            evaluations += spent
            walks.add((row[:, None], reference[:, None], order), steps)
        rounds += 1
        walks.rounds[open_rows] = rounds
        if rounds < fewest:
            continue
        errors[open_rows] = walks.errors(game.members)[open_rows]
        total = np.abs(first / game.references + walks.values()).sum(axis=1)
        open_rows &= errors.max(axis=1) > tolerance * total
        if seconds is not None and clock() - begin > seconds:
            break
    values = first / game.references + walks.values()
    return Shapley(values, errors, evaluations, rounds, not open_rows.any())


@dataclass(frozen=True)
class _Walks:
    """What walks brought: their sums and squares (rows, references, players), and rounds done (rows,)."""

    sums: np.ndarray
    squares: np.ndarray
    rounds: np.ndarray

    def add(self, cells: tuple[np.ndarray, ...], steps: np.ndarray) -> None:
        self.sums[cells] += steps
        self.squares[cells] += steps**2

    def values(self) -> np.ndarray:
        """Return what each player brought on average (rows, players)."""
        return np.asarray(self.sums.mean(axis=1) / np.maximum(self.rounds, 1)[:, None])

    def errors(self, members: int) -> np.ndarray:
        """Return standard errors (rows, players): the members' walks count as repetitions.

        That members differ is taken for noise, so the errors are a little too large rather than too small.
        """
        rows, references, players = self.sums.shape
        shape = (rows, references // members, members, players)
        sums, squares = (one.reshape(shape).sum(axis=2) for one in (self.sums, self.squares))
        count = np.maximum(self.rounds * members, 2)[:, None, None]
        spread = (squares - sums**2 / count).clip(min=0) / (count - 1) / count
        return np.asarray(np.sqrt(spread.sum(axis=1)) / shape[1])


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
