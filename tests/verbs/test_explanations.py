"""Whether explanations are looked at after a training, and what the report says of that."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.explain.check import Check, mixtures_of_a_row
from netwright.report.contents import ReportContents
from netwright.report.sections.explanation import check_section
from netwright.task import Task
from netwright.verbs.explanations import _row_seconds, checked_explanations


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    generator = np.random.default_rng(0)
    return pl.DataFrame({name: generator.normal(size=120) for name in "abc"})


@pytest.fixture(scope="module")
def model(rows: pl.DataFrame) -> nw.Classifier:
    network = nw.nets.MLP(hidden=(8,))
    truth = (rows["a"].to_numpy() > 0).astype(int)
    return nw.Classifier(network=network, epochs=10, progress=False).fit(rows, truth)


class Clock:
    """Goes on by so many seconds whenever it is asked."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def looked_at(
    model: nw.Classifier, rows: pl.DataFrame, seconds: float | None, step: float = 0.0
) -> Check | str:
    return checked_explanations(model, rows[:30], rows, seed=0, seconds=seconds, clock=Clock(step))


def test_rows_that_cost_nothing_are_all_looked_at(model: nw.Classifier, rows: pl.DataFrame) -> None:
    found = looked_at(model, rows, 1.0)
    assert isinstance(found, Check)
    assert found.rows == 20


def test_only_what_further_mixtures_take_counts(model: nw.Classifier, rows: pl.DataFrame) -> None:
    times = iter([0.0, 9.0, 10.0, 12.0, 20.0, 22.96])
    a_row = _row_seconds(model, rows[:1], rows[:50], 3, lambda: next(times))
    # The first call took 9 s and 64 mixtures 2 s, nearly all of it fixed: 960 more took 0.96 s.
    assert a_row == pytest.approx(0.001 * mixtures_of_a_row(3, 50))


def test_the_report_holds_the_check(model: nw.Classifier, rows: pl.DataFrame) -> None:
    found = looked_at(model, rows, None)
    assert isinstance(found, Check)
    assert found.rows == 20
    assert found.deletion_gain > 0
    contents = ReportContents("t", "2026-01-01", "1", Task.BINARY, "y", explanations=found)
    section = check_section(contents)
    assert section is not None
    assert "Deletion" in str(section.blocks)


def test_without_time_the_reason_is_given(model: nw.Classifier, rows: pl.DataFrame) -> None:
    reason = looked_at(model, rows, 0.01, step=0.01)
    assert isinstance(reason, str)
    contents = ReportContents("t", "2026-01-01", "1", Task.BINARY, "y", absent={"explanations": reason})
    section = check_section(contents)
    assert section is not None
    assert "more than its share of the time" in str(section.blocks)
    assert check_section(ReportContents("t", "2026-01-01", "1", Task.BINARY, "y")) is None
