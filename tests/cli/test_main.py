from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.command import netwright

import netwright as nw
from netwright.cli.app import app
from netwright.cli.training_options import told_times
from netwright.errors import DataError, MissingExtraError

COMMANDS = sorted(str(command.callback.__name__) for command in app.registered_commands if command.callback)


def test_the_main_job_has_its_commands() -> None:
    assert {"evaluate", "predict", "sample", "show", "train"} <= set(COMMANDS)


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)])
def test_help_ends_with_examples_that_are_real(words: list[str]) -> None:
    outcome = netwright(*words, "--help")
    assert outcome.status == 0
    assert outcome.err == ""
    text, _, examples = outcome.out.partition("Examples:")
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    assert lines
    assert all(line.startswith(" ".join(["netwright", *words])) for line in lines)
    if words:
        named = set(re.findall(r"--[a-z-]+", " ".join(lines)))
        assert named <= set(re.findall(r"--[a-z-]+", text))


def test_alone_it_prints_its_help() -> None:
    assert netwright() == netwright("--help")


def test_version() -> None:
    assert netwright("--version").out == f"netwright {nw.__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "Did you mean 'train'"),
        (["predict"], "Missing argument"),
        (["train", "a.csv", "--targte", "y"], "--target"),
        (["train", "a.csv", "--target", "y", "--seed", "one"], "'--seed'"),
        (["train"], "netwright train data.csv --target y"),
        (["train", "a.csv", "--epochs", "3"], "--set epochs=VALUE"),
        (["sample"], "netwright sample --list"),
    ],
)
def test_wrong_words_are_answered_plainly(words: list[str], message: str) -> None:
    outcome = netwright(*words)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("netwright: ")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_table_without_a_target_is_asked_for_one(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("x,y\n1,2\n")
    outcome = netwright("train", str(table))
    assert (outcome.status, outcome.out) == (2, "")
    assert f"netwright train {table} --target y" in outcome.err
    assert "No such file: b.csv" in netwright("train", "b.csv").err


def test_wrong_words_are_answered_in_json_too() -> None:
    outcome = netwright("train", "--targte", "y", "--json")
    assert outcome.status == 2
    assert outcome.answer["error"]["type"] == "UsageError"
    assert outcome.answer["error"]["message"] in outcome.err


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(words: list[str]) -> int:
        raise error

    monkeypatch.setattr("netwright.cli.app.perform", perform)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (DataError("Column 'a', row 3: odd."), 2, "netwright: Column 'a', row 3: odd.\n"),
        (MissingExtraError("fastexcel", "excel", "Reading Excel"), 2, "pip install 'netwright[excel]'"),
        (PermissionError(13, "Permission denied", "/x/y"), 2, "netwright: /x/y: Permission denied."),
        (MemoryError(), 2, "memory is used up"),
        (KeyboardInterrupt(), 130, "Interrupted. Nothing was written."),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_errors_become_messages(
    error: BaseException, status: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(error, monkeypatch)
    outcome = netwright("show", "--json")
    assert outcome.status == status
    assert message in outcome.err
    assert "Traceback" not in outcome.err
    assert ("error" in outcome.answer) if message else outcome.out == ""


class Panic(BaseException):
    """What compiled libraries raise: no Exception."""


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), Panic("index out of range")])
def test_a_defect_leaves_its_traceback_in_a_file(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    raising(error, monkeypatch)
    outcome = netwright("show", "x")
    assert outcome.status == 1
    assert "Traceback" not in outcome.err
    (file,) = tmp_path.iterdir()
    assert str(file) in outcome.err
    assert str(error) in outcome.err
    assert "Traceback" in file.read_text()


def test_warnings_stay_off_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    import warnings

    from netwright.verbs import sample

    def warn() -> tuple[()]:
        warnings.warn("clutter", UserWarning, stacklevel=2)
        return ()

    monkeypatch.setattr(sample, "list_samples", warn)
    assert netwright("sample", "--list", "--json").err == ""
    with pytest.raises(UserWarning, match="clutter"):
        sample.list_samples()


def process(*words: str, **keywords: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "netwright", *words], text=True, **keywords)  # type: ignore[call-overload]


def test_the_process_ends_with_the_status_and_clean_output() -> None:
    with process("sample", "--list", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        out, err = command.communicate()
    assert (command.returncode, err) == (0, "")
    assert len(json.loads(out)["samples"]) == 5


@pytest.mark.parametrize("words", [("sample", "--list"), ("sample", "--help")], ids=["answer", "help"])
def test_a_reader_that_goes_away_is_no_error(words: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    with process(*words, stdout=write, stderr=subprocess.PIPE) as command:
        os.close(write)
        _, err = command.communicate()
    assert (command.returncode, err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_said() -> None:
    with (
        open("/dev/full", "w") as full,
        process("sample", "--list", "--json", stdout=full, stderr=subprocess.PIPE) as command,
    ):
        _, err = command.communicate()
    assert command.returncode == 2
    assert err.startswith("netwright: No space left on device.")
    assert err.count("\n") == 1


def test_a_span_and_a_column_of_times_may_both_be_given() -> None:
    assert told_times(["t", "60s"], in_sequences=True) == ("60s", "t")
    assert told_times([], in_sequences=True) == (None, None)
    assert "one span such as 60s" in netwright("train", "a.csv", "--time", "2m", "--time", "3m").err
