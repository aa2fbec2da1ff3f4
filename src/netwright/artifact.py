"""The saved model: one zip file of tensors and JSON. Loading it never runs code from the file.

manifest.json        format and version, the SHA-256 of the two others
model.json           schema, preparation, target, recipe, history
weights.safetensors  every array, the network's weights among them
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from netwright.errors import ArtifactError
from netwright.files import build_atomically

FORMAT = "netwright model"
VERSION = 1

MANIFEST, DOCUMENT, WEIGHTS = "manifest.json", "model.json", "weights.safetensors"

# A zip bomb must not fill the memory: no honest JSON part is larger.
_MAX_DOCUMENT_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Artifact:
    """What a model file holds.

    Attributes:
        document: plain data: everything but the arrays.
        tensors: the arrays by name.
    """

    document: dict[str, Any]
    tensors: dict[str, Tensor]


def tensors_under(prefix: str, artifact: Artifact) -> dict[str, Tensor]:
    """Return the artifact's tensors whose names start with the prefix and a slash, without these."""
    start = f"{prefix}/"
    return {
        name.removeprefix(start): tensor
        for name, tensor in artifact.tensors.items()
        if name.startswith(start)
    }


def write_artifact(path: str | os.PathLike[str], artifact: Artifact) -> None:
    """Write a model file in one step.

    Raises:
        RunError: when the folder cannot be written to or the disk is full.
    """
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in artifact.tensors.items()}
    parts = {DOCUMENT: json.dumps(artifact.document, allow_nan=False).encode(), WEIGHTS: save(tensors)}
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()},
    }

    def build(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, data in {MANIFEST: json.dumps(manifest, indent=2).encode(), **parts}.items():
                # A fixed date: the same model gives the same bytes.
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)

    build_atomically(path, build)


def read_artifact(path: str | os.PathLike[str]) -> Artifact:
    """Read a model file and check it.

    Raises:
        ArtifactError: when there is no such file, it is damaged or altered, is something else, or
            was written by a newer version.
    """
    path = Path(path)
    if path.is_dir():
        raise ArtifactError(f"{path} is a folder; expected a model file. In a run folder it is model.nw.")
    if not path.exists():
        raise ArtifactError(f"There is no file {path}. Expected a model that was saved with model.save(...).")
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            parts = {name: _checked(archive, name, manifest, path) for name in (DOCUMENT, WEIGHTS)}
        return Artifact(json.loads(parts[DOCUMENT]), load(parts[WEIGHTS]))
    except PermissionError as error:
        raise ArtifactError(f"{path} cannot be read: {error.strerror}.") from error
    except ArtifactError:
        raise
    except Exception as error:  # damaged bytes make zipfile raise a dozen kinds of errors
        raise ArtifactError(
            f"{path} is damaged, cut off, or not a model of netwright ({error}). "
            "Copy it again from where it was made, or train again."
        ) from error


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    manifest = json.loads(archive.read(MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtifactError(f"{path} is a zip file, but not a model of netwright.")
    if not isinstance(manifest.get("version"), int) or manifest["version"] > VERSION:
        raise ArtifactError(
            f"{path} was written by a newer version of netwright (format {manifest.get('version')}, this one "
            f"reads up to {VERSION}). Upgrade with: pip install --upgrade netwright"
        )
    return manifest


def _checked(archive: zipfile.ZipFile, name: str, manifest: dict[str, Any], path: Path) -> bytes:
    if name == DOCUMENT and archive.getinfo(name).file_size > _MAX_DOCUMENT_BYTES:
        raise ArtifactError(f"{path}: {name} is far larger than any model needs; the file is refused.")
    data = archive.read(name)
    if hashlib.sha256(data).hexdigest() != manifest["sha256"][name]:
        raise ArtifactError(
            f"{path} was altered after it was written: {name} does not match its checksum. "
            "Use the original file, or train again."
        )
    return data
