"""An export from beginning to end: checked before, built aside, and put in place only when all is right."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.errors import ExportError, RunError
from netwright.exporting.card import card_of
from netwright.exporting.forms import describe, reader_files
from netwright.exporting.job import Delivered, Job
from netwright.exporting.manifest import manifest_of
from netwright.exporting.quantize import check_quantization
from netwright.exporting.subjects import subject_of
from netwright.exporting.support import require_support
from netwright.exporting.targets import find_target

MANIFEST, CARD = "manifest.json", "card.md"


@dataclass(frozen=True)
class Export:
    """A finished export.

    Attributes:
        path: the folder.
        delivered: what was made for each target.
        manifest: what manifest.json holds.
    """

    path: Path
    delivered: tuple[Delivered, ...]
    manifest: Mapping[str, Any]


def deliver(
    model: Any,
    out: str | os.PathLike[str],
    *,
    to: Sequence[str] = ("onnx",),
    rows: Any = None,
    source: str = "rows that were given",
    quantize: str | None = None,
    max_loss: float = 1.0,
    metrics: Mapping[str, str] | None = None,
    install: bool = False,
    force: bool = False,
    told: Callable[[str], object] = lambda sentence: None,
) -> Export:
    """Export a fitted model into one folder; it appears whole, or not at all.

    Args:
        model: fitted: a classifier, a regressor, an ensemble or a forecaster.
        out: the folder to make.
        to: names of targets, see `TARGETS`.
        rows: raw rows to check on, best with the target among them; None makes some, for tables.
        source: where the rows come from, in words.
        quantize: "int8", "int8-dynamic", "int8-static", "float16", or None.
        max_loss: points of accuracy that quantisation may cost.
        metrics: scores for the card, in words.
        install: whether environments of converters may be made.
        force: whether an earlier export may be replaced.
        told: told of every sentence on the way.

    Raises:
        ExportError: when a target does not take the network, or a file does not answer as the model does.
        RunError: when the folder is in use.
    """
    targets = [find_target(name) for name in dict.fromkeys(to)]
    if not targets:
        raise ExportError("to: name at least one target, such as onnx.")
    quantization = check_quantization(quantize)
    require_support(model, [target.name for target in targets], quantization)
    place = Path(out)
    check_free(place, force=force)
    subject = subject_of(model)
    checks = subject.checks(rows, source)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as temporary:
        folder = Path(temporary) / "export"
        folder.mkdir()
        job = Job(subject, checks, folder, quantization, max_loss, install, told)
        delivered = []
        for target in targets:
            told(f"{target.name}: building and checking on {len(checks):,} rows")
            delivered.append(target.build(job))
        manifest = _write_papers(job, delivered, metrics or {})
        _put_in_place(folder, place)
    return Export(place, tuple(delivered), manifest)


def check_free(place: Path, *, force: bool) -> None:
    """Raise RunError when an export must not be written there."""
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return
    if not place.is_dir():
        raise RunError(f"{place} is a file. Choose another folder with --out.")
    if not (place / MANIFEST).exists():
        raise RunError(f"{place} exists and holds no export; it is left alone. Choose another with --out.")
    if not force:
        raise RunError(f"The export {place} exists. Replace it with --force, or choose another with --out.")


def _write_papers(job: Job, delivered: Sequence[Delivered], metrics: Mapping[str, str]) -> dict[str, Any]:
    """Write the descriptions of inputs, the reader, the card and the manifest."""
    descriptions: dict[str, str] = {}
    written: dict[str, str] = {}
    for one in delivered:
        text = json.dumps(describe(one.inputs), indent=1, ensure_ascii=False)
        if text not in written:
            written[text] = "inputs.json" if not written else f"inputs.{one.target}.json"
            (job.folder / written[text]).write_text(text + "\n", encoding="utf-8")
        descriptions[one.target] = written[text]
    for name, text in reader_files(job.wide.reader).items():
        (job.folder / name).write_text(text, encoding="utf-8")
    (job.folder / CARD).write_text(card_of(job, delivered, descriptions, metrics), encoding="utf-8")
    manifest = manifest_of(job, delivered)
    for entry in manifest["targets"]:
        entry["description"] = descriptions[entry["target"]]
    text = json.dumps(manifest, indent=1, ensure_ascii=False, default=str)
    (job.folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _put_in_place(folder: Path, place: Path) -> None:
    """Move a finished export to its place; an earlier one goes only when the new one is whole."""
    try:
        old = folder.parent / "old"
        if place.exists():
            os.replace(place, old)
        os.replace(folder, place)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise RunError(
            f"Cannot write {place}: {error.strerror}. Choose another folder with --out."
        ) from error
