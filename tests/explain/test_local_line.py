"""LIME's line: the weighted least squares over all coalitions, exactly where the guess is the truth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from netwright.explain.game import Game
from netwright.explain.local_guess import Guess, near_coalitions
from netwright.explain.local_line import Line, fit_lines, leave_one_out, size_chances

WIDTH = 0.6


def chance_game(players: int, references: int, crooked: float, seed: int = 0) -> Game:
    """Chances whose log-odds add up, but for products of neighbouring players."""
    generator = np.random.default_rng(seed)
    weights = generator.normal(size=(references, players))
    pairs = crooked * generator.normal(size=(references, players - 1))

    def evaluate(row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
        there = present.astype(float)
        odds = (there * weights[reference]).sum(axis=1)
        odds += (there[:, 1:] * there[:, :-1] * pairs[reference]).sum(axis=1)
        # The row itself must have one answer, whatever stands in for others.
        odds -= (weights.sum(axis=1) + pairs.sum(axis=1))[reference]
        return np.asarray(1 / (1 + np.exp(-odds - 0.5)))

    nobody = np.zeros((references, players), dtype=bool)
    empty = evaluate(np.zeros(references, dtype=int), np.arange(references), nobody)[None]
    differs = np.ones((1, references, players), dtype=bool)
    return Game(differs, np.array([1 / (1 + np.exp(-0.5))]), empty, evaluate)


def by_definition(game: Game) -> np.ndarray:
    """Weighted least squares of what is lost by who is left out, over all coalitions and references."""
    chances = size_chances(game.players, WIDTH)
    absent = np.array(list(product([False, True], repeat=game.players)))[1:]
    counts = np.bincount(absent.sum(axis=1), minlength=game.players + 1)
    weight = np.sqrt((chances / counts[1:])[absent.sum(axis=1) - 1])
    loss = game.full[0] - game.mean_values(~absent[None])[0]
    return np.asarray(np.linalg.lstsq(absent * weight[:, None], loss * weight, rcond=None)[0])


def line(game: Game, seed: int = 0, most: int = 64, *, chances: bool = True) -> Line:
    return fit_lines(
        game,
        width=WIDTH,
        stable=2.0,
        most=most,
        seconds=None,
        seed=seed,
        clock=lambda: 0.0,
        chances=chances,
    )


def test_what_adds_up_in_log_odds_needs_no_draws() -> None:
    game = chance_game(6, 5, crooked=0.0)
    np.testing.assert_allclose(line(game).slopes[0], by_definition(game), atol=1e-5)


@pytest.mark.parametrize("chances", [True, False], ids=["guessed in log-odds", "guessed as a sum"])
def test_what_does_not_is_drawn_towards_the_definition(chances: bool) -> None:
    game = chance_game(6, 5, crooked=0.4)
    found = line(game, most=8_000, chances=chances)
    np.testing.assert_allclose(found.slopes[0], by_definition(game), atol=0.01)


def test_the_guess_spares_draws() -> None:
    game = chance_game(6, 5, crooked=0.1)
    truth = by_definition(game)
    wrong = [
        np.mean([np.abs(line(game, seed, chances=chances).slopes[0] - truth).mean() for seed in range(8)])
        for chances in (True, False)
    ]
    assert wrong[0] < wrong[1] / 2


def test_answers_that_are_no_chances_are_guessed_as_a_sum() -> None:
    game = chance_game(4, 3, crooked=0.1)
    drops, _ = leave_one_out(game)
    assert Guess.of(game, drops, True).odds is not None
    assert Guess.of(game, drops, False).odds is None
    assert Guess.of(game, drops - 2, True).odds is None


def test_small_coalitions_are_all_there_once() -> None:
    chances = size_chances(5, WIDTH)
    absent, weight = near_coalitions(chances, np.random.default_rng(0))
    assert len(np.unique(absent, axis=0)) == len(absent) == 2**5 - 6
    assert weight.sum() == pytest.approx(1 - chances[0])
    absent, weight = near_coalitions(size_chances(60, 0.1), np.random.default_rng(0))
    assert (absent.sum(axis=1) >= 2).all()
    assert weight.sum() == pytest.approx(1 - size_chances(60, 0.1)[0])


def test_members_take_turns_and_are_all_heard() -> None:
    from netwright.explain.game import Game

    references, members, players = 6, 4, 3
    worlds = references * members
    generator = np.random.default_rng(0)
    twins = np.repeat(generator.integers(0, 2, (references, players)), members, axis=0) * members
    game = Game(
        differs=np.ones((2, worlds, players), dtype=bool),
        full=np.array([0.25, 0.75]),
        empty=np.arange(2 * worlds, dtype=float).reshape(2, worlds),
        evaluate=lambda row, reference, present: reference.astype(float),
        known_twins=twins + np.tile(np.arange(members), references)[:, None],
        known_fulls=np.tile(np.arange(worlds, dtype=float), (2, 1)),
        members=members,
    )
    some = game.in_turns(2)
    kept = some.evaluate(np.zeros(12, dtype=int), np.arange(12), np.ones((12, players), dtype=bool)).astype(
        int
    )
    assert np.bincount(kept // members).tolist() == [2] * references
    assert np.bincount(kept % members).tolist() == [3] * members
    np.testing.assert_array_equal(some.full, game.full)
    np.testing.assert_array_equal(some.fulls[0], kept)
    np.testing.assert_array_equal(some.empty, game.empty[:, kept])
    for player in range(players):
        own = game.twins[kept, player]
        np.testing.assert_array_equal(own[some.twins[:, player]], own)
        assert len(np.unique(some.twins[:, player])) == len(np.unique(own))
    assert game.in_turns(4) is game
