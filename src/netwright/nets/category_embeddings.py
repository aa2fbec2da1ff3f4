"""Categories as features: one-hot vectors for small columns, learnt vectors for large ones.

Code 0, "unknown or missing", is the zero vector of a one-hot column and starts as the zero vector of a
learnt one. So a category that was never seen in training adds nothing, instead of adding untrained noise;
and where training rows have missing values, what they mean is learnt relative to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

_ONE_HOT_UP_TO = 32


class OneHot(nn.Module):
    """One-hot vectors of some category columns, code 0 left out, side by side.

    Plain 0/1 features keep the first layer an ordinary one, with a weight for every category.
    """

    columns: Tensor
    starts: Tensor

    def __init__(self, cardinalities: Mapping[int, int]) -> None:
        """Take the number of codes by column number."""
        super().__init__()
        self.sizes = [codes - 1 for codes in cardinalities.values()]
        self.register_buffer("columns", torch.tensor(list(cardinalities)))
        self.register_buffer("starts", _starts(self.sizes))
        self.width = sum(self.sizes)

    def forward(self, codes: Tensor, dtype: torch.dtype) -> Tensor:
        """Return the features (rows, width) of codes (rows, columns)."""
        chosen = codes.index_select(1, self.columns)
        places = torch.maximum(chosen - 1, torch.zeros_like(chosen)) + self.starts
        features = torch.zeros(codes.shape[0], self.width, dtype=dtype, device=codes.device)
        return features.scatter_(1, places, (chosen > 0).to(dtype))

    def feature_names(self, names: Sequence[str]) -> list[str]:
        """Return a name for every feature, such as "city code 3"."""
        columns = zip(self.columns.tolist(), self.sizes, strict=True)
        return [f"{names[column]} code {code}" for column, size in columns for code in range(1, size + 1)]


class Learned(nn.Module):
    """Learnt vectors of some category columns, all of one dimension, in one table: one gather for all."""

    columns: Tensor
    starts: Tensor

    def __init__(
        self, cardinalities: Mapping[int, int], dimension: int, generator: torch.Generator | None = None
    ) -> None:
        """Take the number of codes by column number."""
        super().__init__()
        sizes = list(cardinalities.values())
        self.register_buffer("columns", torch.tensor(list(cardinalities)))
        self.register_buffer("starts", _starts(sizes))
        self.table = nn.Embedding(sum(sizes), dimension)
        # A vector then has an expected squared length of 1, as a one-hot vector has.
        nn.init.normal_(self.table.weight, 0.0, 1 / math.sqrt(dimension), generator=generator)
        with torch.no_grad():
            self.table.weight[self.starts] = 0
        self.width = len(sizes) * dimension

    def forward(self, codes: Tensor, dtype: torch.dtype) -> Tensor:
        """Return the features (rows, width) of codes (rows, columns)."""
        vectors: Tensor = self.table(codes.index_select(1, self.columns) + self.starts)
        return vectors.flatten(1).to(dtype)

    def feature_names(self, names: Sequence[str]) -> list[str]:
        """Return a name for every feature, such as "city dimension 1"."""
        dimensions = range(1, self.table.embedding_dim + 1)
        return [f"{names[column]} dimension {d}" for column in self.columns.tolist() for d in dimensions]


def embed_categories(
    cardinalities: Sequence[int], choice: str, generator: torch.Generator | None = None
) -> list[OneHot | Learned]:
    """Return the modules that together turn the codes of all columns into features.

    Args:
        cardinalities: the number of codes of every column, code 0 counted.
        choice: "one_hot", "learned", or "auto": learnt for columns of more than 32 codes.
        generator: source of the initial vectors.
    """
    one_hot: dict[int, int] = {}
    learned: dict[int, dict[int, int]] = {}
    for column, codes in enumerate(cardinalities):
        if codes < 2:
            continue  # nothing but "unknown or missing": it could only ever be the zero vector
        if choice == "one_hot" or (choice == "auto" and codes <= _ONE_HOT_UP_TO):
            one_hot[column] = codes
        else:
            learned.setdefault(embedding_dimension(codes), {})[column] = codes
    modules: list[OneHot | Learned] = [OneHot(one_hot)] if one_hot else []
    return modules + [Learned(group, dimension, generator) for dimension, group in sorted(learned.items())]


def embedding_dimension(codes: int) -> int:
    """Return the dimension of the learnt vectors of a column: about 1.6 codes^0.56, at most 64.

    Rounded up to a multiple of 4, so that columns of similar size share a table.

    >>> [embedding_dimension(codes) for codes in (3, 43, 1_000, 1_000_000)]
    [4, 16, 64, 64]
    """
    return min(64, 4 * math.ceil(1.6 * math.pow(codes, 0.56) / 4))


def _starts(sizes: Sequence[int]) -> Tensor:
    return torch.tensor([0, *sizes[:-1]]).cumsum(0)
