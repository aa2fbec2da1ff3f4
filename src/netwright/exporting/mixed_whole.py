"""Models for tables with texts as one module: raw columns and numbered tokens in, answers out."""

from __future__ import annotations

import torch
from torch import Tensor

from netwright.data.mixed import BETWEEN, MixedPreparation
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.answers import Answer, outlet_of
from netwright.exporting.signature import Whole
from netwright.exporting.table_columns import category_columns, number_columns, table_inlets, words_of
from netwright.exporting.table_whole import TableWhole, entrance_of
from netwright.exporting.tables import TableEntrance
from netwright.exporting.text_whole import text_inlets, text_inputs, views_read


class MixedWhole(TableWhole):
    """Preparation, network and decoding of a model for tables with texts."""

    def __init__(
        self, entrance: TableEntrance, answer: Answer, numbers: bool, codes: bool, only_characters: bool
    ) -> None:
        super().__init__(entrance, answer, numbers, codes)
        self.only_characters = only_characters

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return answers for numbers (n, m) and codes (n, c), where there are some, and for texts."""
        prepared, plain = self.prepared(inputs[0]), self.numbers + self.codes
        codes = (
            inputs[self.numbers].long() if self.codes else prepared.new_zeros((prepared.shape[0], 0)).long()
        )
        texts = text_inputs(inputs[plain:], self.only_characters)
        return self.answer(prepared, codes, *texts)  # type: ignore[no-any-return]


def mixed_whole(model: NetworkEstimator, dtype: torch.dtype, *, rough: bool = False) -> Whole:
    """Return a fitted model for tables with texts as one module, see `table_whole` and `text_whole`."""
    preparation = model.preparation_
    assert isinstance(preparation, MixedPreparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    entrance, pairs = entrance_of(preparation.table, dtype, rough=rough)
    numbers = number_columns(preparation.table, dtype, pairs)
    codes = category_columns(preparation.table)
    tokens, characters = views_read(preparation.text, model.network_)
    module = MixedWhole(entrance, answer, bool(numbers), bool(codes), only_characters=tokens is None)
    texts = text_inlets(tokens, characters, dtype, texts=list(preparation.texts), between=BETWEEN)
    inlets = (*table_inlets(numbers, codes, dtype), *texts)
    return Whole(module.eval(), inlets, outlet_of(model, dtype), "mixed", words_of(numbers, codes))
