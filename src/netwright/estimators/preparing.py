"""Preparations of every form of data: fitted, performed, described to networks, restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from torch import Tensor

from netwright.data.arrays import ArrayPreparation
from netwright.data.images import ImagePreparation
from netwright.data.items import Form, Items, MixedRows
from netwright.data.mixed import MixedPreparation, TableWithTexts
from netwright.data.preparation import Preparation, PreparationOptions, Prepared
from netwright.data.row_options import RowOptions, RowPreparation
from netwright.data.schema import Schema
from netwright.data.sequences import SequencePreparation
from netwright.data.shapes import Shape, TableShape
from netwright.data.sound import SoundPreparation
from netwright.data.text import TextPreparation, Texts
from netwright.errors import ArtifactError, DataError
from netwright.estimators.intake import Rows
from netwright.recipe.recipe import ResolvedRecipe

AnyPreparation = Preparation | ArrayPreparation | RowPreparation
"""What makes tensors of raw rows."""

_PREPARATIONS: dict[str, Callable[[Mapping[str, Any], Mapping[str, np.ndarray]], RowPreparation]] = {
    Form.IMAGES: ImagePreparation.from_state,
    Form.TEXTS: TextPreparation.from_state,
    Form.MIXED: MixedPreparation.from_state,
    Form.SEQUENCES: SequencePreparation.from_state,
    Form.SOUNDS: SoundPreparation.from_state,
}


def fit_preparation(rows: Rows, schema: Schema, recipe: ResolvedRecipe) -> AnyPreparation:
    """Return the preparation fitted to training rows.

    Raises:
        DataError: when the recipe's preparation is for another form of data.
    """
    options = recipe.preparation
    if isinstance(rows, MixedRows):
        options = beside(options)
    if isinstance(options, RowOptions):
        if not isinstance(rows, Items) and form_of_rows(rows) is not options.form:
            raise DataError(f"preparation: {options.kind} is for {options.form}, and the rows are none.")
        return options.fit(rows)  # type: ignore[arg-type]
    assert not isinstance(rows, Items)
    assert isinstance(options, PreparationOptions)
    if isinstance(rows, np.ndarray):
        return ArrayPreparation(rows.shape[1:]) if rows.ndim > 2 else Preparation.fit_matrix(rows, options)
    return Preparation.fit(rows, schema, options)


def beside(options: PreparationOptions | RowOptions) -> PreparationOptions | RowOptions:
    """Return options for tables, or for texts, as those for tables with texts."""
    if isinstance(options, PreparationOptions):
        return TableWithTexts(table=options)
    return TableWithTexts(texts=options) if isinstance(options, Texts) else options


def prepare(preparation: AnyPreparation, rows: Rows) -> Prepared | tuple[Tensor, ...]:
    """Return aligned rows as a network takes them."""
    if isinstance(rows, Items):
        assert not isinstance(preparation, (Preparation, ArrayPreparation))
        return preparation.transform(rows)
    if isinstance(rows, np.ndarray):
        assert isinstance(preparation, (Preparation, ArrayPreparation))
        return preparation.transform_matrix(rows)
    assert not isinstance(preparation, ArrayPreparation)
    return preparation.transform(rows)


def inputs_of(prepared: Prepared | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the tensors that a network is called with."""
    if isinstance(prepared, tuple):
        return prepared
    return (prepared.numbers,) if prepared.codes.shape[1] == 0 else (prepared.numbers, prepared.codes)


def shape_for(preparation: AnyPreparation) -> Shape:
    """Return what a network needs to know about prepared rows."""
    if isinstance(preparation, (Preparation, ArrayPreparation)):
        return TableShape(len(preparation.number_names), preparation.cardinalities)
    return preparation.shape


def form_of(preparation: AnyPreparation) -> Form:
    """Return what the rows of a preparation are."""
    if isinstance(preparation, Preparation):
        return Form.TABLE
    return Form.ARRAY if isinstance(preparation, ArrayPreparation) else preparation.form


def form_of_rows(rows: Rows) -> Form:
    """Return what rows are."""
    if isinstance(rows, Items):
        return rows.form
    return Form.ARRAY if isinstance(rows, np.ndarray) and rows.ndim > 2 else Form.TABLE


def restored(state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> AnyPreparation:
    """Return the preparation that `to_state` described.

    Raises:
        ArtifactError: when it is damaged, or of a form that is not known here.
    """
    if "array" in state:
        return ArrayPreparation.from_state(state)
    if "kind" not in state:
        return Preparation.from_state(state, arrays)
    if state["kind"] not in _PREPARATIONS:
        raise ArtifactError(f"The model prepares {state['kind']}, which this version does not know.")
    return _PREPARATIONS[state["kind"]](state, arrays)
