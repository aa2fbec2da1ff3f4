"""Classifier and Regressor on pictures: whatever they are handed over as."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from tests.estimators.shapes_drawn import KINDS, drawn, write_folders
from torch import nn

import netwright as nw
from netwright.data.images import Images
from netwright.errors import DataError, RecipeError, TrainingError
from netwright.explain.regions import regions_to_exchange
from netwright.metrics import find_metric

X, Y = drawn()
SMALL = {"network": nw.nets.CNN(widths=(8, 16), layers=1), "epochs": 6, "precision": "float32"}


def small(**settings: Any) -> nw.Classifier:
    return nw.Classifier(**{**SMALL, **settings})


@pytest.fixture(scope="module")
def model() -> nw.Classifier:
    return small(epochs=12).fit(X, Y)


def test_pictures_are_told_apart(model: nw.Classifier) -> None:
    test, truth = drawn(80, seed=1)
    assert model.score(test, truth) > 0.9
    assert list(model.classes_) == sorted(KINDS)
    assert model.predict_proba(test).sum(1) == pytest.approx(np.ones(80), abs=1e-5)


def test_what_was_chosen_is_said() -> None:
    fitted = nw.Classifier(epochs=1, time="2s").fit(X, Y)
    assert {"network", "augmentation", "preparation", "precision", "batch_size"} <= fitted.reasons_.keys()
    assert "16 × 16" in fitted.reasons_["preparation"]
    assert "grey" in fitted.reasons_["network"]
    assert isinstance(fitted.recipe_.network, nw.nets.CNN)
    many = np.zeros((2_500, 16, 16, 3), np.uint8)
    many[::2, 4:] = 200
    assert isinstance(
        nw.Classifier(time="1s").fit(many, np.arange(2_500) % 2).recipe_.network, nw.nets.ResNet
    )


@pytest.mark.parametrize(
    "as_given",
    [
        lambda x: x[..., None],
        lambda x: x[:, None],
        lambda x: x / 255,
        lambda x: torch.from_numpy(x),
        lambda x: np.repeat(x[..., None], 3, axis=-1),
        lambda x: list(x),
        lambda x: x.astype(np.int64),
    ],
)
def test_the_same_pictures_in_any_form_get_the_same_answer(model: nw.Classifier, as_given: Any) -> None:
    np.testing.assert_allclose(model.predict_proba(as_given(X[:9])), model.predict_proba(X[:9]), atol=0.02)


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second = (small(epochs=2).fit(X, Y).network_.state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_save_and_load_in_a_bare_process(model: nw.Classifier, tmp_path: Path) -> None:
    model.save(tmp_path / "m.nw")
    np.save(tmp_path / "x.npy", X[:20])
    code = (
        "import sys, numpy as np, netwright as nw;"
        "np.save(sys.argv[3], nw.load(sys.argv[1]).predict_proba(np.load(sys.argv[2])))"
    )
    places = [str(tmp_path / name) for name in ("m.nw", "x.npy", "p.npy")]
    subprocess.run([sys.executable, "-c", code, *places], check=True)
    assert np.array_equal(np.load(places[2]), model.predict_proba(X[:20]))


def test_clone_pickle_and_cross_validation(model: nw.Classifier) -> None:
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(X[:5]), model.predict_proba(X[:5]))
    scores = cross_val_score(clone(model).set_params(epochs=1), X, Y, cv=2)
    assert len(scores) == 2


def test_regression() -> None:
    bright = X[:, 4:12, 4:12].mean(axis=(1, 2)) / 255
    fitted = nw.Regressor(**{**SMALL, "epochs": 25, "augmentation": None}).fit(X, bright)
    assert fitted.score(X, bright) > 0.8


def test_numbers_that_are_not_finite_are_named() -> None:
    bare = nw.nets.CNN(widths=(8, 8, 8), layers=2, normalization="none")
    hopeless = nw.optimizers.SGD(learning_rate=100, momentum=0.99)
    model = nw.Regressor(network=bare, optimizer=hopeless, gradient_clip=None, epochs=60, precision="float32")
    with pytest.raises(TrainingError, match=r"step \d+.*not finite"):
        model.fit(X, X.mean(axis=(1, 2)))


def test_weights_count_and_validation_may_be_given() -> None:
    weights = (Y != "hollow").astype(float)
    fitted = small().fit(X, Y, sample_weight=weights, validation=(X[:40], Y[:40]))
    assert (fitted.predict(X) == "hollow").mean() < 0.1


def test_paths_with_a_broken_one(tmp_path: Path) -> None:
    place = write_folders(tmp_path / "photos")
    paths = sorted(place.rglob("*.png"))
    labels = [path.parent.name for path in paths]
    broken = place / "full" / "broken.png"
    broken.write_text("no picture")
    with pytest.warns(UserWarning, match=r"1 picture cannot be used.*broken\.png"):
        fitted = small(epochs=2).fit([*paths, broken], [*labels, "full"])
    assert "unequal sizes" in fitted.reasons_["preparation"]
    frame = pl.DataFrame({"file": [str(path) for path in paths], "label": labels, "note": 3.5})
    by_frame = small(epochs=2).fit(frame, "label")
    assert [column.name for column in by_frame.schema_.used] == ["file"]
    assert len(by_frame.predict(frame)) == len(paths)
    with pytest.raises(DataError, match=r"broken\.png"):
        fitted.predict([broken])
    with pytest.raises(DataError, match="None of the 2 pictures"):
        small().fit([broken, broken], ["full", "hollow"])


@pytest.mark.parametrize(
    ("rows", "message"), [("no pictures at all", "expected pictures"), (np.zeros((3, 9, 9, 9)), "shortest")]
)
def test_what_is_no_picture_is_refused(model: nw.Classifier, rows: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        model.predict(rows)


def test_a_network_for_tables_is_refused() -> None:
    with pytest.raises(RecipeError, match="MLP reads table"):
        nw.Classifier(network=nw.nets.MLP()).fit(X, Y)


def test_a_preparation_decides_what_rows_are() -> None:
    flat = nw.Classifier(preparation=Images(size=(8, 8), channels=3), **SMALL).fit(X, Y)
    assert flat.preparation_.shape.height == 8
    assert flat.preparation_.shape.channels == 3


def test_a_module_of_ones_own_reads_scaled_pictures(tmp_path: Path) -> None:
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 4)
    )
    paths = [str(path) for path in sorted(write_folders(tmp_path).rglob("*.png"))]
    labels = [Path(path).parent.name for path in paths]
    fitted = nw.Classifier(network=module, epochs=2).fit(paths, labels)
    (pixels,) = fitted.preparation_.transform(fitted._aligned(nw_rows(paths)))
    assert abs(float(pixels.mean())) < 0.1


def nw_rows(paths: list[str]) -> Any:
    from netwright.estimators.intake import read_rows

    return read_rows(paths)


def test_trace(model: nw.Classifier) -> None:
    trace = nw.trace.forward(model, X[:1])
    assert [layer.name for layer in trace.layers][-1] == "output"
    neuron = nw.trace.neuron(model, "output", 1, X[:1])
    assert neuron is not None


def test_importance_of_regions(model: nw.Classifier) -> None:
    truth = model.target_.encode(pl.Series(Y))
    metric = find_metric(model.target_.task, "accuracy")
    parts = regions_to_exchange(model.predict_proba, X[..., None])
    found = parts.importance(truth, model.target_.task, metric, seed=0)
    means = {one.column: one.mean for one in found.columns}
    assert max(means, key=lambda name: means[name]) == "centre"


def test_pixels_that_the_network_scales_itself_are_no_fault(model: nw.Classifier) -> None:
    assert X.max() > 100
    assert model.record_ is not None
    largest = model.record_.facts.data.largest_input
    assert largest is not None
    assert largest < 20
    assert "input-scale" not in [finding.rule for finding in model.findings_]
