"""Tables with texts as games: plain columns are mixed as numbers, text columns before they are joined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from netwright.data.items import MixedRows, TextRows, objects
from netwright.data.mixed import BETWEEN, MixedPreparation
from netwright.data.text import as_texts
from netwright.explain.game import Game
from netwright.explain.subject import Subject

AT_ONCE = 2_048


def text_column_game(
    subject: Subject,
    rows: MixedRows,
    references: MixedRows,
    owners: tuple[np.ndarray, ...],
    names: Sequence[str],
    place: np.ndarray,
    chosen: np.ndarray,
) -> Game:
    """Return the game in which every column is a player, those of texts as well.

    Args:
        subject: the model.
        rows: aligned rows with texts.
        references: likewise.
        owners: which player owns each number, and each code, of the plain columns.
        names: of all columns.
        place: the player of each column.
        chosen: which answer is explained (rows,).
    """
    preparation = subject.preparations[0]
    assert isinstance(preparation, MixedPreparation)
    position = dict(zip(names, place.tolist(), strict=True))
    speakers = np.array([position[name] for name in rows.texts])
    own, other = _plain(preparation, rows), _plain(preparation, references)
    said, stand_in = _texts(rows), _texts(references)
    padded = owners if len(owners) == len(own) else (*owners, np.zeros(0, dtype=np.int64))[: len(own)]

    def evaluate(row: np.ndarray, reference: np.ndarray, present: np.ndarray) -> np.ndarray:
        parts = []
        for start in range(0, len(row), AT_ONCE):
            here = slice(start, start + AT_ONCE)
            mixed = _mixed(own, other, padded, row[here], reference[here], present[here])
            spoken = present[here][:, speakers]
            texts = _spoken(preparation, said, stand_in, row[here], reference[here], spoken)
            answers = subject.predict((*mixed, *texts))
            parts.append(answers[np.arange(len(answers)), chosen[row[here]]])
        return np.concatenate(parts)

    count, players = len(references), int(place.max()) + 1
    every = np.ones((len(rows), players), dtype=bool)
    full = evaluate(np.arange(len(rows)), np.zeros(len(rows), dtype=np.int64), every)
    pairs = np.divmod(np.arange(len(rows) * count), count)
    empty = evaluate(*pairs, np.zeros((len(rows) * count, players), dtype=bool)).reshape(len(rows), count)
    differs = _differs(own, other, padded, players)
    for column, player in enumerate(speakers):
        differs[:, :, player] |= said[:, None, column] != stand_in[None, :, column]
    return Game(differs, full, empty, evaluate)


def _plain(preparation: MixedPreparation, rows: MixedRows) -> tuple[Tensor, Tensor]:
    prepared = preparation.table.transform(rows.values.select(preparation.plain.names))
    return prepared.numbers, prepared.codes


def _texts(rows: MixedRows) -> np.ndarray:
    """Return the texts (rows, columns)."""
    return np.stack([objects(list(as_texts(rows.values[name].to_list()))) for name in rows.texts], axis=1)


def _mixed(
    own: tuple[Tensor, ...],
    other: tuple[Tensor, ...],
    owners: tuple[np.ndarray, ...],
    row: np.ndarray,
    reference: np.ndarray,
    present: np.ndarray,
) -> tuple[Tensor, ...]:
    return tuple(
        torch.where(torch.from_numpy(present[:, owner]), one[row], two[reference])
        for one, two, owner in zip(own, other, owners, strict=True)
    )


def _spoken(
    preparation: MixedPreparation,
    said: np.ndarray,
    stand_in: np.ndarray,
    row: np.ndarray,
    reference: np.ndarray,
    spoken: np.ndarray,
) -> tuple[Tensor, ...]:
    """Return prepared texts, each different one prepared once."""
    chosen = np.where(spoken, said[row], stand_in[reference])
    known: dict[str, int] = {}
    index = [known.setdefault(BETWEEN.join(parts), len(known)) for parts in chosen]
    tensors = preparation.text.transform(TextRows(objects(list(known))))
    return tuple(tensor[index] for tensor in tensors)


def _differs(
    own: tuple[Tensor, ...], other: tuple[Tensor, ...], owners: tuple[np.ndarray, ...], players: int
) -> np.ndarray:
    found = np.zeros((len(own[0]), len(other[0]), players), dtype=bool)
    for one, two, owner in zip(own, other, owners, strict=True):
        unlike = (one[:, None] != two[None]).numpy()
        for number, player in enumerate(owner):
            found[:, :, player] |= unlike[:, :, number]
    return found
