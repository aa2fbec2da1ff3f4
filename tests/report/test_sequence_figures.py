"""Sequences and forecasts as pictures: every class, gaps and single steps included."""

from __future__ import annotations

import numpy as np

from netwright.report.contents import SequenceSample
from netwright.report.figures.forecast import SeriesView, forecast_picture
from netwright.report.figures.sequences import MOST_CLASSES, sequence_pictures


def test_every_class_has_a_picture_up_to_a_limit() -> None:
    samples = [
        SequenceSample(f"row {number}", f"class {number % 9}", "x", [1.0, float("nan"), 3.0])
        for number in range(18)
    ]
    pictures = sequence_pictures(samples)
    assert [one.title for one in pictures] == [f"class {number}" for number in range(MOST_CLASSES)]
    assert all("row" in one.svg for one in pictures)
    assert "<script" not in "".join(one.svg for one in pictures)


def test_a_single_step_and_nothing_at_all() -> None:
    assert len(sequence_pictures([SequenceSample("row 1", "a", "x", [2.0])])) == 1
    assert sequence_pictures([]) == []
    assert sequence_pictures([SequenceSample("row 1", "a", "x", [float("nan")])]) == []


def test_a_forecast_shows_history_interval_and_what_came() -> None:
    history, ahead = np.array([1.0, np.nan, 3.0]), np.array([4.0, 5.0])
    times = [f"2024-01-0{number}" for number in range(1, 6)]
    view = SeriesView("sales", times, history, ahead, ahead - 1, ahead + 1, truth=ahead + 0.5)
    picture = forecast_picture(view, "one")
    assert "what came" in picture.svg
    assert "Mean absolute error 0.5" in picture.svg
    assert "90 times in 100" in picture.caption
    assert forecast_picture(view, "one").svg == picture.svg
