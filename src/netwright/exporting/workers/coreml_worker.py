"""Converts a traced model to Core ML, answers rows with what is converted, and reads the package back.

Runs with the converter's Python:

python coreml_worker.py FOLDER NAMES OUTPUT PRECISION     # FOLDER holds program.pt2 and rows.npz
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import coremltools as ct
import numpy as np
import torch

TYPES = {"float32": np.float32, "int32": np.int32}

LEAST_ROWS, LONGEST = 256, 60.0
"""Rows that are answered whatever it takes, and seconds after which no more are."""

ROUNDINGS = ("floor", "trunc")
"""How a division rounds: the converter takes an operation of that name for it."""


def answers(module: torch.nn.Module, inputs: list[np.ndarray]) -> np.ndarray:
    """Return what a program answers for the first rows, one after another, as many as there is time for."""
    found, begun = [], time.thread_time()
    with torch.inference_mode():
        for row in range(len(inputs[0])):
            if row >= LEAST_ROWS and time.thread_time() - begun > LONGEST:
                break
            found.append(module(*(torch.from_numpy(one[row : row + 1]) for one in inputs)))
    return torch.cat(found).numpy()


def main() -> None:
    """Write model.mlpackage, answers.npy and made.json into the folder."""
    folder, names, output, precision = Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3], sys.argv[4]
    rows = np.load(folder / "rows.npz")
    inputs = [
        ct.TensorType(name=name, shape=(1, *rows[name].shape[1:]), dtype=TYPES[str(rows[name].dtype)])
        for name in names
    ]
    widths = {"float16": ct.precision.FLOAT16}
    program = torch.export.load(folder / "program.pt2").run_decompositions({})
    for node in list(program.graph.nodes):
        if node.target is torch.ops.aten.alias.default:  # the same tensor under another name
            node.replace_all_uses_with(node.args[0])
            program.graph.erase_node(node)
        elif node.name in ROUNDINGS:
            node._rename(f"{node.name}_of_numbers")
    loaded = [rows[name] for name in names]
    np.save(folder / "answers.npy", answers(program.module(), loaded))
    model = ct.convert(
        program,
        inputs=inputs,
        outputs=[ct.TensorType(name=output)],
        convert_to="mlprogram",
        compute_precision=widths.get(precision, ct.precision.FLOAT32),
        minimum_deployment_target=ct.target.iOS16,
    )
    if precision == "int8":
        from coremltools.optimize.coreml import (
            OpLinearQuantizerConfig,
            OptimizationConfig,
            linear_quantize_weights,
        )

        model = linear_quantize_weights(
            model, OptimizationConfig(OpLinearQuantizerConfig(mode="linear_symmetric"))
        )
    model.save(str(folder / "model.mlpackage"))
    read = ct.models.MLModel(str(folder / "model.mlpackage"), skip_model_load=True).get_spec()
    holds = {
        "inputs": {one.name: list(one.type.multiArrayType.shape) for one in read.description.input},
        "outputs": [one.name for one in read.description.output],
    }
    versions = {name: version(name) for name in ("torch", "coremltools")}
    (folder / "made.json").write_text(json.dumps({**holds, "versions": versions}))


main()
