"""Rows that differ from those the model was trained on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.bad_input.refusal import contents, refused, write
from tests.cli.command import netwright
from tests.verbs.small import classifier, people

ROWS = people(30, seed=7).drop("amount", "label")


@pytest.fixture(autouse=True)
def model(folder: Path) -> None:
    classifier().save("model.nw")


def answers(frame: pl.DataFrame) -> str:
    """Return what predict prints for a table."""
    outcome = netwright("predict", "model.nw", write(frame.write_csv(), "rows.csv"))
    assert outcome.status == 0, outcome.err
    return outcome.out


def test_order_and_number_of_rows_are_kept() -> None:
    forwards, backwards = (pl.read_csv(answers(rows).encode()) for rows in (ROWS, ROWS.reverse()))
    assert forwards.height == ROWS.height
    assert forwards["prediction"].to_list() == backwards["prediction"].reverse().to_list()
    # The last digit of a 32-bit number may depend on where in its batch a row stands.
    chances = forwards["probability_yes"] - backwards["probability_yes"].reverse()
    assert chances.abs().max() < 1e-6


def test_reordered_and_extra_columns_are_taken_and_told() -> None:
    expected = answers(ROWS)
    assert answers(ROWS.select(reversed(ROWS.columns))) == expected
    extra = ROWS.with_columns(pl.lit("x").alias("extra"))
    assert answers(extra) == expected
    assert "extra" in netwright("predict", "model.nw", write(extra.write_csv(), "rows.csv")).err


def test_unseen_categories_and_gaps_are_answered() -> None:
    odd = ROWS.with_columns(job=pl.lit("astronaut"), age=None)
    assert len(answers(odd).splitlines()) == ROWS.height + 1


def test_retyped_columns_are_taken_where_they_mean_the_same() -> None:
    expected = answers(ROWS)
    ROWS.with_columns(pl.col("age").cast(pl.String), pl.col("job").cast(pl.Categorical)).write_parquet(
        "rows.parquet"
    )
    assert netwright("predict", "model.nw", "rows.parquet").out == expected


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_missing_columns_are_refused(verb: str) -> None:
    lacking = people(9).drop("job").rename({"age": "ages"})
    message = refused(verb, "model.nw", write(lacking.write_csv(), "rows.csv"))
    assert "'age', 'job' not found" in message
    assert "Is it the column 'ages'? Then rename that." in message


def test_words_among_numbers_are_refused_by_row() -> None:
    odd = ROWS.with_columns(
        age=pl.when(pl.int_range(30) == 3).then(pl.lit("old")).otherwise(pl.col("age").cast(pl.String))
    )
    message = refused("predict", "model.nw", write(odd.write_csv(), "rows.csv"))
    assert "'age', row 4" in message
    assert "'old'" in message


def test_infinite_numbers_are_refused_by_row() -> None:
    odd = ROWS.with_columns(age=pl.when(pl.int_range(30) == 3).then(float("inf")).otherwise("age"))
    odd.write_parquet("rows.parquet")
    assert "'age', row 4" in refused("predict", "model.nw", "rows.parquet")


def test_models_that_are_none() -> None:
    write(ROWS.write_csv(), "rows.csv")
    write("no model", "text.nw")
    write(Path("model.nw").read_bytes()[:2000], "half.nw")
    Path("empty").mkdir()
    for name, word in (
        ("modle.nw", "Did you mean model.nw?"),
        ("text.nw", "not a model"),
        ("half.nw", "damaged"),
        ("empty", "not a run folder"),
        ("rows.csv", "not a model"),
    ):
        message = refused("predict", name, "rows.csv")
        assert name in message
        assert word in message


def test_answers_never_replace_what_is_there() -> None:
    write(ROWS.write_csv(), "rows.csv")
    write("mine", "answers.csv")
    message = refused("predict", "model.nw", "rows.csv", "--out", "answers.csv")
    assert "answers.csv exists" in message
    assert "--force" in message
    before = contents(Path.cwd())
    assert netwright("predict", "model.nw", "rows.csv", "--out", "answers.csv", "--force").status == 0
    assert {**contents(Path.cwd()), "answers.csv": b"mine"} == before
    assert pl.read_csv("answers.csv").height == ROWS.height


def test_answers_need_a_place_and_a_known_form() -> None:
    write(ROWS.write_csv(), "rows.csv")
    assert ".xml is not known" in refused("predict", "model.nw", "rows.csv", "--out", "answers.xml")
    assert "no folder nowhere" in refused("predict", "model.nw", "rows.csv", "--out", "nowhere/answers.csv")
    assert "no folder rows.csv" in refused("predict", "model.nw", "rows.csv", "--out", "rows.csv/answers.csv")
