"""The game that is played: which players take part, and what the model then answers.

A player is what an explanation gives a score: a column of a table, a word, a region of a picture, a
stretch of a series. A player who takes part has the row's own values, one who does not has those of a
reference, such as another row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from netwright.explain.subject import Subject

Evaluate = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

AT_ONCE = 32_768
"""Mixtures that are made at a time."""

MOST_NUMBERS = 16_000_000
"""Numbers that the mixtures made at a time may hold."""


@dataclass(frozen=True)
class Game:
    """One game for every row, with the same players.

    Attributes:
        differs: whether a player's taking part changes what the network reads (rows, references, players).
        full: the answer for each row as it is (rows,).
        empty: the answer for each reference (rows, references): rows may be asked for other answers.
        evaluate: the answers (n,) for rows (n,), references (n,), and who takes part, bool (n, players).
        known_twins: see `twins`.
        known_fulls: see `fulls`.
        members: how many references stand for one row of the background, see `additive_game`.
    """

    differs: np.ndarray
    full: np.ndarray
    empty: np.ndarray
    evaluate: Evaluate
    known_twins: np.ndarray | None = None
    known_fulls: np.ndarray | None = None
    members: int = 1

    @property
    def fulls(self) -> np.ndarray:
        """The answer for each row as it is, by reference (rows, references): members answer differently."""
        if self.known_fulls is not None:
            return self.known_fulls
        return np.broadcast_to(self.full[:, None], self.differs.shape[:2])

    @property
    def twins(self) -> np.ndarray:
        """For each player the first reference that has the same value (references, players)."""
        if self.known_twins is not None:
            return self.known_twins
        return np.repeat(np.arange(self.references)[:, None], self.players, axis=1)

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.differs.shape[0])

    @property
    def references(self) -> int:
        """How many references."""
        return int(self.differs.shape[1])

    @property
    def players(self) -> int:
        """How many players."""
        return int(self.differs.shape[2])

    @property
    def base(self) -> np.ndarray:
        """The mean answer for the references (rows,)."""
        return np.asarray(self.empty.mean(axis=1))

    def only(self, rows: np.ndarray) -> Game:
        """Return the games of some rows."""
        whole = self.evaluate

        def evaluate(row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
            return whole(rows[row], reference, present)

        fulls = None if self.known_fulls is None else self.known_fulls[rows]
        return replace(
            self,
            differs=self.differs[rows],
            full=self.full[rows],
            empty=self.empty[rows],
            evaluate=evaluate,
            known_fulls=fulls,
        )

    def by(self, references: np.ndarray) -> Game:
        """Return the games against some of the references, members no longer taking turns."""
        whole = self.evaluate

        def evaluate(row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
            return whole(row, references[reference], present)

        fulls = self.fulls[:, references]
        differs, empty = self.differs[:, references], self.empty[:, references]
        return Game(differs, fulls.mean(axis=1), empty, evaluate, known_fulls=fulls)

    def in_turns(self, most: int) -> Game:
        """Return the games in which members take turns: each reference is answered by so many of them.

        What the answers are, and so what the scores add up to, stays that of all members.
        """
        if self.members <= most:
            return self
        first = np.arange(self.references // self.members)[:, None]
        turn = (first * most + np.arange(most)) % self.members
        kept = (first * self.members + turn).ravel()
        whole = self.evaluate

        def evaluate(row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
            return whole(row, kept[reference], present)

        return replace(
            self,
            differs=self.differs[:, kept],
            empty=self.empty[:, kept],
            evaluate=evaluate,
            known_twins=first_alike(self.twins[kept]),
            known_fulls=self.fulls[:, kept],
            members=most,
        )

    def mean_values(self, present: np.ndarray) -> np.ndarray:
        """Return the answers averaged over the references (rows, coalitions).

        Args:
            present: who takes part, bool (rows, coalitions, players).
        """
        rows, coalitions, _ = present.shape
        row, coalition, reference = (
            axis.ravel()
            for axis in np.meshgrid(
                np.arange(rows), np.arange(coalitions), np.arange(self.references), indexing="ij"
            )
        )
        values = self.evaluate(row, reference, present[row, coalition])
        return np.asarray(values.reshape(rows, coalitions, self.references).mean(axis=2))


def tensor_game(
    subject: Subject,
    inputs: Sequence[Tensor],
    references: Sequence[Tensor],
    owners: Sequence[np.ndarray | None],
    chosen: np.ndarray,
    players: int,
) -> Game:
    """Return the game of rows that are mixed after their preparation: no row is prepared twice.

    Args:
        subject: the model.
        inputs: prepared rows (rows, ...).
        references: prepared references (references, ...), of the same shapes.
        owners: for each input, which player owns each of its numbers, of a shape that broadcasts to one
            row's; None for an input that always is the row's own.
        chosen: which answer is explained (rows,).
        players: how many there are.
    """
    owned = [None if owner is None else torch.from_numpy(np.asarray(owner)) for owner in owners]
    width = sum(int(np.prod(tensor.shape[1:])) for tensor in inputs)

    def evaluate(row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
        found = np.empty(len(row))
        most = max(1, min(AT_ONCE, MOST_NUMBERS // max(1, width)))
        for start in range(0, len(row), most):
            here = slice(start, start + most)
            part = torch.from_numpy(row[here]), torch.from_numpy(reference[here])
            mask = torch.from_numpy(present[here])
            mixed = tuple(
                _mixed(one, other, owner, *part, mask)
                for one, other, owner in zip(inputs, references, owned, strict=True)
            )
            answers = subject.predict(mixed)
            found[here] = answers[np.arange(len(answers)), chosen[row[here]]]
        return found

    rows, count = len(inputs[0]), len(references[0])
    full = subject.predict(tuple(inputs))[np.arange(rows), chosen]
    empty = _empty(subject, inputs, references, owned, chosen)
    differs = differing(inputs, references, owned, players)
    assert empty.shape == (rows, count)
    return Game(differs, full, empty, evaluate, twins_of(references, owned, players))


def twins_of(references: Sequence[Tensor], owners: Sequence[Tensor | None], players: int) -> np.ndarray:
    """Return for each player the first reference that has the same values (references, players)."""
    count = len(references[0])
    twins = np.zeros((count, players), dtype=np.int64)
    for player in range(players):
        own = [
            other.reshape(count, -1)[:, (owner.expand(other.shape[1:]).reshape(-1) == player)].double()
            for other, owner in zip(references, owners, strict=True)
            if owner is not None
        ]
        _, inverse = np.unique(torch.cat(own, dim=1).numpy(), axis=0, return_inverse=True)
        first = np.full(count, count)
        np.minimum.at(first, inverse.ravel(), np.arange(count))
        twins[:, player] = first[inverse.ravel()]
    return twins


def first_alike(values: np.ndarray) -> np.ndarray:
    """Return for each number of a column the first place that holds the same (places, columns).

    >>> first_alike(np.array([[7], [4], [7]])).ravel().tolist()
    [0, 1, 0]
    """
    places = np.empty_like(values)
    for column, own in enumerate(values.T):
        _, first, inverse = np.unique(own, return_index=True, return_inverse=True)
        places[:, column] = first[inverse.ravel()]
    return places


def _mixed(
    one: Tensor, other: Tensor, owner: Tensor | None, row: Tensor, reference: Tensor, present: Tensor
) -> Tensor:
    own = one.index_select(0, row)
    if owner is None:
        return own
    return torch.where(present[:, owner], own, other.index_select(0, reference))


def _empty(
    subject: Subject,
    inputs: Sequence[Tensor],
    references: Sequence[Tensor],
    owners: Sequence[Tensor | None],
    chosen: np.ndarray,
) -> np.ndarray:
    """Return the answers for the references; with what always is the row's own, once for each row."""
    if all(owner is not None for owner in owners):
        return np.asarray(subject.predict(tuple(references))[:, chosen].T)
    rows = []
    for row in range(len(inputs[0])):
        made = tuple(
            one[row : row + 1].expand(len(references[0]), *one.shape[1:]) if owner is None else other
            for one, other, owner in zip(inputs, references, owners, strict=True)
        )
        rows.append(subject.predict(made)[:, chosen[row]])
    return np.stack(rows)


def differing(
    inputs: Sequence[Tensor], references: Sequence[Tensor], owners: Sequence[Tensor | None], players: int
) -> np.ndarray:
    """Return whether any number that a player owns differs between row and reference."""
    rows, count = len(inputs[0]), len(references[0])
    found = np.zeros((rows, count, players), dtype=bool)
    for one, other, owner in zip(inputs, references, owners, strict=True):
        if owner is None:
            continue
        flat = owner.expand(one.shape[1:]).reshape(-1).numpy()
        order = np.argsort(flat, kind="stable")
        starts = np.flatnonzero(np.diff(flat[order], prepend=-1))
        for row in range(rows):
            unlike = (one[row] != other).reshape(count, -1).numpy()[:, order]
            if len(starts):
                found[row][:, flat[order][starts]] |= np.logical_or.reduceat(unlike, starts, axis=1)
    return found
