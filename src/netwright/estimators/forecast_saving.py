"""A fitted forecaster as an artifact, and back: tensors and JSON, no code."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch

import netwright
from netwright.artifact import Artifact, tensors_under, write_artifact
from netwright.data.frequency import Unit
from netwright.data.panel import Panel, Series
from netwright.data.panel_preparation import PanelPreparation
from netwright.data.shapes import WindowShape
from netwright.estimators.forecast_answers import Widening
from netwright.estimators.forecaster import Forecaster
from netwright.nets.forecasting import forecast_network
from netwright.nets.network import Network
from netwright.parts import parse_part
from netwright.randomness import isolated
from netwright.recipe.forecast import ForecastRecipe
from netwright.task import Task
from netwright.training.history import Round
from netwright.training.losses import Loss, TargetShape

NAME = "Forecaster"


def save_forecaster(model: Forecaster, path: str | os.PathLike[str]) -> None:
    """Write a fitted forecaster to a file, see `Forecaster.save`."""
    preparation, arrays = model.preparation_.to_state()
    context, values = _context_state(model.context_)
    document = {
        "netwright": netwright.__version__,
        "estimator": NAME,
        "preparation": preparation,
        "shape": dict(model.shape_.__dict__),
        "recipe": model.recipe_.edited(device="cpu", time=None).to_plain(),
        "network": model.network_part_.to_plain(),
        "reasons": model.reasons_,
        "context": context,
        "history": [finished.to_json() for finished in model.history_],
    }
    arrays |= values | {"widening": model.widening_.by}
    tensors = {f"network/{name}": tensor for name, tensor in model.network_.state_dict().items()}
    tensors |= {f"array/{name}": torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    write_artifact(path, Artifact(document, tensors))


def restored_forecaster(artifact: Artifact) -> Forecaster:
    """Return the forecaster of an artifact."""
    document = artifact.document
    arrays = tensors_under("array", artifact)
    recipe = ForecastRecipe(**{name: value for name, value in document["recipe"].items() if name != "kind"})
    model = Forecaster(**{name: getattr(recipe, name) for name in type(recipe).model_fields})
    model.recipe_, model.reasons_ = recipe, dict(document["reasons"])
    model.shape_ = WindowShape(**document["shape"])
    model.preparation_ = PanelPreparation.from_state(
        document["preparation"], {name: tensor.numpy() for name, tensor in arrays.items()}
    )
    model.widening_ = Widening.from_arrays({name: tensor.numpy() for name, tensor in arrays.items()})
    model.network_part_ = parse_part(Network, document["network"])
    model.history_ = tuple(Round.from_json(finished) for finished in document["history"])
    model.context_ = _context(document["context"], arrays, model.preparation_)
    model.network_ = _network(model, tensors_under("network", artifact))
    return model


def _network(model: Forecaster, weights: dict[str, torch.Tensor]) -> torch.nn.Module:
    assert isinstance(model.recipe_.loss, Loss)
    outputs = model.recipe_.loss.outputs(TargetShape(Task.REGRESSION, width=model.shape_.horizon))
    with isolated(0):
        network = forecast_network(model.network_part_, model.shape_, outputs)
    network.load_state_dict(weights)
    return network.eval()


def _context_state(context: Panel) -> tuple[list[Any], dict[str, np.ndarray]]:
    """Return the last values of the series: plain data for JSON, and arrays."""
    described, arrays = [], {}
    for number, series in enumerate(context.series):
        described.append([series.target, series.group, str(series.first), list(series.static)])
        arrays[f"values {number}"], arrays[f"known {number}"] = series.values, series.known
    return described, arrays


def _context(described: list[Any], arrays: dict[str, torch.Tensor], preparation: PanelPreparation) -> Panel:
    counted = preparation.frequency.unit is Unit.STEP
    series = tuple(
        Series(
            target,
            group,
            int(first) if counted else np.datetime64(first),
            arrays[f"values {number}"].numpy(),
            arrays[f"known {number}"].numpy(),
            tuple(static),
        )
        for number, (target, group, first, static) in enumerate(described)
    )
    return Panel(preparation.columns, preparation.frequency, series)
