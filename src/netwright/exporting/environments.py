"""Converters that cannot live beside the core run in Python environments of their own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from netwright.errors import ExportError


@dataclass(frozen=True)
class Converter:
    """A converter and where it runs.

    Attributes:
        name: of the extra.
        package: that is imported.
        requirements: what its environment gets beside PyTorch.
    """

    name: str
    package: str
    requirements: tuple[str, ...]

    @property
    def variable(self) -> str:
        """The environment variable that names a Python which has it."""
        return f"NETWRIGHT_{self.name.upper()}_PYTHON"

    @property
    def folder(self) -> Path:
        """Where its environment is made."""
        cache = (
            os.environ.get("NETWRIGHT_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        )
        return Path(cache) / "netwright" / self.name


LITERT = Converter(
    "litert", "litert_torch", ("litert-torch>=0.8", "ai-edge-litert>=2.0", "ai-edge-quantizer>=0.5")
)
COREML = Converter("coreml", "coremltools", ("coremltools>=8.0", "numpy"))


def python_of(converter: Converter, *, install: bool, told: Callable[[str], object]) -> str:
    """Return a Python that has a converter.

    Args:
        converter: LITERT or COREML.
        install: whether its environment may be made.
        told: told of every sentence on the way.

    Raises:
        ExportError: when there is none and none may or can be made.
    """
    named = os.environ.get(converter.variable)
    if named:
        return named
    if importlib.util.find_spec(converter.package) is not None:
        return sys.executable
    inside = converter.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if (converter.folder / "complete").exists():
        return str(inside)
    if not install:
        raise ExportError(
            f"{converter.name}: the converter {converter.package} is not installed. It wants other versions "
            "of what netwright uses, so it runs in an environment of its own: make that with --install "
            f"(about 1 GB in {converter.folder}), or name a Python that has it in {converter.variable}."
        )
    _make(converter, inside, told)
    return str(inside)


def run_worker(python: str, worker: str, arguments: list[str], target: str) -> None:
    """Run one of the scripts in `workers` with another Python.

    Raises:
        ExportError: when it fails, with the end of what it said.
    """
    script = Path(__file__).parent / "workers" / f"{worker}.py"
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    done = _run([python, "-I", str(script), *arguments], {**kept, "TF_CPP_MIN_LOG_LEVEL": "3"}, target)
    if done.returncode != 0:
        raise ExportError(f"{target}: the converter failed: {_end(done)}. Leave this target out.")


def _make(converter: Converter, python: Path, told: Callable[[str], object]) -> None:
    """Make the environment of a converter."""
    told(f"{converter.name}: making its environment in {converter.folder}; this takes minutes, once")
    folder = converter.folder
    try:
        venv.create(folder, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ExportError(f"{converter.name}: cannot make an environment in {folder}: {error}.") from error
    version = torch.__version__.split("+")[0]
    for wanted in ([f"torch=={version}"], list(converter.requirements)):
        done = _run(
            [str(python), "-m", "pip", "install", "--quiet", *wanted], dict(os.environ), converter.name
        )
        if done.returncode != 0:
            raise ExportError(
                f"{converter.name}: {', '.join(wanted)} cannot be installed in {folder}: {_end(done)}. Is "
                f"the network there? Elsewhere made, an environment can be named in {converter.variable}."
            )
    (folder / "complete").write_text("", encoding="utf-8")


def _run(command: list[str], environment: dict[str, str], target: str) -> Any:
    try:
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    except OSError as error:
        raise ExportError(f"{target}: cannot run {command[0]}: {error.strerror}.") from error


def _end(done: Any) -> str:
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return " / ".join(lines[-3:])[-600:] or f"exit status {done.returncode}"
