"""`missing` tells where gaps are, what they depend on, and how to fill them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from tests.cli.command import netwright

import netwright as nw


def table(rows: int = 300) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    x, z = generator.normal(size=(2, rows))
    chance = np.where(generator.random(rows) < 0.15, np.nan, x + 0.1 * z)
    caused = np.where(x > 0.7, np.nan, 2 * x + z)
    return pl.DataFrame(
        {"x": x, "chance": chance, "caused": caused, "z": z, "y": np.where(x + z > 0, "yes", "no")}
    ).with_columns(pl.col("chance", "caused").fill_nan(None))


def test_causes_and_fillings(tmp_path: Path) -> None:
    report = nw.missing(table(), "y", out=tmp_path)
    by_name = {gaps.column: gaps for gaps in report.columns}
    assert by_name["caused"].depends
    assert by_name["caused"].on[0] == "x"
    assert not by_name["chance"].depends
    errors = {one.name: one.error for one in report.fillings if one.error is not None}
    assert errors["forest"] < errors["mean"]
    assert errors["neighbours"] < errors["mean"]
    assert {one.name for one in report.fillings} >= {"drop", "median + indicator"}
    assert report.best in {"mean", "median", "neighbours", "forest", "drop"}
    assert "depends on other columns for caused" in report.verdict
    assert "How to fill them" in (tmp_path / "missing.html").read_text()


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table(80).write_csv(path)
    done = netwright("missing", path, "--out", tmp_path / "out")
    assert done.status == 0, done.err
    assert "chance" in done.out
    complete = tmp_path / "b.csv"
    table(80).select("x", "z").write_csv(complete)
    answer = netwright("missing", complete, "--out", tmp_path / "out", "--json", "--quiet").answer
    assert answer["verdict"] == "Nothing is missing."
