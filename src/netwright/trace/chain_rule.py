"""The chain rule, one local factor at a time: d loss / d input = d loss / d output · d output / d input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from netwright.errors import UserError
from netwright.nets.members import MemberLinear
from netwright.randomness import isolated
from netwright.trace.layers import kind_of
from netwright.trace.plain import Array, to_array, to_plain
from netwright.trace.tape import Step, Tape, double_precision, pairs

MOST_ENTRIES = 20_000_000
"""The largest matrix that is written out."""


@dataclass(frozen=True)
class Pulled:
    """Gradients on the input side of a step, or of a whole tape.

    Attributes:
        values: by number of the value.
        parameters: by name of the parameter.
    """

    values: dict[int, Tensor]
    parameters: dict[str, Tensor]


@dataclass(frozen=True)
class Factor:
    """The local Jacobian of one step: d output / d input.

    Attributes:
        equation: how it is written: "W", "diag f'(z)", or "d LSTM / d input".
        values: W itself (outputs, inputs), or f'(z) with the shape of z; None where only the matrices of
            single rows are written out, see `matrix`.
    """

    equation: str
    values: Array | None
    _step: Step = field(repr=False)
    _tape: Tape = field(repr=False)

    def matrix(self, row: int = 0, of: int = 0) -> Array:
        """Return the Jacobian (outputs, inputs) of one row, everything flattened.

        Args:
            row: which of the traced rows, from 0.
            of: which of the inputs, for a step that reads several.

        Raises:
            UserError: when there is no such row or input, or the matrix would be too large to write out.
        """
        single = self._tape.of_row(row)
        step = single.steps[self._step.number]
        if not 0 <= of < len(step.reads):
            raise UserError(f"trace: {step.name} reads {len(step.reads)} inputs, there is no input {of}.")
        blocks = jacobian(step, single.replay(), step.makes[0])
        if step.reads[of] not in blocks:
            raise UserError(
                f"trace: input {of} of {step.name} holds whole numbers, which have no derivative."
            )
        return to_array(blocks[step.reads[of]])

    def to_json(self) -> dict[str, Any]:
        """Return the factor as plain data."""
        return {"equation": self.equation, "values": to_plain(self.values)}


def gradients(tape: Tape, values: Mapping[int, Tensor], seeds: Mapping[int, Tensor]) -> Pulled:
    """Go through a tape from the end to the beginning, and return all gradients.

    Args:
        tape: the steps.
        values: by number.
        seeds: where the gradient starts: by number of the value, usually the output.
    """
    arrived: dict[int, Tensor] = dict(seeds)
    parameters: dict[str, Tensor] = {}
    first_names = {id(tensor): name for name, tensor in tape.network.named_parameters()}
    for step in reversed(tape.steps):
        pulled = pull_back(step, values, arrived)
        for number, gradient in pulled.values.items():
            _add(arrived, number, gradient)
        for name, gradient in pulled.parameters.items():
            # Tied weights have several names; all their gradients belong to the first one.
            _add(parameters, first_names[id(tape.network.get_parameter(name))], gradient)
    for number, name in tape.parameters.items():
        if number in arrived:
            _add(parameters, name, arrived[number])
    return Pulled(arrived, parameters)


def pull_back(step: Step, values: Mapping[int, Tensor], arrived: Mapping[int, Tensor]) -> Pulled:
    """Multiply the gradients that arrive at one step with its local factor.

    Args:
        step: the step.
        values: by number, at least those that it reads.
        arrived: gradients by number, among them those at what the step makes.
    """
    if not any(number in arrived for number in step.makes):
        return Pulled({}, {})
    leaves, made, parameters = _differentiably(step, values)
    outputs = [(n, made[n]) for n in step.makes if n in arrived and made[n].requires_grad]
    if not outputs or not (leaves or parameters):
        return Pulled({}, {})
    wanted = [*leaves.values(), *parameters.values()]
    found = torch.autograd.grad(
        [tensor for _, tensor in outputs],
        wanted,
        [arrived[number] for number, _ in outputs],
        allow_unused=True,
    )
    named = dict(zip([*leaves, *parameters], found, strict=True))
    return Pulled(
        {number: named[number] for number in leaves if named[number] is not None},
        {name: named[name] for name in parameters if named[name] is not None},
    )


def factor_of(step: Step, tape: Tape, values: Mapping[int, Tensor]) -> Factor:
    """Return the local Jacobian of a step, in its textbook form where it has one."""
    kind = kind_of(step)
    if kind == "activation" and len(step.reads) == 1:
        (read,) = step.reads
        ones = {step.makes[0]: torch.ones_like(values[step.makes[0]])}
        slope = pull_back(step, values, ones).values.get(read, torch.zeros_like(values[read]))
        return Factor("diag f'(z)", to_array(slope), step, tape)
    if kind == "dense":
        assert isinstance(step.module, (nn.Linear, MemberLinear))
        return Factor("W", to_array(step.module.weight), step, tape)
    return Factor(f"d {type(step.module).__name__ if step.module else step.name} / d input", None, step, tape)


def jacobian(step: Step, values: Mapping[int, Tensor], made: int) -> dict[int, Tensor]:
    """Return d output / d input (outputs, inputs) for every real-valued input of a step.

    Args:
        step: the step.
        values: by number.
        made: the number of the output that is differentiated.

    Raises:
        UserError: when a matrix would be too large to write out.
    """
    leaves, results, _ = _differentiably(step, values)
    outputs = results[made].reshape(-1)
    for leaf in leaves.values():
        if outputs.numel() * leaf.numel() > MOST_ENTRIES:
            raise UserError(
                f"trace: the Jacobian of {step.name} has {outputs.numel():,} × {leaf.numel():,} entries, "
                f"more than {MOST_ENTRIES:,}. Look at the gradients instead, which need no matrix."
            )
    lines: dict[int, list[Tensor]] = {number: [] for number in leaves}
    for output in outputs:
        found = (
            torch.autograd.grad(output, list(leaves.values()), retain_graph=True, allow_unused=True)
            if output.requires_grad and leaves
            else [None] * len(leaves)
        )
        for (number, leaf), line in zip(leaves.items(), found, strict=True):
            lines[number].append((torch.zeros_like(leaf) if line is None else line).flatten())
    return {number: torch.stack(stacked) for number, stacked in lines.items()}


def multiply_out(tape: Tape, seed: Tensor) -> tuple[Array | None, ...]:
    """Return d loss / d input as the sum over all paths of products of local matrices.

    Args:
        tape: the steps of a single row.
        seed: d loss / d output of that row.
    """
    values = tape.replay()
    moving = set(tape.inputs)
    for step in tape.steps:
        if moving.intersection(step.reads):
            moving.update(step.makes)
    arrived: dict[int, Tensor] = {tape.answer: seed.reshape(1, -1)}
    for step in reversed(tape.steps):
        for made in moving.intersection(step.makes).intersection(arrived):
            for number, matrix in jacobian(step, values, made).items():
                if number in moving:
                    _add(arrived, number, arrived[made] @ matrix)
    return tuple(
        to_array(arrived[number].reshape(values[number].shape[1:])) if number in arrived else None
        for number in tape.inputs
    )


Key = TypeVar("Key")


def _add(sums: dict[Key, Tensor], key: Key, amount: Tensor) -> None:
    sums[key] = sums[key] + amount if key in sums else amount


def _differentiably(
    step: Step, values: Mapping[int, Tensor]
) -> tuple[dict[int, Tensor], dict[int, Tensor], dict[str, Tensor]]:
    """Perform a step so that it can be differentiated: return inputs, outputs and the layer's parameters."""
    leaves = {n: values[n].detach().requires_grad_() for n in step.reads if values[n].is_floating_point()}
    # A copy stands between the input and the step, because an input itself may not be overwritten.
    given = {number: leaves[number].clone() if number in leaves else values[number] for number in step.reads}
    with double_precision(), isolated(0), torch.enable_grad():
        made = dict(pairs(step.result, step.perform(given)))
    parameters = {} if step.module is None else _parameters(step.module, step.path)
    return leaves, made, parameters


def _parameters(module: nn.Module, path: str) -> dict[str, Tensor]:
    prefix = f"{path}." if path else ""
    return {f"{prefix}{name}": tensor for name, tensor in module.named_parameters() if tensor.requires_grad}
