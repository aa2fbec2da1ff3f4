"""`checkup`: what is wrong with the data, and with the network that would be trained on it; in seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from netwright.clinic.attach import named_loss
from netwright.clinic.preflight import Checkup
from netwright.clinic.preflight import checkup as examine_network
from netwright.data.preparation import Preparation
from netwright.estimators.classifier import Classifier
from netwright.estimators.ready import Ready
from netwright.estimators.regressor import Regressor
from netwright.estimators.session import Session
from netwright.findings import Finding
from netwright.nets.convolution import PixelScaling
from netwright.randomness import derive_seed, isolated
from netwright.recipe.files import recipe_from
from netwright.recipe.recipe import Recipe
from netwright.training.batches import Batch
from netwright.training.objective import batch_loss
from netwright.verbs.material import Material, check_recipe, gather
from netwright.verbs.request import requested

SAMPLE_ROWS = 2_000
"""Rows that are read where not all are in memory, as of pictures."""

_SAME = {"leak": "leak", "copies across the split": "shared-rows", "repeated rows": "shared-rows"}
"""Rules of the clinic that see again, in the prepared rows, what was found in the raw ones."""


@dataclass(frozen=True)
class TableCheckup:
    """What a check-up of data and network found.

    Attributes:
        material: the data as it was understood, with what was found in it.
        network: what was found in the network that would be trained.
        seconds: that it took.
    """

    material: Material
    network: Checkup
    seconds: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong or worth knowing, alarms first, the data before the network."""
        seen = {_SAME.get(finding.rule) for finding in self.material.findings}
        new = [finding for finding in self.network.findings if finding.rule not in seen]
        every = [*self.material.findings, *new]
        return tuple(sorted(every, key=lambda finding: finding.severity != "alarm"))

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """What must be mended before training."""
        return tuple(finding for finding in self.findings if finding.severity == "alarm")

    @property
    def healthy(self) -> bool:
        """Whether nothing that was checked gives cause for alarm."""
        return not self.alarms

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            **self.network.to_json(),
            "healthy": self.healthy,
            "rows": self.material.frame.height,
            "columns": len(self.material.schema.columns),
            "target": self.material.target.name,
            "task": str(self.material.target.task),
            "findings": [finding.to_json() for finding in self.findings],
            "seconds": self.seconds,
        }


def checkup(
    source: Any,
    target: str | None = None,
    *,
    test: str | os.PathLike[str] | None = None,
    ignore: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    group: str | None = None,
    order_by: str | None = None,
    sequence: str | None = None,
    steps_by: str | None = None,
    task: str | None = None,
    recipe: Mapping[str, Any] | Recipe | None = None,
    announce: Callable[[Material], object] = lambda material: None,
    clock: Callable[[], float] = time.monotonic,
    **settings: Any,
) -> TableCheckup:
    """Look at data and network before training: nothing is written, and it takes seconds.

    Args:
        source: a file, a folder of pictures, or rows in memory, as for `train`.
        target: the column to predict.
        test: a file with rows that are kept for the test.
        ignore: columns to leave out.
        columns: kinds of columns where the automatic choice is wrong: {"zip": "category"}.
        group: a column whose groups are kept on one side of the split.
        order_by: a column of dates or numbers; the latest rows become the test part.
        sequence: of a table with a row for each step, the column that says which sequence it belongs to.
        steps_by: the column that orders the steps of a sequence; without it as they stand.
        task: binary, multiclass or regression, where the target does not decide it.
        recipe: a recipe, or its settings.
        announce: told how the data was understood.
        clock: in seconds.
        settings: settings of the recipe.

    Raises:
        DataError, RecipeError: when something that was given cannot be used.

    >>> from netwright.data.samples import sample
    >>> checkup(sample("iris"), "species").healthy
    True
    """
    begun = clock()
    request, frame = requested(
        source,
        target,
        recipe,
        settings,
        test=test,
        ignore=ignore,
        columns=columns,
        group=group,
        order_by=order_by,
        task=task,
        sequence=sequence,
        time=steps_by,
    )
    checked = recipe_from(request.recipe)
    material = gather(request, checked.seed, frame)
    check_recipe(checked, material)
    announce(material)
    return TableCheckup(material, _network(material, checked), clock() - begun)


def _network(material: Material, recipe: Recipe) -> Checkup:
    """Look at the network that the recipe would train on this material."""
    kind = Classifier if material.target.task.is_classification else Regressor
    fields = {name: getattr(recipe, name) for name in Recipe.model_fields}
    estimator = kind(**fields, progress=False, watch=False)
    split = material.split
    ready = estimator._ready(
        material.rows(split.train),
        material.truth(split.train),
        None,
        (material.rows(split.validation), material.truth(split.validation)),
        Session(schema=material.schema, target=material.target),
    )
    with isolated(derive_seed(recipe.seed, "training")):
        network = ready.build()
        setup = ready.setup(network)  # gives the last layer its first bias
    train = _some(ready, ready.train, recipe.seed)
    held = None if ready.held is None else _some(ready, ready.held, recipe.seed)
    pixels = _pixel_scaling(network)
    return examine_network(
        _Averaged(network),
        partial(_loss, ready),
        _scaled(pixels, train),
        train.target,
        None if held is None else (_scaled(pixels, held), held.target),
        names=_names(ready),
        optimizer=setup.engine.optimizer,
        loss=named_loss(ready.loss, ready.target.task),
        seed=recipe.seed,
    )


class _Averaged(nn.Module):
    """A network whose members, where it has several side by side, answer with one voice."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.network(*inputs)
        return output.mean(1) if output.ndim == 3 else output


def _pixel_scaling(network: nn.Module) -> PixelScaling | None:
    """Take the scaling of pixels, a part of the network, out of it, so that it can be done beforehand."""
    for module in network.modules():
        for name, part in module.named_children():
            if isinstance(part, PixelScaling):
                setattr(module, name, nn.Identity())
                return part
    return None


@torch.no_grad()
def _scaled(pixels: PixelScaling | None, rows: Batch) -> tuple[torch.Tensor, ...]:
    """Return inputs as the network's first layer sees them."""
    return rows.inputs if pixels is None else (pixels(rows.inputs[0]), *rows.inputs[1:])


def _loss(ready: Ready, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return batch_loss(ready.loss, output, target, None)


def _some(ready: Ready, rows: Any, seed: int) -> Batch:
    """Return the rows as one batch; where they are read one by one, some of them."""
    if isinstance(rows, Batch):
        return rows
    generator = torch.Generator().manual_seed(derive_seed(seed, "check-up"))
    batch: Batch = rows.take(torch.randperm(rows.rows, generator=generator)[:SAMPLE_ROWS].sort().values)
    return batch


def _names(ready: Ready) -> tuple[str, ...] | None:
    preparation = ready.preparation
    if not isinstance(preparation, Preparation):
        return None
    return (*preparation.number_names, *preparation.category_names)
