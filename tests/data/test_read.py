"""Tables are read whatever their format and layout, and what is no table is refused in plain words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netwright.data.read import Table, read_table
from netwright.data.schema import Kind
from netwright.errors import DataError


def read(folder: Path, content: str | bytes, name: str = "table.csv", **options: dict[str, Kind]) -> Table:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(file, **options)


def said(table: Table, words: str) -> bool:
    return any(words in decision for decision in table.decisions)


@pytest.mark.parametrize(("delimiter", "name"), [(",", "','"), (";", "';'"), ("\t", "tab"), ("|", "'|'")])
def test_delimiters_are_found(tmp_path: Path, delimiter: str, name: str) -> None:
    table = read(tmp_path, "age,job\n41,smith\n29,cook\n".replace(",", delimiter))
    assert table.frame.rows() == [(41, "smith"), (29, "cook")]
    assert said(table, f"delimiter {name} - cuts the 3 lines into 2 fields each")


VALUES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-(2**62), 2**62)),
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8),
    ),
    min_size=1,
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows=VALUES, delimiter=st.sampled_from([",", ";", "\t", "|"]))
def test_what_is_written_is_read_back(
    tmp_path: Path, rows: list[tuple[int, float, str]], delimiter: str
) -> None:
    whole, real, words = (list(column) for column in zip(*rows, strict=True))
    # A letter in front keeps words from being numbers or markers of missing; blanks at the ends go.
    words = [f"w{word}".strip() for word in words]
    frame = pl.DataFrame(
        {"whole": whole, "real": real, "words": words}, schema_overrides={"real": pl.Float64}
    )
    frame = frame.with_columns(pl.col("whole").cast(pl.Int64))
    file = tmp_path / "round.csv"
    frame.write_csv(file, separator=delimiter)
    read_back = read_table(file).frame
    assert read_back["words"].to_list() == words
    assert read_back["whole"].cast(pl.Int64).to_list() == whole
    assert read_back["real"].cast(pl.Float64).to_list() == real


@pytest.mark.parametrize(
    ("text", "names", "reason"),
    [
        ("a,b\n1,x\n2,y\n", ["a", "b"], "header - the first row holds words above columns of numbers"),
        ("5,1.5\n6,2.5\n", ["column_1", "column_2"], "no header - the first row looks like those below"),
        ("39,x,5\n50,y,3\n", ["column_1", "column_2", "column_3"], "no header"),
        (
            "p,x\ne,x\ne,b\np,x\n",
            ["column_1", "column_2"],
            "no header - the first row looks like those below",
        ),
        ("name,city\nann,rome\nbob,oslo\n", ["name", "city"], "header - the first row holds words"),
        ("0,1,2,3\n5.5,3,2,1\n", ["0", "1", "2", "3"], "header - the first row counts 0, 1, 2"),
        (
            "who,2018,2019,2020,2021\na,5,3,2,1\n",
            ["who", "2018", "2019", "2020", "2021"],
            "header - the first row c",
        ),
        ("7,8\n", ["column_1", "column_2"], "no header - the only row holds numbers"),
        (",a\n0,x\n1,y\n", ["column_1", "a"], "column_1 - the header has no name for it"),
    ],
)
def test_headers_are_found(tmp_path: Path, text: str, names: list[str], reason: str) -> None:
    table = read(tmp_path, text)
    assert table.frame.columns == names
    assert said(table, reason)
    assert table.frame.height == text.count("\n") - ("no header" not in str(table.decisions))


def test_expected_names_make_a_header(tmp_path: Path) -> None:
    known = {"2018": Kind.NUMBER, "2019": Kind.NUMBER}
    assert read(tmp_path, "2018,2019\n5,3\n").frame.height == 2
    assert read(tmp_path, "2018,2019\n5,3\n", overrides=known).frame.rows() == [(5, 3)]


def test_a_single_row_for_columns_without_names(tmp_path: Path) -> None:
    known = {"column_1": Kind.CATEGORY, "column_2": Kind.CATEGORY}
    assert read(tmp_path, "p,x\n", overrides=known).frame.rows() == [("p", "x")]


MISSING = "a,b,c\n1,x,?\nNA,?,2.5\nN/A,n/a,\nnan,NaN,null\nNULL,-,7\n,,None\n5,y,-\n"


def test_markers_of_missing_are_found(tmp_path: Path) -> None:
    table = read(tmp_path, MISSING)
    assert table.frame["a"].to_list() == [1, None, None, None, None, None, 5]
    assert table.frame["b"].to_list() == ["x", None, None, None, None, None, "y"]
    assert table.frame["c"].to_list() == [None, 2.5, None, None, 7.0, None, None]
    assert table.frame.dtypes == [pl.Int64, pl.String, pl.Float64]
    assert said(table, "? read as missing in b, c (2 cells)")
    assert said(table, "blanks read as missing in a, b, c (3 cells)")
    assert said(table, "None read as missing in c (1 cell)")


def test_answers_are_not_missing(tmp_path: Path) -> None:
    table = read(tmp_path, "sleep,land\nNone,AF\nApnea,NA\nNone,EU\n,AS\n")
    assert table.frame["sleep"].to_list() == ["None", "Apnea", "None", None]
    assert table.frame["land"].to_list() == ["AF", "NA", "EU", "AS"]
    assert said(table, "None kept as a value of sleep (2 cells)")
    assert said(table, "NA kept as a value of land (1 cell)")


def test_padded_fields(tmp_path: Path) -> None:
    table = read(tmp_path, "a, b, c\n1,  x , ?\n 2 ,y, 3.5\n3,x ,  \n")
    assert table.frame.columns == ["a", "b", "c"]
    assert table.frame.rows() == [(1, "x", None), (2, "y", 3.5), (3, "x", None)]


def test_a_marker_far_below_the_sample(tmp_path: Path) -> None:
    lines = [f"{row},{row / 2}" for row in range(7000)]
    table = read(tmp_path, "a,b\n" + "\n".join([*lines, "?, NA "]) + "\n")
    assert table.frame.dtypes == [pl.Int64, pl.Float64]
    assert table.frame.row(-1) == (None, None)
    assert table.frame["b"].sum() == sum(range(7000)) / 2


def test_columns_that_change_their_mind_far_below(tmp_path: Path) -> None:
    lines = [f"{row},{row},{row}" for row in range(7000)]
    table = read(tmp_path, "a,b,c\n" + "\n".join([*lines, "0.5,word,12345678901234567890"]) + "\n")
    assert table.frame.dtypes == [pl.Float64, pl.String, pl.String]
    assert table.frame.row(-1) == (0.5, "word", "12345678901234567890")
    assert table.frame.row(3) == (3.0, "3", "3")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas(tmp_path: Path, delimiter: str) -> None:
    text = "a;b;c\n1,5;x,y;1.234,5\n-2,25;z;2\n?;z;0,5\n".replace(";", delimiter)
    table = read(tmp_path, text)
    assert table.frame.rows() == [(1.5, "x,y", 1234.5), (-2.25, "z", 2.0), (None, "z", 0.5)]
    assert said(table, "a: numbers stored as text, '1,5' read as 1.5")


def test_thousands_separators_and_signs(tmp_path: Path) -> None:
    table = read(tmp_path, 'p,q,r\n"1,234","$1,200.50",5%\n12,$3,17.5%\n"2,345,678",$7,?\n')
    assert table.frame.rows() == [(1234, 1200.5, 5.0), (12, 3.0, 17.5), (2345678, 7.0, None)]
    assert said(table, "p: numbers stored as text, '1,234' read as 1234")


def test_codes_keep_their_zeros(tmp_path: Path) -> None:
    table = read(tmp_path, "zip,hour\n02134,01\n90210,13\n")
    assert table.frame.rows() == [("02134", 1), ("90210", 13)]
    assert read(tmp_path, "a,b\n07,1\n", overrides={"a": Kind.CATEGORY}).frame.rows() == [("07", 1)]


def test_integers_beyond_floating_point_lose_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, f"a,b\n{2**53 + 1},{2**70}\n{2**60 + 1},{2**70 + 1}\n")
    assert table.frame.rows() == [(2**53 + 1, str(2**70)), (2**60 + 1, str(2**70 + 1))]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,x\n\n2,y\n\n", [(1, "x"), (2, "y")]),
        ("\n\na,b\n1,x\n", [(1, "x")]),
        ("a,b\r\n1,x\r\n2,\r\n", [(1, "x"), (2, None)]),
        ("a,b\r1,x\r2,y\r", [(1, "x"), (2, "y")]),
        ('a,b\n1,"x\ny"\n2,"say ""hi"""\n', [(1, "x\ny"), (2, 'say "hi"')]),
        ('a,b\n1,5" pipe\n2,x\n', [(1, '5" pipe'), (2, "x")]),
        ('a, b\n1, "x, y"\n2, "z"\n', [(1, "x, y"), (2, "z")]),
        ("a,b\n'1','x, y'\n'2','it''s'\n", [(1, "x, y"), (2, "it's")]),
        ('a,b\n1,"x"\n\n2,\n', [(1, "x"), (2, None)]),
        ("a,b,\n1,x,\n2,y,\n", [(1, "x", None), (2, "y", None)]),
    ],
)
def test_odd_layouts(tmp_path: Path, text: str, rows: list[tuple[object, ...]]) -> None:
    assert read(tmp_path, text).frame.rows() == rows


def test_one_column(tmp_path: Path) -> None:
    assert read(tmp_path, "x\n1\n\n3\n").frame["x"].to_list() == [1, None, 3]
    assert read(tmp_path, "text\nhello, world\nfoo\n").frame["text"].to_list() == ["hello, world", "foo"]


def test_blank_lines_are_told(tmp_path: Path) -> None:
    assert said(read(tmp_path, "a,b\n1,2\n\n3,4\n"), "blank lines left out (1, at row 2)")


def test_names_that_are_patterns_elsewhere(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,x\n", name="data[1]*.csv").frame.height == 1


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"a,b\n", "a.csv", "a header but no rows"),
        (b"a,b,c\n1,2,3\n4,5,6,7\n", "a.csv", "row 2: expected 3 fields, as in the header, got 4"),
        (b"a,b,c\n1,2,3\n\n4,5\n", "a.csv", "row 3: expected 3 fields, as in the header, got 2"),
        (b'a,b,c\n1,"2,x",3\n4,5\n', "a.csv", "row 2: expected 3 fields"),
        (b"1,2,3\n4,5,6\n4,5\n", "a.csv", "row 3: expected 3 fields, as in most rows, got 2"),
        (b"a,b,a\n1,2,3\n", "a.csv", "'a' stands 2 times, in columns 1 and 3"),
        (b'a,b\n1,x\n2,"y\n3,z\n', "a.csv", "opened and never closed"),
        (b'a,b,c\n1,x,2\n2,"y,3\n3,z,4\n', "a.csv", "A quote .* may not be closed"),
        (b"My table\na,b\n1,2\n3,4\n", "a.csv", "Remove it if it is a title"),
    ],
    ids=str,
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, data, name)


def test_wide_tables(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        np.arange(10_000).reshape(2, 5_000) / 2, schema=[f"g{place}" for place in range(5_000)]
    )
    frame.write_csv(tmp_path / "wide.csv")
    assert read_table(tmp_path / "wide.csv").frame.equals(frame)


def test_quotes_and_newlines_beyond_the_sample(tmp_path: Path) -> None:
    words = [f'line {row}\nwith "quotes", and more' for row in range(6_000)]
    frame = pl.DataFrame({"number": range(6_000), "words": words})
    frame.write_csv(tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv").frame.equals(frame)
