"""What draws near a row tell of its line: moments of who is left out, and of what that costs.

u says who is left out, y what that costs, r what of it goes beyond the sum of each alone; two references that
were drawn independently tell y twice, y and y', so that y y' holds no noise of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 1e-6

MOST_TRUST = 2.0
"""How much of a guess is taken at most."""


@dataclass(frozen=True)
class Costs:
    """What leaving out some players costs, with two references each (rows, draws).

    Attributes:
        mean: of y and y'.
        both: y y'.
        beyond: mean r of what goes beyond the sum of each alone.
    """

    mean: np.ndarray
    both: np.ndarray
    beyond: np.ndarray

    @classmethod
    def of(cls, pair: tuple[np.ndarray, np.ndarray], beyond: tuple[np.ndarray, np.ndarray]) -> Costs:
        """Return the costs for two references."""
        return cls((pair[0] + pair[1]) / 2, pair[0] * pair[1], (beyond[0] + beyond[1]) / 2)


class Moments:
    """Weighted sums over draws for each row: u u', u r, u y, y and y y'."""

    def __init__(self, sums: np.ndarray, weights: np.ndarray) -> None:
        self.sums, self.weights = sums, weights

    @classmethod
    def empty(cls, rows: int, players: int) -> Moments:
        """Return the moments of no draws."""
        return cls(np.zeros((rows, players * (players + 2) + 2)), np.zeros(rows))

    def joined(self, other: Moments) -> Moments:
        """Return the moments of both draws."""
        return Moments(self.sums + other.sums, self.weights + other.weights)

    def add(self, rows: np.ndarray, absent: np.ndarray, weight: np.ndarray, costs: Costs) -> None:
        """Add draws (rows, draws, players), each with its weight (rows, draws)."""
        out = absent.astype(np.float64)
        weighted = out * weight[..., None]
        parts = [
            np.matmul(weighted.transpose(0, 2, 1), out).reshape(len(rows), -1),
            np.einsum("rsi,rs->ri", weighted, costs.beyond),
            np.einsum("rsi,rs->ri", weighted, costs.mean),
            (weight * costs.mean).sum(axis=1)[:, None],
            (weight * costs.both).sum(axis=1)[:, None],
        ]
        self.sums[rows] += np.concatenate(parts, axis=1)
        self.weights[rows] += weight.sum(axis=1)

    def means(self, players: int, share: float) -> tuple[np.ndarray, ...]:
        """Return the means, counted as that share of all that can be drawn."""
        means = self.sums / np.maximum(self.weights, 1e-300)[:, None] * share
        cut = np.cumsum([players * players, players, players, 1])
        square, beyond, product, mean, both = np.split(means, cut, axis=1)
        return square.reshape(-1, players, players), beyond, product, mean[:, 0], both[:, 0]


@dataclass(frozen=True)
class Half:
    """One of two independent series of draws.

        slope = alone + line through what is drawn + b (line through the guess - line through it as drawn)

    b is the one that leaves least: the mean of r times the guess over that of the guess squared.

    Attributes:
        alone: what leaving out one player alone costs on average (rows, players), known exactly.
        chances: to leave out 1, 2, … players (players,).
        guess: moments of what costs would be if all players added up in log-odds.
        drawn: moments of the same for the coalitions that were drawn.
        told: moments of the model's own costs.
        shared: sums of r times the guess, and of the guess squared (rows, 2).
    """

    alone: np.ndarray
    chances: np.ndarray
    guess: Moments
    drawn: Moments
    told: Moments
    shared: np.ndarray

    @classmethod
    def begun(cls, alone: np.ndarray, chances: np.ndarray, guess: Moments) -> Half:
        """Return a half without draws."""
        drawn, told = (Moments.empty(*alone.shape) for _ in range(2))
        return cls(alone, chances, guess, drawn, told, np.zeros((len(alone), 2)))

    def joined(self, other: Half) -> Half:
        """Return both halves together, which have one guess."""
        drawn, told = self.drawn.joined(other.drawn), self.told.joined(other.told)
        return Half(self.alone, self.chances, self.guess, drawn, told, self.shared + other.shared)

    def add(
        self, rows: np.ndarray, absent: np.ndarray, weight: np.ndarray, costs: Costs, guessed: Costs
    ) -> None:
        """Add draws (rows, draws, players): what they cost, and what was guessed."""
        self.drawn.add(rows, absent, weight, guessed)
        self.told.add(rows, absent, weight, costs)
        products = [costs.beyond * guessed.beyond, guessed.beyond**2]
        self.shared[rows] += np.stack([(weight * one).sum(axis=1) for one in products], axis=1)

    def slopes(self) -> np.ndarray:
        """Return the slopes (rows, players)."""
        together, alone = self.shared.T
        trust = np.clip(together / np.maximum(alone, 1e-300), 0.0, MOST_TRUST)[:, None]
        known = self._line(self.guess) - self._line(self.drawn)
        return np.asarray(self.alone + self._line(self.told) + trust * known)

    def fit(self, slopes: np.ndarray) -> np.ndarray:
        """Return R² (rows,), 1 where nothing is lost by leaving anybody out."""
        players, share, single = self._shares()
        square, _, product, mean, both = self.told.means(players, share)
        square = square + single * np.eye(players)
        product, mean = product + single * self.alone, mean + single * self.alone.sum(axis=1)
        both = both + single * (self.alone**2).sum(axis=1)
        lost = both - 2 * (slopes * product).sum(axis=1)
        lost += np.einsum("ri,rij,rj->r", slopes, square, slopes)
        spread = both - mean**2
        fit = 1 - lost / np.maximum(spread, 1e-300)
        return np.where(spread > 1e-12 * np.maximum(np.abs(both), 1e-300), np.clip(fit, 0.0, 1.0), 1.0)

    def _line(self, moments: Moments) -> np.ndarray:
        """Return the line through what goes beyond the sum; of single players nothing does."""
        players, share, single = self._shares()
        square, beyond, *_ = moments.means(players, share)
        square = square + (single + RIDGE) * np.eye(players)
        return np.asarray(np.linalg.solve(square, beyond[..., None])[..., 0])

    def _shares(self) -> tuple[int, float, float]:
        """Return how many players, the chance that several are left out, and that one of them alone is."""
        players = len(self.chances)
        return players, 1 - float(self.chances[0]), float(self.chances[0]) / players
