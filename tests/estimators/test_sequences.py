"""`Classifier` and `Regressor` on sequences and sounds: recognised, learnt, saved; padding never counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data.test_sound import tone, write

import netwright as nw
from netwright.errors import DataError, RecipeError
from netwright.verbs.evaluate import evaluate
from netwright.verbs.predict import predict

QUICK = {"progress": False, "network": {"kind": "tcn", "width": 12, "layers": 2}, "epochs": 12}


def rhythms(count: int = 80, seed: int = 0) -> tuple[list[np.ndarray], list[str]]:
    """Return sequences of unequal length with two channels; the class is the speed of a wave."""
    generator = np.random.default_rng(seed)
    rows, labels = [], []
    for number in range(count):
        length = int(generator.integers(15, 30))
        speed = 0.4 if number % 2 else 1.2
        wave = np.sin(speed * np.arange(length) + generator.uniform(0, 6))
        rows.append(np.stack([wave, 0.3 * generator.standard_normal(length)], axis=1))
        labels.append("slow" if number % 2 else "fast")
    return rows, labels


def test_sequences_of_unequal_length_are_told_apart() -> None:
    model = nw.Classifier(**QUICK).fit(*rhythms())
    rows, labels = rhythms(60, seed=1)
    assert np.mean(model.predict(rows) == np.array(labels)) > 0.9
    assert model.recipe_.to_plain()["preparation"]["kind"] == "sequences"


def test_an_answer_is_the_same_whatever_a_sequence_is_answered_with() -> None:
    model = nw.Classifier(**QUICK).fit(*rhythms())
    rows, _ = rhythms(6, seed=1)
    together = model.predict_proba([*rows, np.zeros((300, 2))])[:6]
    alone = np.concatenate([model.predict_proba([row]) for row in rows])
    np.testing.assert_allclose(together, alone, atol=2e-6)


def test_a_number_is_predicted_from_sequences() -> None:
    rows, _ = rhythms(100)
    sizes = np.array([np.abs(row[:, 1]).mean() for row in rows])
    model = nw.Regressor(**{**QUICK, "epochs": 30}).fit(rows, sizes)
    assert np.corrcoef(model.predict(rows), sizes)[0, 1] > 0.8


def test_a_saved_model_answers_the_same(tmp_path: Path) -> None:
    rows, labels = rhythms()
    for number, network in enumerate(("tcn", {"kind": "gru", "hidden": 6, "bidirectional": True})):
        model = nw.Classifier(progress=False, network=network, epochs=2).fit(rows, labels)
        model.save(tmp_path / f"{number}.nw")
        again = nw.load(tmp_path / f"{number}.nw")
        np.testing.assert_array_equal(again.predict_proba(rows), model.predict_proba(rows))


def test_the_default_for_few_sequences_is_a_committee_of_convolutions() -> None:
    rows, labels = rhythms(30)
    model = nw.Classifier(progress=False, effort="quick", epochs=2).fit(rows, labels)
    assert model.recipe_.network.kind == "inception_time"
    assert "channels" in model.reasons_["network"]


def test_missing_steps_and_arrays_of_one_length() -> None:
    rows = np.random.default_rng(0).standard_normal((50, 40, 3)).astype(np.float32)
    labels = (rows[:, :, 0].mean(axis=1) > 0).astype(int)
    rows[::3, 5:9, 1] = np.nan
    model = nw.Classifier(**QUICK).fit(rows, labels)
    assert model.preparation_.shape.channels == 4
    assert np.isfinite(model.predict_proba(rows)).all()


def test_sounds_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    paths, labels = [], []
    for number in range(48):
        high = number % 2
        sound = tone(1500 if high else 300, generator.uniform(0.1, 0.2))
        noisy = np.clip(sound + 0.02 * generator.standard_normal(len(sound)), -1, 1)
        paths.append(str(write(tmp_path / f"{number}.wav", noisy)))
        labels.append("high" if high else "low")
    model = nw.Classifier(
        progress=False, epochs=6, network={"kind": "spectrogram_convolution", "widths": [8, 16]}
    ).fit(paths, labels)
    assert np.mean(model.predict(paths) == np.array(labels)) > 0.9
    assert "voices" in model.reasons_["augmentation"]
    model.save(tmp_path / "model.nw")
    np.testing.assert_array_equal(nw.load(tmp_path / "model.nw").predict(paths), model.predict(paths))


def test_what_does_not_fit_is_told() -> None:
    rows, labels = rhythms()
    with pytest.raises(RecipeError, match="reads"):
        nw.Classifier(network="mlp").fit(rows, labels)
    model = nw.Classifier(**{**QUICK, "epochs": 1}).fit(rows, labels)
    with pytest.raises(DataError, match="expected 2 channels"):
        model.predict([np.zeros((4, 3)), np.zeros((5, 3))])


def test_the_command_reads_a_long_table(tmp_path: Path) -> None:
    rows, labels = rhythms()
    pieces = [
        pl.DataFrame({"id": number, "t": range(len(row)), "a": row[:, 0], "b": row[:, 1], "kind": label})
        for number, (row, label) in enumerate(zip(rows, labels, strict=True))
    ]
    pl.concat(pieces).sample(fraction=1, shuffle=True, seed=0).write_csv(tmp_path / "readings.csv")
    run = nw.train(
        tmp_path / "readings.csv", "kind", sequence="id", steps_by="t", out=tmp_path / "run", **QUICK
    )
    assert run.status == "finished"
    assert run.metrics["metrics"]["accuracy"] > 0.8
    assert "80 sequences of 15 to 29 steps" in run.report.read_text()


def test_a_run_answers_other_tables_of_steps(tmp_path: Path) -> None:
    rows, labels = rhythms()
    pieces = [
        pl.DataFrame({"id": f"s{number:02}", "t": range(len(row)), "a": row[:, 0], "b": row[:, 1]})
        for number, row in enumerate(rows)
    ]
    told = [piece.with_columns(kind=pl.lit(label)) for piece, label in zip(pieces, labels, strict=True)]
    pl.concat(told).write_csv(tmp_path / "readings.csv")
    pl.concat(pieces[:5]).write_csv(tmp_path / "new.csv")
    run = nw.train(
        tmp_path / "readings.csv", "kind", sequence="id", steps_by="t", out=tmp_path / "run", **QUICK
    )
    answers = predict(run.path, tmp_path / "new.csv").answers
    assert answers["name"].to_list() == ["s00", "s01", "s02", "s03", "s04"]
    assert set(answers["prediction"]) <= {"slow", "fast"}
    assert evaluate(run.path, tmp_path / "readings.csv").evaluation.rows == 80


def test_a_look_inside_a_recurrent_unit() -> None:
    rows, labels = rhythms(40)
    model = nw.Classifier(network=nw.nets.LSTM(hidden=4), epochs=1, progress=False).fit(rows, labels)
    passed = nw.trace.forward(model, rows[:1])
    unit = nw.trace.neuron(model, "cells.cells", 0, rows[:1])
    assert "LSTM" in str(passed)
    assert "forget" in str(unit)
