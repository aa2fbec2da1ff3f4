"""manifest.json: what is in the folder, with hashes, versions, and what was measured."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import netwright
from netwright.exporting.job import Delivered, Job
from netwright.exporting.parity import TOLERANCE
from netwright.task import Task

FORMAT = "netwright export"
VERSION = 1


def manifest_of(job: Job, delivered: Sequence[Delivered]) -> dict[str, Any]:
    """Return what manifest.json holds; the files must be written already."""
    target = job.subject.target
    files = sorted(path for path in job.folder.rglob("*") if path.is_file())
    return {
        "format": FORMAT,
        "version": VERSION,
        "netwright": netwright.__version__,
        "made_on": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "task": str(target.task),
        "predicts": target.name,
        "classes": list(target.classes),
        "threshold": target.threshold if target.task is Task.BINARY else None,
        "reliability": dict(job.subject.reliability),
        "output": job.wide.outlet.to_json(),
        "checked_on": {"rows": len(job.checks), "real": job.checks.real, "source": job.checks.source},
        "tolerance": TOLERANCE,
        "targets": [_entry(job.folder, one) for one in delivered],
        "files": {str(path.relative_to(job.folder)): _file(path) for path in files},
    }


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(inner.stat().st_size for inner in path.rglob("*") if inner.is_file())


def _entry(folder: Path, one: Delivered) -> dict[str, Any]:
    size = size_of(folder / one.file)
    return {
        "target": one.target,
        "file": one.file,
        "others": list(one.others),
        "bytes": size,
        "batch": one.batch,
        "quantization": one.quantization,
        "share_of_float32": round(size / one.full_bytes, 4),
        "cost": None if one.cost is None else one.cost.to_json(),
        "parity": None if one.parity is None else one.parity.to_json(),
        "parity_of_program": None if one.program is None else one.program.to_json(),
        "latency_ms": None if one.latency is None else one.latency.to_json(),
        "inputs": [
            {key: inlet.to_json()[key] for key in ("name", "dtype", "shape", "says")} for inlet in one.inputs
        ],
        "versions": dict(one.versions),
        "notes": list(one.notes),
    }


def _file(path: Path) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
