"""`netwright explain` from the file to the page."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import netwright as nw
from netwright.cli.app import perform
from netwright.errors import UserError
from netwright.explain.lime import PoorLineError


def test_the_command_writes_page_and_scores(
    model: nw.Classifier, frame: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.save(tmp_path / "m.nw")
    frame.write_csv(tmp_path / "rows.csv")
    words = ["explain", str(tmp_path / "m.nw"), str(tmp_path / "rows.csv"), "--row", "3"]
    page, scores = tmp_path / "why.html", tmp_path / "scores.csv"
    assert perform([*words, "--out", str(page), "--csv", str(scores)]) == 0
    assert "Local accuracy" in capsys.readouterr().out
    assert "Are these explanations any good?" in page.read_text()
    assert pl.read_csv(scores)["row"].unique().to_list() == [3]
    assert perform([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["explanation"]["rows"][0]["row"] == 3


def test_a_row_that_is_not_there(model: nw.Classifier, frame: pl.DataFrame, tmp_path: Path) -> None:
    model.save(tmp_path / "m.nw")
    frame.write_csv(tmp_path / "rows.csv")
    with pytest.raises(UserError, match="no row 999"):
        perform(["explain", str(tmp_path / "m.nw"), str(tmp_path / "rows.csv"), "--row", "999"])


def test_a_poor_line_is_refused_with_options_of_the_command(
    model: nw.Classifier, frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poor(*_: object, **__: object) -> None:
        raise PoorLineError(0, "a line explains 10% of it.", "Take it with least_fit=0.")

    monkeypatch.setattr("netwright.verbs.explain.lime", poor)
    model.save(tmp_path / "m.nw")
    frame.write_csv(tmp_path / "rows.csv")
    words = ["explain", str(tmp_path / "m.nw"), str(tmp_path / "rows.csv")]
    with pytest.raises(UserError, match="a line explains 10%") as refused:
        perform([*words, "--method", "lime", "--row", "7"])
    assert str(refused.value).startswith("Row 7: ")
    assert "--method shap" in str(refused.value)
    assert "least_fit" not in str(refused.value)


@pytest.mark.parametrize(
    "words",
    [("--groups", "some"), ("--by", "letter"), ("--parts", "0"), ("--parts", "5")],
    ids=["groups", "by", "parts", "parts of a table"],
)
def test_settings_that_do_not_exist(
    model: nw.Classifier, frame: pl.DataFrame, tmp_path: Path, words: tuple[str, str]
) -> None:
    model.save(tmp_path / "m.nw")
    frame.write_csv(tmp_path / "rows.csv")
    with pytest.raises(UserError, match=words[0].strip("-")):
        perform(["explain", str(tmp_path / "m.nw"), str(tmp_path / "rows.csv"), *words])
