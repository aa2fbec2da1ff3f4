"""A fitted step predictor as an artifact, and back: tensors and JSON, no code."""

from __future__ import annotations

import os

import numpy as np
import torch

import netwright
from netwright.artifact import Artifact, tensors_under, write_artifact
from netwright.data.row_options import RowOptions
from netwright.data.sequences import SequencePreparation, Sequences
from netwright.data.target import Target
from netwright.estimators.step_predictor import StepPredictor
from netwright.nets.network import Network
from netwright.parts import parse_part
from netwright.randomness import isolated
from netwright.training.history import Round
from netwright.training.losses import Loss
from netwright.training.losses.per_step import _PerStep

NAME = "StepPredictor"


def save_step_predictor(model: StepPredictor, path: str | os.PathLike[str]) -> None:
    """Write a fitted step predictor to a file, see `StepPredictor.save`."""
    preparation, arrays = model.preparation_.to_state()
    document = {
        "netwright": netwright.__version__,
        "estimator": NAME,
        "network": model.part_.to_plain(),
        "loss": {
            "loss": model.loss_.loss.to_plain(),
            "width": model.loss_.width,
            "several": model.loss_.several,
        },
        "target": model.target_.to_json(),
        "options": (model.preparation or Sequences()).to_plain(),
        "preparation": preparation,
        "settings": {name: getattr(model, name) for name in ("epochs", "batch_size", "patience", "seed")},
        "history": [finished.to_json() for finished in model.history_],
    }
    tensors = {f"network/{name}": tensor for name, tensor in model.network_.state_dict().items()}
    tensors |= {f"preparation/{name}": torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    write_artifact(path, Artifact(document, tensors))


def restored_step_predictor(artifact: Artifact) -> StepPredictor:
    """Return the step predictor of an artifact."""
    document = artifact.document
    part = parse_part(Network, document["network"])
    arrays = {name: tensor.numpy() for name, tensor in tensors_under("preparation", artifact).items()}
    preparation = SequencePreparation.from_state(document["preparation"], arrays)
    options = parse_part(RowOptions, document["options"])
    assert isinstance(options, Sequences)
    model = StepPredictor(network=part, preparation=options, **document["settings"])
    model.part_, model.preparation_ = part, preparation
    model.target_ = Target.from_json(document["target"])
    kept = document["loss"]
    model.loss_ = _PerStep(loss=parse_part(Loss, kept["loss"]), width=kept["width"], several=kept["several"])
    model.history_ = tuple(Round.from_json(finished) for finished in document["history"])
    with isolated(0):
        model.network_ = part.build(preparation.shape, model.loss_.width, ())
    model.network_.load_state_dict(tensors_under("network", artifact))
    model.network_.eval()
    return model
