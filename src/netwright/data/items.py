"""Rows that are no table: pictures, texts and sequences as they were given, before any preparation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

import numpy as np


class Form(StrEnum):
    """What the rows of a data set are."""

    TABLE = "table"
    ARRAY = "array"
    IMAGES = "images"
    TEXTS = "texts"
    MIXED = "tables with texts"
    SEQUENCES = "sequences"
    SOUNDS = "sounds"
    SERIES = "series"


@dataclass(frozen=True, eq=False)
class Items:
    """Rows of one form.

    Attributes:
        values: an array, or a frame, with one entry a row.
        reason: why they were taken so, a plain sentence.
    """

    values: Any
    reason: str = ""

    form: ClassVar[Form]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: np.ndarray | slice) -> Self:
        return type(self)(self.values[index], self.reason)


class ImageRows(Items):
    """Pictures: an array (n, height, width, channels), or an object array (n,) of paths or arrays (h, w, c).

    >>> len(ImageRows(np.zeros((5, 8, 8, 1), dtype=np.uint8))[1:3])
    2
    """

    form = Form.IMAGES


class TextRows(Items):
    """Texts: an object array (n,) of strings, None where one is missing."""

    form = Form.TEXTS


@dataclass(frozen=True, eq=False)
class MixedRows(Items):
    """Rows of a table with texts among its columns: an aligned Polars frame.

    Attributes:
        plain: the columns that hold no text.
        texts: names of the columns that do.
    """

    plain: Any = None
    texts: tuple[str, ...] = ()

    form = Form.MIXED

    def __getitem__(self, index: np.ndarray | slice) -> Self:
        return replace(self, values=self.values[index])


class SequenceRows(Items):
    """Sequences: an object array (n,) of float32 arrays (length, channels)."""

    form = Form.SEQUENCES


class SoundRows(Items):
    """Sounds: an object array (n,) of paths of wave files."""

    form = Form.SOUNDS


def objects(values: list[object]) -> np.ndarray:
    """Return any values as an object array (n,), even where all of them are arrays of one shape.

    >>> objects([np.zeros(2), np.zeros(2)]).shape
    (2,)
    """
    array = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        array[place] = value
    return array
