"""The backward pass, layer by layer: the gradient that arrives, the local factor, the gradient handed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.trace.chain_rule import Factor, Pulled, factor_of, gradients, multiply_out, pull_back
from netwright.trace.layers import Layer, layers_of, place_of
from netwright.trace.plain import Array, to_array, to_plain
from netwright.trace.subject import subject_of, targets_of
from netwright.trace.tape import Tape, double_precision, record
from netwright.training.losses import Loss
from netwright.training.objective import batch_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LossFunction = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class LayerGradient:
    """One layer in a backward pass. L is the loss; every first axis counts rows.

    Attributes:
        name: such as "hidden.1".
        kind: see `netwright.trace.forward.LayerPass`.
        operations: its steps in words, such as ("Linear", "ReLU").
        gradient_out: dL / d output, which arrives from the layers behind.
        gradient_pre_activation: dL / d pre-activation.
        gradients_in: dL / d input for each input; None for whole numbers, which have no gradient.
        factors: d output / d input of each of its steps, in forward order.
        parameters: dL / d parameter, by the parameter's name.
    """

    name: str
    kind: str
    operations: tuple[str, ...]
    gradient_out: Array
    gradient_pre_activation: Array
    gradients_in: tuple[Array | None, ...]
    factors: tuple[Factor, ...]
    parameters: dict[str, Array]

    @property
    def gradient_in(self) -> Array | None:
        """The gradient handed on to what it reads first, and mostly alone."""
        return self.gradients_in[0]

    def to_json(self) -> dict[str, Any]:
        """Return the layer as plain data; of the factors their equations and what they hold."""
        return {
            "name": self.name,
            "kind": self.kind,
            "operations": list(self.operations),
            "gradient_out": to_plain(self.gradient_out),
            "gradient_pre_activation": to_plain(self.gradient_pre_activation),
            "gradients_in": to_plain(self.gradients_in),
            "factors": [factor.to_json() for factor in self.factors],
            "parameters": to_plain(self.parameters),
        }


@dataclass(frozen=True)
class BackwardTrace:
    """A backward pass in float64 and evaluation mode.

    Attributes:
        loss: L, the mean over the rows.
        loss_name: what was taken as the loss.
        layers: in forward order; the backward pass goes through them from the last to the first.
        inputs: dL / d input of the network; None for whole numbers, which have no gradient.
        parameters: dL / d parameter of the whole network, by name.
    """

    loss: float
    loss_name: str
    layers: tuple[LayerGradient, ...]
    inputs: tuple[Array | None, ...]
    parameters: dict[str, Array]
    _tape: Tape = field(repr=False)
    _parts: tuple[Layer, ...] = field(repr=False)
    _seed: Tensor = field(repr=False)

    def __getitem__(self, name: str) -> LayerGradient:
        """Return a layer by name."""
        return self.layers[place_of(self._parts, name)]

    def product(self, row: int = 0) -> tuple[Array | None, ...]:
        """Multiply the local factors, matrix by matrix, and return dL / d input of one row.

        The chain rule written out: from dL / d output down to the inputs, summed over all paths.

        Args:
            row: which of the traced rows, from 0.
        """
        return multiply_out(self._tape.of_row(row), self._seed[row])

    def to_json(self) -> dict[str, Any]:
        """Return the trace as plain data."""
        return {
            "loss": self.loss,
            "loss_name": self.loss_name,
            "layers": [layer.to_json() for layer in self.layers],
            "inputs": to_plain(self.inputs),
        }

    def table(self) -> str:
        """Return a table with a line for each layer, the last one first, as the gradient flows."""
        from netwright.trace.text import aligned, number

        header = ("layer", "gradient arriving", "times", "gradient handed on", "of its parameters")
        lines = [
            (
                layer.name,
                _size(layer.gradient_out),
                " · ".join(factor.equation for factor in reversed(layer.factors)),
                " and ".join(_size(gradient) for gradient in layer.gradients_in),
                ", ".join(f"{name.rpartition('.')[2]} {_size(g)}" for name, g in layer.parameters.items()),
            )
            for layer in reversed(self.layers)
        ]
        title = f"loss ({self.loss_name}) {number(self.loss)}; sizes are root mean squares"
        return f"{title}\n{aligned(header, lines)}"

    def figure(self) -> Figure:
        """Return a figure: the distribution of the gradient at the output of each layer."""
        from netwright.trace.figure import distributions

        values = [(layer.name, layer.gradient_out) for layer in self.layers]
        return distributions(values, "The gradient of the loss that arrives at each layer")

    def __str__(self) -> str:
        return self.table()


def backward(model: Any, rows: Any, targets: Any, loss: Loss | LossFunction | None = None) -> BackwardTrace:
    """Trace a backward pass.

    Args:
        model: a fitted estimator, or a PyTorch module; it is not changed.
        rows: raw rows for an estimator; for a module a tensor or array, or a tuple of them.
        targets: a value for each row.
        loss: a loss part, or a function of outputs and targets that returns one number. When left out, the
            one an estimator was trained on (without penalties); for a module cross-entropy where the targets
            are whole numbers, squared error otherwise.

    Raises:
        UserError: when the network cannot process the rows or the loss does not fit.

    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> trace = backward(network, torch.ones(4, 2), torch.zeros(4, 1))
    >>> [factor.equation for factor in trace["0"].factors]
    ['W', "diag f'(z)"]
    >>> bool(np.allclose(trace.product(row=2)[0], trace.inputs[0][2]))
    True
    """
    target = targets_of(model, rows, targets)
    subject = subject_of(model, rows)
    tape = record(subject.network, subject.inputs)
    values = tape.replay()
    name, function = _loss_of(model, loss, target)
    amount, seed = _seed(function, values[tape.answer], target, name)
    found = gradients(tape, values, {tape.answer: seed})
    parts = tuple(layers_of(tape))
    return BackwardTrace(
        loss=amount,
        loss_name=name,
        layers=tuple(_layer(part, tape, values, found.values) for part in parts),
        inputs=tuple(_optional(found.values.get(number)) for number in tape.inputs),
        parameters={name: to_array(gradient) for name, gradient in found.parameters.items()},
        _tape=tape,
        _parts=parts,
        _seed=seed,
    )


def _layer(part: Layer, tape: Tape, values: dict[int, Tensor], arrived: dict[int, Tensor]) -> LayerGradient:
    def gradient(number: int) -> Array:
        # What the loss does not depend on has the gradient 0.
        return to_array(arrived.get(number, torch.zeros_like(values[number])))

    pulled: list[Pulled] = [pull_back(step, values, arrived) for step in part.steps]
    return LayerGradient(
        name=part.name,
        kind=part.kind,
        operations=part.operations,
        gradient_out=gradient(part.output),
        gradient_pre_activation=gradient(part.first.makes[0]),
        gradients_in=tuple(_optional(pulled[0].values.get(number)) for number in part.first.reads),
        factors=tuple(factor_of(step, tape, values) for step in part.steps),
        parameters={name: to_array(amount) for one in pulled for name, amount in one.parameters.items()},
    )


def _loss_of(model: Any, loss: Loss | LossFunction | None, target: Tensor) -> tuple[str, LossFunction]:
    """Return the name of the loss and a function of outputs and targets."""
    if loss is None and isinstance(model, NetworkEstimator):
        loss = model.loss_
    if isinstance(loss, Loss):
        part = loss
        return type(part).__name__, lambda output, true: batch_loss(part, output, true, None)
    if loss is not None:
        return getattr(loss, "__name__", type(loss).__name__), loss
    if target.is_floating_point():
        return "squared error", lambda output, true: functional.mse_loss(output, true.view_as(output))
    return "cross-entropy", functional.cross_entropy


def _seed(function: LossFunction, output: Tensor, target: Tensor, name: str) -> tuple[float, Tensor]:
    """Return the loss and its gradient at the network's output, from where the chain rule starts."""
    answer = output.detach().clone().requires_grad_()
    try:
        with double_precision():
            amount = function(answer, target)
            (seed,) = torch.autograd.grad(amount, answer)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise UserError(
            f"trace: the loss ({name}) does not fit outputs of shape {tuple(output.shape)} and targets of "
            f"shape {tuple(target.shape)}: {error} Give a loss that returns one number for these."
        ) from error
    return float(amount.detach()), seed


def _optional(tensor: Tensor | None) -> Array | None:
    return None if tensor is None else to_array(tensor)


def _size(values: Array | None) -> str:
    """Return the root mean square, and - where there is no gradient."""
    from netwright.trace.text import number

    return "-" if values is None or not values.size else number(float(np.sqrt(np.mean(values**2))))
