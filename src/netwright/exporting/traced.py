"""A model as a traced program of PyTorch, which converters read in environments of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from netwright.errors import ExportError


def save_program(
    module: nn.Module, sample: tuple[Tensor, ...], named: dict[str, Any], path: Path, target: str
) -> None:
    """Write a module as a traced program.

    Args:
        module: to trace.
        sample: what it is called with.
        named: what it is called with by name.
        path: the file.
        target: for messages.

    Raises:
        ExportError: when the network cannot be traced.
    """
    for tensor in [*module.parameters(), *module.buffers()]:
        tensor.data = tensor.data.clone()  # views of one storage cannot be written by themselves
    try:
        with torch.no_grad():
            torch.export.save(torch.export.export(module, sample, named), path)
    except Exception as error:
        # The exporter raises a dozen kinds of errors for what it cannot trace.
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExportError(
            f"{target}: the network cannot be traced: {first}. Leave this target out."
        ) from error
