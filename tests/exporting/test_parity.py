"""How differences of answers are measured: what they are relative to, and which rows are compared."""

from __future__ import annotations

import numpy as np
import pytest
from tests.exporting.kinds import model_of

from netwright.exporting.check_rows import CheckRows
from netwright.exporting.job import Job
from netwright.exporting.parity import FLOOR, FLOOR_OF_NUMBERS, ONE_BY_ONE, compare, relative_error
from netwright.exporting.subjects import subject_of


@pytest.mark.parametrize("floor", [FLOOR, FLOOR_OF_NUMBERS])
def test_differences_are_relative_to_a_share_of_the_usual_size(floor: float) -> None:
    expected = np.array([[0.0], [2.0], [-2.0]])
    size = np.sqrt((expected**2).mean())
    found = relative_error(expected + np.array([[1e-6], [1e-6], [0.0]]), expected, expected, floor)
    assert found.ravel() == pytest.approx([1e-6 / (floor * size), 0.5e-6, 0.0])


@pytest.mark.parametrize(
    ("kind", "floor"), [("mlp", FLOOR), ("text_cnn", FLOOR), ("nlinear", FLOOR_OF_NUMBERS)]
)
def test_numbers_have_a_floor_of_their_own(
    kind: str, floor: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    job = Job(subject_of(model_of(kind)), CheckRows([], 0, "none"), tmp_path_factory.mktemp("export"))
    assert job.floor == floor


def test_rows_behind_those_answered_one_by_one_are_compared() -> None:
    x = np.ones((ONE_BY_ONE + 50, 1))

    def last_is_wrong(feed: dict[str, np.ndarray]) -> np.ndarray:
        return np.where(feed["row"][:, None] == len(x) - 1, 2.0, feed["x"])

    feed = {"x": x, "row": np.arange(len(x))}
    found = compare(last_is_wrong, feed, x, classes=False)
    assert (found.where, found.error, found.rows) == (len(x), pytest.approx(1.0), len(x))
