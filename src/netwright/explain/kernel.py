"""Shapley values by regression on coalitions and their complements.

The Shapley values are the line through v(empty) and v(all) that fits the coalitions best under the weights
(M - 1) / (C(M, s) s (M - s)). Coalitions are drawn with these weights, each with its complement, several
batches give the error, and each row keeps drawing until that is small.

Sources: Lundberg and Lee (2017); Covert and Lee (2021), "Improving KernelSHAP".
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from netwright.explain.game import Game
from netwright.explain.shapley import Shapley, exact_values
from netwright.randomness import numpy_generator

FEWEST_BATCHES = 8


def kernel_values(
    game: Game,
    *,
    seed: int,
    tolerance: float = 0.02,
    most_batches: int = 64,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Shapley:
    """Return Shapley values by paired weighted regression.

    Args:
        game: the rows' games.
        seed: of the coalitions.
        tolerance: standard error over the sum of the absolute values of a row.
        most_batches: when to stop anyway; a batch is about four coalitions for each player.
        seconds: the time it may take; eight batches are always done.
        clock: returns seconds.
    """
    if game.players <= 2:
        return exact_values(game)
    begin = clock()
    moments = np.zeros((0, game.rows, game.players))
    squares = np.zeros((0, game.players, game.players))
    evaluations, converged = 0, False
    gap = game.full - game.base
    for batch in range(most_batches):
        present = _coalitions(game.players, numpy_generator(seed, "kernel", batch))
        shape = (game.rows, *present.shape)
        values = game.mean_values(np.broadcast_to(present, shape)) - game.base[:, None]
        evaluations += values.size * game.references
        there = present.astype(np.float64)
        moments = np.concatenate([moments, (values @ there / len(there))[None]])
        squares = np.concatenate([squares, (there.T @ there / len(there))[None]])
        if batch + 1 < FEWEST_BATCHES:
            continue
        found = _solved(squares.mean(axis=0), moments.mean(axis=0), gap)
        errors = _errors(squares, moments, gap)
        total = np.abs(found).sum(axis=1)
        converged = bool((errors.max(axis=1) <= tolerance * total).all())
        if converged or (seconds is not None and clock() - begin > seconds):
            break
    return Shapley(found, errors, evaluations, batch + 1, converged)


def _coalitions(players: int, generator: np.random.Generator) -> np.ndarray:
    """Return coalitions bool (n, players), drawn by the kernel's weights, each followed by its complement."""
    count = 2 * players
    sizes = np.arange(1, players)
    weights = 1 / (sizes * (players - sizes))
    size = generator.choice(sizes, count, p=weights / weights.sum())
    place = generator.permuted(np.tile(np.arange(players), (count, 1)), axis=1)
    half = place < size[:, None]
    return np.concatenate([half, ~half])


def _solved(square: np.ndarray, moments: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Return the line (rows, players) with the least squares whose slopes add up to the gap."""
    inverse = np.linalg.pinv(square)
    free = moments @ inverse
    ones = inverse.sum(axis=1)
    return np.asarray(free + (gap - free.sum(axis=1))[:, None] * ones / ones.sum())


def _errors(squares: np.ndarray, moments: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Return standard errors by leaving out one batch after the other (jackknife)."""
    count = len(squares)
    left_out = np.stack(
        [
            _solved(
                (squares.sum(axis=0) - squares[one]) / (count - 1),
                (moments.sum(axis=0) - moments[one]) / (count - 1),
                gap,
            )
            for one in range(count)
        ]
    )
    return np.asarray(np.sqrt((count - 1) * left_out.var(axis=0)))
