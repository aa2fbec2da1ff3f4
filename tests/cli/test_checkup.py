"""The command `checkup`: what it prints, as text and as JSON, and how it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.command import netwright


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tables")
    generator = np.random.default_rng(0)
    x = generator.normal(size=(300, 4))
    label = np.where(x[:, 0] + 0.3 * generator.normal(size=300) > 0, "yes", "no")
    table = pl.DataFrame({f"x{column}": x[:, column] for column in range(4)} | {"label": label})
    table.write_csv(place / "good.csv")
    told = table.with_columns(
        pl.when(pl.col("label") == "yes").then(pl.lit("a")).otherwise(pl.lit("b")).alias("z")
    )
    told.write_csv(place / "leaky.csv")
    table.select("label").write_csv(place / "alone.csv")
    (place / "recipe.yaml").write_text("network: {kind: mlp, hidden: [16]}\n", encoding="utf-8")
    return place


def test_a_good_table(tables: Path) -> None:
    told = netwright("checkup", tables / "good.csv", "--target", "label")
    assert told.status == 0
    assert told.out.startswith("Nothing stands against training: ")
    assert "300 rows, target label: binary" in told.err
    assert not list(tables.glob("runs"))


def test_a_leak_is_an_alarm_told_once(tables: Path) -> None:
    told = netwright("checkup", tables / "leaky.csv", "--target", "label", "--quiet")
    assert told.status == 0
    assert told.out.startswith("1 alarm to mend before training; ")
    assert told.out.count("alarm: ") == 1
    assert "Column 'z' repeats the target 'label'" in told.out
    assert "rows, target" not in told.err


def test_json_alone_is_on_standard_output(tables: Path) -> None:
    answer = netwright("checkup", tables / "leaky.csv", "--target", "label", "--json").answer
    assert answer["healthy"] is False
    assert answer["task"] == "binary"
    assert answer["rows"] == 300
    assert answer["findings"][0]["rule"] == "leak"
    assert "broadcast" in answer["checked"]
    ignored = netwright(
        "checkup", tables / "leaky.csv", "--target", "label", "--ignore", "z", "--json"
    ).answer
    assert ignored["healthy"] is True


def test_the_network_of_the_recipe_is_looked_at(tables: Path) -> None:
    words = (
        "checkup",
        tables / "good.csv",
        "--target",
        "label",
        "--recipe",
        tables / "recipe.yaml",
        "--json",
    )
    assert netwright(*words, "--set", "network.dropout=0.1").answer["healthy"] is True
    refused = netwright(*words, "--set", "network.dropout=2")
    assert refused.status == 2
    assert "dropout" in refused.err


def test_steps_and_files_of_series_need_what_train_needs(tmp_path: Path) -> None:
    lines = [f"{number % 2 + step / 9}" for number in range(40) for step in range(6)]
    rows = [",".join(lines[6 * number : 6 * number + 6]) + f":{number % 2}" for number in range(40)]
    head = ["@problemName x", "@univariate true", "@classLabel true 0 1", "@data"]
    (tmp_path / "series.ts").write_text("\n".join([*head, *rows]), encoding="utf-8")
    told = netwright("checkup", tmp_path / "series.ts", "--set", "network=lstm")
    assert told.status == 0, told.err
    assert "40 rows" in told.err
    steps = [f"{place // 6},{place % 6},{value},{place // 6 % 2}" for place, value in enumerate(lines)]
    (tmp_path / "long.csv").write_text("\n".join(["id,t,v,y", *steps]), encoding="utf-8")
    told = netwright("checkup", tmp_path / "long.csv", "--target", "y", "--sequence", "id", "--time", "t")
    assert told.status == 0, told.err
    assert "40 rows" in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("good.csv",), "Name the column to predict"),
        (("alone.csv", "--target", "label"), "There is no column beside the target"),
        (("good.csv", "--target", "lable"), "Did you mean 'label'?"),
        (("missing.csv", "--target", "label"), "missing.csv"),
        (("good.csv", "--target", "label", "--set", "epoch=3"), "epochs"),
    ],
)
def test_mistakes_are_explained(tables: Path, words: tuple[str, ...], said: str) -> None:
    told = netwright("checkup", tables / words[0], *words[1:])
    assert told.status == 2
    assert said in told.err
