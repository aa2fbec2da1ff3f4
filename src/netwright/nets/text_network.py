"""What networks for texts share: tokens become vectors, an encoder reads them, a readout answers."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.data.shapes import TextShape
from netwright.data.text_view import PADDING
from netwright.errors import RecipeError
from netwright.nets.committee import committee_of
from netwright.nets.masking import trimmed
from netwright.nets.network import Network
from netwright.nets.readout import Readout
from netwright.nets.text_embedding import TokenEmbedding

Reading = Literal["tokens", "characters"]


class TextNetwork(nn.Module):
    """An embedding, an encoder, a readout; called with tokens (n, length) and lengths (n,).

    Where the characters are read beside, they follow: characters (n, letters) and their lengths (n,).
    """

    def __init__(
        self, embedding: TokenEmbedding, encoder: nn.Module, readout: Readout, characters: bool = False
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.encoder = encoder
        self.readout = readout
        self.characters = characters

    def forward(
        self,
        tokens: Tensor,
        lengths: Tensor,
        characters: Tensor | None = None,
        character_lengths: Tensor | None = None,
    ) -> Tensor:
        """Return (n, outputs)."""
        if self.characters:
            tokens, lengths = letters_of(characters, character_lengths)
        tokens, mask = tokens_read(tokens, lengths)
        features = self.encoder(self.embedding(tokens), lengths, mask)
        answer: Tensor = self.readout(features.transpose(1, 2), lengths, mask)
        return answer


class _TextSettings(Network):
    """Settings that networks for texts share.

    Settings:
        reads: the tokens, or the characters where the preparation gives them.
        dimension: numbers of a token's vector; that of given vectors where there are some.
        frozen: whether given vectors stay as they are.
        token_dropout: share of the tokens that are taken for unknown ones in training.
        embedding_dropout: share of the vectors' numbers left out in training.
        dropout: share of the features left out before the answer.
        members: networks trained side by side, their answers averaged.
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.TEXTS,)

    reads: Reading = "tokens"
    dimension: int = Field(default=96, ge=1)
    frozen: bool = False
    token_dropout: float = Field(default=0.1, ge=0, lt=1)
    embedding_dropout: float = Field(default=0.25, ge=0, lt=1)
    dropout: float = Field(default=0.5, ge=0, lt=1)
    members: int = Field(default=1, ge=1)

    def build(
        self,
        shape: Any,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised module, see `Network.build`; for a `TextShape`."""
        assert isinstance(shape, TextShape)
        check_reading(self.reads, shape)
        return committee_of(lambda: self._one(shape, outputs, generator), self.members)

    @abstractmethod
    def encoder(self, dimension: int, length: int) -> tuple[nn.Module, int]:
        """Return an encoder and how many features it gives a token.

        It is called with vectors (n, length, dimension), lengths (n,) and a mask (n, length) or None, and
        returns features (n, length, features).
        """

    @abstractmethod
    def readout(self, width: int, outputs: int) -> Readout:
        """Return what makes an answer of the features."""

    def _one(self, shape: TextShape, outputs: int, generator: torch.Generator | None) -> TextNetwork:
        letters = self.reads == "characters"
        vocabulary, length = size_of(self.reads, shape)
        dimension = self.dimension if letters else shape.dimension or self.dimension
        given = None if letters else shape.given
        frozen = self.frozen and not letters and shape.dimension > 0
        embedding = TokenEmbedding(
            vocabulary, dimension, self.token_dropout, self.embedding_dropout, given, frozen, generator
        )
        encoder, width = self.encoder(dimension, length)
        return TextNetwork(embedding, encoder, self.readout(width, outputs), letters)


def letters_of(characters: Tensor | None, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the characters of texts and their lengths, which a network that reads them is always given."""
    assert characters is not None
    assert lengths is not None
    return characters, lengths


def tokens_read(tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return tokens cut behind the longest text, all that is behind an end as padding, and a mask or None.

    >>> tokens_read(torch.tensor([[5, 6, 7], [8, 9, 9]]), torch.tensor([2, 0]))[0].tolist()
    [[5, 6], [0, 0]]
    """
    tokens, mask = trimmed(tokens, lengths)
    tokens = tokens.masked_fill((lengths == 0).unsqueeze(1), PADDING)
    return tokens, None if mask is None else mask.float()


def size_of(reads: Reading, shape: TextShape) -> tuple[int, int]:
    """Return how many different tokens there are in what is read, and how many a text has at most."""
    if reads == "characters":
        return shape.characters, shape.spelling
    return shape.vocabulary, shape.length


def check_reading(reads: Reading, shape: TextShape) -> None:
    """Refuse to read characters where the preparation gives none.

    Raises:
        RecipeError: then.
    """
    if reads == "characters" and not shape.characters:
        raise RecipeError(
            "network: it reads characters, and the preparation gives none. Set preparation.spelling=true."
        )
