"""LiteRT and Core ML with a stand-in for their converters: wrong files are found, right ones delivered."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.exporting.kinds import FORMS, given, model_of
from torch.utils import _pytree

from netwright.errors import ExportError
from netwright.exporting import coreml_target, environments, litert_target
from netwright.exporting.deliver import Export, deliver
from netwright.exporting.parity import TOLERANCE
from netwright.exporting.traced import (
    bounds_by_maxima,
    recurrences_step_by_step,
    save_program,
    sorted_by_comparisons,
)

TARGETS = {"litert": litert_target, "coreml": coreml_target}


def converter(change: Callable[[np.ndarray], np.ndarray]) -> Callable[..., None]:
    """Return what stands in for a converter: it runs the traced program, and changes what that answers."""

    def run(python: str, worker: str, arguments: list[str], target: str) -> None:
        folder, names = Path(arguments[0]), arguments[1].split(",")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.load(folder / "program.pt2")
        rows = np.load(folder / "rows.npz")
        answers = [
            _pytree.tree_leaves(_called(program, {name: rows[name][row : row + 1] for name in names}))[0]
            for row in range(len(rows[names[0]]))
        ]
        np.save(folder / "answers.npy", change(torch.cat(answers).detach().numpy()))
        for name in ("full.tflite", "model.tflite"):
            (folder / name).write_bytes(b"a file")
        (folder / "model.mlpackage").mkdir()
        (folder / "model.mlpackage" / "weights").write_bytes(b"a file")
        versions = {"torch": torch.__version__, "ai-edge-litert": "0"}
        outputs = [arguments[2]] if target == "coreml" else []
        made = {"took": [0.1, 0.2], "versions": versions, "inputs": dict.fromkeys(names), "outputs": outputs}
        (folder / "made.json").write_text(json.dumps(made))

    return run


def _called(program: Any, inputs: dict[str, np.ndarray]) -> Any:
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    by_name = bool(program.example_inputs[1])
    return program.module()(**tensors) if by_name else program.module()(*tensors.values())


def exported(monkeypatch: pytest.MonkeyPatch, folder: Path, kind: str, target: str, change: Any) -> Export:
    monkeypatch.setattr(TARGETS[target], "python_of", lambda *one, **named: "python")
    monkeypatch.setattr(TARGETS[target], "run_worker", converter(change))
    rows = given(FORMS[kind])[0]
    return deliver(model_of(kind), folder / "device", rows=rows[:8], to=[target])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", ["mlp", "lstm"])
def test_what_is_traced_answers_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, target: str
) -> None:
    done = exported(monkeypatch, tmp_path, kind, target, lambda answers: answers)
    (entry,) = done.manifest["targets"]
    found = entry["parity_of_program" if target == "coreml" else "parity"]
    assert found["error"] <= TOLERANCE
    assert tuple(found["batches"]) == (1,)
    assert entry["batch"] == "1"
    if target == "coreml":
        assert entry["parity"] is None
        assert "was not run here" in (done.path / "card.md").read_text(encoding="utf-8")


WRONG: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a thousandth off": lambda answers: answers * 1.001,
    "rows in another order": lambda answers: answers[::-1],
    "not a number": lambda answers: np.where(np.arange(len(answers))[:, None] == 2, np.nan, answers),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_file_is_found_and_none_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, target: str
) -> None:
    with pytest.raises(ExportError, match=f"{target}: the exported model does not answer as the model does"):
        exported(monkeypatch, tmp_path, "mlp", target, WRONG[how])
    assert list(tmp_path.iterdir()) == []


def test_a_package_with_other_outputs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(python: str, worker: str, arguments: list[str], target: str) -> None:
        converter(lambda answers: answers)(python, worker, [*arguments[:2], "other", *arguments[3:]], target)

    monkeypatch.setattr(coreml_target, "python_of", lambda *one, **named: "python")
    monkeypatch.setattr(coreml_target, "run_worker", renamed)
    with pytest.raises(ExportError, match="coreml: the package holds"):
        deliver(model_of("mlp"), tmp_path / "device", rows=given("tables")[0], to=["coreml"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("levels", [1, 2, 5, 8])
def test_comparisons_sort(levels: int, descending: bool) -> None:
    values = torch.from_numpy(np.random.default_rng(levels).normal(size=(40, levels, 3)))
    expected = values.sort(dim=1, descending=descending).values
    assert torch.equal(sorted_by_comparisons(values, 1, descending)[0], expected)


def test_recurrences_are_written_out() -> None:
    layer, steps = torch.nn.LSTM(2, 3, batch_first=True), torch.randn(1, 5, 2)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(layer, (steps,)).run_decompositions(recurrences_step_by_step())
        torch.testing.assert_close(program.module()(steps)[0], layer(steps)[0])
    assert not any("lstm" in str(node.target) for node in program.graph.nodes if node.op == "call_function")


def test_rows_that_there_was_no_time_for_are_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = exported(monkeypatch, tmp_path, "mlp", "coreml", lambda answers: answers[:5])
    (entry,) = done.manifest["targets"]
    assert entry["parity_of_program"]["rows"] == 5
    assert "answers 5 rows as the model does" in (done.path / "card.md").read_text(encoding="utf-8")


def test_every_row_is_compared_and_not_the_first_ones_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netwright.exporting.parity.ONE_BY_ONE", 2)

    def last_is_wrong(answers: np.ndarray) -> np.ndarray:
        return np.concatenate([answers[:-1], answers[-1:] * 1.01])

    for target in TARGETS:
        with pytest.raises(ExportError, match=f"{target}: the exported model does not answer"):
            exported(monkeypatch, tmp_path, "mlp", target, last_is_wrong)


def test_filters_are_written_in_their_usual_order(tmp_path: Path) -> None:
    layer = torch.nn.Conv2d(3, 5, 1)
    filters = layer.weight.detach().clone()
    layer.weight.data = torch.empty_strided(filters.shape, (3, 1, 3, 3)).copy_(filters)
    save_program(layer, (torch.randn(1, 3, 4, 4),), {}, tmp_path / "program.pt2", "litert")
    written = torch.export.load(tmp_path / "program.pt2").state_dict["weight"]
    assert written.stride() == filters.stride()
    assert torch.equal(written, filters)


@pytest.mark.parametrize("values", [torch.tensor([-2.0, 0.5, float("nan")]), torch.tensor([-2, 0, 3])])
def test_bounds_are_written_as_maxima(values: torch.Tensor) -> None:
    class Bounded(torch.nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values.clamp_min(0)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(Bounded(), (values,)).run_decompositions(bounds_by_maxima())
        torch.testing.assert_close(program.module()(values), values.clamp_min(0), equal_nan=True)
    assert not any("clamp_min" in str(node.target) for node in program.graph.nodes)


@pytest.mark.parametrize(
    ("kind", "target"), [("resnet", environments.LITERT), ("spectrogram_convolution", environments.COREML)]
)
def test_a_converter_that_is_there_makes_what_answers_the_same(
    tmp_path: Path, kind: str, target: environments.Converter
) -> None:
    if target.variable not in os.environ:
        pytest.skip(f"name a Python that has {target.package} in {target.variable}")
    rows = given(FORMS[kind])[0]
    (made,) = deliver(model_of(kind), tmp_path / "device", rows=rows, to=[target.name]).delivered
    parity = made.parity or made.program
    assert parity is not None
    assert parity.error <= TOLERANCE
    assert parity.rows == len(rows)
