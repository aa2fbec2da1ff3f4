"""One neuron: what it reads, how it weighs that, what it makes of it, and who reads the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from torch import Tensor

from netwright.errors import UserError
from netwright.nets.activations import ACTIVATIONS
from netwright.nets.embeddings import TableEmbedding
from netwright.trace.attention import attention, is_plain
from netwright.trace.feeds import feeds_of
from netwright.trace.layers import Layer, find_layer, kind_of, layers_of
from netwright.trace.plain import Array, to_array, to_plain
from netwright.trace.recurrent import EQUATIONS, NEW_VALUE, Recurrence, recurrence
from netwright.trace.statistics import statistics_of
from netwright.trace.subject import Subject, subject_of
from netwright.trace.sums import WeightedSum, weighted_sum
from netwright.trace.tape import Step, Tape, record
from netwright.trace.units import Place, check_place, rows_first, select

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Normalized:
    """What normalisation makes of a unit: value = scale (z - mean) / sqrt(variance + epsilon) + shift."""

    mean: Array
    variance: Array
    scale: Array
    shift: Array
    epsilon: float
    value: Array


@dataclass(frozen=True)
class Gate:
    """One gate of a recurrent unit: activation = function(weights · inputs + bias), every array by rows."""

    weights: Array
    bias: Array
    inputs: Array
    pre_activation: Array
    function: str
    activation: Array


@dataclass(frozen=True)
class Heads:
    """Where attention looks.

    Attributes:
        weights: of each position for all others (rows, heads, positions, others).
        values: what the heads read there (rows, heads, others, features).
    """

    weights: Array
    values: Array


@dataclass(frozen=True)
class Reader:
    """Who reads a unit: the layer, and d z / d activation for each of its units (units,)."""

    layer: str
    weights: Array


@dataclass(frozen=True)
class Neuron:
    """One unit of a layer, for some rows. Every first axis counts rows; positions follow where there are any.

    Attributes:
        layer: its name.
        unit: number of the unit, channel or feature, from 0.
        kind: of the layer.
        equation: how z comes about.
        weights: w (inputs,), or one w for each row where the layer makes it from the row.
        bias: b, a number or one for each row.
        inputs: x (rows, inputs).
        input_names: a name for every input.
        pre_activation: z = w · x + b (rows,).
        normalization: what becomes of z before the activation, or None.
        function: the activation function, such as "max(0, z)"; "z" where there is none.
        activation: what the unit passes on (rows,).
        gates: of a recurrent unit, by name; the weights above are those of the gate that makes the new value.
        memory: of a recurrent unit, its state before and after (rows,).
        attention: where the heads look, for a feature of multi-head attention.
        feeds: who reads it, and how strongly.
    """

    layer: str
    unit: int
    kind: str
    equation: str
    weights: Array
    bias: Array
    inputs: Array
    input_names: tuple[str, ...]
    pre_activation: Array
    normalization: Normalized | None
    function: str
    activation: Array
    gates: dict[str, Gate]
    memory: dict[str, Array]
    attention: Heads | None
    feeds: tuple[Reader, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the neuron as plain data."""
        return dict(to_plain(self))

    def table(self, row: int = 0) -> str:
        """Return a table for one of the rows: what adds up to z, what becomes of it, who reads it."""
        from netwright.trace.account import account

        return account(self, row)

    def figure(self, row: int = 0) -> Figure:
        """Return a figure for one of the rows: what each input adds to z."""
        from netwright.trace.account import amounts
        from netwright.trace.figure import contributions

        return contributions(
            self.input_names, amounts(self, row), f"What adds up in {self.layer}[{self.unit}]"
        )

    def __str__(self) -> str:
        return self.table()


def neuron(
    model: Any,
    layer: str,
    unit: int,
    rows: Any,
    *,
    position: int | tuple[int, ...] | None = None,
    member: int | None = None,
    use: int | None = None,
    level: int | None = None,
) -> Neuron:
    """Look at one unit of a network.

    Args:
        model: a fitted estimator, or a PyTorch module; it is not changed.
        layer: the layer's name, such as "hidden.1".
        unit: number of the unit, channel or feature, from 0.
        rows: raw rows for an estimator; for a module a tensor or array, or a tuple of them.
        position: pixel, token or time step, from 0; all of them when left out, of a recurrent layer the last.
        member: which of the networks that are trained as one.
        use: which use of a layer that is used several times in one pass.
        level: of stacked recurrent layers; the last when left out.

    Raises:
        UserError: when there is no such layer, unit, position or member, or it stands for several.

    >>> import numpy as np, torch
    >>> from torch import nn
    >>> network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> unit = neuron(network, layer="0", unit=2, rows=torch.ones(1, 2))
    >>> z = unit.inputs @ unit.weights + unit.bias
    >>> bool(np.allclose(np.maximum(0, z), unit.activation)), unit.function
    (True, 'max(0, z)')
    >>> [reader.layer for reader in unit.feeds]
    ['2']
    """
    subject = subject_of(model, rows)
    tape = record(subject.network, subject.inputs)
    layers = layers_of(tape)
    found = find_layer(layers, layer, use)
    values = tape.replay()
    made = rows_first(found.first, values[found.first.makes[0]])
    place = Place(unit, _position(position, member, subject.members, made, found), level)
    if found.kind != "recurrent":
        check_place(found, made, place)
    looked = _look(found, values, place)
    is_last = level in (None, getattr(found.first.module, "num_layers", 1) - 1)
    readers = feeds_of(tape, layers, found, place, subject.members) if is_last else ()
    return replace(
        looked,
        input_names=_names(looked.input_names, found.first, tape, layers, subject),
        feeds=tuple(Reader(reader.layer, to_array(reader.weights)) for reader in readers),
    )


def _look(layer: Layer, values: dict[int, Tensor], place: Place) -> Neuron:
    """Return the neuron, its inputs not yet named and its readers not yet known."""
    found: Recurrence | None = None
    heads = None
    if layer.kind == "recurrent" and not getattr(layer.first.module, "proj_size", 0):
        found = recurrence(layer.first, values, place)
        total = found.gates[NEW_VALUE[found.family]]
        total = replace(
            total, equation=EQUATIONS[found.family].format(function=found.functions.get("hidden"))
        )
        z = total.inputs @ total.weights + total.bias
        output = found.memory["h"]
        function = found.functions[NEW_VALUE[found.family]]
    else:
        if layer.kind == "attention" and is_plain(layer.first):
            seen, total = attention(layer.first, values, place)
            heads = Heads(to_array(seen.weights), to_array(seen.values))
        else:
            total = weighted_sum(layer.first, layer.kind, values, place)
        source = layer.first.reads[0] if layer.kind == "activation" else layer.first.makes[0]
        z = select(layer.first, rows_first(layer.first, values[source]), place)
        output = select(layer.first, rows_first(layer.first, values[layer.output]), place)
        function = _function(layer.steps[-1])
    return Neuron(
        layer=layer.name,
        unit=place.unit,
        kind=layer.kind,
        equation=total.equation,
        weights=to_array(total.weights),
        bias=to_array(total.bias),
        inputs=to_array(total.inputs),
        input_names=total.names,
        pre_activation=to_array(z),
        normalization=_normalized(layer, values, place),
        function=function,
        activation=to_array(output),
        gates={} if found is None else {name: _gate(found, name, gate) for name, gate in found.gates.items()},
        memory={} if found is None else {name: to_array(value) for name, value in found.memory.items()},
        attention=heads,
        feeds=(),
    )


def _gate(found: Recurrence, name: str, gate: WeightedSum) -> Gate:
    return Gate(
        weights=to_array(gate.weights),
        bias=to_array(gate.bias),
        inputs=to_array(gate.inputs),
        pre_activation=to_array(gate.inputs @ gate.weights + gate.bias),
        function=found.functions[name],
        activation=to_array(found.activations[name]),
    )


def _normalized(layer: Layer, values: dict[int, Tensor], place: Place) -> Normalized | None:
    """Return what the normalisation behind the weights does to the unit, if there is one."""
    for step in layer.steps[1:]:
        if kind_of(step) != "normalisation":
            continue
        turn = layer.first
        found = statistics_of(step, rows_first(turn, values[step.reads[0]]), place)
        value = select(step, rows_first(turn, values[step.makes[0]]), place)
        return Normalized(
            mean=to_array(found.mean),
            variance=to_array(found.variance),
            scale=to_array(found.scale),
            shift=to_array(found.shift),
            epsilon=found.epsilon,
            value=to_array(value),
        )
    return None


def _function(step: Step) -> str:
    """Return the equation of an activation step, its name where no equation is known."""
    if kind_of(step) != "activation":
        return "z"
    if step.module is None:
        return ACTIVATIONS[step.name].equation if step.name in ACTIVATIONS else f"{step.name}(z)"
    equations = {type(entry.make()): entry.equation for entry in ACTIVATIONS.values()}
    return equations.get(type(step.module), f"{type(step.module).__name__}(z)")


def _position(
    position: int | tuple[int, ...] | None, member: int | None, members: int, made: Tensor, layer: Layer
) -> tuple[int, ...]:
    """Return the position as a tuple; in a layer of several networks it is the member."""
    wanted = () if position is None else (position,) if isinstance(position, int) else tuple(position)
    if members == 1 or made.dim() < 3:
        if member is not None and members == 1:
            raise UserError(
                "trace: this network is a single one, not several trained as one. Leave member out."
            )
        return wanted
    if member is None:
        raise UserError(
            f"trace: layer {layer.name!r} belongs to {members} networks that are trained as one. Say which "
            f"is meant: member=0 to member={members - 1}."
        )
    if not 0 <= member < members:
        raise UserError(
            f"trace: there are {members} networks, numbered 0 to {members - 1}; got member={member}."
        )
    return (member, *wanted)


def _names(
    names: tuple[str, ...], step: Step, tape: Tape, layers: list[Layer], subject: Subject
) -> tuple[str, ...]:
    """Put the layer that the inputs come from in their names; in front of the first layer the features."""
    first = next((other for other in tape.steps if kind_of(other) == "dense"), None)
    embeddings = [part for part in subject.network.modules() if isinstance(part, TableEmbedding)]
    if step is first and subject.names and embeddings and embeddings[0].width == len(names):
        return tuple(embeddings[0].feature_names(*subject.names))
    sources = {layer.output: layer.name for layer in layers} | dict.fromkeys(tape.inputs, "x")
    return tuple(name.replace("#", sources.get(step.reads[0], "x")) for name in names)
