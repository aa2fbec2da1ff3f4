"""Models for tables as one module: raw columns in, answers out."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from netwright.data.preparation import Preparation
from netwright.data.scale import QuantileMap
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.answers import Answer, outlet_of
from netwright.exporting.score_curves import ROUGH_STEP, STEP
from netwright.exporting.signature import Whole
from netwright.exporting.table_columns import (
    category_columns,
    number_columns,
    pairs_needed,
    table_inlets,
    words_of,
)
from netwright.exporting.tables import TableEntrance
from netwright.exporting.thinning import thinned


class TableWhole(nn.Module):
    """Preparation, network and decoding of a model for tables."""

    def __init__(self, entrance: TableEntrance, answer: Answer, numbers: bool, codes: bool) -> None:
        super().__init__()
        self.entrance, self.answer = entrance, answer
        self.numbers, self.codes = numbers, codes

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return answers for numbers (n, m) and codes (n, c), each only where there are some."""
        prepared = self.prepared(inputs[0])
        if not self.codes:
            return self.answer(prepared)  # type: ignore[no-any-return]
        return self.answer(prepared, inputs[-1].long())  # type: ignore[no-any-return]

    def prepared(self, first: Tensor) -> Tensor:
        """Return prepared numbers (n, p) of the first input, none where it holds none."""
        if self.numbers:
            return self.entrance(first)  # type: ignore[no-any-return]
        return first.new_zeros((first.shape[0], 0), dtype=torch.float32)


def table_whole(
    model: NetworkEstimator, dtype: torch.dtype, *, rough: bool = False, pairs: bool | None = None
) -> Whole:
    """Return a fitted model for tables as one module.

    Args:
        model: fitted, on a table without texts.
        dtype: float64 where the target has it, which is exact; else float32.
        rough: whether 8 bits follow, for which fewer knots of a quantile scaling are enough.
        pairs: whether two 32-bit numbers add up to each number; None where the preparation tells.
    """
    preparation = model.preparation_
    assert isinstance(preparation, Preparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    entrance, pairs = entrance_of(preparation, dtype, rough=rough, pairs=pairs)
    numbers, codes = number_columns(preparation, dtype, pairs), category_columns(preparation)
    module = TableWhole(entrance, answer, bool(numbers), bool(codes)).eval()
    inlets = table_inlets(numbers, codes, dtype)
    return Whole(module, inlets, outlet_of(model, dtype), "table", words_of(numbers, codes))


def entrance_of(
    preparation: Preparation, dtype: torch.dtype, *, rough: bool, pairs: bool | None = None
) -> tuple[TableEntrance, bool]:
    """Return what prepares the numbers of a table, and whether it takes them as pairs; see `table_whole`."""
    if pairs is None:
        pairs = dtype == torch.float32 and pairs_needed(preparation)
    if rough and isinstance(preparation.scaler, QuantileMap):
        preparation = replace(preparation, scaler=thinned(preparation.scaler))
    return TableEntrance(preparation, dtype, pairs, ROUGH_STEP if rough else STEP), pairs
