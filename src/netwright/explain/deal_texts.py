"""Texts as games: a player for every word as it was written; who takes no part is left out of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.data.items import MixedRows, TextRows, objects
from netwright.data.mixed import BETWEEN, MixedPreparation
from netwright.data.text import as_texts
from netwright.errors import UserError
from netwright.explain.deal import Deal, Scene
from netwright.explain.game import Game
from netwright.explain.subject import Subject

MOST_WORDS = 150
"""Longer texts are cut into so many stretches of words that belong together."""

AT_ONCE = 2_048

_WORD = re.compile(r"\S+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff]|\S")

ABSENT = "the text without the word"


def deal_texts(subject: Subject, given: Any, answer: Any) -> list[Deal]:
    """Return the game of every text.

    Args:
        subject: a model for texts, or for tables with texts: then of each row only the words play, and
            its plain columns stay as they are.
        given: raw rows.
        answer: which answer is explained, see `Subject.chosen`.

    Raises:
        UserError: when the model reads no texts.
    """
    rows = subject.rows(given)
    if not isinstance(rows, (TextRows, MixedRows)):
        raise UserError("by='word': the model reads no texts. Leave it out to explain by column.")
    return [_deal(subject, rows[number : number + 1], number, answer) for number in range(len(rows))]


def words_of(text: str, most: int = MOST_WORDS) -> tuple[str, ...]:
    """Return a text cut at its spaces, in scripts without spaces into characters; long ones into stretches.

    >>> words_of("Don't  panic, friends!")
    ("Don't", 'panic,', 'friends!')
    >>> words_of("one two three four", most=2)
    ('one two', 'three four')
    """
    words = _WORD.findall(text)
    if sum(map(len, words)) > 12 * len(words):
        words = _UNSPACED.findall(text)
    step = -(-len(words) // most)
    return tuple(" ".join(words[start : start + step]) for start in range(0, len(words), max(1, step)))


def _deal(subject: Subject, row: TextRows | MixedRows, number: int, answer: Any) -> Deal:
    words, columns = _words(row)
    chosen = subject.chosen(subject.predict(subject.prepared(row)), answer)

    def remake(other: Subject) -> Game:
        return word_game(other, row, words, columns, int(chosen[0]))

    return Deal(
        numbers=np.array([number]),
        names=(words,),
        values=(("",) * len(words),),
        game=remake(subject),
        chosen=chosen,
        reference=ABSENT,
        remake=remake,
        scenes=(Scene("text", words),),
    )


def word_game(
    subject: Subject,
    row: TextRows | MixedRows,
    words: Sequence[str],
    columns: Sequence[int],
    chosen: int,
) -> Game:
    """Return the game of the words of one row.

    Args:
        subject: the model.
        row: the row by itself.
        words: the players.
        columns: the text column that each word is from.
        chosen: which answer is explained.
    """

    def evaluate(rows: np.ndarray, references: np.ndarray, present: np.ndarray) -> np.ndarray:
        parts = [
            _answers(subject, row, words, columns, present[start : start + AT_ONCE])[:, chosen]
            for start in range(0, len(present), AT_ONCE)
        ]
        return np.concatenate(parts)

    nothing, none = np.zeros(1, dtype=np.int64), np.zeros((1, len(words)), dtype=bool)
    whole = subject.predict(subject.prepared(row))[:, chosen]
    differs = np.ones((1, 1, len(words)), dtype=bool)
    return Game(differs, whole, evaluate(nothing, nothing, none).reshape(1, 1), evaluate)


def _words(row: TextRows | MixedRows) -> tuple[tuple[str, ...], list[int]]:
    texts = [row.values[name][0] for name in row.texts] if isinstance(row, MixedRows) else list(row.values)
    words: list[str] = []
    columns: list[int] = []
    for column, text in enumerate(as_texts(texts)):
        found = words_of(text, max(1, MOST_WORDS // len(texts)))
        words += found
        columns += [column] * len(found)
    return tuple(words), columns


def _answers(
    subject: Subject,
    row: TextRows | MixedRows,
    words: Sequence[str],
    columns: Sequence[int],
    present: np.ndarray,
) -> np.ndarray:
    """Return the answers (n, answers) for the row with only those words, bool (n, words)."""
    preparation = subject.preparations[0]
    last = max(columns, default=0)
    texts: list[object] = [
        BETWEEN.join(
            " ".join(
                word
                for word, column, there in zip(words, columns, mask, strict=True)
                if there and column == one
            )
            for one in range(last + 1)
        )
        for mask in present
    ]
    if isinstance(row, TextRows):
        return subject.predict(subject.prepared(TextRows(objects(texts))))
    assert isinstance(preparation, MixedPreparation)
    plain = preparation.table.transform(row.values.select(preparation.plain.names))
    beside = (one.expand(len(texts), -1) for one in (plain.numbers, plain.codes))
    return subject.predict((*beside, *preparation.text.transform(TextRows(objects(texts)))))
