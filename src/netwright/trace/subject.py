"""What is looked into: a copy of the network in float64, and rows as it reads them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.errors import UserError
from netwright.estimators.assembly import target_tensor
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.intake import read_given, read_rows
from netwright.estimators.preparing import form_of, inputs_of, prepare


@dataclass(frozen=True)
class Subject:
    """A network with rows, apart from the model they came from.

    Attributes:
        network: a copy in float64 on the processor, in evaluation mode.
        inputs: what it is called with.
        names: a name for every feature that each input brings, where they are known.
        members: how many networks are in it.
    """

    network: nn.Module
    inputs: tuple[Tensor, ...]
    names: tuple[tuple[str, ...], ...] = ()
    members: int = 1

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.inputs[0].shape[0]


def subject_of(model: Any, rows: Any) -> Subject:
    """Return the network of a model and rows that it can be called with.

    Args:
        model: a fitted estimator, or a PyTorch module.
        rows: raw rows for an estimator; for a module a tensor or array, or a tuple of them.

    Raises:
        TypeError: when the model is neither.
        UserError: when there are no rows.
    """
    names: tuple[tuple[str, ...], ...] = ()
    if isinstance(model, NetworkEstimator):
        model._check_fitted()
        prepared = prepare(model.preparation_, model._aligned(read_rows(rows, form_of(model.preparation_))))
        tensors = inputs_of(prepared)
        columns = model.preparation_
        names = (
            tuple(getattr(columns, "number_names", ())),
            tuple(getattr(columns, "category_names", ())),
        )
        network: nn.Module = model.network_
    elif isinstance(model, nn.Module):
        given = rows if isinstance(rows, (tuple, list)) and _tensors(rows) else (rows,)
        tensors, network = tuple(_tensor(item) for item in given), model
    else:
        raise TypeError(f"trace: expected a fitted model or a torch.nn.Module, got {type(model).__name__}.")
    if not tensors[0].dim() or not len(tensors[0]):
        raise UserError("trace: there are no rows. Give at least one, such as X[:1].")
    twin = copy.deepcopy(network).cpu().double().eval()
    for part in twin.modules():
        if hasattr(part, "inplace"):
            setattr(part, "inplace", False)  # noqa: B010 - overwriting its input hides what a layer read
    inputs = tuple(_as_double(tensor) for tensor in tensors)
    return Subject(twin, inputs, names, int(getattr(network, "members", 1)))


def targets_of(model: Any, rows: Any, targets: Any) -> Tensor:
    """Return targets as the loss takes them, numbers in float64.

    Args:
        model: a fitted estimator, or a PyTorch module.
        rows: the rows; for an estimator with the target among the columns when `targets` is a name.
        targets: a value for each row.

    Raises:
        UserError: when there is not one target for each row.
    """
    if isinstance(model, NetworkEstimator):
        given = read_given(rows, targets)
        return _as_double(target_tensor(model.target_, model.target_.encode(given.target)))
    tensor = _tensor(targets)
    count = len(rows[0]) if isinstance(rows, (tuple, list)) and _tensors(rows) else len(rows)
    if not tensor.dim() or len(tensor) != count:
        came = len(tensor) if tensor.dim() else 0
        raise UserError(f"trace: {count:,} rows and {came:,} targets. Give one target for each row.")
    return _as_double(tensor)


def _tensors(items: Sequence[Any]) -> bool:
    return bool(items) and all(isinstance(item, (Tensor, np.ndarray)) for item in items)


def _tensor(value: Any) -> Tensor:
    return value.detach().cpu() if isinstance(value, Tensor) else torch.from_numpy(np.array(value))


def _as_double(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor
