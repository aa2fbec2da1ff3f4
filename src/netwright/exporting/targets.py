"""Where models can go: what each target holds, and which networks it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from netwright.errors import ExportError, did_you_mean
from netwright.exporting.job import Delivered, Job


@dataclass(frozen=True)
class Target:
    """A target of exports.

    Attributes:
        name: by which it is asked for.
        says: what it is for, a phrase.
        module: where its `build` is.
    """

    name: str
    says: str
    module: str

    @property
    def build(self) -> Callable[[Job], Delivered]:
        """What writes and checks the files."""
        made: Callable[[Job], Delivered] = import_module(self.module).build
        return made


TARGETS = {
    one.name: one
    for one in (
        Target("onnx", "onnxruntime on servers, browsers, phones", "netwright.exporting.onnx_target"),
        Target("tensorrt", "NVIDIA GPUs", "netwright.exporting.tensorrt_target"),
        Target(
            "litert", "Android, iOS, microcontrollers (TensorFlow Lite)", "netwright.exporting.litert_target"
        ),
        Target("coreml", "Apple devices", "netwright.exporting.coreml_target"),
    )
}


def find_target(name: str) -> Target:
    """Return the target of that name.

    Raises:
        ExportError: for an unknown one, with the nearest.

    >>> find_target("onnx").says
    'onnxruntime on servers, browsers, phones'
    """
    if name not in TARGETS:
        raise ExportError(f"to: there is no target {name!r}. {did_you_mean(name, list(TARGETS))}")
    return TARGETS[name]
