"""The page of a check, and what its verdict says."""

from __future__ import annotations

import polars as pl

from netwright.audit.gaps_page import MissingReport, little_sentence, missing_page
from netwright.audit.little import LittleTest
from netwright.audit.report import DataCheck, check_page
from netwright.findings import Finding

ALARM = Finding(
    rule="label-errors", severity="alarm", message="Seven labels are wrong.", evidence={"rows": 7}
)
NOTE = Finding(rule="outliers", severity="note", message="One row lies far out.", evidence={})
ROWS = pl.DataFrame({"row": [3, 9], "given": ["a", "<b>"], "likelier": ["b", "a"]})


def test_nothing_found_says_how_much_was_looked_for() -> None:
    check = DataCheck(10, 2, "y", (), {}, ("copies", "leaks"))
    assert check.verdict == "Nothing was found: 2 things were looked for."
    assert check.healthy


def test_the_worst_comes_first() -> None:
    check = DataCheck(10, 2, "y", (ALARM, NOTE), {"label_errors": ROWS}, ("labels",))
    assert not check.healthy
    assert check.verdict.endswith("Seven labels are wrong.")
    assert DataCheck(10, 2, "y", (NOTE,), {}, ("outliers",)).healthy


def test_the_page_escapes_what_stands_in_the_table() -> None:
    page = check_page(DataCheck(10, 2, "y", (ALARM,), {"label_errors": ROWS}, ("labels",)))
    assert "Seven labels are wrong." in page
    assert "&lt;b&gt;" in page
    assert "<b>a" not in page
    assert "Labels that are probably wrong" in page


def test_littles_test_is_told_in_words() -> None:
    sure = little_sentence(LittleTest(35.106, 14, 0.00142, 4, 153, 6))
    assert "4 patterns" in sure
    assert "do not lie completely at random" in sure
    assert "no sign" in little_sentence(LittleTest(3.0, 14, 0.6, 4, 153, 6))
    assert "p below .0001" in little_sentence(LittleTest(300.0, 14, 1e-20, 4, 153, 6))


def test_a_table_without_gaps_has_a_page_as_well() -> None:
    report = MissingReport(5, 10, 0, 5, (), (), "")
    assert report.verdict == "Nothing is missing."
    assert report.to_json()["little"] is None
    assert "Nothing is missing." in missing_page(report)
