"""What a network needs to know about prepared rows, one record for each kind of data."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class TableShape:
    """Prepared rows of a table.

    Attributes:
        numbers: how many number columns there are.
        cardinalities: the number of codes of every category column; code 0 is "unknown or missing".
    """

    numbers: int
    cardinalities: tuple[int, ...] = ()


@dataclass(frozen=True)
class ImageShape:
    """Prepared pictures, (n, channels, height, width).

    Attributes:
        channels: 1 for grey, 3 for colour.
        height: of every picture.
        width: of every picture.
    """

    channels: int
    height: int
    width: int

    def example(self) -> tuple[Tensor, ...]:
        """Return two made-up rows, for parts that only need the sizes."""
        return (torch.zeros(2, self.channels, self.height, self.width),)


@dataclass(frozen=True)
class TextShape:
    """Prepared texts: tokens int64 (n, length) and lengths int64 (n,); their characters likewise beside.

    Attributes:
        vocabulary: how many different tokens there are, the padding among them.
        length: the most tokens of a text.
        padding: the token that fills up short texts.
        characters: how many different characters there are, or 0 where none are read beside.
        spelling: the most characters of a text.
        dimension: of given word vectors, or 0.
        given: word vectors to start from (vocabulary, dimension), or None.
    """

    vocabulary: int
    length: int
    padding: int = 0
    characters: int = 0
    spelling: int = 0
    dimension: int = 0
    given: Tensor | None = field(default=None, compare=False, repr=False)

    def example(self) -> tuple[Tensor, ...]:
        """Return two made-up rows, for parts that only need the sizes."""
        sizes = [self.length, self.spelling] if self.characters else [self.length]
        views = [(torch.full((2, size), self.padding), torch.ones(2, dtype=torch.int64)) for size in sizes]
        return tuple(tensor for view in views for tensor in view)


@dataclass(frozen=True)
class MixedShape:
    """Prepared rows of a table with texts: numbers, codes (perhaps of no column), the text's tensors.

    Attributes:
        table: of the plain columns.
        text: of the texts.
    """

    table: TableShape
    text: TextShape


@dataclass(frozen=True)
class SequenceShape:
    """Prepared sequences: steps float32 (n, length, channels), and lengths int64 (n,).

    Attributes:
        channels: numbers of a step.
        length: steps of the longest training sequence, or None where it is not known.
        spectrum: whether the channels of a step are neighbours, as the frequencies of a sound are.
    """

    channels: int
    length: int | None = None
    spectrum: bool = False

    def example(self) -> tuple[Tensor, ...]:
        """Return two made-up rows, for parts that only need the sizes."""
        steps = torch.zeros(2, self.length or 2, self.channels)
        return steps, torch.full((2,), steps.shape[1], dtype=torch.int64)


@dataclass(frozen=True)
class WindowShape:
    """Windows of series: what was (n, lookback), what is known ahead, and what is said of whole series.

    Attributes:
        lookback: steps that a forecast looks back on.
        horizon: steps that are forecast at once.
        known: numbers of each step that are known ahead.
        static: numbers of each series.
        season: after how many steps series resemble themselves; 1 where they do not.
    """

    lookback: int
    horizon: int
    known: int = 0
    static: int = 0
    season: int = 1


Shape = TableShape | ImageShape | TextShape | MixedShape | SequenceShape
