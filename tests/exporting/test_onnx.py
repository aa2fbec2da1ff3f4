"""Exports to ONNX answer as the model does, hold the preparation, and leave no file when they do not."""

from __future__ import annotations

import json
import runpy
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from tests.verbs.small import classifier, people, regressor

import netwright as nw
from netwright.errors import ExportError, RunError
from netwright.exporting import onnx_target, tensorrt_target
from netwright.exporting.deliver import deliver
from netwright.exporting.parity import TOLERANCE

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")


def mixed(rows: int = 150) -> pl.DataFrame:
    """Return a table of every kind of column, with gaps."""
    generator = np.random.default_rng(3)
    size = generator.exponential(2.0, rows).round(2)
    days = generator.integers(0, 4_000, rows)  # in 32 bits neighbouring minutes are one
    since = [None if day % 17 == 0 else datetime(2001, 1, 1) + timedelta(days=int(day)) for day in days]
    member = [None if value < 0.1 else ("yes" if value < 0.6 else "no") for value in generator.random(rows)]
    town = generator.choice(["Rome", "Oslo", "Bern"], rows)
    code = generator.choice(["007", "012", "100"], rows)
    return pl.DataFrame(
        {
            "size": [None if value < 0.2 else value for value in size.tolist()],
            "since": pl.Series(since, dtype=pl.Datetime("us")),
            "member": member,
            "town": town,
            "code": code,
            "price": size * 3 + (town == "Rome") + generator.normal(0, 0.1, rows),
        }
    )


@pytest.mark.parametrize("scaling", ["quantile", "robust", "standard", "minmax", "none"])
def test_every_kind_of_column_is_prepared_inside(tmp_path: Path, scaling: str) -> None:
    frame = mixed()
    model = nw.Regressor(
        network={"kind": "mlp", "hidden": [8]}, preparation={"scaling": scaling}, epochs=1, progress=False
    ).fit(frame, "price")
    # In 32 bits a quantile scaling of 150 dates is steep, and the check rightly refuses it.
    targets = ["onnx"] if scaling == "quantile" else ["onnx", "tensorrt"]
    done = deliver(model, tmp_path / "device", rows=frame, to=targets)
    for entry in done.manifest["targets"]:
        assert entry["parity"]["error"] <= TOLERANCE
        assert tuple(entry["parity"]["batches"]) == (1, 2, 17)


def test_the_folder_answers_by_its_own_reader(tmp_path: Path) -> None:
    model, frame = classifier(), people()
    place = nw.export(model, tmp_path / "device", rows=frame).path
    reader = runpy.run_path(str(place / "reader.py"))
    description = json.loads((place / "inputs.json").read_text(encoding="utf-8"))
    rows = [*frame.to_dicts()[:20], {"age": None, "job": "never seen", "code": "7"}]
    session = onnxruntime.InferenceSession(str(place / "model.onnx"))
    answers = session.run(None, reader["inputs_of"](rows, description))[0]
    given = pl.DataFrame(rows, schema_overrides={"age": pl.Float64})
    np.testing.assert_allclose(answers, model.predict_proba(given), rtol=1e-4, atol=1e-6)


def test_words_come_as_they_are() -> None:
    inlets = {inlet.name: inlet for inlet in onnx_target.inlets_of(_wide(), words=True)}
    assert inlets["words"].dtype == "string"
    assert [column["name"] for column in inlets["words"].holds["columns"]] == ["job", "code"]


def _wide() -> object:
    import torch

    from netwright.exporting.forms import whole_of

    return whole_of(classifier(), torch.float64)


def test_manifest_and_card_tell_what_there_is(tmp_path: Path) -> None:
    import hashlib

    done = nw.export(regressor(), tmp_path / "device", rows=people())
    manifest = json.loads((done.path / "manifest.json").read_text(encoding="utf-8"))
    for name, file in manifest["files"].items():
        assert hashlib.sha256((done.path / name).read_bytes()).hexdigest() == file["sha256"]
    assert manifest["output"]["labels"] == ["amount"]
    card = (done.path / "card.md").read_text(encoding="utf-8")
    assert "| age | number |" in card
    assert "inputs_of" in card


@pytest.mark.parametrize("target", [onnx_target, tensorrt_target], ids=["onnx", "tensorrt"])
def test_a_wrong_export_is_found_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: ModuleType
) -> None:
    honest = onnx_target.onnx_model

    def broken(*arguments: object, **named: object) -> object:
        import onnx

        graph = honest(*arguments, **named)  # type: ignore[arg-type]
        weight = next(tensor for tensor in graph.graph.initializer if tensor.name.endswith("output.weight"))
        values = onnx.numpy_helper.to_array(weight) * 1.01 + 0.01
        weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
        return graph

    monkeypatch.setattr(target, "onnx_model", broken)
    name = target.__name__.rpartition(".")[2].removesuffix("_target")
    with pytest.raises(ExportError, match=f"{name}: .* does not answer as the model does"):
        nw.export(classifier(), tmp_path / "device", to=name, rows=people())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["int8", "float16"])
def test_smaller_files(tmp_path: Path, how: str) -> None:
    frame = people(400)
    model = nw.Classifier(network={"kind": "mlp", "hidden": [128, 128]}, epochs=3, progress=False)
    model.fit(frame.drop("amount"), "label")
    done = nw.export(model, tmp_path / "device", rows=frame, quantize=how, max_loss=5)
    entry = done.manifest["targets"][0]
    assert entry["share_of_float32"] < (0.6 if how == "int8" else 0.75)
    assert entry["cost"]["says"] == "accuracy lost"
    assert entry["parity"] is None


def test_a_loss_above_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="above the limit"):
        nw.export(classifier(), tmp_path / "device", rows=people(), quantize="int8", max_loss=-101)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"to": "onyx"}, "onnx"),
        ({"to": "onnx", "quantize": "int7"}, "int8"),
        ({"to": "litert", "quantize": "float16"}, "int8"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(
    tmp_path: Path, settings: dict[str, str], says: str
) -> None:
    with pytest.raises(ExportError, match=says):
        nw.export(classifier(), tmp_path / "device", rows=people(), **settings)  # type: ignore[arg-type]


def test_a_converter_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETWRIGHT_LITERT_PYTHON", raising=False)
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ExportError, match=r"--install .*NETWRIGHT_LITERT_PYTHON"):
        nw.export(classifier(), tmp_path / "device", rows=people(), to="litert")
    assert not (tmp_path / "device").exists()


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunError, match="holds no export"):
        nw.export(classifier(), tmp_path, rows=people(), force=True)
    assert (tmp_path / "mine.txt").exists()


def test_a_set_of_one_class_is_told_without_an_impossible_probability(tmp_path: Path) -> None:
    from netwright.exporting.card import _reliability

    known = {"sets": {"least_probability": {"0.8": 1.63, "0.9": 0.25}}}
    first, second = _reliability(classifier().target_, known)
    assert first == "- The likeliest class by itself holds the true one in 80% of rows."
    assert second.endswith("0.25 or more, is a set that holds the true one in 90% of rows.")
