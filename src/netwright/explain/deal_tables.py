"""Tables as games: a player for every column that the network sees, as the user named it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from netwright.data.items import MixedRows
from netwright.data.mixed import MixedPreparation
from netwright.data.preparation import Preparation
from netwright.errors import UserError, did_you_mean
from netwright.estimators.intake import Rows
from netwright.explain.additive import additive_game
from netwright.explain.associations import associated
from netwright.explain.deal import (
    FEWEST_REFERENCES,
    MOST_REFERENCES,
    Deal,
    Tensors,
    merged,
    value_text,
)
from netwright.explain.game import Game, tensor_game
from netwright.explain.subject import Subject
from netwright.explain.text_columns import text_column_game
from netwright.randomness import numpy_generator

Groups = Sequence[Sequence[str]] | str | None

ROWS_AT_ONCE = 64
"""Rows whose games are played together."""


@dataclass(frozen=True)
class Background:
    """Aligned rows that stand in for what is not known, and what they are in words."""

    rows: Any
    said: str


def deal_table(
    subject: Subject, given: Any, background: Any, answer: Any, groups: Groups, seed: int
) -> list[Deal]:
    """Return the games of the rows of a table, block by block.

    Args:
        subject: the model, for tables with or without texts.
        given: raw rows.
        background: raw rows, or None for the rows themselves where there are some.
        answer: which answer is explained, see `Subject.chosen`.
        groups: columns that count as one player, or "correlated" to find them in the background.
        seed: of the rows that are drawn from the background.

    Raises:
        UserError: for groups of unknown columns, DataError for rows that do not fit the model.
    """
    rows = subject.rows(given)
    chosen_background = background_of(subject, rows, background, seed)
    names = column_names(subject)
    if groups == "correlated":
        groups = associated(_as_frame(chosen_background.rows, names))
    place, players = merged(names, checked_groups(groups or (), names))
    texts = values_of(rows, names)
    blocks = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        numbers = np.arange(start, start + len(part))
        blocks.append(_block(subject, part, chosen_background, answer, place, players, names, texts, numbers))
    return blocks


def column_names(subject: Subject) -> tuple[str, ...]:
    """Return the columns that the network sees, in the order of the user's table."""
    return tuple(column.name for column in subject.schema.used)


def owners_of(preparation: Preparation, names: Sequence[str], place: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return which player owns each number and each code of a prepared row."""
    position = dict(zip(names, place.tolist(), strict=True))
    numbers = np.array([position[name] for name in preparation.number_sources], dtype=np.int64)
    codes = np.array([position[name] for name in preparation.category_names], dtype=np.int64)
    return (numbers,) if not len(codes) else (numbers, codes)


def background_of(subject: Subject, rows: Rows, background: Any, seed: int) -> Background:
    """Return the rows that stand in for what is not known: given ones, the rows themselves, or an empty
    one."""
    if background is not None:
        known, what = subject.rows(background), "the background"
    elif len(rows) >= FEWEST_REFERENCES:
        known, what = rows, "the rows themselves"
    else:
        return Background(_nothing_known(rows), "a row of which nothing is known (every value missing)")
    if not len(known):
        raise UserError("background: there are no rows. Give some, such as a hundred of the training rows.")
    if len(known) > MOST_REFERENCES:
        drawn = numpy_generator(seed, "background").choice(len(known), MOST_REFERENCES, replace=False)
        return Background(known[np.sort(drawn)], f"{MOST_REFERENCES} rows drawn from {what} ({len(known):,})")
    return Background(known, f"the {len(known):,} rows of {what}" if background is not None else what)


def checked_groups(groups: Sequence[Sequence[str]] | str, names: Sequence[str]) -> Sequence[Sequence[str]]:
    """Return groups of columns, or raise UserError for an unknown or a repeated name."""
    if isinstance(groups, str):
        raise UserError(f"groups: expected 'correlated' or lists of columns, got {groups!r}.")
    seen: set[str] = set()
    for name in (name for group in groups for name in group):
        if name not in names:
            raise UserError(f"groups: the model reads no column {name!r}. {did_you_mean(name, names)}")
        if name in seen:
            raise UserError(f"groups: column {name!r} is in two groups. Leave it in one.")
        seen.add(name)
    return groups


def values_of(rows: Rows, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return what the columns hold, as text, for each row."""
    frame = _as_frame(rows, names)
    return [tuple(value_text(value) for value in row) for row in frame.rows()]


def _as_frame(rows: Any, names: Sequence[str]) -> pl.DataFrame:
    if isinstance(rows, MixedRows):
        return pl.DataFrame(rows.values).select(names)
    if isinstance(rows, pl.DataFrame):
        return rows.select(names)
    return pl.DataFrame(np.asarray(rows), schema=list(names), orient="row")


def _nothing_known(rows: Any) -> Any:
    if isinstance(rows, np.ndarray):
        return np.full((1, rows.shape[1]), np.nan)
    frame = rows.values if isinstance(rows, MixedRows) else rows
    empty = frame[:1].select(pl.lit(None).cast(dtype).alias(name) for name, dtype in frame.schema.items())
    return MixedRows(empty, rows.reason, rows.plain, rows.texts) if isinstance(rows, MixedRows) else empty


def _block(
    subject: Subject,
    rows: Any,
    background: Background,
    answer: Any,
    place: np.ndarray,
    players: tuple[str, ...],
    names: Sequence[str],
    texts: list[tuple[str, ...]],
    numbers: np.ndarray,
) -> Deal:
    preparation = subject.preparations[0]
    inputs = subject.prepared(rows)
    chosen = subject.chosen(subject.predict(inputs), answer)
    tensors = None
    if isinstance(preparation, MixedPreparation):
        owners = owners_of(preparation.table, names, place) if preparation.plain.columns else ()

        def remake(other: Subject) -> Game:
            return text_column_game(other, rows, background.rows, owners, names, place, chosen)

    else:
        assert isinstance(preparation, Preparation)
        tables = [one for one in subject.preparations if isinstance(one, Preparation)]
        owned = tuple(owner for one in tables for owner in owners_of(one, names, place))
        tensors = Tensors(inputs, subject.prepared(background.rows), owned)

        def remake(other: Subject) -> Game:
            parts = (inputs, _references(tensors), owned, chosen, len(players))
            return additive_game(other, *parts) or tensor_game(other, *parts)

    held = [_held(texts[number], place, len(players)) for number in numbers]
    return Deal(
        numbers=numbers,
        names=(players,) * len(numbers),
        values=tuple(held),
        game=remake(subject),
        chosen=chosen,
        reference=background.said,
        remake=remake,
        tensors=tensors,
    )


def _references(tensors: Tensors | None) -> tuple[Tensor, ...]:
    assert tensors is not None
    return tensors.references


def _held(texts: Sequence[str], place: np.ndarray, players: int) -> tuple[str, ...]:
    held: list[list[str]] = [[] for _ in range(players)]
    for text, player in zip(texts, place, strict=True):
        held[player].append(text)
    return tuple(", ".join(parts) for parts in held)


def deal_array(subject: Subject, inputs: Tensor, references: Tensor, said: str, answer: Any) -> list[Deal]:
    """Return the games of a plain module's rows of numbers (rows, columns): x0, x1 and so on."""
    names = tuple(f"x{number}" for number in range(inputs.shape[1]))
    owner = np.arange(len(names))
    blocks = []
    for start in range(0, len(inputs), ROWS_AT_ONCE):
        part = inputs[start : start + ROWS_AT_ONCE]
        chosen = subject.chosen(subject.predict((part,)), answer)
        tensors = Tensors((part,), (references,), (owner,))

        def remake(other: Subject, tensors: Tensors = tensors, chosen: np.ndarray = chosen) -> Game:
            return tensor_game(other, tensors.inputs, tensors.references, tensors.owners, chosen, len(owner))

        values = tuple(tuple(value_text(value) for value in row) for row in part.double().tolist())
        numbers = np.arange(start, start + len(part))
        held = (names,) * len(part)
        blocks.append(Deal(numbers, held, values, remake(subject), chosen, said, remake, tensors))
    return blocks


def module_references(inputs: Tensor, background: Tensor | None) -> tuple[Tensor, str]:
    """Return the references of a plain module's rows: given ones, or zeros."""
    if background is None:
        return torch.zeros_like(inputs[:1]), "zeros"
    return background[:MOST_REFERENCES], f"{min(len(background), MOST_REFERENCES):,} rows of the background"
