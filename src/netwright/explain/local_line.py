"""The line of LIME: least squares to what the answer loses, by who is left out.

Only what the answers differ from a guess, see `Guess`, is drawn with the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netwright.explain.game import Game
from netwright.explain.local_guess import Guess, drawn_absent
from netwright.explain.local_moments import Costs, Half
from netwright.explain.ranks import rank_correlation
from netwright.randomness import numpy_generator

BATCH = 64
"""Coalitions that each half draws at a time, at least."""

HALVES = 2

MEMBERS = 4
"""Members of a network that answer for each reference, in turns: the means of more are hardly others."""


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
    chances: bool = False,
) -> Line:
    """Draw coalitions in two independent halves until the halves agree, and fit a line to each row.

    Args:
        game: the rows' games.
        width: see `size_chances`.
        stable: rank correlation of two draws at which a row is done.
        most: coalitions for a row at most.
        seconds: the time it may take.
        seed: of all draws.
        clock: returns seconds.
        chances: whether answers are probabilities, whose costs are guessed in log-odds.
    """
    begin = clock()
    game = game.in_turns(MEMBERS)
    drops, evaluations = leave_one_out(game)
    sizes = size_chances(game.players, width)
    guess = Guess.of(game, drops, chances)
    guessed = guess.moments(sizes, numpy_generator(0, "lime guesses"))
    halves = [Half.begun(drops.mean(axis=1), sizes, guessed) for _ in range(HALVES)]
    open_rows = np.arange(game.rows) if game.players > 1 else np.zeros(0, dtype=np.int64)
    stability = np.ones(game.rows)
    size, drawn = max(BATCH, 2 * game.players), 0
    while len(open_rows):
        for number, half in enumerate(halves):
            generator = numpy_generator(seed, "lime", number, drawn)
            evaluations += _draw(game, guess, half, open_rows, size, generator)
        drawn += HALVES * size
        slopes = [half.slopes()[open_rows] for half in halves]
        agreed = np.array([rank_correlation(one, other) for one, other in zip(*slopes, strict=True)])
        # Two halves with correlation r: two wholes have 2r / (1 + r) (Spearman 1910, Brown 1910).
        stability[open_rows] = np.where(agreed > 0, 2 * agreed / (1 + agreed), agreed)
        if drawn >= most or (seconds is not None and clock() - begin > seconds):
            break
        open_rows = open_rows[~(stability[open_rows] >= stable)]
        size *= 2
    whole = halves[0].joined(halves[1])
    found = whole.slopes()
    apart = np.abs(halves[0].slopes() - halves[1].slopes()).mean(axis=1, keepdims=True)
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


def _draw(
    game: Game, guess: Guess, half: Half, rows: np.ndarray, size: int, generator: np.random.Generator
) -> int:
    """Draw coalitions of two or more for some rows, ask the model; return how many answers that took."""
    absent, weight = drawn_absent(half.chances, (len(rows), size), generator)
    first = _dealt(game.references, (len(rows), size), generator)
    second = (first + generator.integers(1, max(2, game.references), size=first.shape)) % game.references
    spent, told = 0, []
    for reference in (first,) if game.references == 1 else (first, second):
        guessed, alone = guess.costs(rows[:, None], reference, absent)
        loss, answers = _losses(game, alone, rows, reference, absent)
        told.append((loss, guessed, alone))
        spent += answers
    (loss, guessed, alone), (other, other_guessed, other_alone) = told[0], told[-1]
    costs = Costs.of((loss, other), (loss - alone, other - other_alone))
    expected = Costs.of((guessed, other_guessed), (guessed - alone, other_guessed - other_alone))
    half.add(rows, absent, weight, costs, expected)
    return spent


def _dealt(references: int, shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Return references (rows, size), spread evenly for every row: neighbours are members of one row."""
    start = generator.random((shape[0], 1))
    turns = np.floor((np.arange(shape[1]) + start) * (references / shape[1])).astype(np.int64)
    return np.asarray(generator.permuted(turns, axis=1) % references)


def _losses(
    game: Game, alone: np.ndarray, rows: np.ndarray, reference: np.ndarray, absent: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return what is lost without some players (rows, size), and how many answers that took."""
    row = np.broadcast_to(rows[:, None], reference.shape)
    gone = absent & game.differs[row, reference]
    several = gone.sum(axis=2) > 1
    loss = alone.copy()
    row, there = row[several], reference[several]
    loss[several] = game.fulls[row, there] - game.evaluate(row, there, ~gone[several])
    return loss, int(several.sum())
