"""Texts as tokens: numbered, padded, cut, and the same after a save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from netwright.data.items import TextRows, objects
from netwright.data.text import TextPreparation, Texts, as_texts, choose_texts
from netwright.data.vectors import write_vectors
from netwright.errors import ArtifactError


def rows(*texts: object) -> TextRows:
    return TextRows(objects(list(texts)))


TRAIN = rows("good film", "bad film", "", None, "a very long and good film")


def test_tokens_are_numbered_by_frequency_and_padded_behind() -> None:
    preparation = Texts(spelling=False).fit(TRAIN)
    assert preparation.tokens.words[:2] == ("film", "good")
    tokens, lengths = preparation.transform(rows("good film", "film", "never seen", None))
    assert tokens.tolist() == [[3, 2], [2, 0], [1, 1], [0, 0]]
    assert lengths.tolist() == [2, 1, 2, 0]
    assert tokens.dtype == lengths.dtype == torch.int64


def test_the_order_of_the_rows_does_not_matter() -> None:
    backwards = TextRows(TRAIN.values[::-1])
    assert Texts().fit(TRAIN).to_state() == Texts().fit(backwards).to_state()


def test_rare_tokens_and_a_small_vocabulary_leave_unknown_ones() -> None:
    assert Texts(min_count=2).fit(TRAIN).tokens.words == ("film", "good")
    assert Texts(vocabulary=3).fit(TRAIN).shape.vocabulary == 3


def test_long_texts_are_cut_and_it_is_said() -> None:
    long = rows("word " * 1000, "short")
    options, told = choose_texts(as_texts(long.values), Texts())
    assert options.length == 400
    assert "the first 400 tokens of a text are read: 1 of 2 texts are longer and cut" in told
    assert options.fit(long).transform(long)[0].shape == (2, 400)
    assert "the longest text has 2" in choose_texts(["one two"], Texts())[1]


def test_texts_without_a_single_word_can_be_prepared() -> None:
    tokens, lengths, characters, letters = Texts().fit(rows("", None)).transform(rows("", "a"))
    assert tokens.shape == (2, 1)
    assert (lengths.tolist(), letters.tolist()) == ([0, 1], [0, 1])
    assert characters[1, 0] == 1


@pytest.mark.parametrize("tokenizer", ["words", "characters", "byte_pairs"])
def test_the_same_after_a_save(tokenizer: str) -> None:
    preparation = Texts(tokenizer=tokenizer, vocabulary=300).fit(TRAIN)
    again = TextPreparation.from_state(*preparation.to_state())
    asked = rows("good old film", "ümläut", "")
    for one, other in zip(preparation.transform(asked), again.transform(asked), strict=True):
        assert torch.equal(one, other)
    assert again.shape == preparation.shape
    with pytest.raises(ArtifactError, match="damaged"):
        TextPreparation.from_state({"kind": "texts"}, {})


def test_given_vectors_become_the_first_layer(tmp_path: Path) -> None:
    write_vectors(tmp_path / "words.txt", ["film", "zebra"], np.array([[1.0, 2.0], [3.0, 4.0]]))
    preparation = Texts(vectors=str(tmp_path / "words.txt")).fit(TRAIN)
    given = preparation.shape.given
    assert given is not None
    assert given.shape == (preparation.shape.vocabulary, 2)
    assert given[preparation.tokens.numbers["film"]].tolist() == [1.0, 2.0]
    assert given[0].tolist() == [0.0, 0.0]
    assert TextPreparation.from_state(*preparation.to_state()).shape.dimension == 2


def test_bytes_and_numbers_are_texts() -> None:
    assert as_texts([b"caf\xc3\xa9", float("nan"), 3.5]) == ["café", "", "3.5"]
