"""Pictures, sequences and texts: networks × targets, as the table of the docs says."""

from __future__ import annotations

import json
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
from netwright.errors import ExportError
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.deliver import deliver
from netwright.exporting.parity import TOLERANCE

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

PICTURES = {"cnn": {"widths": [4]}, "resnet": {"widths": [4], "blocks": 1}}
SEQUENCES = {
    "rnn": {"hidden": 4},
    "gru": {"hidden": 4, "bidirectional": True, "pooling": "attention"},
    "lstm": {"hidden": 4},
    "tcn": {"width": 4, "layers": 1},
    "inception_time": {"filters": 2, "depth": 3, "members": 1},
}
TEXTS = {
    "bag_of_ngrams": {"features": 50},
    "text_cnn": {"dimension": 8, "channels": 4},
    "text_rnn": {"dimension": 8, "hidden": 4, "reads": "characters"},
    "text_transformer": {"dimension": 8, "width": 8, "heads": 2, "layers": 1},
    "word_average": {"dimension": 8},
}
FORMS = dict.fromkeys(PICTURES, "pictures") | dict.fromkeys(SEQUENCES, "sequences")
FORMS |= dict.fromkeys(TEXTS, "texts")
WORDS = ["good", "bad", "film", "the", "not", "very", "great", "it's", "Ärger", "42", "!"]


@cache
def given(form: str) -> tuple[Any, np.ndarray]:
    """Return rows of a form and their classes, as many as the largest batch and more."""
    generator = np.random.default_rng(0)
    if form == "pictures":
        pixels = generator.integers(0, 256, (24, 8, 8, 3)).astype(np.uint8)
        return pixels, (pixels.mean((1, 2, 3)) > 127).astype(int)
    if form == "texts":
        texts = [" ".join(generator.choice(WORDS, int(count))) for count in generator.integers(1, 12, 30)]
        return [*texts, "", "a\n word never seen"], np.arange(32) % 2
    steps = [generator.normal(size=(int(length), 2)) for length in generator.integers(2, 15, 24)]
    steps[3][len(steps[3]) // 2 :, 1] = np.nan
    steps[5][:2, 0] = np.nan
    return steps, np.arange(24) % 2


@cache
def model_of(kind: str) -> NetworkEstimator:
    """Return a model of that kind, trained for a moment."""
    rows, classes = given(FORMS[kind])
    settings = (PICTURES | SEQUENCES | TEXTS)[kind]
    return nw.Classifier(network={"kind": kind, **settings}, epochs=1, progress=False).fit(rows, classes)


@pytest.mark.parametrize("kind", FORMS)
def test_networks_of_other_forms_answer_the_same(tmp_path: Path, kind: str) -> None:
    rows = given(FORMS[kind])[0]
    targets = ["onnx"] if kind == "bag_of_ngrams" else ["onnx", "tensorrt"]
    done = deliver(model_of(kind), tmp_path / "device", rows=rows, to=targets)
    for entry in done.manifest["targets"]:
        assert entry["parity"]["error"] <= TOLERANCE
        assert entry["parity"]["equal"] == 1
        assert tuple(entry["parity"]["batches"]) == (1, 2, 17)
        assert entry["batch"] == "dynamic"


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


@pytest.mark.parametrize("target", ["litert", "coreml"])
@pytest.mark.parametrize("kind", ["cnn", "gru", "text_cnn"])
def test_converters_that_were_not_checked_are_refused(tmp_path: Path, kind: str, target: str) -> None:
    with pytest.raises(ExportError, match="have not been checked"):
        deliver(model_of(kind), tmp_path / "device", rows=given(FORMS[kind])[0], to=[target])
    assert list(tmp_path.iterdir()) == []
