"""Are explanations any good? What is called important must hurt when gone, and must hang on the weights.

deletion       players leave in the order of their scores, those for the answer first: it must fall fast
insertion      they join in that order: it must rise fast
randomisation  the same explanation of a network with random weights must be another one
stability      the same explanation again, with another draw or another half of the references

Sources: Petsiuk, Das and Saenko (2018); Samek et al. (2017); Adebayo et al. (2018), "Sanity checks for
saliency maps".
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.errors import UserError
from netwright.explain.deal import Deal
from netwright.explain.explanation import Explanation
from netwright.explain.game import Game
from netwright.explain.ranks import rank_correlation
from netwright.explain.shap import EXACT
from netwright.explain.shapley import FEWEST_WALKS, exact_values, sampled_values
from netwright.explain.subject import Subject
from netwright.randomness import isolated, numpy_generator

CURVES = ("deletion", "deletion_random", "insertion", "insertion_random")
POINTS = 21
RANDOM_ORDERS = 10
MOST_ROWS = 30
REFERENCES = 20
FEW_PLAYERS = 8
"""Up to so many players, exact scores are enumerated again, with half of the references."""


@dataclass(frozen=True)
class Check:
    """How good explanations are.

    Attributes:
        share: shares of the players that are gone or there (points,).
        deletion: share of the rows' distance to their bases, taken together, that is left (points,).
        deletion_random: the same for random orders.
        insertion: share that is reached when players join.
        insertion_random: the same for random orders.
        deletion_gain: how much lower the area under the deletion curve is than for random orders.
        insertion_gain: how much higher that of insertion is.
        better: share of the rows whose own order beats the mean of random ones in deletion.
        randomised: rank correlation with the explanation of a network with random weights.
        stability: rank correlation of two independent repetitions.
        rows: how many were looked at.
        verdict: what that means.
    """

    share: tuple[float, ...]
    deletion: tuple[float, ...]
    deletion_random: tuple[float, ...]
    insertion: tuple[float, ...]
    insertion_random: tuple[float, ...]
    deletion_gain: float
    insertion_gain: float
    better: float
    randomised: float
    stability: float
    rows: int
    verdict: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the explanations."""
        return self.deletion_gain > 0 and self.insertion_gain > 0 and self.stability > 0.8

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "good": self.good}

    def __str__(self) -> str:
        return "\n".join(self.verdict)


def check(explanation: Explanation, *, rows: int = MOST_ROWS, seed: int = 0) -> Check:
    """Test explanations against the model that they are of.

    Args:
        explanation: what `shap` or `lime` returned.
        rows: how many of its rows are looked at.
        seed: of random orders, random weights and repetitions.

    Raises:
        UserError: for explanations of one player, which have no order, or of nothing but base answers.
    """
    deals = [deal for deal in _some(explanation, rows) if deal.game.players > 1]
    if not deals:
        raise UserError("check: with one player there is no order to test.")
    scores = {(deal_number, place): row for deal_number, place, row in _scores(explanation, deals)}
    curves: dict[str, list[np.ndarray]] = {name: [] for name in CURVES}
    randomised: list[float] = []
    stability: list[float] = []
    network = random_twin(explanation.subject.network, seed)
    for number, deal in enumerate(deals):
        game = _fewer_references(deal.game)
        given = np.stack([scores[number, place] for place in range(game.rows)])
        _curves(game, given, curves, numpy_generator(seed, "check orders", number))
        other = _fewer_references(deal.remake(replace(explanation.subject, network=network)))
        first, second = (_again(game, seed + one, explanation.method) for one in (1, 2))
        blank = _again(other, seed, explanation.method)
        for place in range(game.rows):
            stability.append(rank_correlation(first[place], second[place]))
            randomised.append(abs(rank_correlation(given[place], blank[place])))
    if not curves["deletion"]:
        raise UserError("check: every answer equals its base; there is nothing that leaving could cost.")
    return _summary(curves, float(np.mean(randomised)), float(np.mean(stability)))


def mixtures_of_a_row(players: int, references: int) -> int:
    """Return about how many mixtures a row costs that is explained by sampled SHAP and checked."""
    walks = 2 * FEWEST_WALKS * (players - 1)
    few = min(references, REFERENCES)
    return walks * references + 3 * walks * few + 2 * (RANDOM_ORDERS + 1) * min(POINTS, players + 1) * few


def _again(game: Game, seed: int, method: str) -> np.ndarray:
    """Return the scores (rows, players) of another draw; exact ones only depend on the references."""
    if method == EXACT and game.players <= FEW_PLAYERS:
        kept = numpy_generator(seed, "check references").permutation(game.references)
        return exact_values(game.by(np.sort(kept[: -(-game.references // 2)]))).values
    return sampled_values(game, seed=seed, tolerance=0.05, most_rounds=4).values


def _summary(curves: dict[str, list[np.ndarray]], randomised: float, stability: float) -> Check:
    # Shares of what all rows together have to lose: a row near its base would count as many times as much.
    start = np.stack([one[0] for one in curves["deletion"]])
    scale = float(np.abs(start).mean())
    shares = {name: np.stack(lines) / scale for name, lines in curves.items()}
    mean = {name: tuple(lines.mean(axis=0).tolist()) for name, lines in shares.items()}
    areas = {
        name: np.asarray(np.trapezoid(lines, dx=1 / (POINTS - 1), axis=1)) for name, lines in shares.items()
    }
    better = float((areas["deletion"] < areas["deletion_random"]).mean())
    gains = (
        float((areas["deletion_random"] - areas["deletion"]).mean()),
        float((areas["insertion"] - areas["insertion_random"]).mean()),
    )
    rows = len(areas["deletion"])
    return Check(
        share=tuple(np.linspace(0, 1, POINTS).tolist()),
        **mean,
        deletion_gain=gains[0],
        insertion_gain=gains[1],
        better=better,
        randomised=randomised,
        stability=stability,
        rows=rows,
        verdict=_verdict(gains, (better, randomised, stability), rows),
    )


def random_twin(network: nn.Module, seed: int) -> nn.Module:
    """Return a copy of a network in which the weights of each tensor are dealt out anew."""
    twin = copy.deepcopy(network)
    with isolated(seed), torch.no_grad():
        for parameter in twin.parameters():
            flat = parameter.flatten()
            parameter.copy_(flat[torch.randperm(len(flat))].view_as(parameter))
    return twin


def _some(explanation: Explanation, rows: int) -> list[Deal]:
    kept: list[Deal] = []
    for deal in explanation.deals:
        left = rows - sum(one.game.rows for one in kept)
        if left <= 0:
            break
        if deal.game.rows > left:
            places = np.arange(left)
            whole: Callable[[Subject], Game] = deal.remake

            def remake(
                subject: Subject, whole: Callable[[Subject], Game] = whole, places: np.ndarray = places
            ) -> Game:
                return whole(subject).only(places)

            deal = replace(deal, game=deal.game.only(places), numbers=deal.numbers[places], remake=remake)
        kept.append(deal)
    return kept


def _scores(explanation: Explanation, deals: list[Deal]) -> list[tuple[int, int, np.ndarray]]:
    # The rows of an explanation stand in the order of its deals.
    starts = np.cumsum([0, *(deal.game.rows for deal in explanation.deals)])
    position = {int(deal.numbers[0]): int(starts[n]) for n, deal in enumerate(explanation.deals)}
    return [
        (number, place, explanation.rows[position[int(deal.numbers[0])] + place].scores)
        for number, deal in enumerate(deals)
        for place in range(deal.game.rows)
    ]


def _fewer_references(game: Game) -> Game:
    """Return the game with some of the references, which is enough to compare orders."""
    if game.references <= REFERENCES:
        return game
    return game.by(np.linspace(0, game.references - 1, REFERENCES).round().astype(int))


def _curves(
    game: Game, scores: np.ndarray, curves: dict[str, list[np.ndarray]], generator: np.random.Generator
) -> None:
    """Add every row's curves, from the base towards the answer: its own order, and the mean of random
    ones."""
    gap = game.full - game.base
    toward = scores * np.where(gap >= 0, 1.0, -1.0)[:, None]
    orders = [np.argsort(-toward, axis=1, kind="stable")]
    orders += [
        generator.permuted(np.tile(np.arange(game.players), (game.rows, 1)), axis=1)
        for _ in range(RANDOM_ORDERS)
    ]
    sizes = np.unique(np.linspace(0, game.players, POINTS).round().astype(int))
    rank = np.stack([np.argsort(order, axis=1) for order in orders])
    gone = rank[:, :, None, :] < sizes[None, None, :, None]
    stacked = gone.transpose(1, 0, 2, 3).reshape(game.rows, -1, game.players)
    shape = (game.rows, len(orders), len(sizes))
    left = game.mean_values(~stacked).reshape(shape)
    there = game.mean_values(stacked).reshape(shape)
    toward_answer = np.sign(gap)[:, None, None]
    for name, values in (("deletion", left), ("insertion", there)):
        moved = (values - game.base[:, None, None]) * toward_answer
        for row in np.flatnonzero(np.abs(gap) > 1e-9):
            lines = [np.interp(np.linspace(0, 1, POINTS), sizes / game.players, line) for line in moved[row]]
            curves[name].append(lines[0])
            curves[f"{name}_random"].append(np.mean(lines[1:], axis=0))


def _verdict(gains: tuple[float, float], figures: tuple[float, float, float], rows: int) -> tuple[str, ...]:
    better, randomised, stability = figures
    noun = "row" if rows == 1 else "rows"
    costs = "more" if gains[0] > 0 else "LESS"
    builds = "faster" if gains[1] > 0 else "SLOWER"
    down, up = ("lower" if gains[0] > 0 else "higher"), ("higher" if gains[1] > 0 else "lower")
    other = "is another one" if randomised < 0.6 else "STAYS SIMILAR"
    agree = "well" if stability > 0.8 else "BADLY"
    lines = [
        f"Deletion: leaving in the order of the scores costs the answer {costs} than at random "
        f"(area {abs(gains[0]):.2f} {down}, in {better:.0%} of {rows:,} {noun}).",
        f"Insertion: joining in that order builds the answer {builds} than at "
        f"random (area {abs(gains[1]):.2f} {up}).",
        f"Randomisation: with random weights the order of the scores {other} "
        f"(rank correlation {randomised:.2f}).",
        f"Stability: two independent repetitions agree {agree} (rank correlation {stability:.2f}).",
    ]
    return tuple(lines)
