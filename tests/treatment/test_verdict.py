"""The verdict says what was found, what was done, and where to look."""

from __future__ import annotations

import pytest

from netwright.findings import Finding
from netwright.treatment.history import Attempt
from netwright.treatment.judgement import Comparison
from netwright.treatment.verdict import abstained, settled

ALARM = Finding("rate", "alarm", "The loss does not fall.")
NOTE = Finding("loses-to-classical", "note", "Ridge regression misses less.")


def attempt(kept: bool) -> Attempt:
    proof = Comparison(1.0, 0.5, 0.4, 0.6, 0.001, 40, 1, 1)
    return Attempt("a gentler rate", "learning rate too high", "", proof, (), kept, "", 10)


@pytest.mark.parametrize(
    ("found", "kept", "cured", "begins"),
    [
        (ALARM, True, True, "Mended with a gentler rate: better"),
        (ALARM, True, False, "Better, though not all is mended, with a gentler rate"),
        (NOTE, True, True, "Better than before with a gentler rate"),
        (ALARM, False, False, "Not mended: 1 remedy was tried, none is proven better. Nothing was changed."),
        (NOTE, False, True, "No alarm, though ridge regression misses less. 1 remedy was tried"),
    ],
)
def test_what_came_of_it_is_said(found: Finding, kept: bool, cured: bool, begins: str) -> None:
    assert settled([found], [attempt(kept)], cured).startswith(begins)


def test_rows_at_fault_are_listed_from_one_and_counted() -> None:
    many = Finding("labels", "alarm", "Labels are wrong.", rows=tuple(range(50)))
    verdict = abstained([many])
    assert "Look at rows 1, 2, 3" in verdict
    assert "20 and 30 more" in verdict
    assert "rows" not in abstained([ALARM])
