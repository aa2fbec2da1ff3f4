"""Curves of growth and what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.command import netwright

import netwright as nw
from netwright.compare.growth import Point
from netwright.compare.growth_page import rows_verdict, units_verdict
from netwright.compare.power_law import fit_power_law
from netwright.errors import DataError, RecipeError
from netwright.metrics import primary_metric
from netwright.task import Task

METRIC = primary_metric(Task.BINARY)


def table(rows: int = 300) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 4))
    return pl.DataFrame(x, schema=list("abcd")).with_columns(
        y=pl.Series(np.where(x @ [1, -1, 0.5, 0.2] + generator.normal(size=rows) > 0, "yes", "no"))
    )


def test_rows_are_nested_and_all_sizes_measured(tmp_path: Path) -> None:
    curve = nw.learning_curve(table(), "y", model="linear", out=tmp_path)
    assert [point.size for point in curve.points] == [30, 60, 120, 240]
    assert all(len(point.scores) == 3 for point in curve.points)
    assert curve.law is not None
    assert "with twice as many" in curve.verdict
    assert "<svg" in (tmp_path / "learning_curve.html").read_text()
    assert curve.to_json()["expected"]["size"] == 480


def test_wider_networks(tmp_path: Path) -> None:
    curve = nw.capacity_curve(table(120), "y", widths=(2, 8), repeats=2, out=tmp_path, epochs=2)
    assert [point.size for point in curve.points] == [2, 8]
    assert curve.points[0].octets < curve.points[1].octets
    assert "larger network" in curve.verdict
    assert (tmp_path / "capacity_curve.json").exists()


def test_a_power_law_is_found_again_with_its_interval() -> None:
    generator = np.random.default_rng(0)
    sizes = np.array([100.0, 200, 400, 800, 1600])
    errors = (0.08 + 1.5 * sizes**-0.6)[:, None] + generator.normal(size=(5, 4)) / 1000
    law = fit_power_law(sizes, errors, seed=0)
    assert law is not None
    assert law.at(3200) == pytest.approx(0.08 + 1.5 * 3200**-0.6, abs=0.004)
    interval = law.interval(3200)
    assert interval.low <= law.at(3200) <= interval.high
    assert fit_power_law(sizes[:2], errors[:2], seed=0) is None


@pytest.mark.parametrize(
    ("scale", "told"),
    [(4.0, "More rows are worth collecting"), (0.0001, "next to nothing")],
    ids=["steep", "flat"],
)
def test_the_verdict_on_rows(scale: float, told: str) -> None:
    sizes = np.array([100, 200, 400, 800])
    errors = 0.05 + scale * sizes**-0.5
    points = [Point(int(size), (1 - error,) * 3, 1.0, 1) for size, error in zip(sizes, errors, strict=True)]
    law = fit_power_law(sizes.astype(float), errors[:, None].repeat(3, axis=1), seed=0)
    assert told in rows_verdict(METRIC, points, law)


def test_a_single_repetition_proves_nothing() -> None:
    sizes = np.array([100.0, 200, 400, 800])
    errors = 0.05 + 4 * sizes**-0.5
    points = [Point(int(size), (1 - error,), 1.0, 1) for size, error in zip(sizes, errors, strict=True)]
    law = fit_power_law(sizes, errors[:, None], seed=0)
    assert "measured once" in rows_verdict(METRIC, points, law)


def test_the_smallest_network_that_is_level_is_enough() -> None:
    points = [
        Point(8, (0.8, 0.81, 0.79), 1, 1),
        Point(32, (0.9, 0.91, 0.9), 1, 1),
        Point(128, (0.9, 0.905, 0.905), 1, 1),
    ]
    assert "32 units a layer are enough" in units_verdict(METRIC, points, 0.25)
    assert "may be worth it" in units_verdict(METRIC, points[:2], 0.25)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(RecipeError, match="there is no 'boostin'"):
        nw.learning_curve(table(), "y", model="boostin")
    with pytest.raises(RecipeError, match="shares"):
        nw.learning_curve(table(), "y", shares=[2.0])
    with pytest.raises(RecipeError, match="widths"):
        nw.capacity_curve(table(), "y", widths=[])
    with pytest.raises(DataError, match="needs 60 or more"):
        nw.learning_curve(table(40), "y", model="linear")


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table().write_csv(path)
    words = ["curve", path, "--target", "y", "--model", "linear", "--repeats", "2", "--out", tmp_path / "out"]
    done = netwright(*words)
    assert done.status == 0, done.err
    assert "learning_curve.html" in done.out
    assert netwright(*words, "--json", "--quiet").answer["model"] == "logistic regression"
