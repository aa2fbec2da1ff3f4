"""Sequences are filled, scaled and padded, and read from long tables and .ts files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.items import SequenceRows, objects
from netwright.data.long_table import Steps, sequences_of_table
from netwright.data.sequence_files import read_ts
from netwright.data.sequences import SequencePreparation, Sequences
from netwright.errors import DataError


def rows(*arrays: object) -> SequenceRows:
    return SequenceRows(objects([np.asarray(one, dtype=np.float32) for one in arrays]))


def test_steps_are_scaled_and_padding_is_zero() -> None:
    given_rows = rows([[1.0, 10.0], [3.0, 30.0]], [[2.0, 20.0]])
    prepared = Sequences().fit(given_rows)
    steps, lengths = prepared.transform(given_rows)
    assert steps.shape == (2, 2, 2)
    assert lengths.tolist() == [2, 1]
    assert steps[1, 1].tolist() == [0, 0]
    known = np.concatenate([steps[0].numpy(), steps[1, :1].numpy()])
    np.testing.assert_allclose(known.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(known.std(axis=0), 1, atol=1e-6)


def test_missing_steps_are_carried_forward_and_told() -> None:
    given_rows = rows([[1.0], [np.nan], [3.0]], [[np.nan], [2.0]])
    steps, lengths = Sequences(scaling="none").fit(given_rows).transform(given_rows)
    assert steps[0].tolist() == [[1, 0], [1, 1], [3, 0]]
    assert steps[1, :2].tolist() == [[0, 1], [2, 0]]
    assert lengths.tolist() == [3, 2]


def test_each_sequence_by_itself_forgets_level_and_spread() -> None:
    one = np.array([[1.0], [2.0], [4.0]])
    steps, _ = Sequences(scaling="each").fit(rows(one, 10 * one + 5)).transform(rows(one, 10 * one + 5))
    np.testing.assert_allclose(steps[0], steps[1], atol=1e-5)


def test_only_the_last_steps_are_kept() -> None:
    preparation = Sequences(scaling="none", longest=2).fit(rows([[1.0], [2.0], [3.0]]))
    assert preparation.shape.length == 2
    assert preparation.transform(rows([[7.0], [8.0], [9.0]]))[0].flatten().tolist() == [8, 9]


@given(
    st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9), min_size=1, max_size=6),
    st.sampled_from(["standard", "each", "none"]),
)
def test_a_saved_preparation_answers_the_same(values: list[list[float]], scaling: str) -> None:
    given_rows = rows(*[np.array(one)[:, None] for one in values])
    preparation = Sequences(scaling=scaling).fit(given_rows)
    again = SequencePreparation.from_state(*preparation.to_state())
    steps, lengths = preparation.transform(given_rows)
    assert steps.isfinite().all()
    assert lengths.tolist() == [len(one) for one in values]
    assert again.transform(given_rows)[0].equal(steps)


def test_a_row_is_prepared_the_same_alone() -> None:
    given_rows = rows([[1.0], [2.0]], [[5.0], [6.0], [7.0]])
    preparation = Sequences().fit(given_rows)
    together = preparation.transform(given_rows)[0]
    alone = preparation.transform(given_rows[np.array([0])])[0]
    assert together[0, :2].equal(alone[0])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[[1.0]], [[1.0, 2.0]]], "Row 2: expected 1 channels"),
        ([[[1.0], [np.inf]]], "Row 1, step 2, channel 1: expected a finite number"),
        ([[[1.0]], np.zeros((0, 1))], "Row 2: the sequence has no steps"),
        ([[[np.nan, 1.0]]], "Channel 1 holds no number"),
    ],
)
def test_what_cannot_be_used_is_named(values: list[object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Sequences().fit(rows(*values))


def test_a_long_table_becomes_sequences() -> None:
    table = pl.DataFrame(
        {"id": ["b", "a", "b"], "t": [2, 1, 1], "x": [5, 9, 4], "note": ["p", "q", "r"], "y": [1, 0, 1]}
    )
    read = sequences_of_table(table, "y", "id", "t")
    assert read.names == ("a", "b")
    assert read.target.to_list() == [0, 1]
    assert [one.tolist() for one in read.rows.values] == [[[9]], [[4], [5]]]
    assert "note" in read.decisions[1]


def test_another_table_is_read_by_the_names_of_its_channels_not_their_places() -> None:
    table = pl.DataFrame({"id": [1, 1], "new": [7, 8], "b": [3, 4], "a": [1, 2]})
    read = sequences_of_table(table, None, "id", channels=("a", "b"))
    assert read.rows.values[0].tolist() == [[1, 3], [2, 4]]
    assert read.channels == ("a", "b")
    with pytest.raises(DataError, match="no column 'c'"):
        sequences_of_table(table, None, "id", channels=("a", "c"))
    with pytest.raises(DataError, match="'a': expected numbers"):
        sequences_of_table(table.with_columns(a=pl.lit("x")), None, "id", channels=("a", "b"))


@pytest.mark.parametrize("written", ["id", "id\t", "id\tt", "id\tt\ta\tb", ""])
def test_what_the_columns_of_a_long_table_hold_is_written_in_one_line(written: str) -> None:
    told = Steps.of(written)
    assert Steps.of(told.written()) == told
    assert (told.sequence, *filter(None, [told.time]), *told.channels) == tuple(
        written.strip("\t").split("\t")
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": [1, 0, 2]}, "'y' of id 'b' is 2 and also 1"),
        ({"t": [1, 1, 1]}, "two steps at t = 1"),
        ({"t": [1, None, 1]}, "Column 't', row 2 is missing"),
        ({"x": ["p", "q", "r"]}, "No column of numbers"),
    ],
)
def test_a_table_that_is_no_set_of_sequences_is_refused(change: dict[str, list[object]], words: str) -> None:
    table = {"id": ["b", "a", "b"], "t": [2, 1, 1], "x": [5, 9, 4], "y": [1, 0, 1]} | change
    with pytest.raises(DataError, match=words):
        sequences_of_table(pl.DataFrame(table), "y", "id", "t")


def test_a_ts_file_with_channels_unequal_lengths_and_gaps(tmp_path: Path) -> None:
    file = tmp_path / "a.ts"
    file.write_text("# words\n@timeStamps false\n@classLabel true u v\n@data\n1,2:3,?:u\n5:6:v\n")
    read = read_ts(file)
    assert read.target.to_list() == ["u", "v"]
    assert read.rows.values[1].tolist() == [[5, 6]]
    assert np.isnan(read.rows.values[0][1, 1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@classLabel true a\n1,2:a\n", "no line @data"),
        ("@classLabel true a\n@data\n1,x:a\n", "line 3"),
        ("@classLabel true a\n@data\n1,2:1:a\n", "unequal numbers of steps"),
        ("@timeStamps true\n@data\n(1,2)\n", "pairs of time and value"),
    ],
)
def test_a_damaged_ts_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "a.ts"
    file.write_text(text)
    with pytest.raises(DataError, match=words):
        read_ts(file)
