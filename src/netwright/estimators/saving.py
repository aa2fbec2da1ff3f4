"""A fitted estimator as an artifact, and back."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import nn

import netwright
from netwright.artifact import Artifact, read_artifact, tensors_under, write_artifact
from netwright.data.schema import Schema
from netwright.data.target import Target
from netwright.errors import ArtifactError, UserError
from netwright.estimators import forecast_saving, step_saving
from netwright.estimators.assembly import build_network, shape_of
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.classifier import Classifier
from netwright.estimators.preparing import restored, shape_for
from netwright.estimators.regressor import Regressor
from netwright.estimators.together import Share
from netwright.estimators.word_vectors import WordVectors
from netwright.files import finite
from netwright.nets.additive import Additive
from netwright.nets.blend import Blend
from netwright.nets.restore import structural_sample
from netwright.nets.trees import Trees
from netwright.parts import parse_part
from netwright.randomness import isolated
from netwright.recipe.recipe import ResolvedRecipe
from netwright.training.history import Round
from netwright.training.losses import Loss
from netwright.uncertainty.assurance import Assurance

ESTIMATORS: dict[str, type[NetworkEstimator]] = {"Classifier": Classifier, "Regressor": Regressor}

OWN_MODULE = "own module"

ENSEMBLE = "Ensemble"


def save_model(model: NetworkEstimator, path: str | os.PathLike[str]) -> None:
    """Write a fitted estimator to a file: tensors and JSON, no code and no training rows."""
    write_artifact(path, packed(model))


def packed(model: NetworkEstimator) -> Artifact:
    """Return a fitted estimator as tensors and plain data."""
    model._check_fitted()
    preparation, arrays = model.preparation_.to_state()
    own = isinstance(model.recipe_.network, nn.Module)
    recipe = (
        model.recipe_.edited(network="auto", device="cpu").to_plain() if own else model.recipe_.to_plain()
    )
    document = {
        "netwright": netwright.__version__,
        "estimator": type(model).__name__,
        "network": OWN_MODULE if own else "recipe",
        "module": type(model.network_).__qualname__,
        "schema": model.schema_.to_json(),
        "target": model.target_.to_json(),
        "preparation": preparation,
        "recipe": recipe,
        "reasons": model.reasons_,
        "loss": model.loss_.to_plain(),
        "history": [finished.to_json() for finished in model.history_],
        "named": hasattr(model, "feature_names_in_"),
    }
    if isinstance(model.network_, Blend):
        document["blend"] = {"kinds": [share.kind for share in model.members_], "means": model.network_.means}
    if hasattr(model, "members_"):
        document["members"] = [asdict(share) for share in model.members_]
    tensors = {f"network/{name}": tensor for name, tensor in model.network_.state_dict().items()}
    document["assurance"], kept = model.assurance_.to_state()
    tensors |= {f"assurance/{name}": torch.from_numpy(np.array(array)) for name, array in kept.items()}
    tensors |= {f"preparation/{name}": torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    return Artifact(finite(document), tensors)


def load(path: str | os.PathLike[str], network: nn.Module | None = None) -> Any:
    """Read a model that `save` wrote; no code from the file is run.

    Args:
        path: the file.
        network: for a model trained with a PyTorch module of your own: a fresh module of the same
            class, into which the weights are put.

    Raises:
        ArtifactError: when the file is damaged, altered, or written by a newer version.
    """
    artifact = read_artifact(path)
    try:
        if artifact.document["estimator"] == forecast_saving.NAME:
            return forecast_saving.restored_forecaster(artifact)
        if artifact.document["estimator"] == step_saving.NAME:
            return step_saving.restored_step_predictor(artifact)
        if artifact.document["estimator"] == ENSEMBLE:
            from netwright.estimators.ensemble_saving import restored_ensemble

            return restored_ensemble(artifact, path)
        if artifact.document["estimator"] == WordVectors.__name__:
            return WordVectors.load(path)
        return unpacked(artifact, network, path)
    except (KeyError, TypeError, IndexError, RuntimeError, AttributeError, UserError) as error:
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError(
            f"{path} does not hold a complete model ({type(error).__name__}: {error}). "
            "Save it again with the version of netwright that trained it."
        ) from error


def unpacked(artifact: Artifact, network: nn.Module | None, path: Any) -> NetworkEstimator:
    """Return the estimator that `packed` described."""
    document = artifact.document
    estimator = ESTIMATORS[document["estimator"]]
    recipe = ResolvedRecipe(**document["recipe"])
    if document["network"] == OWN_MODULE:
        if network is None:
            raise ArtifactError(
                f"{path} holds the weights of a module of your own, {document['module']}, and no code. "
                "Load it with nw.load(path, network=...) and a fresh module of that class."
            )
        recipe = recipe.edited(network=network)
    model = estimator(**{name: getattr(recipe, name) for name in type(recipe).model_fields})
    model.recipe_, model.reasons_ = recipe, dict(document["reasons"])
    model.schema_ = Schema.from_json(document["schema"])
    model.target_ = Target.from_json(document["target"])
    arrays = {name: tensor.numpy() for name, tensor in tensors_under("preparation", artifact).items()}
    state = document["preparation"]
    model.preparation_ = restored(state, arrays)
    model.loss_ = parse_part(Loss, document["loss"])
    model.history_ = tuple(Round.from_json(finished) for finished in document["history"])
    model.n_features_in_ = len(model.schema_.columns)
    if document["named"]:
        model.feature_names_in_ = np.array(model.schema_.names, dtype=object)
    # Files of earlier versions hold none.
    known = {name: tensor.numpy() for name, tensor in tensors_under("assurance", artifact).items()}
    model.assurance_ = Assurance.from_state(document.get("assurance") or {"missing": {}}, known)
    blend = document.get("blend")
    model.network_ = _rebuilt(model, tensors_under("network", artifact), blend)
    if "members" in document:
        model.members_ = tuple(Share(**share) for share in document["members"])
    return model


def _rebuilt(
    model: NetworkEstimator, weights: dict[str, torch.Tensor], blend: dict[str, Any] | None
) -> nn.Module:
    """Build the network anew, with classical models beside it where it is a blend; put saved weights in."""
    outputs = model.loss_.outputs(shape_of(model.target_))
    sample = structural_sample(shape_for(model.preparation_), weights)
    with isolated(0):
        network = (
            build_network(model.recipe_, model.preparation_, outputs, sample)
            if blend is None
            else _rebuilt_blend(model, weights, blend, sample)
        )
    network.load_state_dict(weights)
    return network.eval()


def _rebuilt_blend(
    model: NetworkEstimator,
    weights: dict[str, torch.Tensor],
    blend: dict[str, Any],
    sample: tuple[torch.Tensor, ...],
) -> Blend:
    """Build the models of a blend, into which the saved arrays fit."""
    outputs, pieces = model.loss_.outputs(shape_of(model.target_)), list[nn.Module]()
    for place, kind in enumerate(blend["kinds"]):
        prefix = f"networks.{place}."
        own = {name.removeprefix(prefix): one for name, one in weights.items() if name.startswith(prefix)}
        if kind == "network":
            pieces.append(build_network(model.recipe_, model.preparation_, outputs, sample))
        elif kind == "boosting":
            pieces.append(Trees.like(own))
        else:
            cardinalities = tuple(getattr(model.preparation_, "cardinalities", ()))
            pieces.append(Additive(own["weight"].shape[1], cardinalities, outputs))
    return Blend(pieces, weights["weights"].tolist(), blend["means"])
