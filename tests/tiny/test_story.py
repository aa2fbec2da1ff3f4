"""The whole story in a minute: real rows in, a trusted network out, and all that can be done with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.cli.main import run as command


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample's rows in three files and a finished run on the first of them."""
    place = tmp_path_factory.mktemp("story")
    with pytest.raises(SystemExit) as sampled:
        command(["sample", "breast_cancer", "--out", str(place / "breast_cancer.csv")])
    rows = pl.read_csv(place / "breast_cancer.csv")
    rows[:500].write_csv(place / "known.csv")
    rows[500:].drop("diagnosis").write_csv(place / "new_rows.csv")
    rows[500:].write_csv(place / "held_out.csv")
    run = str(place / "runs" / "known")
    with pytest.raises(SystemExit) as trained:
        command(["train", str(place / "known.csv"), "--target", "diagnosis", "--out", run])
    assert (sampled.value.code, trained.value.code) == (0, 0)
    return place


def netwright(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Run a command with --json in this process; return its object."""
    with pytest.raises(SystemExit) as ended:
        command([*words, "--json"])
    told = capsys.readouterr()
    assert ended.value.code == 0, told.err
    return json.loads(told.out)


def test_from_rows_to_answers(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    rows = pl.read_csv("breast_cancer.csv")
    assert rows.shape == (569, 31)
    assert {path.name for path in Path("runs/known").iterdir()} == {
        "run.json",
        "recipe.yaml",
        "history.json",
        "findings.json",
        "health.json",
        "metrics.json",
        "model.nw",
        "report.html",
    }

    netwright(capsys, "predict", "runs/known", "new_rows.csv", "--out", "answers.csv")
    answers = pl.read_csv("answers.csv")
    assert (answers["prediction"] == rows["diagnosis"][500:]).mean() > 0.9

    netwright(capsys, "evaluate", "runs/known", "held_out.csv")
    netwright(capsys, "show", "runs/known")

    model = nw.load("runs/known/model.nw")
    assert (model.predict(rows[500:]) == answers["prediction"].to_numpy()).all()


def test_the_verdict_is_honest_and_the_report_shows_it(place: Path) -> None:
    run = nw.Run.open(place / "runs" / "known")
    assert run.status == "finished"
    sentence = run.metrics["headline"]
    assert "ROC AUC" in sentence
    page = run.report.read_text()
    assert "diagnosis" in page
    assert "gradient boosting" in page
    assert "<script" not in page


def test_the_recipe_of_a_run_trains_the_same_network_again(place: Path) -> None:
    again = nw.train(
        place / "known.csv",
        "diagnosis",
        out=place / "again",
        recipe=_settings(place / "runs" / "known" / "recipe.yaml"),
        progress=False,
    )
    first = nw.Run.open(place / "runs" / "known").model.network_.state_dict()
    for name, tensor in again.model.network_.state_dict().items():
        assert np.array_equal(tensor.numpy(), first[name].numpy()), name


def test_three_lines_of_python() -> None:
    from sklearn.datasets import load_diabetes

    frame = load_diabetes(as_frame=True).frame
    model = nw.Regressor(seed=0).fit(frame[:350], "target")
    assert model.score(frame[350:].drop(columns="target"), frame["target"][350:]) > 0.3


def test_the_command_is_installed(place: Path) -> None:
    told = subprocess.run(["netwright", "--version"], capture_output=True, text=True, check=True, cwd=place)
    assert nw.__version__ in told.stdout


def _settings(path: Path) -> dict[str, Any]:
    from netwright.recipe.files import read_recipe

    return read_recipe(path)
