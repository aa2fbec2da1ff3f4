"""Every kind of model: what is exported answers as it does, and the readers work by themselves."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from tests.exporting.kinds import FORMS, given, model_of

import netwright as nw
from netwright.errors import ExportError
from netwright.exporting.deliver import deliver
from netwright.exporting.parity import TOLERANCE

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")


@pytest.mark.parametrize("kind", FORMS)
def test_every_kind_answers_the_same(tmp_path: Path, kind: str) -> None:
    rows = given(FORMS[kind])[0]
    targets = ["onnx"] if kind in ("bag_of_ngrams", "text_ensemble") else ["onnx", "tensorrt"]
    done = deliver(model_of(kind), tmp_path / "device", rows=rows, to=targets)
    for entry in done.manifest["targets"]:
        assert entry["parity"]["error"] <= TOLERANCE
        assert entry["parity"]["equal"] == 1
        assert tuple(entry["parity"]["batches"]) == (1, 2, 17)
        assert entry["batch"] == "dynamic"
    for reader in done.path.glob("reader*.py"):
        assert len(reader.read_text(encoding="utf-8").splitlines()) < 50


@pytest.mark.parametrize("kind", ["cnn", "gru", "text_cnn"])
def test_the_reader_alone_makes_inputs(tmp_path: Path, kind: str) -> None:
    rows = list(given(FORMS[kind])[0])
    place = deliver(model_of(kind), tmp_path / "device", rows=rows).path
    source = (place / "reader.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) < 50
    assert "netwright" not in source
    description = json.loads((place / "inputs.json").read_text(encoding="utf-8"))
    inputs = runpy.run_path(str(place / "reader.py"))["inputs_of"](rows[::-1], description)
    answers = onnxruntime.InferenceSession(str(place / "model.onnx")).run(None, inputs)[0]
    expected = model_of(kind).predict_proba(given(FORMS[kind])[0])
    np.testing.assert_allclose(answers[::-1], expected, rtol=1e-4, atol=1e-6)


def test_lengths_may_be_longer_than_any_in_training(tmp_path: Path) -> None:
    place = deliver(model_of("gru"), tmp_path / "device", rows=given("sequences")[0]).path
    longer = [np.random.default_rng(1).normal(size=(40, 2)), np.full((30, 2), np.nan)]
    longer[1][4] = 1.5  # carried over 25 steps
    description = json.loads((place / "inputs.json").read_text(encoding="utf-8"))
    inputs = runpy.run_path(str(place / "reader.py"))["inputs_of"](longer, description)
    answers = onnxruntime.InferenceSession(str(place / "model.onnx")).run(None, inputs)[0]
    np.testing.assert_allclose(answers, model_of("gru").predict_proba(longer), rtol=1e-4, atol=1e-6)


def test_every_sequence_scaled_by_itself(tmp_path: Path) -> None:
    rows, classes = given("sequences")
    model = nw.Classifier(
        network={"kind": "rnn", "hidden": 4},
        preparation={"kind": "sequences", "scaling": "each"},
        epochs=1,
        progress=False,
    ).fit(rows, classes)
    done = deliver(model, tmp_path / "device", rows=rows)
    assert done.manifest["targets"][0]["parity"]["error"] <= TOLERANCE


@pytest.mark.parametrize("target", ["tensorrt", "litert", "coreml"])
def test_ngrams_are_refused_where_bits_are_few(tmp_path: Path, target: str) -> None:
    with pytest.raises(ExportError, match="64 bits"):
        deliver(model_of("bag_of_ngrams"), tmp_path / "device", rows=given("texts")[0], to=[target])
    assert list(tmp_path.iterdir()) == []


def test_byte_pairs_are_refused(tmp_path: Path) -> None:
    texts, classes = given("texts")
    model = nw.Classifier(
        network={"kind": "word_average"},
        preparation={"kind": "texts", "tokenizer": "byte_pairs"},
        epochs=1,
        progress=False,
    ).fit(texts, classes)
    with pytest.raises(ExportError, match="byte pairs"):
        deliver(model, tmp_path / "device", rows=texts)


def test_sounds_are_read_without_the_library(tmp_path: Path) -> None:
    rows = given("sounds")[0]
    place = deliver(model_of("spectrogram_convolution"), tmp_path / "device", rows=rows).path
    description = json.loads((place / "inputs.json").read_text(encoding="utf-8"))
    inputs = runpy.run_path(str(place / "reader.py"))["inputs_of"](rows[:3], description)
    answers = onnxruntime.InferenceSession(str(place / "model.onnx")).run(None, inputs)[0]
    expected = model_of("spectrogram_convolution").predict_proba(rows[:3])
    np.testing.assert_allclose(answers, expected, rtol=1e-4, atol=1e-6)


def test_readers_that_import_others_are_shipped_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, frame = model_of("text_beside_table"), given("tables with texts")[0]
    place = deliver(model, tmp_path / "device", rows=frame).path
    assert {"reader.py", "reader_table.py", "reader_text.py"} <= {path.name for path in place.iterdir()}
    monkeypatch.syspath_prepend(str(place))
    description = json.loads((place / "inputs.json").read_text(encoding="utf-8"))
    inputs = runpy.run_path(str(place / "reader.py"))["inputs_of"](frame.head(5).to_dicts(), description)
    answers = onnxruntime.InferenceSession(str(place / "model.onnx")).run(None, inputs)[0]
    np.testing.assert_allclose(answers, model.predict_proba(frame.head(5)), rtol=1e-4, atol=1e-6)


def test_a_forecast_from_the_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, frame = model_of("nlinear"), given("series")[0]
    place = deliver(model, tmp_path / "device", rows=frame).path
    monkeypatch.syspath_prepend(str(place))
    days = 80  # of 90: what lies behind is known ahead
    shop = frame.filter(pl.col("shop") == "s1")
    row = {
        "series": "s1 sales",
        "values": shop["sales"].to_list()[:days],
        "times": [str(day) for day in shop["day"].to_list()[: days + 3]],
        "known": {"price": shop["price"].to_list()[: days + 3]},
        "static": {"region": "south"},
    }
    description = json.loads((place / "inputs.json").read_text(encoding="utf-8"))
    inputs = runpy.run_path(str(place / "reader.py"))["inputs_of"]([row], description)
    answers = onnxruntime.InferenceSession(str(place / "model.onnx")).run(None, inputs)[0][0]
    cut = shop.head(days + 3).with_columns(sales=pl.when(pl.int_range(pl.len()) < days).then(pl.col("sales")))
    expected = model.predict(cut)
    wanted = [expected[name].to_numpy() for name in ("forecast", "lower", "upper")]
    np.testing.assert_allclose(answers, np.concatenate(wanted), rtol=1e-4)


def test_neighbours_that_fill_gaps_are_refused(tmp_path: Path) -> None:
    frame = given("tables")[0]
    preparation = {"imputation": "neighbours"}
    network = {"kind": "mlp", "hidden": [4]}
    model = nw.Classifier(network=network, preparation=preparation, epochs=1, progress=False)
    with pytest.raises(ExportError, match="gaps are filled by"):
        deliver(model.fit(frame, "label"), tmp_path / "device", rows=frame)


def test_what_has_no_export_says_so(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="StepPredictor has no export"):
        deliver(nw.StepPredictor(), tmp_path / "device")


def test_what_answers_beside_a_network_for_pictures_is_in_the_graph(tmp_path: Path) -> None:
    pixels, classes = given("pictures")
    model = nw.Classifier(
        network={"kind": "cnn", "widths": [4, 4], "beside": True}, epochs=1, progress=False
    ).fit(pixels, classes)
    beside = model.network_.beside
    plain = model.predict_proba(pixels)
    generator = torch.Generator().manual_seed(0)
    beside.set(torch.randn(beside.weight.shape, generator=generator), torch.ones_like(beside.bias))
    assert np.abs(model.predict_proba(pixels) - plain).max() > 0.01
    done = deliver(model, tmp_path / "device", rows=pixels, to=["onnx", "tensorrt"])
    assert all(entry["parity"]["error"] <= TOLERANCE for entry in done.manifest["targets"])
