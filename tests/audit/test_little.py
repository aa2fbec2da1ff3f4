"""Little's test against the figures of another implementation, and on gaps whose cause is known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.audit.new_york_air import new_york_air

from netwright.audit import little
from netwright.audit.little import little_test


def test_the_figures_are_those_of_another_implementation() -> None:
    found = little_test(new_york_air())  # naniar::mcar_test(airquality) of R
    assert found is not None
    assert found.statistic == pytest.approx(35.1061288689702, rel=1e-4)
    assert found.degrees == 14
    assert found.p == pytest.approx(0.00141778113856683, rel=1e-3)
    assert (found.patterns, found.rows, found.columns) == (4, 153, 6)


def test_units_do_not_matter() -> None:
    plain, scaled = little_test(new_york_air()), little_test(new_york_air() * [1e6, 1e-6, 3, 1, 1, 7] + 100)
    assert plain is not None
    assert scaled is not None
    assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-3)


def test_gaps_at_random_are_seldom_called_otherwise() -> None:
    generator = np.random.default_rng(0)
    mixing = generator.normal(size=(3, 3))
    small = 0
    for _ in range(100):
        rows = generator.normal(size=(300, 3)) @ mixing
        rows[generator.random(rows.shape) < 0.15] = np.nan
        found = little_test(rows)
        assert found is not None
        small += found.p < 0.1
    assert 2 <= small <= 20


def test_gaps_that_go_with_another_column_are_found() -> None:
    rows = np.random.default_rng(1).normal(size=(500, 3))
    rows[rows[:, 0] > 0.8, 2] = np.nan
    found = little_test(rows)
    assert found is not None
    assert found.p < 1e-9


@pytest.mark.parametrize(
    "rows",
    [
        np.ones((50, 3)),
        np.random.default_rng(2).normal(size=(50, 3)),
        np.full((50, 2), np.nan),
        np.where(np.arange(100).reshape(50, 2) % 3 == 0, np.nan, 1.0),
        np.random.default_rng(3).normal(size=(50, 1)),
    ],
    ids=["constant", "complete", "empty", "gaps in constants", "one column"],
)
def test_it_says_nothing_where_there_is_nothing_to_say(rows: np.ndarray) -> None:
    assert little_test(rows) is None


def test_columns_that_are_sums_of_others_are_no_obstacle() -> None:
    rows = np.random.default_rng(4).normal(size=(200, 3))
    rows = np.column_stack([rows, rows[:, 0] + rows[:, 1]])
    rows[::5, 2] = np.nan
    found = little_test(rows)
    assert found is not None
    assert np.isfinite(found.statistic)


def test_of_long_and_wide_tables_a_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(little, "MOST_ROWS", 100)
    monkeypatch.setattr(little, "MOST_COLUMNS", 4)
    rows = np.random.default_rng(5).normal(size=(300, 6))
    rows[::4, 1] = np.nan
    found = little_test(rows)
    assert found is not None
    assert found.rows <= 100
    assert found.columns == 4
