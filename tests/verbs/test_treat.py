"""`treat`: the run folder holds the better model, the old one stays aside, and nothing is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.verbs.small import two_classes

import netwright as nw
import netwright.run as folder
import netwright.treatment.proof as proof
import netwright.verbs.treat as verb
from netwright.errors import RecipeError, RunError, TrainingError
from netwright.estimators.health import Health
from netwright.findings import Finding
from netwright.treatment.case import Case, Trained, key_of
from netwright.verbs.health import in_file
from netwright.verbs.material import gather
from netwright.verbs.request import Request
from netwright.verbs.shelf import Shelf
from netwright.verbs.treatment_facts import treatment_facts

SLOW: dict[str, Any] = {
    "network": {"kind": "mlp", "hidden": [128, 128], "dropout": 0.0},
    "optimizer": {"kind": "adamw", "learning_rate": 1e-7},
    "epochs": 12,
    "batch_size": 16,
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "table.csv"
    two_classes().write_csv(path)
    return path


def interrupted(*given: object, **named: object) -> None:
    raise KeyboardInterrupt


def trained(source: Path, place: Path, **settings: Any) -> nw.Run:
    return nw.train(source, "label", out=place, progress=False, **{**SLOW, **settings})


@pytest.fixture(scope="module")
def mended(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[nw.Run, Any]:
    run = trained(source, tmp_path_factory.mktemp("runs") / "slow")
    return run, nw.treat(run.path)


def test_the_better_model_takes_the_place_of_the_old_one(mended: tuple[nw.Run, Any]) -> None:
    run, treatment = nw.Run.open(mended[0].path), mended[1]
    assert treatment.cured, treatment.verdict
    assert run.status == "finished"
    assert run.metrics["metrics"]["accuracy"] > 0.9
    assert run.model.recipe_.optimizer.learning_rate > 1e-5
    assert run.request["recipe"].get("optimizer", {}).get("learning_rate") != 1e-7
    assert run.treatment["change"].startswith("optimizer.learning_rate: 1.0e-07 ->")
    assert not (run.path / folder.TRAININGS).exists()


def test_the_old_files_stay_aside(mended: tuple[nw.Run, Any]) -> None:
    aside = mended[0].path / folder.BEFORE
    old = json.loads((aside / folder.METRICS).read_text())
    assert old["metrics"]["accuracy"] < 0.9
    assert nw.load(aside / folder.MODEL).recipe_.optimizer.learning_rate == 1e-7


def test_the_report_tells_the_case_history(mended: tuple[nw.Run, Any]) -> None:
    page = mended[0].report.read_text()
    assert "Health of the training" in page
    assert "What was tried" in page
    assert mended[1].history[0].remedy in page
    assert "What was wrong before" in page
    assert f"{mended[1].findings[0].message.split('.')[0]}" in page
    assert "on the test part: " in page


def test_the_costs_of_the_history_add_up(mended: tuple[nw.Run, Any]) -> None:
    facts, treatment = treatment_facts(mended[0]), mended[1]
    assert facts is not None
    spent = facts.branch_cost + sum(trial.cost or 0.0 for trial in facts.trials)
    assert 0 < spent <= facts.cost == pytest.approx(treatment.cost)


def test_the_time_is_that_of_the_treatment_and_of_the_kept_training(mended: tuple[nw.Run, Any]) -> None:
    phases = nw.Run.open(mended[0].path).metrics["phases"]
    assert phases["treatment"] > 0
    assert phases["training"] >= mended[1].model.history_[-1].seconds


def test_training_leaves_the_health_in_the_folder(mended: tuple[nw.Run, Any]) -> None:
    aside = mended[0].path / folder.BEFORE
    health = json.loads((aside / folder.HEALTH).read_text())
    assert not health["healthy"]
    assert health["findings"][0]["cause"] == "learning rate too low"
    findings = json.loads((aside / folder.FINDINGS).read_text())
    assert "learning rate too low" in [finding["cause"] for finding in findings]
    assert nw.Run.open(mended[0].path).health["healthy"]


def test_what_is_mended_is_healthy_and_its_history_stays(mended: tuple[nw.Run, Any]) -> None:
    before = mended[0].path.joinpath(folder.TREATMENT).read_bytes()
    again = nw.treat(mended[0].path)
    assert again.verdict.startswith("Healthy")
    assert again.history == ()
    assert mended[0].path.joinpath(folder.TREATMENT).read_bytes() == before


def test_rows_in_memory_are_known_to_the_run_that_train_returned(tmp_path: Path) -> None:
    run = nw.train(two_classes(200), "label", out=tmp_path / "x", progress=False, **{**SLOW, "epochs": 2})
    assert isinstance(run.treat(budget=0.5).history, tuple)
    with pytest.raises(RunError, match="rows in memory"):
        nw.treat(run.path)


def test_after_an_interruption_the_run_is_as_it_was_and_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(source, tmp_path / "slow")
    files = {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
    with monkeypatch.context() as cut:
        cut.setattr(proof, "compare", interrupted)
        with pytest.raises(KeyboardInterrupt):
            nw.treat(run.path)
    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == files
    done = set(Shelf(run.path / folder.TRAININGS))
    assert len(done) == 1
    trained_now: list[str] = []
    whole = Case._train

    def counted(case: Case, recipe: Any) -> Trained:
        trained_now.append(key_of(recipe))
        return whole(case, recipe)

    monkeypatch.setattr(Case, "_train", counted)
    assert nw.treat(run.path).cured
    assert not done & set(trained_now)


def test_a_training_that_broke_down_leaves_findings_and_is_mended(source: Path, tmp_path: Path) -> None:
    wild = {"optimizer": {"kind": "sgd", "learning_rate": 100.0}, "gradient_clip": None, "loss": "focal"}
    with pytest.raises(TrainingError, match="netwright treat"):
        trained(
            source, tmp_path / "wild", **wild, batch_size=64, penalties=[{"kind": "l2", "strength": 100.0}]
        )
    run = nw.Run.open(tmp_path / "wild")
    assert run.status == "broken"
    treatment = run.treat()
    assert treatment.kept is not None, treatment.verdict
    assert run.status == "finished"
    assert run.model.predict(two_classes(5).drop("label")).shape == (5,)


def test_unfinished_changed_and_missing_are_refused(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_bytes(source.read_bytes())
    run = trained(copy, tmp_path / "x", epochs=1)
    with pytest.raises(RecipeError, match="budget"):
        nw.treat(run.path, budget=0)
    run.mark("interrupted")
    with pytest.raises(RunError, match="--resume"):
        nw.treat(run.path)
    run.mark("finished")
    copy.write_text(copy.read_text() + "1,2,3,yes\n")
    with pytest.raises(RunError, match="changed"):
        nw.treat(run.path)
    with pytest.raises(RunError, match="no run folder"):
        nw.treat(tmp_path / "nowhere")
    run.rewrite({**run.request, "verb": "forecast"})
    with pytest.raises(RunError, match="is a forecast"):
        nw.treat(run.path)


def test_a_damaged_training_on_the_shelf_is_no_training(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf["key"] = Trained(None, 5, (), "broke")
    assert Shelf(tmp_path / "shelf")["key"].visits == 5
    (tmp_path / "shelf" / "key.json").write_text("{")
    assert "key" not in Shelf(tmp_path / "shelf")


def test_a_killed_replacement_is_completed_by_resume(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(source, tmp_path / "slow")
    monkeypatch.setattr(verb, "complete", interrupted)
    with pytest.raises(KeyboardInterrupt):
        nw.treat(run.path)
    assert nw.Run.open(run.path).status == "trained"
    from netwright.verbs.train import resume

    done = resume(run.path, progress=False)
    assert done.status == "finished"
    assert done.metrics["metrics"]["accuracy"] > 0.9


def test_findings_name_the_rows_of_the_file(source: Path, tmp_path: Path) -> None:
    material = gather(Request(source=str(source), target="label"), 0)
    found = Health(False, "", (Finding("labels", "alarm", "Wrong.", rows=(0, 2)),))
    part = material.split.train
    assert in_file(found, material).findings[0].rows == (int(part[0]), int(part[2]))


def test_rows_with_wrong_labels_are_written_by_their_numbers_in_the_file(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, 600)
    x = 4 * np.eye(3)[truth] + generator.normal(size=(600, 3))
    wrong = generator.choice(600, 200, replace=False)
    given = truth.copy()
    given[wrong] = (truth[wrong] + generator.integers(1, 3, 200)) % 3
    frame = pl.DataFrame(x, schema=["a", "b", "c"]).with_columns(label=pl.Series([f"k{k}" for k in given]))
    frame.write_csv(tmp_path / "wrong.csv")
    run = nw.train(tmp_path / "wrong.csv", "label", out=tmp_path / "x", progress=False, epochs=6)
    treatment = run.treat()
    assert treatment.verdict.startswith("Not treated"), treatment.verdict
    rows = [int(line) - 1 for line in (run.path / folder.SUSPECT_ROWS).read_text().splitlines()[1:]]
    assert rows == list(treatment.rows)
    assert len(rows) > 20
    assert len(set(rows) & set(wrong.tolist())) >= 0.9 * len(rows)
    assert treatment.history == ()
    page = run.report.read_text()
    assert "Not treated" in page
    assert f"{len(rows)} rows to look at" in page
    assert nw.Run.open(run.path).status == "finished"
