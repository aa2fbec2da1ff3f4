"""The contest: same folds for all, the time kept, everything that is left out said."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.compare.advice import advice
from netwright.compare.contenders import classical
from netwright.compare.contest import Played, Round, play
from netwright.compare.folds import Fold, repeated_folds
from netwright.compare.game import Contender, Field, Fitted, Game
from netwright.compare.standings import Standings, standings
from netwright.data.kinds import infer_schema
from netwright.data.target import Target
from netwright.errors import UserError
from netwright.metrics import primary_metric
from netwright.task import Task

METRIC = primary_metric(Task.BINARY)


def field(rows: int = 120) -> Field:
    generator = np.random.default_rng(rows)
    frame = pl.DataFrame(
        {
            "x": generator.normal(size=rows),
            "kind": [str(n % 3) for n in range(rows)],
            "y": ["a", "b"] * (rows // 2),
        }
    )
    frame = frame.with_columns(x=pl.col("x") + (pl.col("y") == "b") * 1.5)
    inputs = frame.drop("y")
    return Field(inputs, frame["y"], infer_schema(inputs), Target.infer(frame["y"]))


def constant_contender(
    name: str, shift: float, seconds: float, clock: Any, *, network: bool = False
) -> Contender:
    seen: list[float | None] = []

    def learn(game: Game) -> Fitted:
        clock.now += seconds
        seen.append(game.seconds)
        x = game.field.frame["x"].to_numpy()[game.test]
        score = 1 / (1 + np.exp(-x * shift))
        return Fitted(lambda: np.column_stack([1 - score, score]), lambda: 10)

    contender = Contender(name, name, learn, network)
    contender.__dict__["seen"] = seen
    return contender


def test_everyone_plays_the_same_folds(clock: Callable[[float], Any]) -> None:
    rows = field()
    folds = repeated_folds(120, 3, 1, seed=0)
    told: list[str] = []
    contenders = classical(is_classification=True)[:5]
    played = play(rows, contenders, folds, METRIC, seed=0, threads=1, clock=clock(0.0), told=told.append)
    assert {name: len(rounds) for name, rounds in played.rounds.items()} == {
        "constant": 3,
        "linear": 3,
        "neighbours": 3,
        "forest": 3,
        "boosting": 3,
    }
    ranked = standings(played, contenders, METRIC)
    assert ranked.model("constant").score == 0.5  # type: ignore[union-attr]
    assert ranked.models[0].rank < ranked.models[-1].rank
    assert Standings.from_json(ranked.to_json()) == ranked
    assert advice(ranked, METRIC)[1] == "linear"
    assert sum(line.startswith("fold") for line in told) == 3


def test_the_time_is_kept_and_said(clock: Callable[[float], Any]) -> None:
    time = clock(0.0)
    contenders = [constant_contender("slow", 1.0, 4.0, time)]
    played = play(
        field(),
        contenders,
        repeated_folds(120, 5, 2, seed=0),
        METRIC,
        seed=0,
        threads=1,
        seconds=14,
        clock=time,
    )
    assert len(played.folds) == 3
    assert played.remarks == ["Stopped after 3 of 10 folds to keep within the time of 14 s."]


def test_networks_get_what_the_others_leave(clock: Callable[[float], Any]) -> None:
    time = clock(0.0)
    network = constant_contender("network", 1.0, 5.0, time, network=True)
    contenders = [network, constant_contender("trees", 1.0, 2.0, time)]
    play(
        field(),
        contenders,
        repeated_folds(120, 5, 1, seed=0),
        METRIC,
        seed=0,
        threads=1,
        seconds=50,
        clock=time,
    )
    assert set(network.__dict__["seen"]) == {8.0}


def test_the_slowest_is_left_out_with_its_reason(clock: Callable[[float], Any]) -> None:
    time = clock(0.0)
    contenders = [
        constant_contender("quick", 1.0, 0.1, time),
        constant_contender("other", 1.0, 0.1, time),
        constant_contender("endless", 1.0, 30.0, time),
        constant_contender("network", 1.0, 1.0, time, network=True),
    ]
    played = play(
        field(),
        contenders,
        repeated_folds(120, 5, 1, seed=0),
        METRIC,
        seed=0,
        threads=1,
        seconds=60,
        clock=time,
    )
    assert "one fold took 30 s" in played.left_out["endless"]
    assert "endless" not in played.rounds
    assert len(played.rounds["network"]) == len(played.folds) >= 3


def test_one_that_fails_is_left_out(clock: Callable[[float], Any]) -> None:
    time = clock(0.0)

    def learn(game: Game) -> Fitted:
        raise UserError("no good")

    contenders = [Contender("broken", "broken", learn), constant_contender("fine", 1.0, 1.0, time)]
    played = play(
        field(), contenders, repeated_folds(120, 2, 1, seed=0), METRIC, seed=0, threads=1, clock=time
    )
    assert played.left_out == {"broken": "UserError: no good"}
    assert set(played.rounds) == {"fine"}


def ranked(scores: dict[str, list[float]], seconds: dict[str, float] | None = None) -> Standings:
    """Return standings of imagined scores."""
    contenders = [Contender(name, name, lambda game: None) for name in scores]  # type: ignore[arg-type, return-value]
    folds = [Fold(np.arange(80), np.arange(20))] * len(next(iter(scores.values())))
    rounds = {
        name: [Round(score, (seconds or {}).get(name, 1.0), 0.1, 20) for score in values]
        for name, values in scores.items()
    }
    played = Played(rounds, dict.fromkeys(scores, 1), {}, {}, folds)
    return standings(played, contenders, METRIC)


NOISE = [0.0, 0.004, -0.003, 0.002, -0.004]


def around(middle: float, noise: list[float] = NOISE) -> list[float]:
    return [middle + one for one in noise]


SCORES = {
    "linear is level": (
        {"constant": around(0.5), "linear": around(0.9, NOISE[::-1]), "network": around(0.901)},
        "linear",
        "Use the linear model: it is as good and explains itself",
    ),
    "linear is best": (
        {"constant": around(0.5), "linear": around(0.92), "network": around(0.8)},
        "linear",
        "Use the linear model: it is best and explains itself",
    ),
    "network is best": (
        {"constant": around(0.5), "linear": around(0.8), "network": around(0.95, NOISE[::-1])},
        "network",
        "Use the network: ROC AUC 0.950, ahead of the linear",
    ),
    "nothing learnt": (
        {"constant": [0.5] * 5, "linear": around(0.5), "network": around(0.501, NOISE[::-1])},
        "constant",
        "No model is better than always answering",
    ),
    "two are level": (
        {"constant": around(0.5), "forest": around(0.9, NOISE[::-1]), "network": around(0.901)},
        "network",
        "the forest cannot be told from it",
    ),
}


@pytest.mark.parametrize("case", SCORES)
def test_the_verdict_follows_the_scores(case: str) -> None:
    scores, use, told = SCORES[case]
    sentence, chosen = advice(ranked(scores), METRIC)
    assert chosen == use
    assert told in sentence


def test_a_model_as_good_in_a_tenth_of_the_time_is_named() -> None:
    scores = {"forest": around(0.9, NOISE[::-1]), "network": around(0.901)}
    sentence, _ = advice(ranked(scores, {"forest": 1.0, "network": 10.0}), METRIC)
    assert "the forest learns 10 times as fast" in sentence


def test_groups_join_models_that_cannot_be_told_apart() -> None:
    result = ranked(
        {"a": around(0.9), "b": around(0.9, NOISE[::-1]), "c": around(0.5, NOISE[1:] + NOISE[:1])}
    )
    assert [set(group.names) for group in result.groups] == [{"a", "b"}]
    assert not result.model("c").level  # type: ignore[union-attr]


def test_tied_folds_share_ranks() -> None:
    result = ranked({"a": [0.9, 0.8], "b": [0.9, 0.8]})
    assert [model.rank for model in result.models] == [1.5, 1.5]
    assert list(itertools.chain(*(group.names for group in result.groups))) == ["a", "b"]
