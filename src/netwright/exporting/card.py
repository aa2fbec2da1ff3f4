"""card.md: what an exported model expects, what it answers, how good it is, and where its limits are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netwright.data.target import Target
from netwright.errors import listing
from netwright.exporting.job import Delivered, Job

CALLS = {
    "onnx": """import json
import onnxruntime
from reader import inputs_of

session = onnxruntime.InferenceSession("{file}")
description = json.load(open("{inputs}", encoding="utf-8"))
answers = session.run(None, inputs_of(rows, description))[0]""",
    "litert": """import json
from ai_edge_litert.interpreter import Interpreter
from reader import inputs_of

signature = Interpreter("{file}").get_signature_runner()
description = json.load(open("{inputs}", encoding="utf-8"))
answers = [signature(**inputs_of([row], description)) for row in rows]  # one row at a time""",
    "coreml": """import json
import coremltools
from reader import inputs_of

model = coremltools.models.MLModel("{file}")
description = json.load(open("{inputs}", encoding="utf-8"))
answers = [model.predict(inputs_of([row], description)) for row in rows]""",
    "tensorrt": """sh build_tensorrt.sh   # once, on the machine that has the GPU""",
}


def card_of(
    job: Job, delivered: Sequence[Delivered], descriptions: Mapping[str, str], metrics: Mapping[str, str]
) -> str:
    """Return the text of card.md.

    Args:
        job: the export.
        delivered: what was made.
        descriptions: the file that describes the inputs of each target.
        metrics: scores of the training's test part, in words.
    """
    target = job.subject.target
    parts = [f"# {target.name}, predicted by netwright", _summary(job, delivered)]
    parts += ["## What it expects", _expectations(job)]
    parts += ["## What it answers", _answers(job)]
    parts += ["## How good it is", _metrics(metrics, job)]
    parts += ["## The files", _files(delivered)]
    for one in delivered:
        call = CALLS[one.target].format(file=one.file, inputs=descriptions[one.target])
        language = "sh" if one.target == "tensorrt" else "python"
        parts += [f"### {one.target}", *one.notes, f"```{language}\n{call}\n```"]
    parts += ["## Limits", _limits(job)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(job: Job, delivered: Sequence[Delivered]) -> str:
    return (
        f"{job.subject.kind} with {job.subject.weights:,} weights, "
        f"for {listing(one.target for one in delivered)}. "
        f"Every file that can be run here was compared with the model on {len(job.checks):,} rows "
        f"({job.checks.source}). Hashes, versions and measurements are in manifest.json."
    )


def _expectations(job: Job) -> str:
    lines = ["| column | kind | |", "|---|---|---|"]
    lines += [f"| {_cell(name)} | {kind} | {_cell(told)} |" for name, kind, told in job.subject.columns]
    return "\n\n".join(["\n".join(lines), *job.subject.notes])


def _answers(job: Job) -> str:
    outlet = job.wide.outlet
    labels = "\n".join(f"- column {place}: `{label}`" for place, label in enumerate(outlet.labels))
    told = f"`{outlet.name}` (rows, {len(outlet.labels)}): {outlet.says}."
    return "\n\n".join([told, labels, *_reliability(job.subject.target, job.subject.reliability)])


def _reliability(target: Target, known: Mapping[str, Any]) -> list[str]:
    """Return what held-out rows told, and how it is used with the files' answers."""
    told = []
    if target.threshold != 0.5:
        told.append(
            f"The model says `{target.classes[1]}` where its probability is {target.threshold:.6g} or more, "
            "a threshold chosen on held-out rows. The files answer with probabilities: apply it yourself."
        )
    if known.get("temperature", {}).get("value", 1.0) != 1.0:
        told.append("Probabilities were made fit by a temperature, which is inside the files.")
    for coverage, least in known.get("sets", {}).get("least_probability", {}).items():
        others = (
            f", with every class of a probability of {least:.6g} or more, is a set that" if least <= 1 else ""
        )
        what = f"The likeliest class{others or ' by itself'}"
        told.append(f"- {what} holds the true one in {float(coverage):.0%} of rows.")
    for coverage, reach in known.get("intervals", {}).get("reach", {}).items():
        told.append(f"- {float(coverage):.0%} of true numbers lie within ± {reach:.6g} of the answer.")
    return told


def _metrics(metrics: Mapping[str, str], job: Job) -> str:
    if not metrics:
        return (
            "No test part was measured in the training; measure on your own rows with `netwright evaluate`."
        )
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in metrics.items()]
    return "On rows that were not trained on:\n\n" + "\n".join(["| metric | value |", "|---|---|", *lines])


def _files(delivered: Sequence[Delivered]) -> str:
    lines = [
        "| target | file | batch | precision | largest relative difference | one row, 95 % |",
        "|---|---|---|---|---|---|",
    ]
    for one in delivered:
        unknown = "not run here" if one.quantization is None else "see below"
        parity = unknown if one.parity is None else f"{one.parity.error:.1e}"
        row = "" if one.latency is None else f"{one.latency.p95:.3f} ms"
        batch = "any" if one.batch == "dynamic" else f"{one.batch}, fixed"
        lines.append(
            f"| {one.target} | `{one.file}` | {batch} | {one.quantization or 'float32'} | {parity} | {row} |"
        )
    return "\n".join(lines)


def _limits(job: Job) -> str:
    lines = [
        "Answers for rows unlike those of the training are guesses: numbers far outside the ranges above are "
        "taken as the nearest known ones or nearly so, unknown categories as unknown.",
        "The model knows nothing of what changed since its training; compare the ranges with what arrives.",
    ]
    if job.wide.outlet.name == "probabilities":
        lines.append("Probabilities are those of the training data's mixture of classes.")
    return "\n".join(f"- {line}" for line in lines)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
