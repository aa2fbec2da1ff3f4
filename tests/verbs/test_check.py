"""`check` finds what was planted, and nothing in sound data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.command import netwright

import netwright as nw
from netwright.errors import DataError


def sound(rows: int = 240, seed: int = 0) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    x, z = generator.normal(size=(2, rows))
    return pl.DataFrame(
        {
            "x": x,
            "z": z,
            "kind": [("red", "blue", "green")[n % 3] for n in range(rows)],
            "y": np.where(x > 0, "b", "a"),
        }
    )


def test_planted_defects_are_found_with_rows_and_effect(tmp_path: Path) -> None:
    frame = sound().with_columns(same=pl.lit(1), sum=pl.col("x") * 2 + pl.col("z"))
    wrong = [5, 50, 100, 150]
    flip = pl.Series([n in wrong for n in range(frame.height)])
    turned = pl.when(pl.col("y") == "a").then(pl.lit("b")).otherwise(pl.lit("a"))
    frame = frame.with_columns(y=pl.when(flip).then(turned).otherwise(pl.col("y")))
    frame = pl.concat([frame, frame[[7, 8]]])
    found = nw.check(frame, "y", out=tmp_path)
    assert set(found.lists) >= {"label_errors", "exact_copies", "columns"}
    suspected = set(found.lists["label_errors"]["row"].to_list())
    assert len(suspected & {row + 1 for row in wrong}) >= 3
    assert found.lists["exact_copies"].rows() == [(241, 8), (242, 9)]
    assert {"same", "sum"} <= set(found.lists["columns"]["column"].to_list())
    by_rule = {finding.rule: finding for finding in found.findings}
    assert "ROC AUC" in by_rule["label errors"].evidence["effect"]
    assert (tmp_path / "label_errors.csv").read_text().startswith("row,given,likelier,doubt")
    assert json.loads((tmp_path / "check.json").read_text())["rows"] == 242
    assert "Labels that are probably wrong" in (tmp_path / "check.html").read_text()


def test_sound_rows_drift_only_where_they_were_moved() -> None:
    new = sound(seed=1).with_columns(x=pl.col("x") + 1.5)
    found = nw.check(sound(), "y", against=new)
    drift = found.lists["drift"]
    assert drift.filter(pl.col("drifts"))["column"].to_list() == ["x"]
    finding = next(one for one in found.findings if one.rule == "drift")
    assert finding.severity == "alarm"
    assert "second table" in finding.evidence["effect"]


def test_the_same_kind_of_rows_does_not_drift() -> None:
    found = nw.check(sound(), against=sound(seed=1))
    assert "drift" not in {finding.rule for finding in found.findings}
    assert "label errors" not in found.checked


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="needs 20 or more"):
        nw.check(sound(12))


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    sound(60).write_csv(path)
    done = netwright("check", path, "--out", tmp_path / "out")
    assert done.status == 0, done.err
    assert "looked for" in done.out
    assert (tmp_path / "out" / "check.html").exists()
    assert netwright("check", path, "--out", tmp_path / "out", "--json", "--quiet").answer["rows"] == 60
