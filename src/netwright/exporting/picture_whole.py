"""Models for pictures as one module: pixels in, answers out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.data.images import ImagePreparation
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.answers import Answer, outlet_of
from netwright.exporting.signature import ROWS, Inlet, Whole


class PictureWhole(nn.Module):
    """Scaling of pixels, network and decoding of a model for pictures."""

    def __init__(self, preparation: ImagePreparation, answer: Answer) -> None:
        super().__init__()
        self.answer, self.scaled = answer, bool(preparation.mean)
        self.register_buffer("mean", torch.tensor(preparation.mean).view(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(preparation.deviation).view(1, -1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """Return answers for pixels (n, channels, height, width)."""
        numbers = pixels.float()
        if self.scaled:
            numbers = (numbers - self.get_buffer("mean")) / self.get_buffer("deviation")
        return self.answer(numbers)  # type: ignore[no-any-return]


def picture_whole(model: NetworkEstimator, dtype: torch.dtype) -> Whole:
    """Return a fitted model for pictures as one module.

    Args:
        model: fitted, on pictures.
        dtype: float64 where the target has bytes, float32 where it has numbers alone.
    """
    preparation = model.preparation_
    assert isinstance(preparation, ImagePreparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    shape = preparation.shape
    size = (ROWS, shape.channels, shape.height, shape.width)
    kind = "float32" if preparation.numbers or dtype != torch.float64 else "uint8"
    span = "from 0 to 1" if preparation.unit else "as in training" if preparation.numbers else "from 0 to 255"
    says = (
        f"pixels {span}, unscaled; pictures are decoded and brought to {shape.height} × {shape.width} "
        "before, with their ratio kept and black around"
    )
    inlets = (Inlet("pixels", kind, size, says),)
    return Whole(PictureWhole(preparation, answer).eval(), inlets, outlet_of(model, dtype), "pictures")


def picture_rows(model: NetworkEstimator, rows: Any) -> list[Any]:
    """Return pictures decoded and brought to their size, (height, width, channels) each."""
    preparation = model.preparation_
    assert isinstance(preparation, ImagePreparation)
    pixels = replace(preparation, mean=(), deviation=()).transform(rows)[0]
    return list(np.moveaxis(pixels.numpy(), 1, -1))
