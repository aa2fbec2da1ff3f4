"""Writing files so that a reader finds either the old file or the new one, never half of one."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netwright.errors import RunError


def write_atomically(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write a whole file in one step: to a temporary neighbour, to the disk, then renamed.

    Args:
        path: the file to write or replace; its folder must exist.
        content: bytes, or text to be written as UTF-8.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.

    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
    >>> write_atomically(target, "hello")
    >>> target.read_text()
    'hello'
    """
    data = content.encode() if isinstance(content, str) else content
    build_atomically(path, lambda temporary: temporary.write_bytes(data))


def build_atomically(path: str | os.PathLike[str], build: Callable[[Path], object]) -> None:
    """Let `build` write a temporary file beside `path`, then put it in place in one step.

    Args:
        path: the file to write or replace; its folder must exist.
        build: receives the temporary path and writes it.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    path = Path(path)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        build(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise RunError(
            f"Cannot write {path}: {error.strerror or error}. "
            "Choose a folder that exists, is writable and has free space."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    # The only portable way to read the mask is to set it; mkstemp would otherwise leave files private.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def finite(value: Any) -> Any:
    """Return plain data in which numbers that JSON has no name for are None.

    >>> finite({"a": [1.0, float("nan")]})
    {'a': [1.0, None]}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value
