"""What leaving out several players costs, guessed before the model is asked.

If players added up in log-odds, as the columns of a table nearly do, a coalition would cost

    y = f - sigmoid(logit f - sum of (logit f - logit f_j)),    f_j the answer without j alone.

A line through the guess takes sums only, of all small coalitions over all references. Only what the
model's answers differ from it has to be drawn: a control variate, which leaves a quarter of the variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from netwright.explain.game import Game
from netwright.explain.local_moments import Costs, Moments

ENUMERATED = 512
"""Coalitions that are guessed one and all, the smallest first; of the others some are drawn."""

GUESSED = 1_024
GUESSES_AT_ONCE = 4_000_000
LEAST_CHANCE = 1e-6


@dataclass(frozen=True)
class Guess:
    """What leaving out several players would cost if they added up, in log-odds where answers are chances.

    Attributes:
        fulls: the answer with all (rows, references).
        drops: what the answer loses without one player (rows, references, players).
        odds: the same in log-odds, or None where answers are no chances.
    """

    fulls: np.ndarray
    drops: np.ndarray
    odds: np.ndarray | None

    @classmethod
    def of(cls, game: Game, drops: np.ndarray, chances: bool) -> Guess:
        """Return the guess of a game, in log-odds where its answers are chances from 0 to 1."""
        without = game.fulls[..., None] - drops
        odds = None
        if (
            chances
            and min(without.min(), game.fulls.min()) >= 0
            and max(without.max(), game.fulls.max()) <= 1
        ):
            odds = (_logit(game.fulls)[..., None] - _logit(without)).astype(np.float32)
        return cls(game.fulls, drops, odds)

    def costs(
        self, row: np.ndarray, reference: np.ndarray, absent: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the guess (rows, draws), and the sum of what each player alone costs."""
        alone = np.einsum("rsi,rsi->rs", self.drops[row, reference], absent)
        if self.odds is None:
            return alone, alone
        full = self.fulls[row, reference]
        odds = _logit(full) - np.einsum("rsi,rsi->rs", self.odds[row, reference], absent)
        return full - 1 / (1 + np.exp(-odds)), alone

    def moments(self, chances: np.ndarray, generator: np.random.Generator) -> Moments:
        """Return the moments of guesses averaged over all references, which take no answer of the model."""
        rows, references, players = self.drops.shape
        absent, weight = near_coalitions(chances, generator)
        found, alone = Moments.empty(rows, players), self.drops.mean(axis=1)
        at_once = max(1, GUESSES_AT_ONCE // max(references, rows * players))
        for start in range(0, len(absent), at_once):
            gone, counts = absent[start : start + at_once], weight[start : start + at_once]
            mean = alone @ gone.T
            beyond = np.zeros_like(mean)
            for row in range(rows if self.odds is not None else 0):
                beyond[row] = self._mean(row, gone) - mean[row]
            costs = Costs(mean + beyond, (mean + beyond) ** 2, beyond)
            shape = rows, *gone.shape
            found.add(
                np.arange(rows), np.broadcast_to(gone, shape), np.broadcast_to(counts, shape[:2]), costs
            )
        return found

    def _mean(self, row: int, absent: np.ndarray) -> np.ndarray:
        """Return the guess for coalitions (draws, players), averaged over the references (draws,)."""
        assert self.odds is not None
        odds = self.odds[row] @ absent.T.astype(np.float32)
        odds -= _logit(self.fulls[row]).astype(np.float32)[:, None]
        np.exp(odds, out=odds)
        odds += 1
        np.reciprocal(odds, out=odds)
        return np.asarray(self.fulls[row].mean() - odds.mean(axis=0, dtype=np.float64))


def _logit(chance: np.ndarray) -> np.ndarray:
    chance = np.clip(chance, LEAST_CHANCE, 1 - LEAST_CHANCE)
    return np.asarray(np.log(chance / (1 - chance)))


def near_coalitions(chances: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return who is left out, two or more (n, players), and how much each counts (n,).

    All coalitions of a size, as long as they are few; of the larger ones some are drawn.
    """
    players, most = len(chances), ENUMERATED
    absent, weights = [], []
    for size in range(2, players + 1):
        count = math.comb(players, size)
        if count > most:
            rest = np.where(np.arange(1, players + 1) < size, 0.0, chances)
            drawn, weight = drawn_absent(rest, (1, GUESSED), generator)
            absent.append(drawn[0])
            weights.append(weight[0] * (rest.sum() / max(weight.sum(), 1e-300)))
            break
        out = np.zeros((count, players), dtype=bool)
        np.put_along_axis(out, np.array(list(combinations(range(players), size))), True, axis=1)
        absent.append(out)
        weights.append(np.full(count, chances[size - 1] / count))
        most -= count
    if not absent:
        return np.zeros((0, players), dtype=bool), np.zeros(0)
    return np.concatenate(absent), np.concatenate(weights)


def drawn_absent(
    chances: np.ndarray, shape: tuple[int, int], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return who is left out (rows, size, players), two or more, and how much each draw counts."""
    players = len(chances)
    sizes, weight = _drawn_sizes(chances, shape, generator)
    place = generator.permuted(np.broadcast_to(np.arange(players), (*shape, players)), axis=2)
    return place < sizes[..., None], weight


def _drawn_sizes(
    chances: np.ndarray, shape: tuple[int, int], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many of two or more are left out (rows, size), and how much each draw counts.

    What several cost beyond the sum of each varies about with their number less one; it is drawn in
    proportion to that, and counts the less, so that the same line has less noise. Of each row every size is
    there as often as it should be, to one draw (systematic sampling).
    """
    sizes = np.arange(2, len(chances) + 1)
    wanted = chances[1:] / max(chances[1:].sum(), 1e-300)
    drawn = wanted * (sizes - 1)
    drawn = drawn / drawn.sum() if drawn.sum() > 0 else np.full(len(sizes), 1 / len(sizes))
    levels = (np.arange(shape[1]) + generator.random((shape[0], 1))) / shape[1]
    place = np.minimum(np.searchsorted(np.cumsum(drawn), levels), len(sizes) - 1)
    return sizes[place], (wanted / np.maximum(drawn, 1e-300))[place]
