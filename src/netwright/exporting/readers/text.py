"""Texts as inputs of the exported model, by name: tokens and their numbers. Needs Python and NumPy."""

import re
import unicodedata
from typing import Any

import numpy as np

UNKNOWN = 1


def inputs_of(rows: list[Any], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of texts; None where one is missing.
    description: the file inputs.json, read.
    """
    inputs: dict[str, Any] = {}
    given = description["inputs"]
    for tokens, lengths in zip(given[::2], given[1::2], strict=True):
        numbered = [numbers_of("" if text is None else str(text), tokens) for text in rows]
        counts = np.array([len(one) for one in numbered], dtype=lengths["dtype"])
        fixed = tokens["shape"][1]
        table = np.zeros((len(rows), fixed if isinstance(fixed, int) else max(1, *counts)), tokens["dtype"])
        for place, one in enumerate(numbered):
            table[place, : len(one)] = one
        inputs |= {tokens["name"]: table, lengths["name"]: counts}
    return inputs


def numbers_of(text: str, tokens: dict[str, Any]) -> list[int]:
    """Return the number of each token that is read: 0 is padding, 1 unknown, known ones follow in order."""
    text = unicodedata.normalize("NFC", text)
    if tokens["kind"] == "characters":
        text = " ".join(text.split())
    text = text.lower() if tokens["lowercase"] else text
    found = list(text) if tokens["kind"] == "characters" else re.findall(tokens["pattern"], text)
    known = tokens.setdefault("known", {word: place for place, word in enumerate(tokens["words"], 2)})
    return [known.get(word, UNKNOWN) for word in found[: tokens["longest"]]]
