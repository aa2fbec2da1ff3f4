"""A neuron's account for one row: what adds up, what becomes of it, where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwright.trace.plain import Array
from netwright.trace.text import aligned, number

if TYPE_CHECKING:
    from netwright.trace.neuron import Neuron

MOST_LINES = 12


def amounts(neuron: Neuron, row: int) -> Array:
    """Return what each input adds to z in one row, w x (inputs,); the mean over positions if any."""
    weights, inputs = neuron.weights, neuron.inputs
    products = np.broadcast_to(weights, inputs.shape)[row] * inputs[row]
    return np.asarray(products.reshape(-1, products.shape[-1]).mean(axis=0))


def account(neuron: Neuron, row: int) -> str:
    """Return the account as text.

    Args:
        neuron: what was looked at.
        row: which of its rows, from 0.
    """
    lines = [f"{neuron.layer}[{neuron.unit}] ({neuron.kind}): {neuron.equation}", ""]
    if neuron.pre_activation.ndim > 1:
        lines.append(f"Means over {neuron.pre_activation[row].size} positions")
    lines += [_inputs(neuron, row), "", _result(neuron, row)]
    if neuron.gates:
        lines += ["", _gates(neuron, row)]
    if neuron.attention is not None:
        lines += [
            "",
            f"{neuron.attention.weights.shape[1]} heads; how much they look where: see .attention.weights",
        ]
    if neuron.feeds:
        lines += ["", _readers(neuron)]
    return "\n".join(lines)


def _inputs(neuron: Neuron, row: int) -> str:
    """The largest summands, the others summed up, the bias, and what all come to."""
    added = amounts(neuron, row)
    width = len(added)
    weights = np.broadcast_to(neuron.weights, neuron.inputs.shape)[row].reshape(-1, width).mean(axis=0)
    inputs = neuron.inputs[row].reshape(-1, width).mean(axis=0)
    order = np.argsort(-np.abs(added), kind="stable")
    shown = [
        (neuron.input_names[place], number(inputs[place]), number(weights[place]), number(added[place]))
        for place in order[:MOST_LINES]
    ]
    rest = order[MOST_LINES:]
    if len(rest):
        shown.append((f"{len(rest):,} others", "", "", number(added[rest].sum())))
    bias = _one(neuron.bias, row) if neuron.bias.ndim else float(neuron.bias)
    shown.append(("bias", "", "", number(bias)))
    shown.append(("sum z", "", "", number(_one(neuron.pre_activation, row))))
    return aligned(("input", "x", "w", "w x"), shown, numbers=(1, 2, 3))


def _result(neuron: Neuron, row: int) -> str:
    lines = []
    found = neuron.normalization
    if found is not None:
        parts = ", ".join(
            f"{name} {number(_one(getattr(found, name), row))}"
            for name in ("mean", "variance", "scale", "shift")
        )
        lines.append(f"normalised: {number(_one(found.value, row))} ({parts})")
    function = "" if neuron.gates else f" = {neuron.function}"
    lines.append(f"activation: {number(_one(neuron.activation, row))}{function}")
    return "\n".join(lines)


def _gates(neuron: Neuron, row: int) -> str:
    header = ("gate", "z", "function", "activation")
    gates = [
        (name, number(gate.pre_activation[row]), gate.function, number(gate.activation[row]))
        for name, gate in neuron.gates.items()
    ]
    memory = ", ".join(f"{name} {number(value[row])}" for name, value in neuron.memory.items())
    return f"{aligned(header, gates, numbers=(1, 3))}\n{memory}"


def _readers(neuron: Neuron) -> str:
    shown = []
    for reader in neuron.feeds:
        strongest = np.argsort(-np.abs(reader.weights), kind="stable")[:3]
        text = ", ".join(f"[{place}] × {number(reader.weights[place])}" for place in strongest)
        shown.append((reader.layer, f"{len(reader.weights):,}", text))
    return aligned(("read by", "units", "most strongly by"), shown, numbers=(1,))


def _one(values: Array, row: int) -> float:
    """Return the value of one row, the mean over its positions if there are any."""
    return float(np.mean(values[row]))
