"""Tokenisers: text cut into words or characters of any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

# Scripts that are written without spaces: each of their characters is a word of its own.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# Vowel signs and accents that follow a letter; Python's \w leaves them out.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c2\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f"
    "\u0981-\u0983\u09bc-\u09cd\u0a3c-\u0a4d\u0abc-\u0acd\u0b3c-\u0b4d\u0bbe-\u0bcd\u0c3e-\u0c4d"
    "\u0cbc-\u0ccd\u0d3e-\u0d4d\u200c\u200d"
)
_LETTER = rf"[^\W{_UNSPACED}]"
_WORD = re.compile(rf"[{_UNSPACED}]|{_LETTER}(?:{_LETTER}|[{_MARKS}])*(?:['\u2019]{_LETTER}+)*|[^\w\s]")


class Tokenizer(Protocol):
    """Cuts texts into tokens; everything it has learnt is in its state."""

    @property
    def kind(self) -> str:
        """The name under which it is saved."""

    def split(self, text: str) -> list[str]:
        """Return the tokens of a text, in order; none for an empty one."""

    def to_state(self) -> dict[str, Any]:
        """Return everything there is to know, for JSON."""


@dataclass(frozen=True)
class Words:
    """Words, numbers and signs; every character of scripts without spaces is a word of its own.

    Attributes:
        lowercase: whether capitals are taken as small letters.

    >>> Words().split("Don't panic, it's 42!")
    ["don't", 'panic', ',', "it's", '42', '!']
    >>> Words().split("我爱 München")
    ['我', '爱', 'münchen']
    """

    lowercase: bool = True

    kind: ClassVar[str] = "words"

    def split(self, text: str) -> list[str]:
        """Return the words of a text."""
        text = normalized(text)
        return _WORD.findall(text.lower() if self.lowercase else text)

    def to_state(self) -> dict[str, Any]:
        """Return the settings."""
        return {"kind": self.kind, "lowercase": self.lowercase}


@dataclass(frozen=True)
class Characters:
    """Every character is a token, each run of spaces and line ends is one space.

    Attributes:
        lowercase: whether capitals are taken as small letters.

    >>> Characters().split("Go  on")
    ['G', 'o', ' ', 'o', 'n']
    """

    lowercase: bool = False

    kind: ClassVar[str] = "characters"

    def split(self, text: str) -> list[str]:
        """Return the characters of a text."""
        text = " ".join(normalized(text).split())
        return list(text.lower() if self.lowercase else text)

    def to_state(self) -> dict[str, Any]:
        """Return the settings."""
        return {"kind": self.kind, "lowercase": self.lowercase}


def normalized(text: str) -> str:
    """Return a text in Unicode's composed form, in which each letter is written in one way only.

    >>> len("e\u0301"), len(normalized("e\u0301"))
    (2, 1)
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def restored_tokenizer(state: Mapping[str, Any]) -> Tokenizer:
    """Return the tokeniser that `to_state` described.

    >>> restored_tokenizer({"kind": "words", "lowercase": False}).split("A b")
    ['A', 'b']
    """
    from netwright.data.byte_pairs import BytePairs
    from netwright.data.tokenizer_file import TokenizerFile

    kind, settings = state["kind"], {name: value for name, value in state.items() if name != "kind"}
    if kind == BytePairs.kind:
        return BytePairs(tuple((first, second) for first, second in settings["merges"]))
    return {"words": Words, "characters": Characters, "file": TokenizerFile}[kind](**settings)  # type: ignore[no-any-return]


def make_tokenizer(name: str, lowercase: bool, texts: Iterable[str], size: int) -> Tokenizer:
    """Return a tokeniser by its name in a recipe, trained where it has to be.

    Args:
        name: "words", "characters", "byte_pairs", or the path of a `tokenizer.json`.
        lowercase: whether capitals are taken as small letters; the other two keep what they know.
        texts: training texts, for byte pairs.
        size: most tokens of byte pairs.
    """
    from netwright.data.byte_pairs import learn_byte_pairs
    from netwright.data.tokenizer_file import read_tokenizer

    if name == "words":
        return Words(lowercase)
    if name == "characters":
        return Characters(lowercase)
    return learn_byte_pairs(texts, size) if name == "byte_pairs" else read_tokenizer(name)
