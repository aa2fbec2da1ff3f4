"""Files of word vectors: the text format of word2vec, as many programs write it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Container, Iterable
from pathlib import Path
from typing import IO

import numpy as np

from netwright.errors import DataError
from netwright.files import write_atomically


def read_vectors(
    path: str | os.PathLike[str], wanted: Container[str] | None = None
) -> tuple[list[str], np.ndarray]:
    """Read words and vectors from a file.

    Args:
        path: text, one word and its numbers a line, with or without the first line that counts them;
            packed with gzip or not.
        wanted: the words to keep, or None for all.

    Returns:
        words, and their vectors float32 (n, dimension).

    Raises:
        DataError: when the file cannot be read so; names the line.
    """
    place = Path(path)
    if not place.is_file():
        raise DataError(f"There is no file of word vectors {str(path)!r}.")
    if place.suffix == ".nw":
        raise DataError(
            f"{path} is a model. Write its vectors as text first: netwright embed … --out words.txt"
        )
    words: list[str] = []
    vectors: list[np.ndarray] = []
    dimension = 0
    with _opened(place) as lines:
        for number, line in enumerate(lines, 1):
            fields = line.rstrip().split(" ")
            if number == 1 and len(fields) == 2 and all(field.isdigit() for field in fields):
                continue
            dimension = dimension or len(fields) - 1
            if not dimension:
                raise DataError(
                    f"{path}, line {number}: expected a word and its numbers, got {line.rstrip()[:60]!r}. "
                    "Expected what netwright embed wrote, or the text format of word2vec."
                )
            # A word may hold a space itself: the numbers are the last ones.
            word = " ".join(fields[: len(fields) - dimension])
            if wanted is None or word in wanted:
                words.append(word)
                vectors.append(_numbers(fields, dimension, number, place))
    if not dimension:
        raise DataError(f"{path} holds no word vectors: it is empty.")
    return words, np.stack(vectors) if vectors else np.zeros((0, dimension), dtype=np.float32)


def write_vectors(path: str | os.PathLike[str], words: Iterable[str], vectors: np.ndarray) -> None:
    """Write the text format of word2vec: a line that counts, then a word and its numbers a line.

    Raises:
        RunError: when the file cannot be written.
    """
    lines = [f"{len(vectors)} {vectors.shape[1]}"]
    for word, vector in zip(words, vectors, strict=True):
        # The format knows no word with a space or a line end in it.
        plain = "_".join(word.split()) or "_"
        lines.append(f"{plain} {' '.join(f'{number:.6g}' for number in vector)}")
    write_atomically(path, "\n".join(lines) + "\n")


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n")
    return path.open(encoding="utf-8", errors="replace", newline="\n")


def _numbers(fields: list[str], dimension: int, line: int, path: Path) -> np.ndarray:
    try:
        numbers = np.array(fields[len(fields) - dimension :], dtype=np.float32)
    except ValueError:
        numbers = np.zeros(0, dtype=np.float32)
    if len(numbers) != dimension or dimension < 1 or len(fields) <= dimension:
        raise DataError(
            f"{path}, line {line}: expected a word and {dimension} numbers, got {' '.join(fields[:4])!r} …"
        )
    return numbers
