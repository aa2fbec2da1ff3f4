from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cli.command import Outcome, netwright
from tests.verbs.small import people

from netwright.cli import train as command
from netwright.cli.result import spent
from netwright.cli.sitting import settings_of
from netwright.run import Run

QUICK = ("--set", "epochs=2")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    people(150).drop("amount").write_csv(folder / "people.csv")
    return folder


@pytest.fixture(scope="module")
def trained(place: Path) -> Outcome:
    """Return how a training with --json ended."""
    return netwright(
        "train", place / "people.csv", "--target", "label", *QUICK, "--out", place / "run", "--json"
    )


def test_json_is_alone_on_standard_output(trained: Outcome, place: Path) -> None:
    assert trained.status == 0, trained.err
    answer = trained.answer
    assert answer["status"] == "finished"
    assert answer["path"] == str(place / "run")
    assert 0 <= answer["metrics"]["roc_auc"] <= 1
    assert answer["headline"] == answer["verdict"]["sentence"]
    assert Path(answer["files"]["model.nw"]).exists()
    assert Path(answer["files"]["report.html"]).exists()
    assert 0 < answer["startup_seconds"] < answer["seconds"]


def test_what_was_taken_over_from_a_body_is_told(trained: Outcome, place: Path) -> None:
    assert trained.status == 0, trained.err
    words = ("train", place / "people.csv", "--target", "label", *QUICK, "--from", place / "run", "--quiet")
    outcome = netwright(*words, "--out", place / "moved")
    assert outcome.status == 0, outcome.err
    (told,) = (line for line in outcome.out.splitlines() if line.startswith("body"))
    assert "tensors taken over from" in told
    assert "anew: " in told
    assert told in netwright("show", place / "moved").out
    assert "tensors taken over from" in (place / "moved" / "recipe.yaml").read_text()
    assert "taken over" not in netwright("show", place / "run").out


def test_what_was_decided_is_told_before_the_training(trained: Outcome) -> None:
    told = trained.err
    order = ["delimiter", "column", "150 rows", "target label: binary", "to train", "epoch"]
    places = [told.index(words) for words in order]
    assert places == sorted(places)


def test_the_verdict_comes_first(place: Path) -> None:
    words = ["train", place / "people.csv", "--target", "label", *QUICK, "--out", place / "plain", "--quiet"]
    outcome = netwright(*words)
    assert outcome.status == 0
    assert outcome.err == "", "--quiet prints the result only"
    lines = outcome.out.splitlines()
    assert lines[0] == Run.open(place / "plain").metrics["headline"]
    models = "\n".join(lines[1:8])
    for model in ("network", "most frequent class", "logistic regression", "gradient boosting"):
        assert model in models
    assert "95 % interval" in models
    assert f"netwright predict {place / 'plain'}" in outcome.out
    assert "fixed start-up" in lines[-1]
    assert "training" in lines[-1]


def test_show_tells_what_a_run_holds(trained: Outcome, place: Path) -> None:
    as_json = netwright("show", place / "run", "--json").answer
    assert {name: trained.answer[name] for name in as_json} == as_json
    assert as_json["recipe"]["epochs"] == 2
    assert "epochs" not in as_json["reasons"]
    assert as_json["reasons"]["loss"]
    text = netwright("show", place / "run").out
    assert text.splitlines()[0] == trained.answer["headline"]
    for words in ("finished", "epochs", as_json["reasons"]["loss"][:20], "report.html", "netwright predict"):
        assert words in text


def test_predict_and_evaluate_in_json(trained: Outcome, place: Path) -> None:
    rows = place / "people.csv"
    answer = netwright("predict", place / "run", rows, "--json").answer
    assert answer["rows"] == len(answer["answers"]) == 150
    assert set(answer["answers"][0]) == set(answer["columns"])
    written = netwright("predict", place / "run", rows, "--out", place / "answers.parquet", "--json").answer
    assert pl.read_parquet(written["file"]).to_dicts() == answer["answers"]
    measured = netwright("evaluate", place / "run", rows, "--json").answer
    assert measured["rows"] == 150
    assert measured["metrics"][0]["name"] == "roc_auc"
    assert measured["metrics"][0]["low"] <= measured["metrics"][0]["value"] <= measured["metrics"][0]["high"]


def test_predict_prints_one_line_a_row_and_nothing_else(trained: Outcome, place: Path) -> None:
    outcome = netwright("predict", place / "run", place / "people.csv")
    answers = pl.read_csv(outcome.out.encode())
    assert answers.columns == ["prediction", "probability_no", "probability_yes"]
    assert answers.height == 150
    assert "the target label is in the file" in outcome.err


def test_evaluate_prints_intervals_and_confusion(trained: Outcome, place: Path) -> None:
    text = netwright("evaluate", place / "run", place / "people.csv").out
    assert "ROC AUC" in text
    assert " to " in text
    confusion = [line.split() for line in text[text.index("Confusion") :].splitlines()[1:]]
    counts = people(150)["label"].value_counts()
    rows = {line[0]: sum(map(int, line[1:])) for line in confusion[1:]}
    assert confusion[0] == ["no", "yes"]
    assert rows == dict(counts.iter_rows())


def test_options_reach_the_training(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def remember(source: Path, target: str, **options: Any) -> None:
        seen.update(options, source=source, target=target)
        raise KeyboardInterrupt

    monkeypatch.setattr("netwright.verbs.train.train", remember)
    monkeypatch.chdir(place)
    words = "--test t.csv --time 60s --effort quick --seed 3 --ignore a,b --ignore c --group g --task binary"
    netwright(
        "train", "people.csv", "--target", "y", *words.split(), "--column", "x=category", "--force", "--quiet"
    )
    assert seen["source"] == Path("people.csv")
    assert seen["target"] == "y"
    assert seen["test"] == Path("t.csv")
    assert seen["ignore"] == ["a", "b", "c"]
    assert (seen["group"], seen["order_by"], seen["task"], seen["force"]) == ("g", None, "binary", True)
    assert seen["columns"] == {"x": "category"}
    assert seen["recipe"] == {"time": "60s", "effort": "quick", "seed": 3}
    assert seen["out"] == Path("runs/people")
    assert seen["progress"] is False


def test_settings_of_the_file_come_below_options_and_set(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("epochs: 3\nseed: 1\nnetwork: {hidden: [8]}\n")
    settings = settings_of(recipe, {"seed": 2, "time": None}, ["network.dropout=0.1", "epochs=4"])
    assert settings == {"epochs": 4, "seed": 2, "network": {"hidden": [8], "dropout": 0.1}}


def test_seconds_add_up() -> None:
    text = spent(2.0, {"reading": 0.25, "training": 7.0}, 10.0)
    assert text == "10.0 in all: 2.0 fixed start-up, 0.2 reading, 7.0 training, 0.8 report"


def test_everything_beside_resume_is_named() -> None:
    outcome = netwright(
        "train", "x.csv", "--resume", "r", "--order-by", "d", "--column", "a=number", "--force"
    )
    assert outcome.status == 2
    assert "leave out SOURCE, --order-by, --column, --force." in outcome.err


def test_the_examples_name_every_way_to_begin() -> None:
    assert "--resume" in command.EXAMPLES
    assert "--set" in command.EXAMPLES


def test_errors_are_one_json_object(tmp_path: Path) -> None:
    outcome = netwright("train", tmp_path / "none.csv", "--target", "y", "--json")
    assert outcome.status == 2
    assert set(json.loads(outcome.out)) == {"error"}
    assert outcome.answer["error"]["type"] == "DataError"


def test_a_folder_that_is_not_there_is_not_asked_for_a_target(place: Path) -> None:
    (place / "photos").mkdir()
    outcome = netwright("train", place / "photo")
    assert outcome.status == 2
    assert f"Did you mean {place / 'photos'}?" in " ".join(outcome.err.split())
