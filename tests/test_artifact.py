from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from netwright.artifact import Artifact, read_artifact, write_artifact
from netwright.errors import ArtifactError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_artifact(
        tmp_path / "model.nw", Artifact({"a": [1, 2.5, None]}, {"w": torch.arange(6.0).view(2, 3)})
    )
    return tmp_path / "model.nw"


def repacked(path: Path, **changes: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, **changes}.items():
            archive.writestr(name, data)


def test_what_is_written_is_read(path: Path) -> None:
    artifact = read_artifact(path)
    assert artifact.document == {"a": [1, 2.5, None]}
    assert torch.equal(artifact.tensors["w"], torch.arange(6.0).view(2, 3))


def test_the_same_model_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_artifact(tmp_path / "again.nw", read_artifact(path))
    assert (tmp_path / "again.nw").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_an_altered_part_is_refused(path: Path, name: str) -> None:
    with zipfile.ZipFile(path) as archive:
        data = archive.read(name)
    repacked(path, **{name: data.replace(b"2", b"3", 1) if name == "model.json" else data[:-1] + b"\x01"})
    with pytest.raises(ArtifactError, match="altered"):
        read_artifact(path)


@pytest.mark.parametrize("kept", [0, 1, 100, -1, -40])
def test_a_file_that_was_cut_off_is_refused(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ArtifactError, match="damaged"):
        read_artifact(path)


@pytest.mark.parametrize("part", range(10))
def test_a_flipped_byte_is_refused_or_changes_nothing(path: Path, part: int) -> None:
    good, data = read_artifact(path), path.read_bytes()
    for place in range(part, len(data), 10):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        try:
            read = read_artifact(path)
        except ArtifactError:
            continue
        # Bytes such as the date of a zip entry mean nothing to us.
        assert read.document == good.document
        assert torch.equal(read.tensors["w"], good.tensors["w"])


def test_a_newer_version_is_refused_with_the_remedy(path: Path) -> None:
    manifest = {"format": "netwright model", "version": 99, "sha256": {}}
    repacked(path, **{"manifest.json": json.dumps(manifest).encode()})
    with pytest.raises(ArtifactError, match=r"newer version.*pip install --upgrade"):
        read_artifact(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, ("raise SystemError('code was run')",))

    (tmp_path / "pickle.nw").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ArtifactError, match="not a model"):
        read_artifact(tmp_path / "pickle.nw")
    with zipfile.ZipFile(tmp_path / "other.nw", "w") as archive:
        archive.writestr("manifest.json", "{}")
    with pytest.raises(ArtifactError, match="not a model"):
        read_artifact(tmp_path / "other.nw")
    with pytest.raises(ArtifactError, match="no file"):
        read_artifact(tmp_path / "absent.nw")
    with pytest.raises(ArtifactError, match="folder"):
        read_artifact(tmp_path)
