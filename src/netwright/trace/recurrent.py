"""One unit of a recurrent layer at one time step, gate by gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.errors import UserError
from netwright.trace.sums import Values, WeightedSum
from netwright.trace.tape import Step, replace
from netwright.trace.units import Place

NEW_VALUE = {"RNN": "hidden", "LSTM": "candidate", "GRU": "candidate"}
_GATES = {
    "RNN": ("hidden",),
    "LSTM": ("input", "forget", "candidate", "output"),
    "GRU": ("reset", "update", "candidate"),
}
EQUATIONS = {
    "RNN": "h = {function}(z_hidden)",
    "LSTM": "c = forget · c_before + input · candidate;  h = output · tanh(c)",
    "GRU": "h = (1 - update) · candidate + update · h_before",
}


@dataclass(frozen=True)
class Recurrence:
    """A recurrent unit at one time step. Every array counts rows.

    Attributes:
        family: "RNN", "LSTM" or "GRU".
        time: the time step, from 0.
        gates: the weighted sum of each gate; its inputs are those of this time step, then the layer's state
            before it. What a GRU's candidate reads of the state is multiplied by the reset gate.
        functions: the activation of each gate.
        activations: of each gate (rows,).
        memory: the unit's state before and after: "h_before", "h" and, for an LSTM, "c_before" and "c".
    """

    family: str
    time: int
    gates: dict[str, WeightedSum]
    functions: dict[str, str]
    activations: dict[str, Tensor]
    memory: dict[str, Tensor]


@dataclass(frozen=True)
class _Weights:
    """Weights of one level and direction, for all gates: of the input, of the state, and both biases."""

    input: Tensor
    state: Tensor
    input_bias: Tensor
    state_bias: Tensor


def recurrence(step: Step, values: Values, place: Place) -> Recurrence:
    """Return one unit of a recurrent layer.

    Args:
        step: a layer of type RNN, LSTM, GRU, or one of their cells.
        values: by number.
        place: the unit of the output (both directions counted on), the time step as its position (the
            last one when left out), and the level of stacked layers (the last one when left out).

    Raises:
        UserError: for packed sequences, and when there is no such level or time step.
    """
    module: Any = step.module
    family = type(module).__name__.removesuffix("Cell")
    single = isinstance(module, nn.RNNCellBase)
    sequence, state = _arguments(step, values)
    level = _level(step, place)
    directions = 1 if single else 1 + module.bidirectional
    size = module.hidden_size
    direction, unit = divmod(place.unit, size)
    time = place.position[0] % len(sequence) if place.position else len(sequence) - 1
    for current in range(level + 1):
        runs = []
        for way in range(directions):
            weights = _weights(module, current, way)
            start = _start(state, current * directions + way, family, sequence, size)
            runs.append(_run(family, module, weights, sequence.flip(0) if way else sequence, start))
        if current < level:
            sequence = torch.cat([_outputs(states, way) for way, states in enumerate(runs)], dim=-1)
    place_in_run = len(sequence) - 1 - time if direction else time
    before, after = runs[direction][place_in_run : place_in_run + 2]
    weights = _weights(module, level, direction)
    return _unit(family, module, weights, sequence[time], before, after, unit, time)


def _unit(
    family: str,
    module: Any,
    weights: _Weights,
    read: Tensor,
    before: tuple[Tensor, ...],
    after: tuple[Tensor, ...],
    unit: int,
    time: int,
) -> Recurrence:
    names, size = _GATES[family], module.hidden_size
    functions = dict.fromkeys(names, "sigmoid") | {NEW_VALUE[family]: _function(module)}
    gates: dict[str, WeightedSum] = {}
    activations: dict[str, Tensor] = {}
    labels = tuple(f"x[{i}]" for i in range(read.shape[-1])) + tuple(f"h[{i}]" for i in range(size))
    for place, name in enumerate(names):
        line = place * size + unit
        reset = activations["reset"] if (family, name) == ("GRU", "candidate") else torch.ones(len(read))
        gates[name] = WeightedSum(
            torch.cat([weights.input[line], weights.state[line]]),
            weights.input_bias[line] + reset * weights.state_bias[line],
            torch.cat([read, reset.unsqueeze(1) * before[0]], dim=1),
            labels,
        )
        z = gates[name].inputs @ gates[name].weights + gates[name].bias
        activations[name] = getattr(torch, functions[name])(z)
    memory = {"h_before": before[0][:, unit], "h": after[0][:, unit]}
    if family == "LSTM":
        memory |= {"c_before": before[1][:, unit], "c": after[1][:, unit]}
    return Recurrence(family, time, gates, functions, activations, memory)


def _run(
    family: str, module: Any, weights: _Weights, sequence: Tensor, start: tuple[Tensor, ...]
) -> list[tuple[Tensor, ...]]:
    """Return the states before the first time step and after each."""
    states = [start]
    for read in sequence:
        h = states[-1][0]
        given = read @ weights.input.T + weights.input_bias
        kept = h @ weights.state.T + weights.state_bias
        if family == "RNN":
            states.append((getattr(torch, _function(module))(given + kept),))
        elif family == "LSTM":
            enter, forget, candidate, output = (given + kept).chunk(4, dim=-1)
            c = forget.sigmoid() * states[-1][1] + enter.sigmoid() * candidate.tanh()
            states.append((output.sigmoid() * c.tanh(), c))
        else:
            (r, z, n), (kept_r, kept_z, kept_n) = given.chunk(3, dim=-1), kept.chunk(3, dim=-1)
            update = (z + kept_z).sigmoid()
            candidate = (n + (r + kept_r).sigmoid() * kept_n).tanh()
            states.append(((1 - update) * candidate + update * h,))
    return states


def _outputs(states: list[tuple[Tensor, ...]], way: int) -> Tensor:
    outputs = torch.stack([state[0] for state in states[1:]])
    return outputs.flip(0) if way else outputs


def _arguments(step: Step, values: Values) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the sequence (time, rows, features) and the states that were given with it."""
    places, names = replace(step.arguments, lambda ref: values[ref.number])
    given = [*places, *names.values()]
    module: Any = step.module
    wanted = 2 if isinstance(module, nn.RNNCellBase) else 3
    if not isinstance(given[0], Tensor) or given[0].dim() != wanted:
        raise UserError(
            f"trace: one unit of {step.name} is shown for padded sequences with an axis for the rows, not "
            "for packed or single ones. Call it with a tensor (rows, time, features), or as batch_first says."
        )
    state = given[1] if len(given) > 1 and given[1] is not None else ()
    states = tuple(state) if isinstance(state, tuple) else (state,)
    if wanted == 2:
        return given[0].unsqueeze(0), tuple(tensor.unsqueeze(0) for tensor in states)
    return (given[0].transpose(0, 1) if module.batch_first else given[0]), states


def _start(
    states: tuple[Tensor, ...], index: int, family: str, sequence: Tensor, size: int
) -> tuple[Tensor, ...]:
    if states:
        return tuple(tensor[index] for tensor in states)
    zero = torch.zeros(sequence.shape[1], size, dtype=sequence.dtype)
    return (zero, zero) if family == "LSTM" else (zero,)


def _weights(module: Any, level: int, way: int) -> _Weights:
    ending = "" if isinstance(module, nn.RNNCellBase) else f"_l{level}{'_reverse' if way else ''}"
    inputs, state = getattr(module, f"weight_ih{ending}"), getattr(module, f"weight_hh{ending}")
    none = torch.zeros(len(inputs), dtype=inputs.dtype)
    biases = (getattr(module, f"bias_{kind}{ending}") if module.bias else none for kind in ("ih", "hh"))
    return _Weights(inputs.detach(), state.detach(), *(bias.detach() for bias in biases))


def _level(step: Step, place: Place) -> int:
    levels = getattr(step.module, "num_layers", 1)
    level = levels - 1 if place.level is None else place.level
    if not 0 <= level < levels:
        raise UserError(
            f"trace: {step.name} has {levels} levels, numbered 0 to {levels - 1}; got level {level}."
        )
    return level


def _function(module: Any) -> str:
    return str(getattr(module, "nonlinearity", "tanh"))
