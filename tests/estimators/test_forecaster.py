"""`Forecaster`: learns what is there, keeps its promises, and comes back from its file the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import netwright as nw
from netwright.errors import DataError, RecipeError
from netwright.estimators.forecast_answers import Answers, Widening
from netwright.estimators.forecaster import Forecaster

QUICK = {"network": "nlinear", "effort": "quick", "progress": False}


def days(count: int, start: date = date(2024, 1, 1)) -> list[date]:
    return [start + timedelta(days=number) for number in range(count)]


def weekly(count: int = 210, seed: int = 0, level: float = 10.0) -> pl.DataFrame:
    noise = 0.1 * np.random.default_rng(seed).standard_normal(count)
    wave = np.sin(np.arange(count) * 2 * np.pi / 7)
    return pl.DataFrame({"day": days(count), "sales": level + wave + noise})


def test_a_season_is_learnt_and_carried_on() -> None:
    frame = weekly(224)
    model = Forecaster(horizon=14, **QUICK).fit(frame[:210], target="sales", time="day")
    answer = model.predict()
    truth = 10 + np.sin(np.arange(210, 224) * 2 * np.pi / 7)
    assert model.recipe_.season == 7
    assert answer["day"].to_list() == days(224)[210:]
    assert np.abs(answer["forecast"].to_numpy() - truth).mean() < 0.15
    assert (answer["lower"] <= answer["forecast"]).all()
    assert (answer["forecast"] <= answer["upper"]).all()


def test_intervals_hold_about_as_often_as_they_promise() -> None:
    frame = weekly(600)
    model = Forecaster(horizon=1, **QUICK).fit(frame[:450], target="sales", time="day")
    panel = model.read(frame)
    answers = model.answer(panel, [list(range(450, 600))])
    truth = frame["sales"].to_numpy()[450:, None]
    held = ((truth >= answers.lower) & (truth <= answers.upper)).mean()
    assert 0.8 <= held <= 0.99


def test_later_values_never_change_a_forecast() -> None:
    frame = weekly()
    model = Forecaster(horizon=7, **QUICK).fit(frame, target="sales", time="day")
    other = frame.with_columns(
        pl.when(pl.int_range(pl.len()) >= 150).then(1e6).otherwise(pl.col("sales")).alias("sales")
    )
    one, two = (model.answer(model.read(table), [[120, 150]]) for table in (frame, other))
    np.testing.assert_array_equal(one.point, two.point)


def test_the_same_seed_gives_the_same_forecast() -> None:
    one, two = (Forecaster(horizon=3, **QUICK).fit(weekly(), target="sales", time="day") for _ in range(2))
    assert one.predict().equals(two.predict())
    assert clone(one).get_params() == one.get_params()


def test_a_saved_forecaster_answers_the_same(tmp_path: Path) -> None:
    frame = pl.concat([weekly(level=level).with_columns(shop=pl.lit(f"s{level}")) for level in (5, 50)])
    model = Forecaster(horizon=3, **QUICK).fit(frame, target="sales", time="day", group="shop")
    model.save(tmp_path / "model.nw")
    again = nw.load(tmp_path / "model.nw")
    assert again.predict().equals(model.predict())
    assert again.predict(frame[:100]).equals(model.predict(frame[:100]))
    assert model.predict().columns == ["day", "shop", "forecast", "lower", "upper"]


def test_a_column_known_ahead_is_used_and_has_to_reach_far_enough() -> None:
    generator = np.random.default_rng(0)
    promotion = generator.integers(0, 2, 260)
    sales = 10 + 5 * promotion + 0.1 * generator.standard_normal(260)
    frame = pl.DataFrame({"day": days(260), "promotion": promotion, "sales": sales})
    ahead = frame.with_columns(
        pl.when(pl.int_range(pl.len()) < 250).then(pl.col("sales")).otherwise(None).alias("sales")
    )
    model = Forecaster(horizon=10, network="nlinear", progress=False)
    model.fit(ahead, target="sales", time="day", known=["promotion"])
    assert np.abs(model.predict()["forecast"].to_numpy() - sales[250:]).mean() < 1.0
    with pytest.raises(DataError, match="'promotion' is known ahead, but 10 of 10 steps"):
        model.predict(frame[:250])


def test_several_targets_with_gaps_are_series_of_their_own() -> None:
    frame = weekly().with_columns(
        twice=2 * pl.col("sales"),
        sales=pl.when(pl.int_range(pl.len()) % 13 == 0).then(None).otherwise(pl.col("sales")),
    )
    answer = Forecaster(horizon=2, **QUICK).fit(frame, target=["sales", "twice"], time="day").predict()
    assert answer["target"].to_list() == ["sales", "sales", "twice", "twice"]
    assert answer["forecast"].is_finite().all()
    assert answer["forecast"][2] > 1.5 * answer["forecast"][0]


def test_a_very_short_series_is_forecast_all_the_same() -> None:
    frame = pl.DataFrame({"year": range(1990, 2002), "x": np.arange(12.0)})
    answer = Forecaster(horizon=2, **QUICK).fit(frame, target="x", time="year").predict()
    assert answer["year"].dt.year().to_list() == [2002, 2003]
    assert answer["forecast"].is_finite().all()


def test_the_best_of_several_networks_is_kept() -> None:
    several = ["nlinear", {"kind": "lstm", "hidden": 4}]
    model = Forecaster(horizon=2, network=several, epochs=3, progress=False)
    model.fit(weekly(), target="sales", time="day")
    losses = {one.part.kind: one.loss for one in model.candidates_}
    assert len(losses) == 2
    assert losses[model.network_part_.kind] == min(losses.values())


def test_a_squared_error_has_intervals_from_the_validation_part() -> None:
    model = Forecaster(horizon=2, loss="mse", **QUICK).fit(weekly(), target="sales", time="day")
    answer = model.predict()
    assert ((answer["upper"] - answer["lower"]) > 0.1).all()


def test_what_cannot_be_done_is_told() -> None:
    with pytest.raises(NotFittedError):
        Forecaster().predict()
    with pytest.raises(RecipeError, match="mlp does not read series"):
        Forecaster(network="mlp").recipe()
    with pytest.raises(DataError, match="a window of"):
        Forecaster(horizon=50, lookback=200, **QUICK).fit(weekly(), target="sales", time="day")


def test_what_a_second_training_makes_surer_is_put_back() -> None:
    zeros = np.zeros((60, 2))
    before = Answers(zeros, zeros - 2, zeros + 2)
    after = Answers(zeros, zeros - np.array([1, 3]), zeros + np.array([1, 3]))
    kept = Widening(np.array([0.5, 0.5])).as_wide(before, after)
    assert kept.by.tolist() == [1.5, 0.5]
    assert kept.applied(after).upper[0].tolist() == [2.5, 3.5]


def test_a_horizon_beyond_the_data_is_refused_with_what_is_needed() -> None:
    with pytest.raises(DataError, match=r"longest series has 12 values, but a window of .* needs \d+"):
        Forecaster(horizon=28, **QUICK).fit(weekly(12), target="sales", time="day")
