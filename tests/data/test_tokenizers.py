"""Words of any script, characters, byte pairs, and tokenisers that are read from a file."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.byte_pairs import BytePairs, learn_byte_pairs
from netwright.data.tokenizer_file import TokenizerFile, read_tokenizer
from netwright.data.tokenizers import Characters, Words, make_tokenizer, restored_tokenizer
from netwright.errors import DataError

TEXTS = ["the lower the better", "low lowest slower", "newer newest", "we are the newest"] * 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("   \n\t", []),
        ("Don't STOP!!!", ["don't", "stop", "!", "!", "!"]),
        ("café cafe\u0301", ["café", "café"]),
        ("深い学習", ["深", "い", "学", "習"]),
        ("نص عربي", ["نص", "عربي"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("Привет, мир", ["привет", ",", "мир"]),
        ("ok 👍🏽", ["ok", "👍", "🏽"]),
    ],
)
def test_words_of_any_script(text: str, words: list[str]) -> None:
    assert Words().split(text) == words


@given(st.text())
def test_no_letter_is_lost(text: str) -> None:
    spaceless = "".join(Characters().split(text)).replace(" ", "")
    assert "".join(Words(lowercase=False).split(text)) != "" or not any(sign.isalnum() for sign in text)
    assert "".join(restored_tokenizer(Characters().to_state()).split(text)).replace(" ", "") == spaceless


@given(st.text())
def test_byte_pairs_give_the_text_back(text: str) -> None:
    import unicodedata

    tokens = learn_byte_pairs(TEXTS, 280).split(text)
    whole = "".join(tokens).encode("latin-1")
    assert whole == unicodedata.normalize("NFC", text).encode("utf-8", "replace")


def test_byte_pairs_are_learnt_as_by_counting_anew() -> None:
    pieces = Counter(piece for text in TEXTS for piece in _pieces(text))
    expected = []
    for _ in range(12):
        pairs: Counter[tuple[str, str]] = Counter()
        for piece, count in pieces.items():
            for pair in pairwise(piece):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        expected.append(best)
        pieces = Counter({_merged(piece, best): count for piece, count in pieces.items()})
    assert learn_byte_pairs(TEXTS, 256 + 12).merges == tuple(expected)


def _pieces(text: str) -> list[tuple[str, ...]]:
    first, *rest = text.split(" ")
    return [tuple(first), *(tuple(" " + word) for word in rest)]


def _merged(piece: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    made: list[str] = []
    for token in piece:
        if made and (made[-1], token) == pair and not (len(made) > 1 and made[-1] == "\0"):
            made[-1] += token
        else:
            made.append(token)
    return tuple(made)


def test_frequent_words_become_one_token() -> None:
    tokens = learn_byte_pairs(TEXTS, 300).split("the newest")
    assert len(tokens) <= 3
    assert restored_tokenizer(learn_byte_pairs(TEXTS, 300).to_state()).split("the newest") == tokens
    assert BytePairs(()).split("ab") == ["a", "b"]


def test_a_tokenizer_of_hugging_face_is_taken_as_it_is(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"good": 0, "film": 1, "?": 2}, unk_token="?"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.enable_truncation(1)
    made.save(str(tmp_path / "tokenizer.json"))
    found = read_tokenizer(str(tmp_path / "tokenizer.json"))
    assert found.split("good bad film") == ["good", "?", "film"]
    assert restored_tokenizer(found.to_state()).split("film") == ["film"]
    (tmp_path / "wrong.json").write_text("{}")
    with pytest.raises(DataError, match="describes no tokeniser"):
        read_tokenizer(str(tmp_path / "wrong.json"))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(DataError, match="expected words, characters, byte_pairs or the path"):
        make_tokenizer("wordz", True, [], 100)
    assert TokenizerFile.kind == "file"
