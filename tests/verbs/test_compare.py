"""`compare` from a table to the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.command import netwright

import netwright as nw
from netwright.compare.comparison import Comparison
from netwright.errors import DataError, RecipeError
from netwright.verbs import compare as verb


def table(rows: int = 150) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    x, z = generator.normal(size=(2, rows))
    price = 3 * x + z**2 + generator.normal(size=rows) / 10
    return pl.DataFrame(
        {
            "x": x,
            "z": z,
            "kind": [("red", "blue", None)[n % 3] for n in range(rows)],
            "patient": np.arange(rows) // 3,
            "day": np.arange(rows),
            "sick": np.where(x + z / 2 > 0, "yes", "no"),
            "price": price,
        }
    )


def test_the_public_name_is_the_verb() -> None:
    assert nw.compare is verb.compare


def test_numbers_with_networks(tmp_path: Path) -> None:
    comparison = nw.compare(
        table(), "price", ignore=["sick", "day", "patient"], folds=2, repeats=1, out=tmp_path, epochs=2
    )
    names = {model.name for model in comparison.models}
    assert {"constant", "linear", "neighbours", "forest", "boosting", "network", "mlp"} <= names
    assert comparison.metric_name == "rmse"
    assert comparison.standings.folds == 2
    assert min(model.size for model in comparison.models) > 0
    page = (tmp_path / verb.PAGE).read_text()
    assert page.count("<svg") == 3
    assert "Nadeau and Bengio" in page
    record = json.loads((tmp_path / verb.RECORD).read_text())
    assert Comparison.from_json(record) == comparison


def test_groups_and_time_are_respected() -> None:
    simple = {"models": ["constant", "linear"], "repeats": 1, "ignore": ["price"]}
    grouped = nw.compare(table(), "sick", group="patient", **simple)
    assert "groups of patient kept whole" in grouped.folds
    in_time = nw.compare(table(), "sick", order_by="day", folds=3, **simple)
    assert in_time.standings.folds == 3
    assert "3 stretches of time by day" in in_time.folds


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from netwright.compare import contenders

    monkeypatch.setattr(contenders, "find_spec", lambda module: None)
    comparison = nw.compare(table(), "sick", models=["linear", "catboost"], folds=2, repeats=1)
    (absence,) = comparison.left_out
    assert absence.reason == "not installed: pip install catboost"


def test_too_many_rows_for_the_time_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MOST_CELLS", 1)
    big = pl.concat([table()] * 20)
    comparison = nw.compare(big, "sick", models=["constant"], folds=2, repeats=1)
    assert (comparison.rows, comparison.rows_used) == (3000, 2000)
    assert comparison.remarks[0].startswith("Compared on 2,000 of 3,000 rows")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"models": ["forrest"]}, "Did you mean 'forest'"),
        ({"folds": 1}, "folds: expected 2 or more"),
        ({"repeats": 0}, "repeats: expected 1 or more"),
        ({"metric": "rmse"}, "Unknown metric"),
    ],
    ids=["model", "folds", "repeats", "metric"],
)
def test_wrong_settings_are_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        nw.compare(table(), "sick", **settings)  # type: ignore[arg-type]


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="needs 20 or more"):
        nw.compare(table(15), "sick", models=["linear"])


def test_the_command(tmp_path: Path) -> None:
    path, out = tmp_path / "a.csv", tmp_path / "out"
    table().write_csv(path)
    words = ["compare", path, "--target", "sick", "--ignore", "price", "--models", "constant,linear,boosting"]
    done = netwright(*words, "--folds", "3", "--repeats", "1", "--out", out)
    assert done.status == 0, done.err
    assert "linear model" in done.out
    assert (out / verb.PAGE).exists()
    assert "fold 3 of 3 done" in done.err
    answer = netwright(*words, "--folds", "3", "--repeats", "1", "--out", out, "--json", "--quiet").answer
    assert answer["use"] == "linear"
    assert netwright("compare", path).status == 2
