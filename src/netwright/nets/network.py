"""What every network promises: built from the shape of the data, it maps prepared rows to outputs."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.data.shapes import ImageShape as ImageShape
from netwright.data.shapes import SequenceShape as SequenceShape
from netwright.data.shapes import Shape as Shape
from netwright.data.shapes import TableShape as TableShape
from netwright.data.shapes import TextShape as TextShape
from netwright.parts import Part


class Network(Part, family="network"):
    """A network in a recipe: holds its settings, and builds the module when the data is known.

    Attributes:
        forms: the kinds of data that it reads.
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.TABLE,)

    @abstractmethod
    def build(
        self,
        shape: Any,
        outputs: int,
        sample: tuple[Tensor, ...],
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised module.

        Its `forward` takes the prepared tensors and returns (rows, outputs), or (rows, members, outputs)
        where its attribute `members` is above 1. Of tables these are the numbers (rows, numbers) and,
        where there are categories, their codes (rows, categories); of pictures the pixels (rows,
        channels, height, width); of texts the tokens (rows, length) and the lengths (rows,); of
        sequences the steps (rows, length, channels) and the lengths (rows,).

        Args:
            shape: what it reads: a `TableShape`, `ImageShape`, `TextShape` or `SequenceShape`.
            outputs: how many values it returns for a row.
            sample: prepared training rows for parts that depend on the data.
            generator: source of the initial weights; PyTorch's global one when left out.
        """


TEXTS_UNREAD = "text; the network that was chosen reads none"
"""Why a column of texts is left out, see `reads_no_texts`."""


def reads_no_texts(network: object) -> bool:
    """Return whether a recipe's network is made for tables without texts: a module of one's own is, too.

    >>> reads_no_texts("auto")
    False
    """
    if isinstance(network, Network):
        return Form.TABLE in network.forms and Form.MIXED not in network.forms
    return isinstance(network, nn.Module)
