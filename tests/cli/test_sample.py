from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.cli.command import netwright


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_writes_a_table_and_tells_how_to_train_on_it() -> None:
    outcome = netwright("sample", "wine")
    assert outcome.status == 0
    assert "netwright train wine.csv --target cultivar" in outcome.out
    assert pl.read_csv("wine.csv").shape == (178, 14)


def test_it_may_be_asked_for_again() -> None:
    assert netwright("sample", "wine", "--json").answer["file"] == "wine.csv"
    assert netwright("sample", "wine").status == 0


def test_another_file_of_that_name_is_kept() -> None:
    Path("wine.csv").write_text("mine")
    outcome = netwright("sample", "wine")
    assert outcome.status == 2
    assert "--force" in outcome.err
    assert Path("wine.csv").read_text() == "mine"
    assert netwright("sample", "wine", "--force").status == 0
    assert netwright("sample", "wine", "--out", "other.csv").status == 0
    assert Path("other.csv").read_bytes() == Path("wine.csv").read_bytes()


def test_all_of_them_are_listed() -> None:
    text = netwright("sample", "--list").out
    names = [known["name"] for known in netwright("sample", "--list", "--json").answer["samples"]]
    assert {"breast_cancer", "wine", "diabetes", "digits", "iris"} == set(names)
    assert all(name in text for name in names)
    assert list(Path.cwd().iterdir()) == []


def test_an_unknown_one_names_the_nearest() -> None:
    outcome = netwright("sample", "wines")
    assert outcome.status == 2
    assert "Did you mean 'wine'" in outcome.err
