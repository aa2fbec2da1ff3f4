"""A tokeniser of the Hugging Face library `tokenizers`, taken as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from netwright.errors import DataError, MissingExtraError, needing


@dataclass(frozen=True)
class TokenizerFile:
    """What a `tokenizer.json` describes; its text travels with the model.

    Attributes:
        text: the file's content.
    """

    text: str

    kind: ClassVar[str] = "file"

    def split(self, text: str) -> list[str]:
        """Return the tokens of a text."""
        # Half of a surrogate pair is no character, which the library refuses.
        tokens: list[str] = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8")).tokens
        return tokens

    def to_state(self) -> dict[str, Any]:
        """Return the file's content."""
        return {"kind": self.kind, "text": self.text}

    @cached_property
    def _tokenizer(self) -> Any:
        with needing("tokenizers", "text", "reading a tokenizer.json"):
            from tokenizers import Tokenizer
        tokenizer = Tokenizer.from_str(self.text)
        # Texts are cut and padded by the preparation, which says so.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer


def read_tokenizer(path: str) -> TokenizerFile:
    """Read a `tokenizer.json`.

    Raises:
        DataError: when there is no such file, or it describes no tokeniser.
        MissingExtraError: when the library is not installed.
    """
    place = Path(path).expanduser()
    if not place.is_file():
        raise DataError(
            f"tokenizer: expected words, characters, byte_pairs or the path of a tokenizer.json, got "
            f"{path!r}. There is no such file."
        )
    found = TokenizerFile(place.read_text(encoding="utf-8"))
    try:
        found.split("")
    except MissingExtraError:
        raise
    except Exception as error:
        # The library raises plain exceptions.
        raise DataError(f"{path} describes no tokeniser of the library tokenizers: {error}.") from error
    return found
