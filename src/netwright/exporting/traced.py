"""A model as a traced program of PyTorch, which converters read in environments of their own."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from netwright.errors import ExportError

Rewrites = dict[Any, Callable[..., Any]]
"""Operations that a converter lacks, and what they are written out as."""


def save_program(
    module: nn.Module,
    sample: tuple[Tensor, ...],
    named: dict[str, Any],
    path: Path,
    target: str,
    rewrites: Rewrites | None = None,
) -> None:
    """Write a module as a traced program.

    Args:
        module: to trace.
        sample: what it is called with.
        named: what it is called with by name.
        path: the file.
        target: for messages.
        rewrites: of operations that the converter lacks.

    Raises:
        ExportError: when the network cannot be traced.
    """
    for tensor in [*module.parameters(), *module.buffers()]:
        # Views of one storage cannot be written by themselves; and LiteRT's converter takes 1 × 1 filters
        # whose channels lie side by side for others.
        tensor.data = tensor.data.clone(memory_format=torch.contiguous_format)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer's own doings; the answers are checked
            program = torch.export.export(module, sample, named)
            torch.export.save(program.run_decompositions(rewrites) if rewrites else program, path)
    except Exception as error:
        # The exporter raises a dozen kinds of errors for what it cannot trace.
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExportError(
            f"{target}: the network cannot be traced: {first}. Leave this target out."
        ) from error


def recurrences_step_by_step() -> Rewrites:
    """Return how recurrent layers are written out step by step, as PyTorch itself does it."""
    layers = (torch.ops.aten.lstm, torch.ops.aten.gru, torch.ops.aten.rnn_tanh, torch.ops.aten.rnn_relu)
    written_out = torch._C.DispatchKey.CompositeImplicitAutograd
    return {layer.input: layer.input.py_kernels[written_out] for layer in layers}


def bounds_by_maxima() -> Rewrites:
    """Return how lower bounds are written so that Core ML's converter, whose quotients of whole numbers are
    fractions, brings both sides to one type."""

    def bounded(values: Tensor, least: float) -> Tensor:
        return torch.maximum(values, torch.full_like(values, least))

    return {torch.ops.aten.clamp_min.default: bounded}


def sorting_by_comparisons() -> Rewrites:
    """Return how values are sorted by comparing neighbours."""
    return {torch.ops.aten.sort.default: sorted_by_comparisons}


def sorted_by_comparisons(values: Tensor, dim: int = -1, descending: bool = False) -> tuple[Tensor, Tensor]:
    """Return sorted values, of which there are few: an odd-even transposition sort (Habermann, 1972).

    The places that they had are not known: what reads them would fail the check of the answers.

    >>> sorted_by_comparisons(torch.tensor([3.0, 1.0, 2.0]))[0]
    tensor([1., 2., 3.])
    """
    columns = list(values.unbind(dim))
    for turn in range(len(columns)):
        for place in range(turn % 2, len(columns) - 1, 2):
            one, other = columns[place], columns[place + 1]
            columns[place], columns[place + 1] = torch.minimum(one, other), torch.maximum(one, other)
    found = torch.stack(columns[::-1] if descending else columns, dim)
    return found, torch.full_like(found, -1, dtype=torch.int64)
