"""Forecasts, explained by stretches of what they look back on, the calendar and known columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.cli.app import perform
from netwright.errors import DataError, UserError
from netwright.explain import check, importance, lime, saliency, shap


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-06-01"))
    generator = np.random.default_rng(0)
    price = generator.normal(size=len(days))
    values = 10 + 3 * np.sin(np.arange(len(days)) * 2 * np.pi / 7) - 2 * price
    return pl.DataFrame({"day": days, "sales": values, "price": price})


@pytest.fixture(scope="module")
def model(sales: pl.DataFrame) -> nw.Forecaster:
    model = nw.Forecaster(horizon=3, network="nlinear", epochs=3, lookback=14, progress=False)
    return model.fit(sales.drop("price"), target="sales", time="day")


def test_stretches_add_up_to_the_forecast(model: nw.Forecaster, sales: pl.DataFrame) -> None:
    rows = sales.drop("price")
    found = shap(model, rows, parts=7)
    forecast = model.predict(rows)["forecast"].to_numpy()
    assert found[0].about == "mean of the next 3 steps"
    assert found[0].answer == pytest.approx(forecast.mean(), rel=1e-5)
    assert found[0].scores.sum() == pytest.approx(found[0].answer - found[0].base, abs=1e-4)
    assert found[0].names[6] == "2024-05-30 – 2024-05-31"
    second = shap(model, rows, answer="step 2", parts=7)
    assert second[0].answer == pytest.approx(forecast[1], rel=1e-5)
    own = shap(model, None, parts=7)
    np.testing.assert_allclose(own[0].scores, found[0].scores, atol=1e-6)


def test_all_ways_of_forecasts(model: nw.Forecaster, sales: pl.DataFrame, tmp_path: Path) -> None:
    rows = sales.drop("price")
    found = shap(model, rows, method="gradients")
    assert found.method == "expected gradients"
    assert check(found).rows == 1
    found.page(tmp_path / "why.html")
    assert "2024-05" in (tmp_path / "why.html").read_text()
    assert lime(model, rows, least_fit=0)[0].fit is not None
    with pytest.raises(UserError, match="groups"):
        shap(model, rows, groups="correlated")
    with pytest.raises(UserError, match="step 9"):
        shap(model, rows, answer="step 9")
    with pytest.raises(UserError, match="stretches"):
        saliency(model, rows)
    with pytest.raises(UserError, match="truth of forecasts"):
        importance(model, rows, "sales")
    with pytest.raises(UserError, match="drop"):
        importance(model, rows, method="drop")


def test_what_is_known_ahead_is_a_player(sales: pl.DataFrame) -> None:
    model = nw.Forecaster(horizon=2, network="tcn", epochs=2, lookback=8, progress=False)
    last = sales.with_columns(sales=pl.when(pl.int_range(pl.len()) < 145).then("sales"))
    model.fit(last, target="sales", time="day", known=["price"])
    assert "price" in shap(model, last, parts=4)[0].names


def test_the_command_explains_forecasts(
    model: nw.Forecaster, sales: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.save(tmp_path / "m.nw")
    sales.write_csv(tmp_path / "s.csv")
    page = tmp_path / "why.html"
    words = ["explain", str(tmp_path / "m.nw"), str(tmp_path / "s.csv"), "--out", str(page)]
    assert perform([*words, "--answer", "step 1", "--parts", "5"]) == 0
    assert "step 1" in capsys.readouterr().out
    assert page.exists()
    scores = tmp_path / "scores.csv"
    assert perform([*words, "--method", "importance", "--csv", str(scores)]) == 0
    assert "last fifth of the past" in capsys.readouterr().out
    assert "What matters" in page.read_text()
    assert pl.read_csv(scores).columns == ["part", "mean", "low", "high"]
    with pytest.raises(UserError, match="--row"):
        perform([*words, "--method", "importance", "--row", "1"])


def test_forecasts_rest_on_what_they_were_made_from() -> None:
    generator = np.random.default_rng(0)
    price, walk = generator.normal(size=400), generator.normal(size=400)
    days = pl.date_range(pl.date(2023, 1, 1), pl.date(2024, 2, 4), "1d", eager=True)
    frame = pl.DataFrame({"day": days, "price": price, "noise": walk, "sales": 5 + 3 * price})
    model = nw.Forecaster(2, network="tcn", lookback=10, epochs=30, calendar=False, seed=0, progress=False)
    model.fit(frame[:300], target="sales", time="day", known=["price", "noise"])
    found = importance(model, frame)
    by_name = {one.column: one for one in found.columns}
    assert found.columns[0].column == "price"
    assert by_name["price"].low > 0.3
    assert abs(by_name["noise"].mean) < 0.2 * by_name["price"].mean
    assert len(by_name) == 7
    assert found.rows == 400 - 10 - 2 + 1
    with pytest.raises(DataError, match="10 values to look back on"):
        importance(model, frame[:8])
