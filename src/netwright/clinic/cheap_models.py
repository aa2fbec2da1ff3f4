"""What models that are fitted in a moment get out of the rows: what any network should reach as well.

A linear model and the nearest rows for numbers, the tokens before for texts. Every row is answered by a model
that does not know it, so that no rows need be kept aside.
"""

from __future__ import annotations

import numpy as np
import torch

from netwright.clinic.neighbours import nearest
from netwright.clinic.row_facts import CheapScore

MOST_ROWS = 2_000
MOST_COLUMNS = 800
WIDEST = 20_000
PROJECTED = 256
"""Rows of more than `MOST_COLUMNS` numbers, as of pictures in colour, are projected at random to so many."""

MOST_CLASSES = 200
FEWEST_ROWS = 30
NEIGHBOURS = (5, 15)
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)
"""Weight of ‖w‖² for each row, of which the best is taken."""

SURENESS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Factors that make probabilities of scores, of which the best is taken."""

LONGEST_CONTEXT = 3
KNOWN_CONTEXT = 3
"""Other places at which a context must have been seen to be trusted."""

SAME_ENDS = 0.5
"""Where more rows than this end alike they are filled up, and whether that counts is not known."""


def cheap_score(
    values: np.ndarray, classes: np.ndarray | None, numbers: np.ndarray | None, generator: np.random.Generator
) -> CheapScore | None:
    """Return how well cheap models answer rows that they do not know, None where rows are too few or wide.

    Args:
        values: finite inputs (n, d).
        classes: the class of each row from 0 (n,), or None for numbers.
        numbers: targets (n, k), or None for classes.
        generator: of the sample, where there are many rows.
    """
    if len(values) > MOST_ROWS:
        chosen = np.sort(generator.permutation(len(values))[:MOST_ROWS])
        values = values[chosen]
        classes = None if classes is None else classes[chosen]
        numbers = None if numbers is None else numbers[chosen]
    if len(values) < FEWEST_ROWS or not 0 < values.shape[1] <= WIDEST:
        return None
    if values.shape[1] > MOST_COLUMNS:
        values = values @ generator.standard_normal((values.shape[1], PROJECTED)).astype(np.float32)
    deviation = values.std(axis=0)
    moving = deviation > 1e-6 * max(float(deviation.max(initial=0.0)), 1e-30)
    if not moving.any():
        return None
    values = values[:, moving]
    points = torch.from_numpy((values - values.mean(axis=0)) / deviation[moving])
    if classes is not None:
        present, classes = np.unique(classes, return_inverse=True)
        if not 1 < len(present) <= MOST_CLASSES:
            return None
        wanted = torch.nn.functional.one_hot(torch.from_numpy(classes)).double()
    elif numbers is not None and numbers.std() > 0:
        wanted = torch.from_numpy(numbers).double()
        wanted = (wanted - wanted.mean(0)) / wanted.std(0).clamp_min(1e-30)
    else:
        return None
    answered = [("a linear model", answers) for answers in _linear(points.double(), wanted)]
    answered += [("the nearest rows", answers) for answers in _neighbours(points, wanted)]
    measured = [(name, *_measure(answers, wanted, classes)) for name, answers in answered]
    name, score, _ = max(measured, key=lambda one: one[1])
    if classes is None:
        return CheapScore(name, score, None, max(0.0, score), len(points))
    recall = max(recall for _, _, recall in measured if recall is not None)
    explained = max(_explained(answers, wanted) for _, answers in answered)
    alike = [_measure(answers / wanted.mean(0), wanted, classes)[1] or 0.0 for _, answers in answered]
    return CheapScore(name, score, recall, max(0.0, explained), len(points), max(alike))


def next_token_score(tokens: np.ndarray, following: np.ndarray) -> CheapScore | None:
    """Return how often the tokens before, the commonest of which follows, tell the next one.

    Args:
        tokens: whole numbers (n, length).
        following: what is asked for at each place (n, length).
    """
    if tokens.shape != following.shape or tokens.shape[1] < 2 or len(tokens) < FEWEST_ROWS:
        return None
    if np.unique(tokens[:, -1], return_counts=True)[1].max() > SAME_ENDS * len(tokens):
        return None
    if np.issubdtype(following.dtype, np.floating) or (following < 0).any():
        return None
    tokens, wanted = tokens[:MOST_ROWS].astype(np.int64), following[:MOST_ROWS].astype(np.int64).ravel()
    answers = np.full(len(wanted), -1)
    context = np.zeros(len(wanted), dtype=np.int64)
    for order in range(LONGEST_CONTEXT):
        before = np.full_like(tokens, -1)
        before[:, order:] = tokens[:, : tokens.shape[1] - order]
        context = np.unique(np.stack([context, before.ravel()]), axis=1, return_inverse=True)[1]
        found, others = _most_common_other(context, wanted)
        answers = np.where(others >= KNOWN_CONTEXT, found, answers)
    score = float((answers == wanted).mean())
    trivial = float(np.unique(wanted, return_counts=True)[1].max() / len(wanted))
    # Of the entropy hardly less is explained than of the errors.
    return CheapScore(
        "the tokens before", score, None, max(0.0, (score - trivial) / (1 - trivial)), len(tokens)
    )


def _most_common_other(context: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each place what follows its context most often elsewhere, and how often it is seen there."""
    width = int(wanted.max()) + 1
    pairs, place, counts = np.unique(context * width + wanted, return_inverse=True, return_counts=True)
    of_pair = pairs // width
    order = np.lexsort((-counts, of_pair))
    starts = np.flatnonzero(np.r_[True, of_pair[order][1:] != of_pair[order][:-1]])
    best, second = order[starts], order[np.minimum(starts + 1, len(order) - 1)]
    alone = np.r_[starts[1:], len(order)] - starts == 1
    runner_up = np.where(alone, 0, counts[second])
    slot = np.searchsorted(of_pair[best], context)
    own_is_best = best[slot] == place
    # A draw goes to the other: what a place itself adds must not decide.
    overtaken = own_is_best & (counts[best][slot] - 1 <= runner_up[slot])
    found = np.where(overtaken, pairs[second][slot] % width, pairs[best][slot] % width)
    total = np.bincount(context, minlength=int(context.max()) + 1)
    return found, total[context] - 1


def _linear(points: torch.Tensor, wanted: torch.Tensor) -> list[torch.Tensor]:
    """Return the answers of ridge regression to each row, fitted without that row, for each penalty.

    ŷᵢ = yᵢ − (yᵢ − xᵢᵀw) / (1 − hᵢ) with the leverage hᵢ (Allen's PRESS, 1974).
    """
    n = len(points)
    values, vectors = torch.linalg.eigh(points.T @ points)
    rotated, centre = points @ vectors, wanted.mean(0)
    right = rotated.T @ (wanted - centre)
    answers = []
    for penalty in PENALTIES:
        shrunk = 1 / (values.clamp_min(0) + penalty * n)
        fitted = rotated @ (shrunk[:, None] * right) + centre
        leverage = (rotated.square() @ shrunk + 1 / n).clamp_max(1 - 1e-6)
        answers.append(wanted - (wanted - fitted) / (1 - leverage)[:, None])
    return answers


def _neighbours(points: torch.Tensor, wanted: torch.Tensor) -> list[torch.Tensor]:
    """Return the mean answer of the nearest other rows, for each number of them."""
    near, _ = nearest(points, points, max(NEIGHBOURS) + 1)
    others = near[:, 1:]
    return [wanted[others[:, :count]].mean(dim=1) for count in NEIGHBOURS]


def _explained(answers: torch.Tensor, wanted: torch.Tensor) -> float:
    """Return the share of the entropy of the classes that answers take away, at the best sureness."""
    shares = wanted.mean(0)
    entropy = -(shares * shares.log()).sum()
    losses = [-(torch.log_softmax(answers * sure, 1) * wanted).sum(1).mean() for sure in SURENESS]
    return float(1 - min(losses) / entropy)


def _measure(
    answers: torch.Tensor, wanted: torch.Tensor, classes: np.ndarray | None
) -> tuple[float, float | None]:
    """Return the share of right classes and its mean over classes, or the coefficient of determination."""
    if classes is None:
        left = (answers - wanted).square().sum(0) / (wanted - wanted.mean(0)).square().sum(0)
        return float(1 - left.mean()), None
    right = (answers.argmax(1).numpy() == classes).astype(float)
    recall = np.bincount(classes, weights=right) / np.bincount(classes)
    return float(right.mean()), float(recall.mean())
