"""`train` on folders of pictures: run folder, report, resume, predict, evaluate, transfer, bad input."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
from tests.estimators.shapes_drawn import write_folders

import netwright as nw
from netwright.errors import DataError, RunError
from netwright.run import REPORT, Run
from netwright.verbs.evaluate import evaluate
from netwright.verbs.predict import predict
from netwright.verbs.trace import trace
from netwright.verbs.train import resume, train

SETTINGS = {"network": {"kind": "cnn", "widths": [8, 16], "layers": 1}, "epochs": 8, "progress": False}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = write_folders(tmp_path_factory.mktemp("data") / "photos", rows=160)
    (place / "full" / "broken.png").write_text("no picture")
    return place


@pytest.fixture(scope="module")
def run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(photos, out=tmp_path_factory.mktemp("runs") / "photos", **SETTINGS)


def test_a_folder_for_each_class(run: Run) -> None:
    assert run.status == "finished"
    assert run.request["target"] == "label"
    findings = json.loads((run.path / "findings.json").read_text())
    broken = next(one for one in findings if one["rule"] == "broken pictures")
    assert "broken.png" in broken["message"]
    assert run.model.preparation_.shape.channels == 1


def test_the_report_shows_pictures(run: Run) -> None:
    page = (run.path / REPORT).read_text(encoding="utf-8")
    assert "Some of the pictures" in page
    assert page.count("data:image/png;base64,") >= 20
    assert "centre" in page
    assert "broken.png" in page


def test_predict_on_a_folder_says_which_picture(run: Run, photos: Path) -> None:
    predicted = predict(run.path, photos)
    assert predicted.answers.height == 160
    assert predicted.answers["image"][0].endswith(".png")
    assert any("broken.png" in note for note in predicted.notes)
    assert predict(run.path, photos / "full" / "002.png").answers.height == 1
    alone = predict(run.path, photos / "lying")
    assert alone.answers.height == 40


def test_evaluate_takes_the_folders_as_the_truth(run: Run, photos: Path) -> None:
    accuracy = next(one for one in evaluate(run.path, photos).evaluation.metrics if one.name == "accuracy")
    assert accuracy.value is not None
    assert accuracy.value > 0.6


def test_trace_names_layers(run: Run, photos: Path) -> None:
    assert "stages" in str(trace(run.path, photos, row=3))


def test_a_table_of_paths_from_its_own_folder(photos: Path, tmp_path: Path) -> None:
    files = sorted(photos.rglob("*.png"))[:100:2]
    table = photos.parent / "table.csv"
    names = [str(file.relative_to(photos.parent)) for file in files]
    pl.DataFrame({"file": names, "size": [1.37 * place for place in range(len(names))]}).write_csv(table)
    run = train(table, "size", out=tmp_path / "run", **SETTINGS)
    assert run.model.target_.task == "regression"
    assert predict(run.path, table).answers.height == len([file for file in files if file.stem != "broken"])


def test_an_archive_with_a_test_part(photos: Path, tmp_path: Path) -> None:
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number, path in enumerate(sorted(photos.rglob("0*.png"))):
            part = "test" if number % 4 == 0 else "train"
            file.write(path, f"{part}/{path.parent.name}/{path.name}")
    run = train(archive, out=tmp_path / "run", **{**SETTINGS, "epochs": 1})
    assert "the source keeps" in (run.path / REPORT).read_text(encoding="utf-8")


def test_a_run_starts_from_another(run: Run, photos: Path, tmp_path: Path) -> None:
    again = train(photos, out=tmp_path / "run", **{"epochs": 1, "progress": False, "body": str(run.path)})
    assert "taken over" in again.model.reasons_["body"]


def test_a_killed_run_is_finished_to_the_same_weights(run: Run, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing to resume"):
        resume(run.path, progress=False)
    twin = tmp_path / "twin"
    seen: list[int] = []

    def stop(material: object) -> None:
        seen.append(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(photos, out=twin, announce=stop, **SETTINGS)
    finished = resume(twin, progress=False)
    first, second = run.model.network_.state_dict(), finished.model.network_.state_dict()
    assert all(bool((first[name] == second[name]).all()) for name in first)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        train(tmp_path, out=tmp_path / "run", progress=False)


def test_only_broken_pictures(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_text("nothing")
    with pytest.raises(DataError, match=r"cat/1\.png"):
        train(tmp_path, out=tmp_path / "run", progress=False)


def test_one_class_only(tmp_path: Path) -> None:
    write_folders(tmp_path / "all", rows=8)
    with pytest.raises(DataError, match="class"):
        nw.train(tmp_path / "all" / "lying", out=tmp_path / "run", progress=False)
