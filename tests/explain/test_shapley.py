"""Shapley values: the definition, and walks agree."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.explain.game import Game
from netwright.explain.shapley import exact_cost, exact_values, sampled_values


def game_of(players: int, seed: int, rows: int = 2, references: int = 3) -> Game:
    generator = np.random.default_rng(seed)
    table = generator.normal(size=(rows, references, 2**players))
    differs = generator.random((rows, references, players)) < 0.8

    def evaluate(row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
        code = ((present & differs[row, reference]) << np.arange(players)).sum(axis=1)
        return table[row, reference, code]

    every = (differs << np.arange(players)).sum(axis=2)
    full = generator.normal(size=rows)
    for row in range(rows):
        table[row, np.arange(references), every[row]] = full[row]
    return Game(differs, full, np.where(differs.any(axis=2), table[:, :, 0], full[:, None]), evaluate)


def by_definition(game: Game) -> np.ndarray:
    """Average what each player adds over all orders and references."""
    values = np.zeros((game.rows, game.players))
    orders = list(permutations(range(game.players)))
    for row in range(game.rows):
        for reference in range(game.references):
            for order in orders:
                present = np.zeros((1, game.players), dtype=bool)
                before = game.empty[row, reference]
                for player in order:
                    present[0, player] = True
                    after = game.evaluate(np.array([row]), np.array([reference]), present)[0]
                    values[row, player] += after - before
                    before = after
    return values / len(orders) / game.references


@given(st.integers(1, 4), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_enumeration_is_the_definition(players: int, seed: int) -> None:
    game = game_of(players, seed)
    np.testing.assert_allclose(exact_values(game).values, by_definition(game), atol=1e-10)


def test_walks_come_near_and_know_how_near() -> None:
    game = game_of(7, 3)
    exact, sampled = exact_values(game), sampled_values(game, seed=0, tolerance=0.05, most_rounds=400)
    assert sampled.converged
    wrong = np.abs(sampled.values - exact.values)
    assert (wrong <= 5 * sampled.errors + 1e-9).all()
    np.testing.assert_allclose(sampled.values.sum(axis=1), game.full - game.base, atol=1e-10)


def test_walks_stop_when_the_time_is_up() -> None:
    ticks = iter(range(100))
    found = sampled_values(
        game_of(7, 1), seed=0, tolerance=0.0, seconds=0.5, clock=lambda: float(next(ticks))
    )
    assert found.walks == 2
    assert not found.converged


def test_players_who_change_nothing_cost_nothing() -> None:
    game = game_of(5, 2)
    assert exact_cost(game) == int((2 ** game.differs.sum(axis=2)).sum())
    none = ~game.differs.any(axis=1)
    assert not exact_values(game).values[none].any()
