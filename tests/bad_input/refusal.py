"""What every refusal has in common: one message, the right exit status, nothing written, nothing lost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.cli.command import netwright
from tests.verbs.small import people

LABEL = ("--target", "label", "--set", "epochs=1")
AMOUNT = ("--target", "amount", "--set", "epochs=1")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with what it holds, and every folder with nothing."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def refused(*words: object) -> str:
    """Run a command that must be refused, as text and as JSON, and return its one message."""
    before = contents(Path.cwd())
    outcome = netwright(*words)
    assert outcome.status == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    told, _, message = f"\n{outcome.err}".rpartition("\nnetwright: ")
    assert message, outcome.err
    assert "netwright: " not in told
    as_json = netwright(*words, "--json")
    assert as_json.status == 2
    assert as_json.answer["error"]["message"] == message.rstrip("\n")
    assert contents(Path.cwd()) == before, "something was written or lost"
    return message.strip()


def write(text: str | bytes, name: str = "table.csv") -> str:
    """Write a file and return its name."""
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return name


def labelled(rows: int = 60) -> pl.DataFrame:
    """Return rows with a label to predict."""
    return people(rows).drop("amount")


def measured(rows: int = 60) -> pl.DataFrame:
    """Return rows with an amount to predict."""
    return people(rows).drop("label")


def lines(frame: pl.DataFrame) -> list[str]:
    """Return the lines of a table as CSV, the header first."""
    return frame.write_csv().splitlines()
