"""A check-up of a table and of the network that would be trained on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.estimators.shapes_drawn import write_folders

from netwright.clinic.causes import Cause
from netwright.verbs.checkup import checkup


def numbers(rows: int = 400) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 5))
    y = 1000 * (x[:, 0] - x[:, 1]) + 50 * generator.normal(size=rows)
    return pl.DataFrame({f"x{column}": x[:, column] for column in range(5)} | {"y": y})


def test_a_regression() -> None:
    found = checkup(numbers(), "y")
    assert found.healthy
    assert found.network.record.gaps == []
    assert found.network.record.facts.loss == "mseloss"
    wiring = found.network.record.wiring
    assert wiring.initial_loss is not None
    assert wiring.expected_loss == pytest.approx(1, abs=0.3)
    assert wiring.overfits_one_batch is not None
    assert wiring.overfits_one_batch < 0.05


def test_what_train_would_build_is_looked_at() -> None:
    found = checkup(numbers(), "y", network={"kind": "mlp", "hidden": [8]}, seed=3)
    names = [layer.name for layer in found.network.record.facts.layers if layer.parameters]
    assert len(names) == 2
    assert found.network.record.facts.optimizers[0].name.startswith("Adam")
    assert all(layer.optimized for layer in found.network.record.facts.layers if layer.parameters)


def test_classes_and_several_of_them() -> None:
    frame = numbers().with_columns(
        pl.when(pl.col("y") > 500).then(pl.lit("high")).when(pl.col("y") < -500).then(pl.lit("low"))
        .otherwise(pl.lit("middle")).alias("y")
    )  # fmt: skip
    found = checkup(frame, "y")
    assert found.healthy
    assert found.network.record.facts.data.classes == 3
    assert found.to_json()["task"] == "multiclass"


def test_labels_that_mean_nothing_are_told() -> None:
    generator = np.random.default_rng(1)
    frame = numbers(600).with_columns(pl.Series("y", generator.permutation(["a", "b", "c"] * 200)))
    causes = {finding.cause for finding in checkup(frame, "y").findings}
    assert Cause.UNRELATED_LABELS in causes


def test_the_rows_are_announced_before() -> None:
    heights: list[int] = []
    checkup(numbers(), "y", announce=lambda material: heights.append(material.frame.height))
    assert heights == [400]


def test_pictures_whose_pixels_the_network_scales_itself(tmp_path: Path) -> None:
    photos = write_folders(tmp_path / "photos", rows=80)
    found = checkup(photos, network={"kind": "cnn", "widths": [8], "layers": 1})
    assert found.healthy
    assert "input-scale" in found.network.checked
    assert "input-scale" not in {finding.rule for finding in found.findings}


def test_a_table_with_a_row_for_each_step(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    steps = [
        {"id": number, "t": step, "v": generator.normal() + 2 * (number % 2), "y": "ab"[number % 2]}
        for number in range(60)
        for step in range(5)
    ]
    pl.DataFrame(steps).write_csv(tmp_path / "steps.csv")
    found = checkup(tmp_path / "steps.csv", "y", sequence="id", steps_by="t", network="lstm")
    assert found.material.frame.height == 60
    assert found.healthy
