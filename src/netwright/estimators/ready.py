"""A training that is ready to begin: rows prepared, loss fitted, the network one call away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from netwright.data.complete import complete_rows
from netwright.data.items import Items
from netwright.data.preparation import Preparation, PreparationOptions
from netwright.data.schema import Schema
from netwright.data.shapes import TableShape
from netwright.data.target import Target
from netwright.estimators.assembly import (
    assemble,
    build_network,
    shape_of,
    target_tensor,
)
from netwright.estimators.division import Division, Part
from netwright.estimators.intake import TargetValues
from netwright.estimators.preparing import AnyPreparation, fit_preparation, inputs_of, prepare
from netwright.estimators.transfer import Body, with_body
from netwright.nets.mlp import MLP
from netwright.recipe.recipe import ResolvedRecipe
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.fit import Setup
from netwright.training.losses import Loss, TargetShape
from netwright.training.memory import check_memory
from netwright.training.resampling import resampled


@dataclass(frozen=True)
class Ready:
    """All that a training needs but the network.

    Attributes:
        recipe: with nothing left open.
        preparation: fitted to the training rows.
        target: standardised on the training rows, unless the loss wants it as it is.
        loss: fitted to the training targets.
        train: the training rows.
        held: rows held out, or None.
        body: the trained network to start from, or None.
    """

    recipe: ResolvedRecipe
    preparation: AnyPreparation
    target: Target
    loss: Loss
    train: Batch
    held: Batch | None
    body: Body | None = None

    @property
    def shape(self) -> TargetShape:
        """What the loss needs to know about the target."""
        return shape_of(self.target)

    def build(self) -> nn.Module:
        """Return a fresh network; what it draws comes from PyTorch's global generator."""
        outputs = self.loss.outputs(self.shape)
        network = build_network(self.recipe, self.preparation, outputs, self.train.inputs)
        return network if self.body is None else with_body(network, self.body, outputs)

    def check_memory(self) -> None:
        """Refuse a network whose training does not fit the memory."""
        recipe = self.recipe
        if isinstance(recipe.network, nn.Module):
            return  # it is in memory already
        check_memory(
            self.build,
            self.train.slice(0, 1).inputs,
            recipe.batch_size,
            recipe.optimizer,
            torch.device(recipe.device),
            pieces=recipe.batch_pieces,
            at_most=self._most_bytes(),
        )

    def _most_bytes(self) -> int | None:
        """Return what a training step needs at most, in bytes, None where only an outline tells."""
        recipe = self.recipe
        if not isinstance(recipe.network, MLP) or not isinstance(self.preparation, Preparation):
            return None
        outputs, rows = self.loss.outputs(self.shape), -(-recipe.batch_size // recipe.batch_pieces)
        shape = TableShape(len(self.preparation.numbers), self.preparation.cardinalities)
        return recipe.ensemble * recipe.network.most_bytes(shape, outputs, rows)

    def setup(self, network: nn.Module) -> Setup:
        """Return the set-up of the training of a network."""
        return assemble(self.recipe, network, self.loss, self.target, self.train, self.held)


def make_ready(
    recipe: ResolvedRecipe, schema: Schema, target: Target, division: Division, body: Body | None = None
) -> Ready:
    """Prepare rows and fit the loss.

    Args:
        recipe: with nothing left open.
        schema: the columns.
        target: the kind of answer.
        division: training rows and held-out rows.
        body: the trained network to start from, whose preparation is kept, or None.

    Raises:
        RecipeError: when the loss does not fit the target.
    """
    known = None if body is None else body.preparation
    division = _without_gaps(division, schema, recipe)
    preparation = fit_preparation(division.train.rows, schema, recipe) if known is None else known
    shape = shape_of(target)
    recipe.loss.check(shape)
    target = _target_for(recipe.loss, target, division.train.target)
    train = batch_of(division.train, preparation, target)
    held = None if division.held is None else batch_of(division.held, preparation, target)
    recipe.loss.check_target(train.target, shape)
    train = evened_out(train, recipe, target.task)
    return Ready(
        recipe, preparation, target, recipe.loss.fitted(train.target, train.weight, shape), train, held, body
    )


def _without_gaps(division: Division, schema: Schema, recipe: ResolvedRecipe) -> Division:
    """Leave rows with missing numbers out of the training part, where the recipe drops them."""
    options, rows = recipe.preparation, division.train.rows
    dropping = isinstance(options, PreparationOptions) and options.imputation == "drop"
    if not dropping or isinstance(rows, Items):
        return division
    return replace(division, train=division.train.take(complete_rows(rows, schema)))


def evened_out(train: Batch, recipe: ResolvedRecipe, task: Task) -> Batch:
    """Even out the classes of the training rows where the recipe says so; held-out rows stay as they are."""
    options = recipe.preparation
    way = options.resampling if isinstance(options, PreparationOptions) else "none"
    return train if way == "none" else resampled(train, way, task, recipe.seed)


def batch_of(part: Part, preparation: AnyPreparation, target: Target) -> Batch:
    """Return rows as tensors, prepared and with their target encoded."""
    encoded = target_tensor(target, target.encode(part.target))
    weight = None if part.weights is None else torch.from_numpy(part.weights).float()
    return Batch(inputs_of(prepare(preparation, part.rows)), encoded, weight)


def _target_for(loss: Loss, target: Target, values: TargetValues) -> Target:
    """Return the target with mean and spread of the training rows, or left in its own unit."""
    target = target.standardised_on(values)
    if target.task is Task.REGRESSION and not loss.standardize_target:
        width = len(target.names)
        target = replace(target, mean=(0.0,) * width, scale=(1.0,) * width)
    return target
