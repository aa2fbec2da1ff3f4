"""What every network promises: built from the shape of the data, it maps prepared rows to outputs."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.parts import Part


@dataclass(frozen=True)
class TableShape:
    """What a network needs to know about prepared rows.

    Attributes:
        numbers: how many number columns there are.
        cardinalities: the number of codes of every category column; code 0 is "unknown or missing".
    """

    numbers: int
    cardinalities: tuple[int, ...] = ()


class Network(Part, family="network"):
    """A network in a recipe: holds its settings, and builds the module when the data is known."""

    @abstractmethod
    def build(
        self,
        shape: TableShape,
        outputs: int,
        sample: tuple[Tensor, ...],
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised module.

        Its `forward` takes the numbers (rows, numbers) and, where there are categories, their codes
        (rows, categories), and returns (rows, outputs), or (rows, members, outputs) where its
        attribute `members` is above 1.

        Args:
            shape: the columns that the network reads.
            outputs: how many values it returns for a row.
            sample: prepared training rows for parts that depend on the data: the numbers float32
                and, where there are categories, the codes int64.
            generator: source of the initial weights; PyTorch's global one when left out.
        """
