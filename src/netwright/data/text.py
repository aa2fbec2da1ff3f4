"""Texts on their way into a network: cut into tokens, numbered, padded to one length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from netwright.data.items import Form, Items
from netwright.data.row_options import RowOptions
from netwright.data.shapes import TextShape
from netwright.data.text_view import UNKNOWN, TextView, fit_view
from netwright.data.tokenizers import Characters, Tokenizer, make_tokenizer, restored_tokenizer
from netwright.errors import ArtifactError

LONGEST = 400
"""Tokens that are read of a text at most, unless a recipe says otherwise."""

LONGEST_SPELLING = 1000
"""Characters that are read of a text at most."""

LEAST_CHARACTER_COUNT = 2
MOST_CHARACTERS = 2000


class Texts(RowOptions):
    """How texts become inputs.

    Settings:
        tokenizer: "words", "characters", "byte_pairs" (learnt from the training texts), or the path of a
            `tokenizer.json` of the library tokenizers.
        lowercase: whether words are taken in small letters.
        vocabulary: most different tokens; the rarest beyond are taken as unknown.
        min_count: tokens that are rarer in the training texts are taken as unknown.
        length: tokens that are read of a text, its first ones; "auto" reads all up to 400.
        spelling: whether the characters are read beside the tokens: endings, misspellings, signs.
        vectors: a file of word vectors, from which the first layer starts.

    >>> Texts(tokenizer="byte_pairs", vocabulary=2000).to_plain()["vocabulary"]
    2000
    """

    summary: ClassVar[str] = "Texts cut into tokens, numbered and padded."
    form: ClassVar[Form] = Form.TEXTS

    tokenizer: str = "words"
    lowercase: bool = True
    vocabulary: Annotated[int, Field(ge=3)] = 30_000
    min_count: Annotated[int, Field(ge=1)] = 1
    length: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    spelling: bool = True
    vectors: str | None = None

    def fit(self, rows: Items) -> TextPreparation:
        """Return the preparation fitted to training texts."""
        texts = as_texts(rows.values)
        tokenizer = make_tokenizer(self.tokenizer, self.lowercase, texts, self.vocabulary)
        longest = LONGEST if self.length == "auto" else self.length
        tokens = fit_view(tokenizer, texts, self.vocabulary, self.min_count, longest)
        spelling = None
        if self.spelling:
            letters = Characters()
            spelling = fit_view(letters, texts, MOST_CHARACTERS, LEAST_CHARACTER_COUNT, LONGEST_SPELLING)
        given = None if self.vectors is None else _given_vectors(self.vectors, tokens)
        return TextPreparation(tokens, spelling, given, 0 if given is None else given.shape[1])


@dataclass(frozen=True)
class TextPreparation:
    """A fitted preparation of texts; holds the tokens of the training texts, never a text.

    Attributes:
        tokens: how texts become numbered tokens.
        spelling: how they become numbered characters beside, or None.
        given: vectors of the tokens (vocabulary, dimension) to start from; used once and not saved.
        dimension: of given vectors, or 0.
    """

    tokens: TextView
    spelling: TextView | None = None
    given: np.ndarray | None = None
    dimension: int = 0

    form: ClassVar[Form] = Form.TEXTS

    @property
    def shape(self) -> TextShape:
        """What a network needs to know."""
        return TextShape(
            self.tokens.size,
            self.tokens.length,
            characters=0 if self.spelling is None else self.spelling.size,
            spelling=0 if self.spelling is None else self.spelling.length,
            dimension=self.dimension,
            given=None if self.given is None else torch.from_numpy(self.given),
        )

    def transform(self, rows: Any) -> tuple[Tensor, ...]:
        """Return tokens int64 (n, length), 0 behind each end, and lengths (n,); characters likewise.

        Missing texts are empty ones; what was not in the training texts is token 1.
        """
        texts = as_texts(rows.values)
        tensors = self.tokens.transform(texts)
        return tensors if self.spelling is None else (*tensors, *self.spelling.transform(texts))

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything that was learnt: plain data for JSON, and no arrays."""
        views = {"tokens": self.tokens, "spelling": self.spelling}
        state = {name: None if view is None else view.to_state() for name, view in views.items()}
        return {"kind": str(self.form), **state, "dimension": self.dimension}, {}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> TextPreparation:
        """Return the preparation that `to_state` described.

        Raises:
            ArtifactError: when something is missing.
        """
        try:
            views = [None if state[name] is None else _view(state[name]) for name in ("tokens", "spelling")]
            assert views[0] is not None
            return cls(views[0], views[1], None, int(state["dimension"]))
        except (KeyError, TypeError, ValueError, AssertionError) as error:
            raise ArtifactError(f"The preparation of texts is damaged ({error!r}). Save it again.") from error


def as_texts(values: Sequence[Any] | np.ndarray) -> list[str]:
    """Return any values as texts; missing ones are empty, bytes are read as UTF-8 or else Latin-1.

    >>> as_texts([None, "a", 3, b"caf\\xe9"])
    ['', 'a', '3', 'café']
    """
    return [value if isinstance(value, str) else _as_text(value) for value in values]


def _as_text(value: Any) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1")
    return str(value)


def choose_texts(texts: Sequence[str], given: Texts) -> tuple[Texts, str]:
    """Return how texts should be read, and why.

    Args:
        texts: of the training.
        given: what is decided already.

    >>> choose_texts(["one two", "three"], Texts(spelling=False))[1]
    'words; all tokens are read, the longest text has 2'
    """
    tokenizer = make_tokenizer(given.tokenizer, given.lowercase, texts, given.vocabulary)
    lengths = np.array([len(tokenizer.split(text)) for text in texts])
    longest = LONGEST if given.length == "auto" else given.length
    most = max(1, int(lengths.max(initial=1)))
    read = f"all tokens are read, the longest text has {most:,}"
    if most > longest:
        cut = int((lengths > longest).sum())
        longer = f"{cut:,} of {len(texts):,} texts are longer and cut"
        read = f"the first {longest:,} tokens of a text are read: {longer}"
    names = {"words": "words", "characters": "characters", "byte_pairs": "byte pairs"}
    beside = ", and their characters" if given.spelling else ""
    told = f"{names.get(given.tokenizer, f'tokens of {given.tokenizer}')}{beside}; {read}"
    return given.edited(length=min(longest, most)), told


def _view(state: Mapping[str, Any]) -> TextView:
    tokenizer: Tokenizer = restored_tokenizer(state["tokenizer"])
    return TextView(tokenizer, tuple(state["words"]), int(state["length"]))


def _given_vectors(path: str, view: TextView) -> np.ndarray:
    """Return vectors (vocabulary, dimension); zero for padding, small random ones for words without one."""
    from netwright.data.vectors import read_vectors

    words, vectors = read_vectors(path, wanted=Counter(view.words))
    generator = np.random.default_rng(0)
    deviation = float(vectors.std()) if len(vectors) else 0.1
    matrix = generator.normal(0, deviation, (view.size, vectors.shape[1])).astype(np.float32)
    matrix[0] = 0
    for word, vector in zip(words, vectors, strict=True):
        matrix[view.numbers.get(word, UNKNOWN)] = vector
    return matrix
