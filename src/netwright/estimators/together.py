"""Members put together as one network, weighted by how they did on the rows that they left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from netwright.data.target import Target
from netwright.errors import RecipeError
from netwright.estimators.blending import blending_weights
from netwright.estimators.folds import Folds
from netwright.estimators.member import Member, row_losses
from netwright.estimators.ready import Ready
from netwright.nets.blend import Blend, Means, blended
from netwright.nets.committee import Committee, side_by_side
from netwright.recipe.recipe import Recipe, ResolvedRecipe
from netwright.task import Task
from netwright.training.batches import joined
from netwright.training.losses import MAE, MSE, CrossEntropy, Huber, LogCosh, Loss
from netwright.uncertainty.temperature import log_losses

AVERAGED = (CrossEntropy, MSE, MAE, Huber, LogCosh)
"""Losses whose networks answer in the same way as classical models do."""


@dataclass(frozen=True)
class Share:
    """What a member counts.

    Attributes:
        kind: "network", "boosting" or "linear".
        fold: which part of the rows it left out.
        weight: of its answers, all together 1.
    """

    kind: str
    fold: int
    weight: float


@dataclass(frozen=True)
class Together:
    """Several models as one.

    Attributes:
        network: answers as all of them.
        members: what each counts; those that count nothing are left out.
        networks: how many of them are networks.
        ready: with the rows that were left out, in the order of the answers.
        answers: raw outputs for these, of members that left them out.
        told: what kinds count, in words; "" where there is one kind only.
    """

    network: nn.Module
    members: tuple[Share, ...]
    networks: int
    ready: Ready
    answers: Tensor
    told: str


def check_blend(recipe: Recipe, target: Target, loss: Loss) -> None:
    """Raise RecipeError when classical models cannot answer beside the network."""
    if not recipe.blend:
        return
    if target.task is Task.MULTILABEL or len(target.names) > 1:
        raise RecipeError("blend: for one target column. Leave it out.")
    if type(loss) not in AVERAGED:
        raise RecipeError(
            f"blend: {type(loss).__name__} does not answer as classical models do. Leave loss or blend out."
        )


def put_together(folds: Folds, members: Sequence[Member], recipe: ResolvedRecipe) -> Together:
    """Return members as one.

    Networks of several folds count alike. What classical models count beside them is chosen greedily on the
    answers to rows that each left out, see `blending_weights`.

    Args:
        folds: the rows.
        members: of each kind one for every fold.
        recipe: of the networks.
    """
    used = sorted({one.fold for one in members if one.kind == "network"})
    members = [one for one in members if one.fold in used]
    ready = _held(folds, used, recipe)
    kinds = {kind: [one for one in members if one.kind == kind] for kind in ("network", "boosting", "linear")}
    kinds = {kind: sorted(found, key=lambda one: one.fold) for kind, found in kinds.items() if found}
    answers = {kind: _answers(folds, found) for kind, found in kinds.items()}
    if len(kinds) == 1:
        networks = [one.network for one in kinds["network"]]
        network = networks[0] if len(networks) == 1 else Committee(networks)
        shares = tuple(Share("network", fold, 1 / len(used)) for fold in used)
        return Together(network.eval(), shares, len(networks), ready, answers["network"], "")
    weights = dict(zip(kinds, _weights(ready, list(answers.values())), strict=True))
    shares = tuple(
        Share(kind, one.fold, float(weights[kind]) / len(found))
        for kind, found in kinds.items()
        for one in found
        if weights[kind] > 0
    )
    pieces = [one.network for kind, found in kinds.items() for one in found if weights[kind] > 0]
    means = _means(ready)
    blend = Blend(pieces, [share.weight for share in shares], means)
    kept = [kind for kind in kinds if weights[kind] > 0]
    together = blended([answers[kind] for kind in kept], [weights[kind] for kind in kept], means)
    told = ", ".join(f"{kind} {weights[kind]:.0%}" for kind in kinds)
    counted = sum(share.kind == "network" for share in shares)
    return Together(blend.eval(), shares, counted, ready, together, f"chosen on held-out rows: {told}")


def _means(ready: Ready) -> Means:
    return "numbers" if ready.target.task is Task.REGRESSION else "chances"


def _weights(ready: Ready, answers: Sequence[Tensor]) -> np.ndarray:
    """Return what each kind counts, chosen on the rows that its models left out."""
    assert ready.held is not None
    target, means = ready.held.target, _means(ready)
    plain = [blended([one], [1.0], means) for one in answers]
    if means == "numbers":
        decoded = [one.double().numpy() for one in plain]
        return blending_weights(
            decoded, lambda mean: float(row_losses(ready, torch.from_numpy(mean), target).mean())
        )
    chances = [
        (torch.sigmoid(torch.cat([-one, one], dim=1)) if one.shape[1] == 1 else one.softmax(dim=1))
        .double()
        .numpy()
        for one in plain
    ]
    truth = target.reshape(-1).long().numpy()
    return blending_weights(chances, lambda mean: float(log_losses(mean, truth).mean()))


def _held(folds: Folds, used: Sequence[int], recipe: ResolvedRecipe) -> Ready:
    """Return the rows that were left out, fold after fold; those that were given, once."""
    held = [folds.held(fold) for fold in (used if folds.parts is not None else used[:1])]
    return replace(folds.whole, recipe=recipe, held=joined(held))


def _answers(folds: Folds, members: Sequence[Member]) -> Tensor:
    """Return the answers of one kind to the rows left out: fold after fold, or side by side on the same."""
    found = [one.answers.cpu() for one in members]
    return torch.cat(found) if folds.parts is not None else side_by_side(found)
