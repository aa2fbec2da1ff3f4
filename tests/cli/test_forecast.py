"""`netwright forecast`: a run folder with forecast, model, evidence and page; errors that teach."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.cli.app import perform
from netwright.cli.failures import Interrupted
from netwright.errors import DataError, RunError
from netwright.estimators.forecast_states import ForecastStates
from netwright.training.history import Round
from netwright.training.state import TrainingState
from netwright.verbs.forecast import resume_forecast


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 6, 30), eager=True)
    steps = np.arange(len(days))
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(days))
    path = tmp_path / "sales.csv"
    frame = pl.DataFrame({"date": days, "sales": 10 + np.sin(steps * 2 * np.pi / 7) + noise})
    shops = [
        frame.with_columns(store=pl.lit(name), sales=pl.col("sales") * by)
        for name, by in (("a", 1), ("b", 9))
    ]
    pl.concat(shops).write_csv(path)
    return path


QUICK = ["--effort", "quick", "--set", "network=nlinear", "--quiet"]


def test_the_command_writes_a_run_folder(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["--target", "sales", "--time", "date", "--group", "store", "--horizon", "7", "--out", str(out)]
    assert perform(["forecast", str(sales), *words, *QUICK, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["forecast"]) == 14
    assert answer["forecast"][0]["date"] == "2024-07-01"
    names = {path.name for path in out.iterdir()}
    assert {"run.json", "model.nw", "metrics.json", "forecast.csv", "report.html", "recipe.yaml"} <= names
    page = (out / "report.html").read_text()
    assert "Seasonal naive" in page
    assert "<script" not in page
    assert page.count("<svg") >= 4
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["metrics"]["mase"] < 1
    assert nw.load(out / "model.nw").predict().height == 14


def test_the_same_from_python_and_as_text(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = nw.forecast(
        pl.read_csv(sales, try_parse_dates=True).filter(store="a"),
        "sales",
        horizon=3,
        time="date",
        out=tmp_path / "one",
        progress=False,
        network="nlinear",
        effort="quick",
    )
    assert run.status == "finished"
    words = [
        "--target",
        "sales",
        "--time",
        "date",
        "--group",
        "store",
        "--horizon",
        "3",
        "--out",
        str(tmp_path / "two"),
    ]
    assert perform(["forecast", str(sales), *words, *QUICK]) == 0
    told = capsys.readouterr().out
    assert "Ridge on" in told
    assert "promises 90%" in told
    assert "last fifth of the past" in (tmp_path / "two" / "report.html").read_text()


def test_mistakes_are_named(sales: Path, tmp_path: Path) -> None:
    asked = {"target": "sales", "horizon": 7, "out": tmp_path / "run", "progress": False}
    with pytest.raises(DataError, match="same time"):
        nw.forecast(sales, time="date", **asked)
    with pytest.raises(DataError, match="Did you mean 'date'"):
        nw.forecast(sales, time="dat", group="store", **asked)
    with pytest.raises(DataError, match=r"has \d+ values, and 5,000 steps ahead need 10,002 at least"):
        nw.forecast(sales, time="date", group="store", **{**asked, "horizon": 5000})
    assert not (tmp_path / "run").exists()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("x")
    with pytest.raises(RunError, match="is not a run folder"):
        nw.forecast(sales, time="date", group="store", **asked)


def test_a_run_is_shown_and_forecasts_newer_values(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["--target", "sales", "--time", "date", "--group", "store", "--horizon", "3", "--out", str(out)]
    assert perform(["forecast", str(sales), *words, *QUICK]) == 0
    capsys.readouterr()
    assert perform(["show", str(out)]) == 0
    assert "newer_values.csv" in capsys.readouterr().out
    assert perform(["predict", str(out), str(sales)]) == 0
    assert capsys.readouterr().out.startswith("date,store,forecast,lower,upper")
    with pytest.raises(RunError, match="forecasts series"):
        perform(["evaluate", str(out), str(sales)])


def test_an_interrupted_forecast_goes_on_to_the_same_answer(
    sales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--target", "sales", "--time", "date", "--group", "store", "--horizon", "3", "--quiet"]
    words += ["--set", "network=[nlinear,dlinear]", "--set", "epochs=4"]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert perform(["forecast", str(sales), *words, "--out", str(whole)]) == 0
    observe = ForecastStates.observe

    def interrupted(states: ForecastStates, name: str, finished: Round, state: TrainingState) -> None:
        observe(states, name, finished, state)
        if name == "1-dlinear" and finished.number == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ForecastStates, "observe", interrupted)
        with pytest.raises(Interrupted, match="forecast --resume"):
            perform(["forecast", str(sales), *words, "--out", str(cut)])
    assert sorted(path.name for path in cut.glob("checkpoint-*")) == [
        "checkpoint-0-nlinear.safetensors",
        "checkpoint-1-dlinear.safetensors",
    ]
    assert perform(["forecast", "--resume", str(cut), "--quiet"]) == 0
    assert (cut / "forecast.csv").read_bytes() == (whole / "forecast.csv").read_bytes()
    assert not list(cut.glob("checkpoint-*"))
    with pytest.raises(RunError, match="is finished"):
        perform(["forecast", "--resume", str(cut)])


def test_only_the_same_data_goes_on(sales: Path, tmp_path: Path) -> None:
    run = nw.forecast(sales, "sales", horizon=2, time="date", group="store", out=tmp_path / "run", epochs=1)
    run.mark("interrupted")
    sales.write_text(sales.read_text() + "2024-07-01,5.0,a\n")
    with pytest.raises(RunError, match="changed since"):
        resume_forecast(run.path)
