"""The forward pass, layer by layer: what each one reads, computes and passes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.trace.layers import Layer, layers_of, place_of
from netwright.trace.plain import Array, to_array, to_plain
from netwright.trace.subject import subject_of
from netwright.trace.tape import Tape, record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_NAMED = 5
"""Operations between two layers that a table names; of more the first and last two."""


@dataclass(frozen=True)
class LayerPass:
    """One layer in a forward pass. Every first axis counts rows.

    Attributes:
        name: such as "hidden.1".
        kind: "dense", "convolution", "recurrent", "attention", "normalisation", "activation", "layer" or,
            for what happens between layers, "operation".
        operations: its steps in words, such as ("Linear", "ReLU").
        inputs: what it reads; one array for each input.
        pre_activation: what its weights make of that, before normalisation and activation.
        output: what it passes on.
    """

    name: str
    kind: str
    operations: tuple[str, ...]
    inputs: tuple[Array, ...]
    pre_activation: Array
    output: Array

    @property
    def input(self) -> Array:
        """What it reads first, and mostly alone."""
        return self.inputs[0]


@dataclass(frozen=True)
class ForwardTrace:
    """A forward pass in float64 and evaluation mode.

    Attributes:
        layers: in the order in which they are performed.
        output: what the network returns, before a loss decodes it into answers.
    """

    layers: tuple[LayerPass, ...]
    output: Array
    _tape: Tape = field(repr=False)
    _parts: tuple[Layer, ...] = field(repr=False)

    def __getitem__(self, name: str) -> LayerPass:
        """Return a layer by name."""
        return self.layers[place_of(self._parts, name)]

    def replay(self) -> Array:
        """Perform the layers anew, one by one, each on what those before it passed on; return the output."""
        values = dict(self._tape.given)
        for part in self._parts:
            values = self._tape.replay(part.steps, values)
        return to_array(values[self._tape.answer])

    def to_json(self) -> dict[str, Any]:
        """Return the trace as plain data."""
        return {"layers": to_plain(self.layers), "output": to_plain(self.output)}

    def table(self, *, operations: bool = False) -> str:
        """Return a table with a line for each layer.

        Args:
            operations: whether each operation between two layers gets a line of its own, not all of them one.
        """
        from netwright.trace.text import aligned, shape_text

        header = ("layer", "steps", "reads", "passes on", "mean", "spread", "zeros")
        lines = [
            (
                name,
                steps,
                " and ".join(shape_text(value) for value in first.inputs),
                shape_text(last.output),
                *_statistics(last.output),
            )
            for name, steps, first, last in (_each(self.layers) if operations else _gathered(self.layers))
        ]
        return aligned(header, lines, numbers=(4, 5, 6))

    def figure(self) -> Figure:
        """Return a figure: the distribution of what each layer passes on; without layers, each operation."""
        from netwright.trace.figure import distributions

        shown = [layer for layer in self.layers if layer.kind != "operation"] or self.layers
        return distributions([(layer.name, layer.output) for layer in shown], "What each layer passes on")

    def __str__(self) -> str:
        return self.table()


def forward(model: Any, rows: Any) -> ForwardTrace:
    """Trace a forward pass.

    Args:
        model: a fitted estimator, or a PyTorch module; it is not changed.
        rows: raw rows for an estimator; for a module a tensor or array, or a tuple of them.

    Raises:
        UserError: when the network cannot process the rows.

    >>> import torch
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    >>> trace = forward(network, torch.ones(4, 2))
    >>> [(layer.name, layer.operations, layer.output.shape) for layer in trace.layers]
    [('0', ('Linear', 'ReLU'), (4, 3)), ('2', ('Linear',), (4, 1))]
    >>> bool((trace.replay() == trace.output).all())
    True
    """
    subject = subject_of(model, rows)
    tape = record(subject.network, subject.inputs)
    values = tape.replay()
    parts = tuple(layers_of(tape))
    layers = tuple(
        LayerPass(
            layer.name,
            layer.kind,
            layer.operations,
            tuple(to_array(values[number]) for number in layer.first.reads),
            to_array(values[layer.first.makes[0]]),
            to_array(values[layer.output]),
        )
        for layer in parts
    )
    return ForwardTrace(layers, to_array(values[tape.answer]), tape, parts)


_Line = tuple[str, str, LayerPass, LayerPass]
"""Name, steps, the pass that reads, and the one that passes on."""


def _each(layers: tuple[LayerPass, ...]) -> list[_Line]:
    return [(layer.name, " → ".join(layer.operations), layer, layer) for layer in layers]


def _gathered(layers: tuple[LayerPass, ...]) -> list[_Line]:
    """Return a line for each layer, and one for all operations between two layers."""
    lines: list[_Line] = []
    for bare, run in groupby(layers, key=lambda layer: layer.kind == "operation"):
        passes = tuple(run)
        if not bare or len(passes) == 1:
            lines += _each(passes)
            continue
        names = [layer.operations[0] for layer in passes]
        short = [*names[:2], f"{len(names) - MOST_NAMED + 1} more", *names[-2:]]
        told = " → ".join(names if len(names) <= MOST_NAMED else short)
        lines.append((f"({len(names)} operations)", told, passes[0], passes[-1]))
    return lines


def _statistics(values: Array) -> tuple[str, str, str]:
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else np.empty(0)
    if not finite.size:
        return "", "", ""
    return f"{finite.mean():.4g}", f"{finite.std():.4g}", f"{np.mean(values == 0):.0%}"
