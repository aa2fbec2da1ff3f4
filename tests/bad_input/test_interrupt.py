"""Ctrl-C in every phase, and a process that is killed: what is kept, and that going on changes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.bad_input.refusal import contents, labelled, write
from tests.cli.command import Outcome, netwright
from tests.verbs.small import classifier

from netwright.artifact import read_artifact
from netwright.run import Run
from netwright.verbs import evaluate, evidence, predict, sample, train

Weights = dict[str, list[float]]
ROUNDS = 12
TRAIN = (
    "train",
    "table.csv",
    "--target",
    "label",
    "--set",
    f"epochs={ROUNDS}",
    "--set",
    "early_stopping=null",
)


@pytest.fixture(autouse=True)
def table(folder: Path) -> None:
    write(labelled(300).write_csv())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Weights]:
    """Return what gives the weights of an undisturbed training on so many rows."""

    @cache
    def trained_on(rows: int) -> Weights:
        folder = tmp_path_factory.mktemp("undisturbed")
        labelled(rows).write_csv(folder / "table.csv")
        words = [str(folder / "table.csv") if word == "table.csv" else word for word in TRAIN]
        assert netwright(*words, "--out", folder / "run", "--quiet").status == 0
        return weights(folder / "run")

    return trained_on


def interrupted(*words: object) -> Outcome:
    """Run a command that is interrupted; one message says so."""
    outcome = netwright(*words)
    assert outcome.status == 130
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert outcome.err.count("netwright: Interrupted") == 1
    return outcome


def weights(run: str | Path) -> Weights:
    """Return every number of a model."""
    return {name: tensor.tolist() for name, tensor in read_artifact(Path(run) / "model.nw").tensors.items()}


def press(*arguments: Any, **keywords: Any) -> Any:
    """Stand for a function during which Ctrl-C is pressed."""
    raise KeyboardInterrupt


def press_at_round(number: int) -> Callable[..., None]:
    """Return what a training is told of its rounds with, interrupted at one of them."""
    told = train._Checkpoints.__call__

    def tell(self: Any, finished: Any, state: Any) -> None:
        if finished.number == number:
            raise KeyboardInterrupt
        told(self, finished, state)

    return tell


@pytest.mark.parametrize("phase", ["recipe_from", "gather", "fingerprint"])
def test_before_the_training_nothing_is_written(phase: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, phase, press)
    before = contents(Path.cwd())
    assert "Nothing was written." in interrupted(*TRAIN).err
    assert contents(Path.cwd()) == before


@pytest.mark.parametrize(
    ("place", "name", "replacement", "kept"),
    [
        (evidence, "baselines", press, "before the first round"),
        (train._Checkpoints, "__call__", press_at_round(2), "best model so far is kept"),
        (train._Checkpoints, "__call__", press_at_round(ROUNDS), "best model so far is kept"),
        (evidence, "gather", press, "after the training; the model is kept"),
        (train, "write_report", press, "after the training; the model is kept"),
    ],
    ids=["baselines", "second round", "last round", "evaluation", "report"],
)
def test_a_run_goes_on_to_the_weights_of_an_undisturbed_one(
    place: Any,
    name: str,
    replacement: Any,
    kept: str,
    undisturbed: Callable[[int], Weights],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(place, name, replacement)
        told = interrupted(*TRAIN).err
    assert kept in told
    assert told.rstrip().endswith("Go on with: netwright train --resume runs/table")
    assert not [path for path in contents(Path.cwd()) if path.endswith(".part")]
    if "model" in kept:
        assert netwright("predict", "runs/table", "table.csv").status == 0
    shown = netwright("show", "runs/table", "--json").answer
    assert shown["status"] in ("started", "interrupted", "trained")
    assert "netwright train --resume runs/table" in shown["next"]
    assert netwright("train", "--resume", "runs/table", "--quiet").status == 0
    assert weights("runs/table") == undisturbed(300)
    assert [one["number"] for one in Run.open("runs/table").history] == list(range(1, ROUNDS + 1))


def test_an_interrupted_resume_can_be_resumed(
    undisturbed: Callable[[int], Weights], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (3, 6):
        with monkeypatch.context() as patch:
            patch.setattr(train._Checkpoints, "__call__", press_at_round(number))
            interrupted(*(TRAIN if number == 3 else ("train", "--resume", "runs/table")))
    with monkeypatch.context() as patch:
        patch.setattr(train, "gather", press)
        assert "best model so far is kept" in interrupted("train", "--resume", "runs/table").err
    assert netwright("train", "--resume", "runs/table", "--quiet").status == 0
    assert weights("runs/table") == undisturbed(300)


def test_a_run_that_was_to_be_replaced_is_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert netwright(*TRAIN, "--quiet").status == 0
    before = contents(Path.cwd())
    monkeypatch.setattr(train, "gather", press)
    assert "untouched" in interrupted(*TRAIN, "--force").err
    assert contents(Path.cwd()) == before


def test_other_commands_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier().save("model.nw")
    before = contents(Path.cwd())
    for verb, name, words in (
        (predict, "answers_for", ["predict", "model.nw", "table.csv", "--out", "answers.csv"]),
        (predict, "write_atomically", ["predict", "model.nw", "table.csv", "--out", "answers.csv"]),
        (evaluate, "answers_of", ["evaluate", "model.nw", "table.csv"]),
        (sample, "write_atomically", ["sample", "iris"]),
    ):
        monkeypatch.setattr(verb, name, press)
        assert "Nothing was written." in interrupted(*words).err
        assert contents(Path.cwd()) == before


OFTEN = """
import sys
import netwright.verbs.train
from netwright.cli.main import run
netwright.verbs.train.CHECKPOINT_SECONDS = 0
run(sys.argv[1:])
"""
"""A command with a checkpoint after every round."""

EARLY = """
import os, signal, sys
from netwright.cli.main import run

class Press:
    def find_spec(self, name, path=None, target=None):
        if name == "MODULE":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Press())
run(sys.argv[1:])
"""
"""A command that is interrupted while a module is being imported."""


def start(program: str, *words: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Processes in the background of a script are started deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )


def rounds_of(run: Path) -> int:
    return len(Run(run).history) if (run / "history.json").exists() else 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_process_that_ends_in_the_middle_is_resumed_to_the_same_weights(
    number: signal.Signals, undisturbed: Callable[[int], Weights]
) -> None:
    write(labelled(4000).write_csv())
    with start(OFTEN, *TRAIN) as process:
        deadline = time.monotonic() + 120
        while rounds_of(Path("runs/table")) < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(number)
        out, err = process.communicate()
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "best model so far is kept in runs/table" in err
    else:
        assert process.returncode == -signal.SIGKILL
    assert (out, "Traceback" in err) == ("", False)
    assert 3 <= rounds_of(Path("runs/table")) < ROUNDS
    assert netwright("train", "--resume", "runs/table", "--quiet").status == 0
    assert weights("runs/table") == undisturbed(4000)


@pytest.mark.parametrize("module", ["typer", "torch.nn"])
def test_ctrl_c_while_everything_is_still_being_imported(module: str) -> None:
    with start(EARLY.replace("MODULE", module), *TRAIN) as process:
        out, err = process.communicate()
    assert process.returncode == 130
    assert (out, err) == ("", "netwright: Interrupted. Nothing was written.\n")
    assert os.listdir() == ["table.csv"]
