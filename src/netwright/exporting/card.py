"""card.md: what an exported model expects, what it answers, how good it is, and where its limits are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netwright.data.preparation import Preparation
from netwright.data.scale import QuantileMap
from netwright.errors import listing
from netwright.exporting.job import Delivered, Job
from netwright.task import Task

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
    target = job.model.target_
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
    network = getattr(job.model.recipe_.network, "kind", type(job.model.network_).__name__)
    weights = sum(parameter.numel() for parameter in job.model.network_.parameters())
    return (
        f"A network of the kind {network} with {weights:,} weights, "
        f"for {listing(one.target for one in delivered)}. "
        f"Every file that can be run here was compared with the model on {len(job.checks):,} rows "
        f"({job.checks.source}). Hashes, versions and measurements are in manifest.json."
    )


def _expectations(job: Job) -> str:
    preparation = job.model.preparation_
    lines = ["| column | kind | |", "|---|---|---|"]
    for column in job.model.schema_.used:
        known = _known(preparation, column.name) if isinstance(preparation, Preparation) else column.reason
        lines.append(f"| {_cell(column.name)} | {column.kind} | {_cell(known)} |")
    text = "\n".join(lines)
    if isinstance(preparation, Preparation):
        text += (
            "\n\nColumns may be missing a value; a category that is not listed counts as unknown. Numbers "
            "are given as they were in the training data, unscaled; make text such as `1,234` a number."
        )
    return text


def _known(preparation: Preparation, name: str) -> str:
    """Return what is known of a column's values in training."""
    if name in preparation.categories:
        words = preparation.categories[name].words
        return f"{len(words):,} categories: {listing(words, 8)}"
    if name in preparation.yes_no:
        return " or ".join(preparation.yes_no[name].words)
    place = (*preparation.numbers, *preparation.dates).index(name)
    unit = "years since 1970, " if name in preparation.dates else ""
    if isinstance(preparation.scaler, QuantileMap):
        knots = preparation.scaler.knots[place][np.isfinite(preparation.scaler.knots[place])]
        return f"{unit}{knots[0]:,.6g} to {knots[-1]:,.6g} in training"
    return f"{unit}about {preparation.scaler.center[place]:,.6g} in training"


def _answers(job: Job) -> str:
    outlet = job.wide.outlet
    labels = "\n".join(f"- column {place}: `{label}`" for place, label in enumerate(outlet.labels))
    told = f"`{outlet.name}` (rows, {len(outlet.labels)}): {outlet.says}.\n\n{labels}"
    target = job.model.target_
    if target.threshold == 0.5:
        return told
    return (
        f"{told}\n\nThe model says `{target.classes[1]}` where its probability is {target.threshold:.6g} "
        "or more, a threshold chosen on held-out rows. The files answer with probabilities: apply it yourself."
    )


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
    if job.model.target_.task is not Task.REGRESSION and job.model.loss_.probabilities:
        lines.append("Probabilities are those of the training data's mixture of classes.")
    return "\n".join(f"- {line}" for line in lines)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
