"""An ensemble as one artifact: what its members would write, side by side, and their weights."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch

import netwright
from netwright.artifact import Artifact, write_artifact
from netwright.data.target import Target
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.saving import ENSEMBLE, packed, unpacked
from netwright.uncertainty.conformal import Thresholds


def save_ensemble(model: Ensemble, path: str | os.PathLike[str]) -> None:
    """Write a fitted ensemble to a file; members without weight stay out."""
    used = [place for place, weight in enumerate(model.weights_) if weight > 0]
    members = [packed(model.models_[place]) for place in used]
    document = {
        "netwright": netwright.__version__,
        "estimator": ENSEMBLE,
        "way": model.way,
        "task": model.task,
        "seed": model.seed,
        "target": model.target_.to_json(),
        "weights": [float(model.weights_[place]) for place in used],
        "held_out_loss": model.held_out_loss_,
        "members": [member.document for member in members],
    }
    tensors = {
        f"member {number}/{name}": tensor
        for number, member in enumerate(members)
        for name, tensor in member.tensors.items()
    }
    tensors["thresholds"] = torch.from_numpy(model.thresholds_.to_array())
    write_artifact(path, Artifact(document, tensors))


def restored_ensemble(artifact: Artifact, path: Any) -> Ensemble:
    """Return the ensemble that `save_ensemble` wrote."""
    document = artifact.document
    count = len(document["members"])
    model = Ensemble(max(count, 2), way=document["way"], task=document["task"], seed=document["seed"])
    model.target_ = Target.from_json(document["target"])
    model.weights_ = np.array(document["weights"])
    model.held_out_loss_ = document["held_out_loss"]
    model.thresholds_ = Thresholds.from_array(artifact.tensors["thresholds"].numpy())
    model.models_ = []
    for number, member in enumerate(document["members"]):
        prefix = f"member {number}/"
        tensors = {
            name.removeprefix(prefix): tensor
            for name, tensor in artifact.tensors.items()
            if name.startswith(prefix)
        }
        model.models_.append(unpacked(Artifact(member, tensors), None, path))
    return model
