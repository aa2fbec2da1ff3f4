"""Nearest neighbours: labels that disagree with theirs, and held-out rows too near to training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

NEIGHBOURS = 5
VOTERS = 15
"""Neighbours that are asked whether a label is wrong."""

SURE = 0.6
"""Share of the voters that must agree on another class, or more where rows usually agree more."""

ALONE = 0.1
"""Share of the voters that may be of the row's own class."""

RANK = 10
"""A row's unit of distance is that to its tenth neighbour: copies of one row are fewer."""

NEAR = 0.25
"""A row nearer than this part of the unit is a near duplicate."""

WIDEST = 64
"""Wider rows are projected at random to this width, which keeps distances within about a tenth."""

DISTANCES = 60_000_000
"""Distances that are computed at most."""

REFERENCES = 20_000
"""Rows among which neighbours are looked for."""

FEWEST_ROWS = 100
FEWEST_OF_CLASS = 10


@dataclass(frozen=True)
class Disagreement:
    """How labels agree with those of their neighbours.

    Attributes:
        share: of rows most of whose five nearest neighbours are of other classes.
        shuffled: the same with labels shuffled.
        suspects: rows whose label is probably wrong, most suspicious first.
        asked: rows that were looked at.
    """

    share: float
    shuffled: float
    suspects: tuple[int, ...]
    asked: int


class Space:
    """Rows in a space where distances mean something: every feature on one scale, wide rows projected."""

    def __init__(self, train: np.ndarray, generator: np.random.Generator, *, scaled: bool) -> None:
        self.middle = train.mean(axis=0)
        deviation = train.std(axis=0)
        self.scale = np.where(deviation > 0, deviation, 1) if scaled else np.ones_like(deviation)
        width = train.shape[1]
        self.projection = (
            generator.standard_normal((width, WIDEST)).astype(np.float32) / np.sqrt(WIDEST)
            if width > 2 * WIDEST
            else None
        )

    def place(self, rows: np.ndarray) -> torch.Tensor:
        """Return rows as points of the space (n, width)."""
        points = ((rows - self.middle) / self.scale).astype(np.float32)
        return torch.from_numpy(points if self.projection is None else points @ self.projection)


def disagreement(
    rows: np.ndarray, classes: np.ndarray, generator: np.random.Generator, *, scaled: bool
) -> Disagreement | None:
    """Return how far labels agree with their neighbours', or None where rows are too few to tell.

    Args:
        rows: finite, float32 (n, d).
        classes: number of each row's class (n,).
        generator: of the samples.
        scaled: whether features are put on one scale first; not for pixels.
    """
    counts = np.bincount(classes)
    if len(rows) < FEWEST_ROWS or np.sum(counts >= FEWEST_OF_CLASS) < 2:
        return None
    references = _some(len(rows), REFERENCES, generator)
    asked = _some(len(rows), DISTANCES // len(references), generator)
    points = Space(rows, generator, scaled=scaled)
    near, _ = nearest(points.place(rows[asked]), points.place(rows[references]), VOTERS + 1)
    labels = classes[references][_without_self(near.numpy(), references, asked)]
    own = classes[asked]
    share = _mostly_others(labels[:, :NEIGHBOURS], own)
    shuffled = _mostly_others(labels[:, :NEIGHBOURS], generator.permutation(own))
    return Disagreement(share, shuffled, _suspects(labels, own, asked), len(asked))


def near_duplicates(
    train: np.ndarray, held_out: np.ndarray, generator: np.random.Generator, *, scaled: bool
) -> float | None:
    """Return the share of held-out rows that nearly copy a training row, beyond what chance explains.

    A held-out row is too near when its nearest training row lies within a quarter of the distance to its
    tenth neighbour. How many are so near by chance follows from the number of
    dimensions that the rows really have (Levina & Bickel 2004), and is taken off. Exact copies are not
    counted. None where rows are too few, or many are alike.
    """
    if len(train) < FEWEST_ROWS or not len(held_out):
        return None
    asked = _some(len(held_out), max(1, min(1000, DISTANCES // len(train))), generator)
    references = _some(len(train), DISTANCES, generator)
    points = Space(train, generator, scaled=scaled)
    _, distances = nearest(points.place(held_out[asked]), points.place(train[references]), RANK)
    far = distances[:, -1]
    unit = float(far.median())
    if not unit > 0 or float((far <= 1e-3 * unit).double().mean()) > 0.05:
        return None
    closest = distances[:, 0]
    copies = closest <= 1e-4 * far
    share = float(((closest < NEAR * far) & ~copies).double().mean())
    by_chance = 1.0 - (1.0 - NEAR ** _dimensions(distances)) ** (RANK - 1)
    return float(max(0.0, share - by_chance))


def _dimensions(distances: torch.Tensor) -> float:
    """Return the number of dimensions that rows really have, from the distances to their neighbours (n, 10).

    Where rows lie evenly in d dimensions, the expected log(R10 / Rj) is (1/j + ... + 1/9) / d. The nearer
    half of the neighbours is left out: copies of the row itself may be among them.
    """
    ranks = range(RANK // 2, RANK)
    expected = sum(sum(1 / step for step in range(rank, RANK)) for rank in ranks) / len(ranks)
    near = distances[:, RANK // 2 - 1 : -1].clamp_min(1e-12)
    found = float((distances[:, -1:] / near).log().mean())
    return expected / max(found, 1e-3)


def nearest(asked: torch.Tensor, known: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return positions and distances of the nearest known points, nearest first, (n, count) each."""
    count = min(count, len(known))
    step = max(1, 4_000_000 // len(known))
    squares = (known * known).sum(1)
    positions, distances = [], []
    for part in torch.split(asked, step):
        found = torch.addmm(squares, part, known.T, alpha=-2).topk(count, dim=1, largest=False)
        # The expanded square loses digits where points nearly meet: these few are measured directly.
        exact = (known[found.indices] - part[:, None]).norm(dim=2)
        order = exact.argsort(dim=1)
        positions.append(found.indices.gather(1, order))
        distances.append(exact.gather(1, order))
    return torch.cat(positions), torch.cat(distances)


def _without_self(near: np.ndarray, references: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the neighbours of each row without the row itself (n, voters)."""
    others = references[near] != asked[:, None]
    # Where the row itself is not among its references, its farthest neighbour is left out.
    others[others.all(axis=1), -1] = False
    return np.asarray(near[others].reshape(len(near), -1))


def _mostly_others(labels: np.ndarray, own: np.ndarray) -> float:
    return float(((labels != own[:, None]).mean(axis=1) > 0.5).mean())


def _suspects(labels: np.ndarray, own: np.ndarray, asked: np.ndarray) -> tuple[int, ...]:
    """Return rows whose neighbours agree on another class, most suspicious first."""
    counts = np.zeros((len(own), int(max(labels.max(), own.max())) + 1), dtype=np.int32)
    np.add.at(counts, (np.arange(len(own))[:, None], labels), 1)
    voters = labels.shape[1]
    winner = counts.argmax(axis=1)
    votes = counts.max(axis=1) / voters
    mine = counts[np.arange(len(own)), own] / voters
    usual = float(np.median(votes[winner == own])) if (winner == own).any() else 1.0
    wrong = np.flatnonzero((winner != own) & (votes >= max(SURE, usual)) & (mine <= ALONE))
    order = np.argsort(mine[wrong] - votes[wrong], kind="stable")
    return tuple(int(row) for row in asked[wrong[order]])


def _some(count: int, most: int, generator: np.random.Generator) -> np.ndarray:
    return np.arange(count) if count <= most else np.sort(generator.choice(count, most, replace=False))
