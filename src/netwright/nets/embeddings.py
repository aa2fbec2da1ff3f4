"""From prepared columns to the features that the first layer reads."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from netwright.errors import RecipeError
from netwright.nets.category_embeddings import Learned, OneHot, embed_categories
from netwright.nets.network import TableShape
from netwright.nets.number_embeddings import (
    Periodic,
    PiecewiseLinear,
    PlainNumbers,
    bin_edges,
    varied_columns,
)


class TableEmbedding(nn.Module):
    """The features of a prepared row: those of its numbers, then those of its categories.

    Attributes:
        width: how many features there are.
    """

    def __init__(
        self, numbers: PlainNumbers | PiecewiseLinear | Periodic, categories: Sequence[OneHot | Learned] = ()
    ) -> None:
        super().__init__()
        self.numbers = numbers
        self.categories = nn.ModuleList(categories)
        self.width = numbers.width + sum(part.width for part in categories)

    def forward(self, numbers: Tensor, codes: Tensor | None = None) -> Tensor:
        """Return the features (rows, width) of numbers (rows, p) and codes (rows, c)."""
        features: Tensor = self.numbers(numbers)
        if codes is None or not self.categories:
            return features
        return torch.cat([features, *(part(codes, features.dtype) for part in self.categories)], dim=1)

    def feature_names(self, number_names: Sequence[str], category_names: Sequence[str] = ()) -> list[str]:
        """Return a name for every feature, in order, from the names of the columns."""
        parts: list[OneHot | Learned] = list(self.categories)  # type: ignore[arg-type]
        names = self.numbers.feature_names(number_names)
        return names + [name for part in parts for name in part.feature_names(category_names)]


def embed_numbers(
    choice: str,
    count: int,
    sample: tuple[Tensor, ...],
    *,
    bins: int = 48,
    distinct: int = 0,
    frequencies: int = 16,
    frequency_scale: float = 0.1,
    generator: torch.Generator | None = None,
) -> PlainNumbers | PiecewiseLinear | Periodic:
    """Return the module that turns number columns into features.

    Args:
        choice: "none", "piecewise_linear" or "periodic".
        count: how many number columns there are.
        sample: prepared training rows, the numbers first; not needed for "none".
        bins: the most bins of a column, for "piecewise_linear".
        distinct: the most values of a column that has an edge at each, whatever `bins` are.
        frequencies: the waves of a column, for "periodic".
        frequency_scale: the standard deviation of the initial frequencies, for "periodic".
        generator: source of the initial weights.

    Raises:
        RecipeError: when the encoding looks at data and no sample rows are given.
    """
    if choice == "none" or count == 0:
        return PlainNumbers(count)
    if not sample or len(sample[0]) == 0:
        raise RecipeError(
            f"number_embedding={choice!r} looks at the training data: build the network with sample rows, "
            "or use number_embedding='none'."
        )
    if choice == "piecewise_linear":
        encoding = PiecewiseLinear(bin_edges(sample[0], bins, distinct), generator=generator)
        encoding.center(sample[0])
        return encoding
    return Periodic(count, varied_columns(sample[0]), frequencies, frequency_scale, generator=generator)


def embed_table(
    numbers: PlainNumbers | PiecewiseLinear | Periodic,
    shape: TableShape,
    category_choice: str,
    generator: torch.Generator | None = None,
) -> TableEmbedding:
    """Return the embedding of a whole row, see `embed_numbers` and `embed_categories`.

    Raises:
        RecipeError: when there is no column to read.
    """
    embedding = TableEmbedding(numbers, embed_categories(shape.cardinalities, category_choice, generator))
    if embedding.width == 0:
        raise RecipeError("The network has no column to read: every input column is empty or was left out.")
    return embedding
