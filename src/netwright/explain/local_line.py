"""The line of LIME: least squares to what the answer loses, by who is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netwright.explain.game import Game
from netwright.explain.ranks import rank_correlation
from netwright.randomness import numpy_generator

BATCH = 64
"""Coalitions that each half draws at a time, at least."""

HALVES = 2
RIDGE = 1e-6


@dataclass(frozen=True)
class Line:
    """Lines through the answers of some rows.

    Attributes:
        slopes: (rows, players).
        errors: their standard errors (rows, players).
        start: where they begin, the row's answer less all slopes (rows,).
        fit: R² of each, the noise of the references left out (rows,).
        stability: rank correlation that two draws of this size have (rows,).
        evaluations: how many mixtures the model answered.
    """

    slopes: np.ndarray
    errors: np.ndarray
    start: np.ndarray
    fit: np.ndarray
    stability: np.ndarray
    evaluations: int


def fit_lines(
    game: Game,
    *,
    width: float,
    stable: float,
    most: int,
    seconds: float | None,
    seed: int,
    clock: Callable[[], float],
) -> Line:
    """Draw coalitions in two independent halves until the halves agree, and fit a line to each row."""
    begin = clock()
    drops, evaluations = leave_one_out(game)
    chances = size_chances(game.players, width)
    halves = [_Sums.empty(drops.mean(axis=1), chances) for _ in range(HALVES)]
    open_rows = np.arange(game.rows) if game.players > 1 else np.zeros(0, dtype=np.int64)
    stability = np.ones(game.rows)
    size, drawn = max(BATCH, 2 * game.players), 0
    while len(open_rows):
        for half in range(HALVES):
            generator = numpy_generator(seed, "lime", half, drawn)
            evaluations += halves[half].draw(game, drops, open_rows, size, generator)
        drawn += HALVES * size
        slopes = [half.solve()[open_rows] for half in halves]
        agreed = np.array([rank_correlation(one, other) for one, other in zip(*slopes, strict=True)])
        # Two halves with correlation r: two wholes have 2r / (1 + r) (Spearman 1910, Brown 1910).
        stability[open_rows] = np.where(agreed > 0, 2 * agreed / (1 + agreed), agreed)
        if drawn >= most or (seconds is not None and clock() - begin > seconds):
            break
        open_rows = open_rows[~(stability[open_rows] >= stable)]
        size *= 2
    whole = halves[0].joined(halves[1])
    found = whole.solve()
    apart = np.abs(halves[0].solve() - halves[1].solve()).mean(axis=1, keepdims=True)
    errors = np.broadcast_to(apart * np.sqrt(np.pi) / 4, found.shape).copy()
    return Line(found, errors, game.full - found.sum(axis=1), whole.fit(found), stability, evaluations)


def size_chances(players: int, width: float) -> np.ndarray:
    """Return the chance to leave out 1, 2, … players, (players,).

    >>> size_chances(4, 0.25).round(2).tolist()
    [0.95, 0.05, 0.0, 0.0]
    """
    share = np.arange(1, players + 1) / players
    weights = np.exp(-((share**2) - share[0] ** 2) / width**2)
    return np.asarray(weights / weights.sum())


def leave_one_out(game: Game) -> tuple[np.ndarray, int]:
    """Return what the answer loses without one player (rows, references, players), and the answers it took.

    References that have the same value for a player are asked once.
    """
    first = game.twins == np.arange(game.references)[:, None]
    row, reference, player = np.nonzero(game.differs & first)
    present = np.ones((len(row), game.players), dtype=bool)
    present[np.arange(len(row)), player] = False
    drops = np.zeros(game.differs.shape)
    drops[row, reference, player] = game.fulls[row, reference] - game.evaluate(row, reference, present)
    return np.take_along_axis(drops, np.broadcast_to(game.twins, drops.shape), axis=1), len(row)


class _Sums:
    """Moments of the draws of one half: u u', u r, u y, y and y y' of pairs with unlike references.

    u says who is left out, y what that costs, r what it costs beyond the sum of each alone.
    """

    def __init__(
        self, alone: np.ndarray, chances: np.ndarray, moments: np.ndarray, counts: np.ndarray
    ) -> None:
        self.alone, self.chances, self.moments, self.counts = alone, chances, moments, counts

    @classmethod
    def empty(cls, alone: np.ndarray, chances: np.ndarray) -> _Sums:
        rows, players = alone.shape
        return cls(alone, chances, np.zeros((rows, players * (players + 2) + 2)), np.zeros(rows))

    def joined(self, other: _Sums) -> _Sums:
        return _Sums(self.alone, self.chances, self.moments + other.moments, self.counts + other.counts)

    def draw(
        self, game: Game, drops: np.ndarray, rows: np.ndarray, size: int, generator: np.random.Generator
    ) -> int:
        """Draw coalitions of two or more for some rows; return how many answers they took."""
        shape, players = (len(rows), size), game.players
        sizes, weight = _drawn_sizes(self.chances, shape, generator)
        place = generator.permuted(np.broadcast_to(np.arange(players), (*shape, players)), axis=2)
        absent = place < sizes[..., None]
        first = _dealt(game.references, shape, generator)
        second = (first + generator.integers(1, max(2, game.references), size=shape)) % game.references
        losses = [_losses(game, drops, rows, reference, absent) for reference in (first, second)]
        spent = sum(one[2] for one in losses[: 1 if game.references == 1 else 2])
        one, other = losses[0][0], losses[1][0]
        beyond = (losses[0][1] + losses[1][1]) / 2
        out = absent.astype(np.float64)
        parts = [
            np.einsum("rsi,rsj->rij", out * weight[..., None], out, optimize=True).reshape(len(rows), -1),
            np.einsum("rsi,rs->ri", out, weight * beyond),
            np.einsum("rsi,rs->ri", out, weight * (one + other) / 2),
            (weight * (one + other) / 2).sum(axis=1)[:, None],
            (weight * one * other).sum(axis=1)[:, None],
        ]
        self.moments[rows] += np.concatenate(parts, axis=1)
        self.counts[rows] += weight.sum(axis=1)
        return spent

    def _means(self) -> tuple[np.ndarray, ...]:
        """Return the moments over all sizes: those of one player left out are known."""
        rows, players = self.alone.shape
        share = 1 - self.chances[0]
        means = self.moments / np.maximum(self.counts, 1)[:, None] * share
        cut = np.cumsum([players * players, players, players, 1])
        square, beyond, product, mean, both = np.split(means, cut, axis=1)
        single = self.chances[0] / players
        square = square.reshape(rows, players, players) + single * np.eye(players)
        return (
            square,
            beyond,
            product + single * self.alone,
            mean[:, 0] + single * self.alone.sum(axis=1),
            both[:, 0] + single * (self.alone**2).sum(axis=1),
        )

    def solve(self) -> np.ndarray:
        """Return the slopes (rows, players)."""
        square, beyond, *_ = self._means()
        square = square + RIDGE * np.eye(square.shape[1])
        return np.asarray(self.alone + np.linalg.solve(square, beyond[..., None])[..., 0])

    def fit(self, slopes: np.ndarray) -> np.ndarray:
        """Return R² (rows,), 1 where nothing is lost by leaving anybody out."""
        square, _, product, mean, both = self._means()
        left = both - 2 * (slopes * product).sum(axis=1)
        left += np.einsum("ri,rij,rj->r", slopes, square, slopes)
        spread = both - mean**2
        fit = 1 - left / np.maximum(spread, 1e-300)
        return np.where(spread > 1e-12 * np.maximum(np.abs(both), 1e-300), np.clip(fit, 0.0, 1.0), 1.0)


def _drawn_sizes(
    chances: np.ndarray, shape: tuple[int, ...], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many of two or more are left out (shape), and how much each draw counts.

    What several cost beyond the sum of each varies about with their number less one; it is drawn in
    proportion to that, and counts the less, so that the same line has less noise.
    """
    sizes = np.arange(2, len(chances) + 1)
    wanted = chances[1:] / max(chances[1:].sum(), 1e-300)
    drawn = wanted * (sizes - 1)
    drawn = drawn / drawn.sum() if drawn.sum() > 0 else np.full(len(sizes), 1 / len(sizes))
    place = generator.choice(len(sizes), shape, p=drawn)
    return sizes[place], (wanted / np.maximum(drawn, 1e-300))[place]


def _dealt(references: int, shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Return references (rows, size), each about equally often for every row."""
    turns = np.broadcast_to(np.arange(shape[1]) % references, shape)
    return np.asarray((generator.permuted(turns, axis=1) + generator.integers(references)) % references)


def _losses(
    game: Game, drops: np.ndarray, rows: np.ndarray, reference: np.ndarray, absent: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return what is lost without some players (rows, size), what of it goes beyond the sum, and the
    answers."""
    row = np.broadcast_to(rows[:, None], reference.shape)
    gone = absent & game.differs[row, reference]
    alone = (drops[row, reference] * absent).sum(axis=2)
    several = gone.sum(axis=2) > 1
    loss = alone.copy()
    row, there = row[several], reference[several]
    loss[several] = game.fulls[row, there] - game.evaluate(row, there, ~gone[several])
    return loss, loss - alone, int(several.sum())
