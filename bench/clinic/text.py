"""Sentences of a small grammar, letter by letter: text without a file and without a licence."""

from __future__ import annotations

import numpy as np

PAD = 0
LETTERS = " .abcdefghijklmnopqrstuvwxyz"
VOCABULARY = len(LETTERS) + 1

ADJECTIVES = ("old", "young", "small", "red", "quiet", "brave", "tired", "golden")
NOUNS = ("river", "farmer", "horse", "garden", "winter", "sailor", "window", "child")
VERBS = ("follows", "finds", "carries", "remembers", "watches", "paints")
PLACES = ("in the morning", "by the sea", "under the bridge", "at night", "near the town")


def sentence(generator: np.random.Generator) -> str:
    """Draw one sentence, such as "the old river follows a child at night."."""
    words = ["the", generator.choice(ADJECTIVES), generator.choice(NOUNS), generator.choice(VERBS)]
    words += ["a", generator.choice(NOUNS)]
    if generator.random() < 0.5:
        words.append(generator.choice(PLACES))
    return " ".join(words) + ". "


def encode(text: str) -> np.ndarray:
    """Return a number for each letter, from 1; 0 is kept for padding."""
    return np.array([LETTERS.index(letter) + 1 for letter in text], dtype=np.int64)


def windows(rows: int, length: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Cut running text into windows; the answer to each place is the letter that follows it."""
    generator = np.random.default_rng(seed)
    text = ""
    while len(text) <= rows * length:
        text += sentence(generator)
    numbers = encode(text)[: rows * length + 1]
    return numbers[:-1].reshape(rows, length), numbers[1:].reshape(rows, length)


def padded(rows: int, length: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """One sentence a row, filled up with padding."""
    generator = np.random.default_rng(seed)
    table = np.full((rows, length + 1), PAD, dtype=np.int64)
    for row in table:
        numbers = encode(sentence(generator))[: length + 1]
        row[: len(numbers)] = numbers
    return table[:, :-1], table[:, 1:]
