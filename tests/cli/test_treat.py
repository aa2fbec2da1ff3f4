"""The command `treat`: what it prints, as text and as JSON, and how it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.command import netwright
from tests.verbs.small import two_classes

import netwright as nw


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    source = place / "table.csv"
    two_classes().write_csv(source)
    nw.train(
        source,
        "label",
        out=place / "x",
        progress=False,
        network={"kind": "mlp", "hidden": [128, 128], "dropout": 0.0},
        optimizer={"kind": "adamw", "learning_rate": 1e-7},
        epochs=12,
        batch_size=8,
    )
    return place / "x"


def test_the_verdict_the_change_and_the_places_are_printed(run: Path) -> None:
    assert "netwright treat" in netwright("show", run).out
    treated = netwright("treat", run)
    assert treated.status == 0
    assert treated.out.startswith("Mended with ")
    assert "optimizer.learning_rate: 1.0e-07 -> " in treated.out
    assert "kept" in treated.out
    assert "before_treatment" in treated.out
    assert "test     " in treated.out
    assert "short trainings of" in treated.err


def test_json_alone_is_on_standard_output(run: Path) -> None:
    told = netwright("treat", run, "--json", "--quiet")
    assert told.status == 0
    assert told.answer["verdict"].startswith("Healthy")
    assert told.err == ""


def test_what_cannot_be_treated_is_said(tmp_path: Path) -> None:
    missing = netwright("treat", tmp_path / "nowhere")
    assert missing.status == 2
    assert "no run folder" in missing.err
