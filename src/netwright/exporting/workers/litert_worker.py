"""Converts a traced model to LiteRT and answers rows with it, one by one. Runs with the converter's Python.

python litert_worker.py FOLDER NAMES QUANTIZE     # FOLDER holds program.pt2 and rows.npz
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter


def main() -> None:
    """Write model.tflite, full.tflite, answers.npy and made.json into the folder."""
    folder, names, quantize = Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3] == "int8"
    program = torch.export.load(folder / "program.pt2")
    with np.load(folder / "rows.npz") as packed:  # each access would read a whole array again
        rows = {name: packed[name] for name in names}
    sample = {name: torch.from_numpy(rows[name][:1]) for name in names}
    edge = litert_torch.convert(program.module(), sample_kwargs=sample)
    edge.export(str(folder / "full.tflite"))
    path = folder / "model.tflite"
    if quantize:
        from ai_edge_quantizer import quantizer, recipe

        maker = quantizer.Quantizer(str(folder / "full.tflite"), recipe.dynamic_wi8_afp32())
        maker.quantize().export_model(str(path))
    else:
        path.write_bytes((folder / "full.tflite").read_bytes())
    answer = Interpreter(str(path)).get_signature_runner()
    answers, took = [], []
    for row in range(len(rows[names[0]])):
        one = {name: rows[name][row : row + 1] for name in names}
        start = time.perf_counter()
        found = answer(**one)
        took.append(1000 * (time.perf_counter() - start))
        answers.append(next(iter(found.values())))
    np.save(folder / "answers.npy", np.concatenate(answers))
    packages = ("torch", "litert-torch", "ai-edge-litert", "ai-edge-quantizer")
    made = {"took": took, "versions": {name: version(name) for name in packages}}
    (folder / "made.json").write_text(json.dumps(made))


main()
