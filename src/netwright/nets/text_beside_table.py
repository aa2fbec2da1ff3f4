"""A network for texts and one for plain columns, added: y = f(words) + g(columns)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import torch
from pydantic import BeforeValidator
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.data.shapes import MixedShape
from netwright.nets.mlp import MLP
from netwright.nets.network import Network
from netwright.nets.text_ensemble import TextEnsemble
from netwright.parts import parse_part


class Added(nn.Module):
    """The sum of what two networks answer; with members, member by member.

    Attributes:
        members: how many networks are trained as one.
    """

    def __init__(self, text: nn.Module, table: nn.Module, codes: bool, members: int) -> None:
        super().__init__()
        self.text, self.table = text, table
        self.codes, self.members = codes, members

    def forward(self, numbers: Tensor, codes: Tensor, *texts: Tensor) -> Tensor:
        """Return (rows, outputs), or (rows, members, outputs)."""
        columns = self.table(numbers, codes) if self.codes else self.table(numbers)
        total: Tensor = self.text(*texts) + columns
        return total


class TextBesideTable(Network):
    """Reads the texts and the plain columns of a table; each may make up for what the other lacks.

    Settings:
        text: the network that reads the texts.
        table: the network that reads the other columns, with as many members as the first.

    >>> TextBesideTable().to_plain()["table"]["kind"]
    'mlp'
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.MIXED,)

    text: Annotated[Network, BeforeValidator(lambda value: parse_part(Network, value))] = TextEnsemble()
    table: Annotated[MLP, BeforeValidator(lambda value: parse_part(MLP, value, MLP))] = MLP(hidden=(64, 64))

    def build(
        self,
        shape: Any,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised module, see `Network.build`; for a `MixedShape`."""
        assert isinstance(shape, MixedShape)
        text = self.text.build(shape.text, outputs, sample[2:], generator)
        members = int(getattr(text, "members", 1))
        codes = bool(shape.table.cardinalities)
        columns = self.table.edited(members=members)
        table = columns.build(shape.table, outputs, sample[: 2 if codes else 1], generator)
        return Added(text, table, codes, members)
