"""From a resolved recipe and prepared rows to everything that a training needs."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from netwright.data.arrays import ArrayPreparation
from netwright.data.target import Target
from netwright.errors import DataError, RecipeError
from netwright.estimators.preparing import AnyPreparation, shape_for
from netwright.metrics import answers_from, find_metric, primary_metric
from netwright.nets.committee import committee_of
from netwright.nets.module import probe_module, wrap_module
from netwright.nets.network import Network
from netwright.nets.output import set_output_bias
from netwright.recipe.recipe import ResolvedRecipe
from netwright.task import Task
from netwright.training.averaging import averaged_tensors
from netwright.training.batches import Batch, Batches
from netwright.training.committee_chain import chain_of
from netwright.training.fit import Setup
from netwright.training.flat import flatten
from netwright.training.freezing import Freezing, rates_by_depth
from netwright.training.loop import Engine
from netwright.training.losses import Loss, TargetShape
from netwright.training.objective import Objective
from netwright.training.optimizers import parameter_groups
from netwright.training.pace import Pace
from netwright.training.precision import autocast, in_double, loss_scaler
from netwright.training.validation import Scores, Validation

PROBE_ROWS = 8
"""Rows on which a module of the user's own is tried."""

SAMPLE_ROWS = 50_000
"""Rows that a network may look at when it is built (bins, data-dependent initialisation)."""


def shape_of(target: Target) -> TargetShape:
    """Return what a loss needs to know about a target."""
    return TargetShape(target.task, len(target.classes), len(target.names))


def target_tensor(target: Target, encoded: np.ndarray) -> Tensor:
    """Return encoded target values as the losses take them."""
    tensor = torch.from_numpy(np.array(encoded))
    return tensor if target.task is Task.MULTICLASS else tensor.float()


def build_network(
    recipe: ResolvedRecipe,
    preparation: AnyPreparation,
    outputs: int,
    inputs: tuple[Tensor, ...],
) -> nn.Module:
    """Return the recipe's network for these columns; a module of the user's own is taken as it is."""
    if isinstance(recipe.network, nn.Module):
        return wrap_module(recipe.network)
    assert isinstance(recipe.network, Network)
    if isinstance(preparation, ArrayPreparation):
        raise DataError(
            f"X has rows of shape {tuple(inputs[0].shape[1:])}; a table has two axes, rows and columns. "
            "Give network=... a PyTorch module that reads such rows, or flatten them."
        )
    step = max(1, -(-inputs[0].shape[0] // SAMPLE_ROWS))
    sample = tuple(tensor[::step] for tensor in inputs)
    network, shape = recipe.network, shape_for(preparation)
    return committee_of(lambda: network.build(shape, outputs, sample), recipe.ensemble)


def check_network(
    network: nn.Module, recipe: ResolvedRecipe, loss: Loss, shape: TargetShape, inputs: tuple[Tensor, ...]
) -> None:
    """Try a module of the user's own on a few rows before any time is spent on it.

    Raises:
        RecipeError: when it cannot read the rows, or its output fits neither target nor loss.
    """
    if not isinstance(recipe.network, nn.Module):
        return
    probe = tuple(tensor[:PROBE_ROWS] for tensor in inputs)
    found = list(probe_module(network, probe, loss.outputs(shape)))
    doubtful = loss.check_output(network(*probe), shape)
    for finding in [*found, *([doubtful] if doubtful else [])]:
        warnings.warn(str(finding), stacklevel=4)


def assemble(
    recipe: ResolvedRecipe,
    network: nn.Module,
    loss: Loss,
    target: Target,
    train: Batch,
    validation: Batch | None,
) -> Setup:
    """Return the set-up of a training.

    Args:
        recipe: resolved: nothing is left on "auto".
        network: the module, initialised.
        loss: fitted to the training targets.
        target: the kind of answer.
        train: the training rows.
        validation: held-out rows, or None.
    """
    device = torch.device(recipe.device)
    network.to(device)
    if recipe.precision == "float64":
        train, validation = in_double(network, train, validation)
    shape = shape_of(target)
    bias = loss.initial_bias(train.target, train.weight, shape)
    if bias is not None:
        set_output_bias(network, bias)
    batches = Batches(train, recipe.batch_size, recipe.seed, sampling_weight(recipe, target, train), device)
    monitor, higher_is_better = monitored(recipe, target)
    steps = recipe.epochs * batches.per_epoch
    engine, averaged = engine_for(
        recipe, network, loss, Pace.of(recipe.schedule, steps, recipe.time, higher_is_better)
    )
    measured = None
    if validation is not None:
        scores = partial(validation_scores, target, monitor)
        measured = Validation(validation.to(device), loss, shape, scores, engine.autocast)
    return Setup(
        engine=engine,
        batches=batches,
        epochs=recipe.epochs,
        validation=measured,
        monitor=monitor,
        higher_is_better=higher_is_better,
        early_stopping=recipe.early_stopping if validation is not None else None,
        average=None if recipe.averaging is None else recipe.averaging.average(averaged),
        seconds=recipe.time,
        on_nonfinite=recipe.on_nonfinite,
    )


def engine_for(
    recipe: ResolvedRecipe, network: nn.Module, loss: Loss, pace: Pace
) -> tuple[Engine, Sequence[Tensor]]:
    """Return the engine, and the tensors that an average of the weights runs over."""
    device = torch.device(recipe.device)
    freezing = None if recipe.body is None else Freezing.of(network, recipe.freeze)
    chain = chain_of(network) if freezing is None else None
    flat = chain is not None and recipe.optimizer.elementwise
    slower = {} if freezing is None else rates_by_depth(network)
    groups = parameter_groups(network, {**slower, **recipe.optimizer.layer_rates})
    groups = flatten(groups) if flat else groups
    engine = Engine(
        network=network,
        objective=Objective(loss, recipe.penalties, recipe.mixup, recipe.augmentation, recipe.seed),
        optimizer=recipe.optimizer.build(groups),
        pace=pace,
        gradient_clip=recipe.gradient_clip,
        pieces=recipe.batch_pieces,
        autocast=autocast(recipe.precision, device),
        scaler=loss_scaler(recipe.precision, device),
        chain=chain,
        flat=flat,
        freezing=freezing,
    )
    # A chain keeps no running statistics: its parameters are all that changes.
    vectors = [vector for group in groups for vector in group.parameters]
    return engine, vectors if flat else averaged_tensors(network)


def monitored(recipe: ResolvedRecipe, target: Target) -> tuple[str, bool]:
    """Return the validation score that decides which weights are best, and whether higher is better."""
    name = recipe.early_stopping.metric if recipe.early_stopping is not None else "loss"
    if name in ("auto", "loss"):
        return "loss", False
    return name, find_metric(target.task, name).higher_is_better


def validation_scores(target: Target, monitor: str, answers: Tensor, truth: Tensor) -> Scores:
    """Return the primary metric and the monitored one, in the target's own unit."""
    values, true = answers.numpy(), truth.numpy()
    if target.task is Task.REGRESSION:
        values, true = target.decode_numbers(values), target.decode_numbers(true)
    names = {primary_metric(target.task).name, monitor} - {"loss"}
    scores = {}
    for name in sorted(names):
        score = find_metric(target.task, name).score(true, answers_from(target.task, values))
        scores[name] = float("nan") if score.value is None else score.value
    return scores


def sampling_weight(recipe: ResolvedRecipe, target: Target, train: Batch) -> Tensor | None:
    """Return the share of each row in balanced sampling: every class is drawn equally often."""
    if not recipe.balanced_sampling:
        return None
    if target.task not in (Task.BINARY, Task.MULTICLASS):
        raise RecipeError(f"balanced_sampling: needs classes to balance, but the target is {target.task}.")
    classes = train.target.long()
    counts = torch.bincount(classes, minlength=2).clamp_min(1)
    return 1.0 / counts[classes].double()
