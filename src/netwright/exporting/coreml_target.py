"""The target Core ML: converted here, and checked on a Mac by a script that travels with it."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch

from netwright.errors import ExportError
from netwright.exporting.environments import COREML, python_of, run_worker
from netwright.exporting.job import Delivered, Job
from netwright.exporting.manifest import size_of
from netwright.exporting.parity import TOLERANCE, require
from netwright.exporting.signature import Whole
from netwright.exporting.traced import bounds_by_maxima, recurrences_step_by_step, save_program

FILE, SCRIPT, ROWS = "model.mlpackage", "check_coreml.py", "check_coreml.npz"

SHIPPED_ROWS = 64
"""Rows that travel with the check script: made of raw ones, with the answers that they should get."""

CHECK = '''"""Checks {file} on a Mac: python check_coreml.py (needs coremltools and NumPy)."""

import sys

import coremltools
import numpy as np

rows = np.load("{rows}")
model = coremltools.models.MLModel("{file}")
names = {names}
count = len(rows[names[0]])
answers = [model.predict({{name: rows[name][row : row + 1] for name in names}}) for row in range(count)]
got = np.concatenate([np.asarray(one["{output}"]).reshape(1, -1) for one in answers])
expected = rows["expected"]
floor = {floor} * np.sqrt(np.square(expected).mean(axis=0))
worst = float((np.abs(got - expected) / np.maximum(np.abs(expected), floor)).max())
print(f"{{len(got)}} rows, largest relative difference {{worst:.2g}}; {tolerance:g} is allowed")
sys.exit(worst > {tolerance:g})
'''


def build(job: Job) -> Delivered:
    """Write the model as a Core ML package, with a script that checks it on a Mac.

    Core ML runs on Apple's systems only: here the program that is converted is compared with the model, and
    the package's inputs and outputs are read back.

    Raises:
        ExportError: when the converter is not there or fails, its program does not answer as the model does,
            or the package is not what it should be.
    """
    python = python_of(COREML, install=job.install, told=job.told)
    job.told(f"coreml: converted by {python}, in an environment of its own")
    whole = job.fixed
    feed = job.feed(whole, whole.inlets)
    with tempfile.TemporaryDirectory(prefix="netwright-") as temporary:
        folder = Path(temporary)
        sample = tuple(torch.from_numpy(feed[inlet.name][:1].copy()) for inlet in whole.inlets)
        rewrites = recurrences_step_by_step() | bounds_by_maxima()
        save_program(whole.module, sample, {}, folder / "program.pt2", "coreml", rewrites)
        np.savez(folder / "rows.npz", **feed)  # type: ignore[arg-type]
        names = [inlet.name for inlet in whole.inlets]
        precision = {"float16": "float16", None: "float32"}.get(job.quantize, "int8")
        arguments = [str(folder), ",".join(names), whole.outlet.name, precision]
        run_worker(python, "coreml_worker", arguments, "coreml")
        made = json.loads((folder / "made.json").read_text(encoding="utf-8"))
        if sorted(made["inputs"]) != sorted(names) or made["outputs"] != [whole.outlet.name]:
            raise ExportError(f"coreml: the package holds {made}, expected the inputs {names}.")
        answers = np.load(folder / "answers.npy")
        program = require(job.compare_one_by_one(answers), "coreml")
        shutil.copytree(folder / FILE, job.folder / FILE)
    _write_check(job, whole, {name: array[:SHIPPED_ROWS] for name, array in feed.items()})
    weights = 4 * job.subject.weights
    return Delivered(
        target="coreml",
        file=FILE,
        inputs=whole.inlets,
        batch="1",
        parity=None,
        full_bytes=max(weights, size_of(job.folder / FILE) if job.quantize is None else weights),
        quantization=None if precision == "float32" else precision,
        versions=made["versions"],
        notes=(
            f"Core ML runs on Apple's systems only: the package was not run here. The program that it was "
            f"made of answers {program.rows:,} rows as the model does (largest relative difference "
            f"{program.error:.2g}). Run {SCRIPT} on a Mac before use; it compares the package with the model "
            "on rows that lie beside it.",
        ),
        others=(SCRIPT, ROWS),
        program=program,
    )


def _write_check(job: Job, whole: Whole, rows: dict[str, np.ndarray]) -> None:
    np.savez(job.folder / ROWS, **rows, expected=job.expected[:SHIPPED_ROWS])  # type: ignore[arg-type]
    tolerance = TOLERANCE if job.quantize is None else job.max_loss / 100
    names = [inlet.name for inlet in whole.inlets]
    text = CHECK.format(
        file=FILE, rows=ROWS, names=names, output=whole.outlet.name, tolerance=tolerance, floor=job.floor
    )
    (job.folder / SCRIPT).write_text(text, encoding="utf-8")
