"""Run folders that exist, are something else, or cannot be written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from tests.bad_input.refusal import LABEL, contents, labelled, refused, write
from tests.cli.command import netwright
from tests.verbs.small import classifier

from netwright.run import Run

TRAIN = ("train", "table.csv", *LABEL)


@pytest.fixture(autouse=True)
def table(folder: Path) -> None:
    write(labelled().write_csv())


def test_a_run_that_exists_is_kept_unless_told_otherwise() -> None:
    assert netwright(*TRAIN, "--quiet").status == 0
    message = refused(*TRAIN)
    assert "runs/table exists" in message
    assert "--force" in message
    assert "--resume runs/table" in message
    before = contents(Path("runs/table"))
    assert netwright(*TRAIN, "--seed", "5", "--force", "--quiet").status == 0
    after = contents(Path("runs/table"))
    assert set(after) == set(before)
    assert after["model.nw"] != before["model.nw"]


def test_a_finished_run_is_not_resumed() -> None:
    assert netwright(*TRAIN, "--quiet").status == 0
    message = refused("train", "--resume", "runs/table")
    assert "finished" in message
    assert "netwright show runs/table" in message


@pytest.mark.parametrize("verb", ["show", "resume"])
def test_a_run_that_is_none(verb: str) -> None:
    words = ["show"] if verb == "show" else ["train", "--resume"]
    assert "no run folder runs/tabel" in refused(*words, "runs/tabel")
    assert "not a run folder" in refused(*words, "table.csv")
    Path("empty").mkdir()
    assert "not a run folder" in refused(*words, "empty")


def test_data_that_changed_is_not_resumed() -> None:
    assert netwright(*TRAIN, "--quiet").status == 0
    Run.open("runs/table").mark("interrupted")
    write(labelled(61).write_csv())
    message = refused("train", "--resume", "runs/table")
    assert "changed" in message
    assert "--force" in message


def test_folders_and_files_of_others_are_left_alone() -> None:
    Path("mine").mkdir()
    write("letters", "mine/letter.txt")
    for force in ([], ["--force"]):
        assert "mine exists and is not a run folder" in refused(*TRAIN, "--out", "mine", *force)
        assert "table.csv is a file" in refused(*TRAIN, "--out", "table.csv", *force)
    assert "table.csv/run" in refused(*TRAIN, "--out", "table.csv/run")


def test_a_damaged_run_says_which_file() -> None:
    Run.create("runs/table", {})
    write("{", "runs/table/run.json")
    assert "run.json is damaged" in refused("show", "runs/table")


def full(monkeypatch: pytest.MonkeyPatch, number: int, after: int) -> None:
    """Let the system refuse to put files in their place, from a certain one on."""
    replace, calls = os.replace, []

    def refuse(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) > after:
            raise OSError(number, os.strerror(number))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EROFS, errno.EACCES], ids=["full", "read-only", "denied"]
)
def test_answers_that_cannot_be_written(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier().save("model.nw")
    full(monkeypatch, number, after=0)
    message = refused("predict", "model.nw", "table.csv", "--out", "answers.csv")
    assert "Cannot write answers.csv" in message
    assert os.strerror(number) in message
    assert "Cannot write iris.csv" in refused("sample", "iris")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
def test_a_run_folder_that_cannot_be_made(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arguments: object, **keywords: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)
    message = refused(*TRAIN)
    assert "Cannot make the run folder runs/table" in message
    assert os.strerror(number) in message


@pytest.mark.parametrize("after", [2, 5, 8])
def test_a_disk_that_fills_up_while_training(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        full(patch, errno.ENOSPC, after)
        outcome = netwright(*TRAIN, "--quiet", "--json")
    assert outcome.status == 2
    assert "No space left on device" in outcome.answer["error"]["message"]
    assert not [name for name in contents(Path("runs")) if name.endswith(".part")]
    # What was written is whole: the training goes on from there.
    resumed = netwright("train", "--resume", "runs/table", "--json")
    assert resumed.status == 0, resumed.err
    assert resumed.answer["status"] == "finished"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_answers_do_not_go_to_a_device() -> None:
    classifier().save("model.nw")
    assert "/dev/full" in refused("predict", "model.nw", "table.csv", "--out", "/dev/full")
