"""Tables with texts among their columns: the plain columns beside the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import polars as pl
from pydantic import BeforeValidator
from torch import Tensor

from netwright.data.items import Form, Items, MixedRows, TextRows, objects
from netwright.data.preparation import Preparation, PreparationOptions
from netwright.data.row_options import RowOptions
from netwright.data.schema import Schema
from netwright.data.shapes import MixedShape, TableShape
from netwright.data.text import TextPreparation, Texts
from netwright.errors import ArtifactError

BETWEEN = " \n "
"""Stands between the texts of one row."""


def _part(kind: type[PreparationOptions] | type[Texts]) -> BeforeValidator:
    def parse(value: Any) -> Any:
        settings = (
            {name: one for name, one in value.items() if name != "kind"} if isinstance(value, dict) else {}
        )
        return kind(**settings) if isinstance(value, dict) else value

    return BeforeValidator(parse)


class TableWithTexts(RowOptions):
    """How the rows of a table with texts become inputs.

    Settings:
        table: how the plain columns are prepared.
        texts: how the texts are, those of a row one after another.
    """

    summary: ClassVar[str] = "Plain columns as numbers and codes, texts as tokens."
    form: ClassVar[Form] = Form.MIXED

    table: Annotated[PreparationOptions, _part(PreparationOptions)] = PreparationOptions()
    texts: Annotated[Texts, _part(Texts)] = Texts()

    def fit(self, rows: Items) -> MixedPreparation:
        """Return the preparation fitted to training rows."""
        assert isinstance(rows, MixedRows)
        plain = rows.values.select(rows.plain.names)
        table = Preparation.fit(plain, rows.plain, self.table)
        return MixedPreparation(table, self.texts.fit(joined_texts(rows)), rows.plain, rows.texts)


@dataclass(frozen=True)
class MixedPreparation:
    """A fitted preparation of tables with texts.

    Attributes:
        table: of the plain columns.
        text: of the texts.
        plain: the plain columns.
        texts: names of the text columns.
    """

    table: Preparation
    text: TextPreparation
    plain: Schema
    texts: tuple[str, ...]

    form: ClassVar[Form] = Form.MIXED

    @property
    def shape(self) -> MixedShape:
        """What a network needs to know."""
        table = TableShape(len(self.table.number_names), self.table.cardinalities)
        return MixedShape(table, self.text.shape)

    def transform(self, rows: Any) -> tuple[Tensor, ...]:
        """Return numbers (n, p), codes (n, c), tokens and lengths; characters and their lengths likewise."""
        prepared = self.table.transform(rows.values.select(self.plain.names))
        return (prepared.numbers, prepared.codes, *self.text.transform(joined_texts(rows)))

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything that was learnt: plain data for JSON, and arrays."""
        table, arrays = self.table.to_state()
        text, _ = self.text.to_state()
        state = {"kind": str(self.form), "table": table, "text": text, "plain": self.plain.to_json()}
        return {**state, "texts": list(self.texts)}, arrays

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> MixedPreparation:
        """Return the preparation that `to_state` described.

        Raises:
            ArtifactError: when something is missing.
        """
        try:
            table = Preparation.from_state(state["table"], arrays)
            text = TextPreparation.from_state(state["text"], {})
            return cls(table, text, Schema.from_json(state["plain"]), tuple(state["texts"]))
        except (KeyError, TypeError) as error:
            raise ArtifactError(f"The preparation is damaged ({error!r}). Save the model again.") from error


def joined_texts(rows: MixedRows) -> TextRows:
    """Return the texts of each row one after another."""
    return join_columns(rows.values, rows.texts, rows.reason)


def join_columns(frame: pl.DataFrame, names: Sequence[str], reason: str) -> TextRows:
    """Return the texts of some columns one after another, row by row.

    >>> join_columns(pl.DataFrame({"a": ["x"], "b": [None]}), ["a", "b"], "").values[0].split()
    ['x']
    """
    texts = [pl.col(name).cast(pl.String).fill_null("") for name in names]
    joined = frame.select(pl.concat_str(texts, separator=BETWEEN).alias("text"))["text"]
    return TextRows(objects(joined.to_list()), reason)
