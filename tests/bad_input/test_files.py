"""Files that are no table, or a table that cannot be read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.bad_input.refusal import LABEL, labelled, lines, refused, write
from tests.cli.command import netwright
from tests.verbs.small import classifier, people

from netwright.data.schema import Kind
from netwright.run import Run

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
TABLE = lines(labelled())


def with_line(row: int, text: str) -> str:
    """Return the table with one of its rows replaced; rows are counted from 1 below the header."""
    return "\n".join([*TABLE[:row], text, *TABLE[row + 1 :]]) + "\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["table.csv is empty", "header"]),
        ("\n\n  \n", ["table.csv is empty"]),
        (TABLE[0] + "\n", ["table.csv has a header but no rows"]),
        (with_line(9, "41,smith,007,yes,1,2"), ["row 9", "expected 4 fields", "got 6", "Put"]),
        (with_line(9, "41,smith"), ["row 9", "expected 4 fields", "got 2", "Add"]),
        (with_line(9, '"41,smith,007,yes'), ["row 9", "opened", "closed"]),
        (TABLE[0].replace("job", "age") + "\n" + TABLE[1], ["'age' stands 2 times", "columns 1 and 2"]),
        (PDF, ["table.csv is a PDF document", "Expected CSV"]),
        (bytes(range(256)) * 8, ["table.csv is a binary file", "Expected CSV"]),
        (with_line(3, "41,sm").encode() + b"\xc3\x28\x81\x8d,007,yes\n", ["UTF-8", "0xc3", "line 62"]),
    ],
    ids=["empty", "blank", "header", "long row", "short row", "quote", "twice", "PDF", "binary", "encoding"],
)
def test_a_file_that_is_no_table(content: str | bytes, words: list[str]) -> None:
    message = refused("train", write(content), *LABEL)
    for word in words:
        assert word in message


@pytest.mark.parametrize("verb", ["train", "predict", "evaluate"])
def test_every_verb_that_reads_refuses_files_alike(verb: str) -> None:
    classifier().save("model.nw")
    write(PDF, "paper.csv")
    Path("folder.csv").mkdir()
    for name, word in (("paper.csv", "PDF"), ("folder.csv", "folder"), ("tabel.csv", "No such file")):
        words = [name, *LABEL] if verb == "train" else ["model.nw", name]
        message = refused(verb, *words)
        assert name in message
        assert word in message


def test_a_name_that_is_nearly_right_is_offered() -> None:
    write("\n".join(TABLE), "patients.csv")
    assert "patients.csv" in refused("train", "patient.csv", *LABEL)


def test_other_encodings_are_read() -> None:
    table = "\n".join(TABLE).replace("smith", "schmød").encode("latin-1")
    outcome = netwright("train", write(table), *LABEL, "--json")
    assert outcome.status == 0
    assert "cp1252" in outcome.err or "latin" in outcome.err.lower()


def test_five_rows_are_taken_with_a_warning() -> None:
    rows = people(200).drop("amount").group_by("label", maintain_order=True).head(3).head(5)
    outcome = netwright("train", write(rows.write_csv()), *LABEL)
    assert outcome.status == 0, outcome.err
    assert "fewer than 10 rows" in outcome.err
    assert len(netwright("predict", "runs/table", "table.csv").out.splitlines()) == 6


@pytest.mark.parametrize("rows", [1, 2])
def test_fewer_rows_than_parts_are_refused(rows: int) -> None:
    frame = people(200).drop("amount").unique("label", maintain_order=True).head(rows)
    message = refused("train", write(frame.write_csv()), *LABEL)
    assert "row" in message


def test_five_thousand_columns_are_taken() -> None:
    rows = 60
    columns = {f"x{place}": [(row * place) % 7 / 7 for row in range(rows)] for place in range(1, 5001)}
    label = ["yes" if row % 7 > 3 else "no" for row in range(rows)]
    write(pl.DataFrame(columns | {"label": label}).write_csv())
    outcome = netwright("train", "table.csv", *LABEL, "--time", "10s", "--json")
    assert outcome.status == 0, outcome.err
    assert outcome.answer["status"] == "finished"
    assert len(outcome.err) < 6000, "a wide table must not flood the terminal"
    assert len(netwright("predict", "runs/table", "table.csv").out.splitlines()) == rows + 1


def test_values_that_do_not_fit_their_column_are_named_by_row() -> None:
    infinite = labelled().with_columns(
        pl.when(pl.int_range(60) == 6).then(float("inf")).otherwise("age").alias("age")
    )
    infinite.write_parquet("table.parquet")
    message = refused("train", "table.parquet", *LABEL)
    assert "'age', row 7" in message
    assert "infinity" in message
    assert "'job', row 1" in refused("train", write("\n".join(TABLE)), *LABEL, "--column", "job=number")


def test_long_integers_lose_no_digits() -> None:
    codes = labelled().with_columns((pl.int_range(60) // 2 + 2**53 + 1).alias("age"))
    assert netwright("train", write(codes.write_csv()), *LABEL, "--quiet").status == 0
    column = Run.open("runs/table").model.schema_.column("age")
    assert column.kind is Kind.CATEGORY
    assert "2^53" in column.reason
