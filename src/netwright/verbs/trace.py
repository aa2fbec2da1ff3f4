"""`trace`: what one row does inside a network, down to a single unit."""

from __future__ import annotations

import os

from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.run import Run
from netwright.trace import ForwardTrace, Neuron, forward, neuron
from netwright.verbs.model import open_model, read_for


def trace(
    model: str | os.PathLike[str] | NetworkEstimator,
    source: str | os.PathLike[str] | None = None,
    *,
    row: int = 1,
    layer: str | None = None,
    unit: int | None = None,
    member: int | None = None,
) -> ForwardTrace | Neuron:
    """Look inside a network while it answers one row of a file.

    Args:
        model: a run folder, a model file, or a model.
        source: the file with the row, in any form that `train` reads; the one that the run was trained
            on when left out.
        row: number of the row, from 1 below the header.
        layer: a layer's name, such as "hidden.1"; all layers when left out.
        unit: number of a unit of that layer, from 0.
        member: which network, where several are trained as one, from 0; the first when left out.

    Raises:
        UserError: when there is no such row, layer or unit.
        RunError, ArtifactError: when there is no model to be had.
    """
    if (layer is None) != (unit is None):
        raise UserError(
            "trace: a unit is named by its layer and its number. Give --layer and --unit, or neither."
        )
    if source is None:
        source = _source_of(model)
    if not isinstance(model, NetworkEstimator):
        model = open_model(model)
    frame = read_for(model, source).frame
    if not 1 <= row <= frame.height:
        raise UserError(f"{source} has {frame.height:,} rows, numbered from 1; there is no row {row}.")
    chosen = frame[row - 1 : row]
    if layer is None or unit is None:
        return forward(model, chosen)
    several = getattr(model.network_, "members", 1) > 1
    return neuron(model, layer, unit, chosen, member=0 if several and member is None else member)


def _source_of(model: str | os.PathLike[str] | NetworkEstimator) -> str:
    """Return the file that a run was trained on."""
    run = None if isinstance(model, NetworkEstimator) else Run.open(model)
    if run is None or not run.request["source"]:
        raise UserError("trace: say which file the row is in; the model was trained on rows in memory.")
    return str(run.request["source"])
