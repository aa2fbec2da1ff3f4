"""Trees of tensors and plain values in one safetensors file: no code inside, written in one step."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from netwright.errors import ArtifactError
from netwright.files import write_atomically

_TENSOR = "__tensor__"
_PAIRS = "__pairs__"


def pack(tree: Any) -> tuple[Any, dict[str, Tensor]]:
    """Split a tree of dicts, lists and values into JSON-ready data and its tensors by name.

    >>> import torch
    >>> plain, tensors = pack({"step": 3, "weight": torch.ones(2)})
    >>> plain
    {'step': 3, 'weight': {'__tensor__': '0'}}
    """
    tensors: dict[str, Tensor] = {}
    return _pack(tree, tensors), tensors


def unpack(plain: Any, tensors: dict[str, Tensor]) -> Any:
    """Return the tree that `pack` split."""
    if isinstance(plain, dict):
        if set(plain) == {_TENSOR}:
            return tensors[plain[_TENSOR]]
        if set(plain) == {_PAIRS}:
            return {key: unpack(value, tensors) for key, value in plain[_PAIRS]}
        return {key: unpack(value, tensors) for key, value in plain.items()}
    if isinstance(plain, list):
        return [unpack(value, tensors) for value in plain]
    return plain


def save_tree(path: str | os.PathLike[str], tree: Any) -> None:
    """Write a tree to one file; whoever reads finds the old file or the new one."""
    plain, tensors = pack(tree)
    # Views into one flat tensor share memory, which safetensors refuses to store.
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(tensors, {"tree": json.dumps(plain)}))


def load_tree(path: str | os.PathLike[str]) -> Any:
    """Read a tree that `save_tree` wrote.

    Raises:
        ArtifactError: when the file is damaged or something else.
    """
    try:
        with safe_open(Path(path), framework="pt") as file:
            plain = json.loads(file.metadata()["tree"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"{path} is damaged or not a file of netwright: {error}. Delete it and train again."
        ) from error
    return unpack(plain, tensors)


def _pack(tree: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(tree, Tensor):
        name = str(len(tensors))
        tensors[name] = tree
        return {_TENSOR: name}
    if isinstance(tree, dict):
        if all(isinstance(key, str) for key in tree):
            return {key: _pack(value, tensors) for key, value in tree.items()}
        return {_PAIRS: [[key, _pack(value, tensors)] for key, value in tree.items()]}
    if isinstance(tree, (list, tuple)):
        return [_pack(value, tensors) for value in tree]
    assert tree is None or isinstance(tree, (bool, int, float, str)), f"cannot store {type(tree)}"
    return tree
