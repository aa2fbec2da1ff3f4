"""Transfer: the body of a network that was trained before, under a new head."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from netwright.data.images import ImagePreparation, Images
from netwright.data.items import Items
from netwright.data.schema import Schema
from netwright.errors import RecipeError, listing
from netwright.estimators.intake import Rows
from netwright.estimators.preparing import AnyPreparation
from netwright.nets.hub import PREFIX, load_from_hub
from netwright.recipe.recipe import Recipe

RUN_MODEL = "model.nw"
"""What the model of a run folder is called."""

SECOND_ANSWER = "beside."
"""What the tensors of a second answer are called, see `nets.map_reader`; it is fitted anew."""


@dataclass(frozen=True)
class Body:
    """What a training starts from.

    Attributes:
        network: the trained module.
        told: what people call it.
        model: the estimator that it belongs to, or None for a module by itself.
        reads: the preparation that a module by itself was trained with, or None where that is not known.
    """

    network: nn.Module
    told: str
    model: Any = None
    reads: Images | None = None

    def columns_of(self, rows: Rows) -> Schema | None:
        """Return the columns that the body reads of a table, None of other rows."""
        return None if self.model is None or isinstance(rows, Items) else self.model.schema_

    @property
    def preparation(self) -> AnyPreparation | None:
        """How the body reads raw rows, None where that is not known."""
        return None if self.model is None else self.model.preparation_


@dataclass(frozen=True)
class Transferred:
    """What was taken over.

    Attributes:
        body: what people call the body.
        taken: names of the tensors that were taken over.
        fresh: names of those that start anew.
        unused: names of those of the body for which there is no place.
    """

    body: str
    taken: tuple[str, ...]
    fresh: tuple[str, ...]
    unused: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f"{len(self.taken):,} tensors taken over from {self.body}; anew: {listing(self.fresh, 6)}"
        return f"{told}; without a place: {listing(self.unused, 6)}" if self.unused else told


def open_body(body: Any) -> Body:
    """Return the body that a recipe names.

    Args:
        body: a fitted estimator, a run folder, a model file, a PyTorch module whose last layer is a dense
            one, or a model of the Hugging Face hub such as "hub:microsoft/resnet-18".

    Raises:
        RecipeError: when it is none of these, or not fitted.
    """
    if isinstance(body, nn.Module):
        return Body(body, type(body).__name__)
    if isinstance(body, str) and body.startswith(PREFIX):
        found = load_from_hub(body.removeprefix(PREFIX))
        reads = Images(size=found.size, channels=found.channels, scaling="standard")
        return Body(found.network, body, reads=reads)
    if isinstance(body, (str, os.PathLike)):
        from netwright.estimators.saving import load

        place = Path(body)
        file = place / RUN_MODEL if place.is_dir() else place
        if not file.exists():
            raise RecipeError(f"body: there is no run folder or model file {body}.")
        model = load(file)
        return Body(model.network_, str(body), model)
    if hasattr(body, "network_") and hasattr(body, "preparation_"):
        return Body(body.network_, f"a {type(body).__name__}", body)
    raise RecipeError(
        f"body: expected a fitted model, a run folder, a model file or a module, got {type(body).__name__}"
        f"{' that is not fitted' if hasattr(body, 'fit') else ''}."
    )


def adapted(recipe: Recipe, body: Body) -> Recipe:
    """Return a recipe whose network and preparation are those of the body.

    Raises:
        RecipeError: when the recipe asks for another network, or for several.
    """
    if recipe.ensemble > 1 or getattr(getattr(body.model, "recipe_", None), "ensemble", 1) > 1:
        raise RecipeError(
            "body: one network starts from one network, and an ensemble was asked for or given. Leave out "
            "ensemble, or train several times with other seeds and join them with nw.Ensemble."
        )
    if body.model is None:
        own = recipe.edited(network=body.network, body=body.told)
        return own if body.reads is None or own.preparation != "auto" else own.edited(preparation=body.reads)
    theirs = body.model.recipe_.network
    if recipe.network != "auto" and recipe.network != theirs:
        raise RecipeError("network: a body brings its own network. Leave network=auto, or leave out body.")
    edited = recipe.edited(network=theirs, body=body.told)
    preparation = body.model.preparation_
    if isinstance(preparation, ImagePreparation):
        shape = preparation.shape
        size = (shape.height, shape.width)
        return edited.edited(preparation=Images(size=size, channels=shape.channels))
    return edited.edited(preparation=body.model.recipe_.preparation)


@torch.no_grad()
def with_body(network: nn.Module, body: Body, outputs: int) -> nn.Module:
    """Return a network with the body's weights and statistics, all but those of the head.

    Args:
        network: freshly built; its last layer stays as it is. For a body that is a module by itself, a
            copy of that.
        body: where the tensors come from.
        outputs: how many values the head returns.

    Raises:
        RecipeError: when nothing fits.
    """
    if body.model is None:
        return with_new_head(network, outputs)
    theirs, mine = body.network.state_dict(), network.state_dict()
    for name in transferred(network, body).taken:
        mine[name].copy_(theirs[name])
    return network


def transferred(network: nn.Module, body: Body) -> Transferred:
    """Return which tensors of a network come from the body, and which start anew.

    Raises:
        RecipeError: when nothing fits.
    """
    head = head_of(network)
    mine, theirs = network.state_dict(), body.network.state_dict()
    taken = tuple(
        name
        for name, tensor in mine.items()
        if not name.startswith((f"{head}.", SECOND_ANSWER)) and name in theirs
        if theirs[name].shape == tensor.shape
    )
    if not taken:
        raise RecipeError(f"body: nothing of {body.told} fits this network.")
    fresh = tuple(name for name in mine if name not in taken)
    return Transferred(body.told, taken, fresh, tuple(name for name in theirs if name not in taken))


def head_of(network: nn.Module) -> str:
    """Return the name of a network's last layer.

    >>> head_of(nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)))
    '2'
    """
    if hasattr(network, "output"):
        return "output"
    layers = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not layers:
        raise RecipeError(f"body: {type(network).__name__} has no dense layer that a new head could replace.")
    return str(layers[-1])


def with_new_head(module: nn.Module, outputs: int) -> nn.Module:
    """Return a copy of a module with a fresh last layer of so many outputs.

    >>> with_new_head(nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)), 5)[2].out_features
    5
    """
    twin = copy.deepcopy(module).requires_grad_(True)
    name = head_of(twin)
    old = twin.get_submodule(name)
    if not isinstance(old, nn.Linear):
        raise RecipeError(f"body: its last layer {name!r} is a {type(old).__name__}, not a dense layer.")
    fresh = nn.Linear(old.in_features, outputs, bias=True)
    nn.init.normal_(fresh.weight, 0.0, old.in_features**-0.5)
    nn.init.zeros_(fresh.bias)
    parent, _, last = name.rpartition(".")
    setattr(twin.get_submodule(parent), last, fresh)
    return twin
