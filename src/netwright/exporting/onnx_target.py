"""The target ONNX: everything inside one graph, words included; run and checked under onnxruntime."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np

from netwright.exporting.job import Delivered, Job
from netwright.exporting.loss_of_accuracy import Cost, cost
from netwright.exporting.onnx_file import inlets_of, onnx_model
from netwright.exporting.parity import Feed, Parity, require
from netwright.exporting.quantize import dynamic_int8, float16, static_int8
from netwright.exporting.session import latency, runner_of

FILE = "model.onnx"


def build(job: Job) -> Delivered:
    """Write the model as ONNX and check it.

    Raises:
        ExportError: when the network cannot be traced, the file does not answer as the model does, or
            making it smaller costs too much.
    """
    whole, inlets = job.wide, inlets_of(job.wide, words=True)
    about = {
        "outputs": whole.outlet.to_json(),
        "inputs": [_brief(inlet.to_json()) for inlet in inlets],
        "threshold": job.subject.target.threshold,
    }
    graph = onnx_model(whole, words=True, about=about)
    feed = job.feed(whole, inlets)
    content = graph.SerializeToString()
    parity: Parity | None = require(job.compare(runner_of(content), feed), "onnx")
    full_bytes = len(content)
    name: str | None = None
    lost: Cost | None = None
    notes: tuple[str, ...] = ()
    if job.quantize is not None:
        rough = onnx_model(job.rough, words=True, about=about) if job.quantize != "float16" else graph
        name, content, lost = smaller(job, rough, feed)
        parity = None
        notes = (f"Made smaller as {name}: {lost.says}, {lost.points:.2f} points in {lost.rows:,} rows.",)
    (job.folder / FILE).write_bytes(content)
    return Delivered(
        target="onnx",
        file=FILE,
        inputs=inlets,
        batch="dynamic",
        parity=parity,
        full_bytes=full_bytes,
        quantization=name,
        cost=lost,
        latency=latency(runner_of(content), feed, f"onnxruntime {version('onnxruntime')}, one thread"),
        versions={one: version(one) for one in ("onnx", "onnxruntime", "torch")},
        notes=notes,
    )


def smaller(job: Job, graph: Any, feed: Feed) -> tuple[str, bytes, Cost]:
    """Return the name of the quantisation that costs the least of those asked for, the file, and the cost.

    Raises:
        ExportError: when it costs more than is allowed.
    """
    makers = {
        "int8-dynamic": lambda: dynamic_int8(graph),
        "int8-static": lambda: static_int8(graph, feed),
        "float16": lambda: float16(graph),
    }
    wanted = ["int8-dynamic", "int8-static"] if job.quantize == "int8" else [str(job.quantize)]
    found = []
    for name in wanted:
        content = makers[name]().SerializeToString()
        got = runner_of(content)(feed)
        lost = measured_cost(job, got)
        job.told(f"{name}: {len(content):,} bytes; {lost.says}: {lost.points:.2f} points")
        found.append((name, content, lost))
    best = min(found, key=lambda one: one[2].points)
    best[2].require(best[0], job.max_loss)
    return best


def measured_cost(job: Job, got: np.ndarray) -> Cost:
    """Return what answers for the check rows (n, k) lose against the model's; made rows do not count."""
    rows = job.checks.real or len(job.checks)
    got = got.reshape(len(got), -1)
    return cost(job.subject.target, got[:rows], job.expected[:rows], job.checks.truth)


def _brief(inlet: dict[str, Any]) -> dict[str, Any]:
    """Return an input for the file's metadata: names of columns, without their words."""
    columns = [one["name"] for one in inlet.get("columns", [])]
    return {key: inlet[key] for key in ("name", "dtype", "shape", "says")} | {"columns": columns}
