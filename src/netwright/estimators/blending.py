"""How much each model counts in an ensemble: chosen greedily on rows that none of them was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

ROUNDS = 50
"""Models that are drawn, with replacement; weights are then multiples of a fiftieth at the finest."""


def blending_weights(
    answers: Sequence[np.ndarray], loss: Callable[[np.ndarray], float], rounds: int = ROUNDS
) -> np.ndarray:
    """Return a weight for each model, together 1, none below 0.

    Beginning with nothing, the model that lowers the loss of the average most is drawn, again and again; the
    average with the lowest loss on the way is kept. Models that do not help get no weight.

    Args:
        answers: of each model on the same held-out rows, (n, ...).
        loss: of an average of answers on these rows; smaller is better.
        rounds: how many are drawn.

    Source: Caruana, Niculescu-Mizil, Crew, Ksikes (2004), Ensemble selection from libraries of models.

    >>> truth = np.array([0.0, 1.0, 2.0])
    >>> answers = [truth + 1, truth - 1, truth + 9]
    >>> weights = blending_weights(answers, lambda mean: ((mean - truth) ** 2).mean())
    >>> weights.round(2).tolist()
    [0.5, 0.5, 0.0]
    """
    drawn, best, least = np.zeros(len(answers)), np.zeros(len(answers)), np.inf
    total = np.zeros_like(answers[0], dtype=np.float64)
    for taken in range(1, rounds + 1):
        losses = [loss((total + answer) / taken) for answer in answers]
        chosen = int(np.argmin(losses))
        total += answers[chosen]
        drawn[chosen] += 1
        if losses[chosen] < least - 1e-12:
            least, best = losses[chosen], drawn / taken
    return best
