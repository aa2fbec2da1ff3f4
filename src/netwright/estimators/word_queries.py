"""Questions to word vectors: what is near, and do people agree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.stats import spearmanr

from netwright.errors import DataError


class Similar(Protocol):
    """What can tell how similar two words are."""

    def __contains__(self, word: str) -> bool: ...

    def similarity(self, first: str, second: str) -> float:
        """Return a number that is larger for words that are more alike."""


@dataclass(frozen=True)
class Agreement:
    """How well vectors agree with people.

    Attributes:
        correlation: Spearman's rank correlation of cosines and judgements; NaN for fewer than 3 pairs.
        pairs: that were compared.
        missing: pairs left out because a word has no vector.
    """

    correlation: float
    pairs: int
    missing: int


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (n, d) scaled to length 1; zero stays zero.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=vectors.dtype)


def nearest_rows(
    unit: np.ndarray, wanted: np.ndarray, count: int, left_out: Sequence[int]
) -> list[tuple[int, float]]:
    """Return the rows with the largest cosines, and these.

    Args:
        unit: rows of length 1 (n, d).
        wanted: the vector that they are compared with (d,).
        count: how many.
        left_out: rows that do not count.

    >>> nearest_rows(np.eye(2), np.array([1.0, 0.1]), 1, [0])[0][0]
    1
    """
    length = float(np.linalg.norm(wanted)) or 1.0
    cosines = np.asarray(unit @ (wanted / length), dtype=np.float64)
    cosines[list(left_out)] = -np.inf
    order = np.argsort(-cosines, kind="stable")[: max(0, min(count, len(cosines) - len(set(left_out))))]
    return [(int(place), float(cosines[place])) for place in order]


def agreement(
    vectors: Similar, pairs: str | os.PathLike[str] | Iterable[tuple[str, str, float]]
) -> Agreement:
    """Return how well similarities agree with judgements.

    Args:
        vectors: that tell similarities.
        pairs: (word, word, judgement), or a file with one such pair a line, parted by blanks, tabs, commas.

    Raises:
        DataError: when there is no such file, or no pair in it.
    """
    judged = list(_read(Path(pairs)) if isinstance(pairs, (str, os.PathLike)) else pairs)
    if not judged:
        raise DataError("pairs: expected (word, word, judgement), got none.")
    known = [(a, b, judgement) for a, b, judgement in judged if a in vectors and b in vectors]
    found = [vectors.similarity(a, b) for a, b, _ in known]
    enough = len(known) >= 3
    correlation = float(spearmanr(found, [one[2] for one in known])[0]) if enough else float("nan")
    return Agreement(correlation, len(known), len(judged) - len(known))


def _read(path: Path) -> Iterable[tuple[str, str, float]]:
    if not path.is_file():
        raise DataError(f"There is no file of word pairs {str(path)!r}.")
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.replace(",", " ").replace(";", " ").split()
        try:
            yield fields[0], fields[1], float(fields[2])
        except (IndexError, ValueError):
            continue  # a heading or a comment
