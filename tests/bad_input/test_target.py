"""Targets that cannot be learnt."""

from __future__ import annotations

import polars as pl
import pytest
from tests.bad_input.refusal import AMOUNT, LABEL, labelled, lines, measured, refused, write


def test_a_target_that_does_not_exist_names_the_nearest() -> None:
    write(labelled().write_csv())
    message = refused("train", "table.csv", "--target", "lable")
    assert "'lable'" in message
    assert "Did you mean 'label'?" in message


@pytest.mark.parametrize(
    ("frame", "words", "expected"),
    [
        (labelled().with_columns(label=pl.lit("yes")), LABEL, ["'label'", "one class", "'yes'"]),
        (measured().with_columns(amount=pl.lit(1.5)), AMOUNT, ["'amount'", "every row is 1.5"]),
        (labelled().with_columns(label=None), LABEL, ["'label'", "all 60 values are missing"]),
        (measured().with_columns(amount=None), AMOUNT, ["'amount'", "all 60 values are missing"]),
    ],
    ids=["one class", "one number", "no class", "no number"],
)
def test_a_target_that_says_nothing(frame: pl.DataFrame, words: tuple[str, ...], expected: list[str]) -> None:
    message = refused("train", write(frame.write_csv()), *words)
    for word in expected:
        assert word in message


@pytest.mark.parametrize("text", ["nan", "", "inf", "-inf", "1e400"])
def test_missing_and_infinite_numbers_in_the_target_are_named_by_row(text: str) -> None:
    table = lines(measured())
    table[5] = ",".join([*table[5].split(",")[:-1], text])
    message = refused("train", write("\n".join(table)), *AMOUNT)
    assert "'amount'" in message
    assert "row 5" in message


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_the_same_in_a_typed_file(value: float) -> None:
    odd = pl.when(pl.int_range(60) == 4).then(value).otherwise("amount").alias("amount")
    measured().with_columns(odd).write_parquet("table.parquet")
    message = refused("train", "table.parquet", *AMOUNT)
    assert "'amount'" in message
    assert "row 5" in message


def test_words_are_no_numbers() -> None:
    message = refused("train", write(labelled().write_csv()), *LABEL, "--task", "regression")
    assert "'label', row 1" in message
    assert "expected a number" in message


def test_a_target_with_another_value_in_every_row() -> None:
    names = labelled().with_columns(label=pl.format("name {}", pl.int_range(60)))
    message = refused("train", write(names.write_csv()), *LABEL)
    assert "60 classes in 60 rows" in message
