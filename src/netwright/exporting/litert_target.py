"""The target LiteRT (TensorFlow Lite): one row at a time, run and checked row by row in its interpreter."""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from netwright.exporting.environments import LITERT, python_of, run_worker
from netwright.exporting.job import Delivered, Job
from netwright.exporting.onnx_target import measured_cost
from netwright.exporting.parity import require
from netwright.exporting.session import Latency
from netwright.exporting.signature import Whole
from netwright.exporting.traced import save_program, sorting_by_comparisons

FILE = "model.tflite"


def build(job: Job) -> Delivered:
    """Write the model as a LiteRT file for one row at a time, and check every row in the interpreter.

    Raises:
        ExportError: when the converter is not there, fails, or its file does not answer as the model does.
    """
    python = python_of(LITERT, install=job.install, told=job.told)
    job.told(f"litert: converted and checked by {python}, in an environment of its own")
    whole, quantized = job.fixed, job.quantize is not None
    feed = job.feed(whole, whole.inlets)
    with tempfile.TemporaryDirectory(prefix="netwright-") as temporary:
        folder = Path(temporary)
        sample = {inlet.name: torch.from_numpy(feed[inlet.name][:1].copy()) for inlet in whole.inlets}
        save_program(_Named(whole), (), sample, folder / "program.pt2", "litert", sorting_by_comparisons())
        np.savez(folder / "rows.npz", **feed)  # type: ignore[arg-type]
        names = ",".join(inlet.name for inlet in whole.inlets)
        run_worker(python, "litert_worker", [str(folder), names, "int8" if quantized else "none"], "litert")
        answers = np.load(folder / "answers.npy")
        made = json.loads((folder / "made.json").read_text(encoding="utf-8"))
        full_bytes = (folder / "full.tflite").stat().st_size
        shutil.copyfile(folder / "model.tflite", job.folder / FILE)
    parity, lost = None, None
    if quantized:
        lost = measured_cost(job, answers)
        lost.require("litert, int8-dynamic", job.max_loss)
    else:
        assert len(answers) == len(job.checks)
        parity = require(job.compare_one_by_one(answers), "litert")
    return Delivered(
        target="litert",
        file=FILE,
        inputs=whole.inlets,
        batch="1",
        parity=parity,
        full_bytes=full_bytes,
        quantization="int8-dynamic" if quantized else None,
        cost=lost,
        latency=_latency(made),
        versions=made["versions"],
        notes=("The batch is fixed at one row; every check row was answered by itself in the interpreter.",),
    )


class _Named(torch.nn.Module):
    """A model that is called with its inputs by name."""

    def __init__(self, whole: Whole) -> None:
        super().__init__()
        self.whole, self.names = whole.module, [inlet.name for inlet in whole.inlets]

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        """Return answers."""
        answers: torch.Tensor = self.whole(*(inputs[name] for name in self.names))
        return answers


def _latency(made: dict[str, Any]) -> Latency:
    took = made["took"][1:] or made["took"]
    p95 = statistics.quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
    runtime = f"ai-edge-litert {made['versions']['ai-edge-litert']}"
    return Latency(round(statistics.median(took), 4), round(p95, 4), len(took), runtime)
