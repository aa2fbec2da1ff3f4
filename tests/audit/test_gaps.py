"""Gaps: why they are there, and how well they can be filled."""

from __future__ import annotations

import numpy as np
import polars as pl

from netwright.audit.gaps import (
    DROP,
    FILLINGS,
    INDICATOR,
    fillings,
    gaps_of,
    hidden_errors,
    scores_by_filling,
)
from netwright.compare.game import Field
from netwright.compare.intervals import Interval
from netwright.compare.paired import Paired
from netwright.data.kinds import infer_schema
from netwright.data.target import Target
from netwright.metrics import primary_metric

GENERATOR = np.random.default_rng(0)
X, Z = GENERATOR.normal(size=(2, 400))


def test_gaps_that_go_with_a_column_name_it() -> None:
    frame = pl.DataFrame(
        {"x": X, "z": Z, "y": [None if x > 0.7 else 1.0 * z for x, z in zip(X, Z, strict=True)]}
    )
    (found,) = gaps_of(frame, seed=0)
    assert (found.column, found.depends, found.on) == ("y", True, ("x",))
    assert found.auc is not None
    assert found.auc > 0.9


def test_gaps_at_random_depend_on_nothing() -> None:
    gone = np.random.default_rng(1).random(400) < 0.2
    (found,) = gaps_of(pl.DataFrame({"x": X, "z": pl.Series(Z).set(pl.Series(gone), None)}), seed=0)
    assert not found.depends
    assert found.missing == int(gone.sum())
    assert found.low is not None
    assert found.low < 0.55


def test_too_few_gaps_say_nothing() -> None:
    values = [None if place < 5 else float(value) for place, value in enumerate(Z)]
    (found,) = gaps_of(pl.DataFrame({"x": X, "z": values}), seed=0)
    assert (found.auc, found.depends) == (None, False)


def test_fillings_that_look_at_other_columns_win_where_these_tell() -> None:
    matrix = np.column_stack([X, X + 0.1 * Z, 2 * X - 0.1 * Z])
    matrix[::9, 1] = np.nan
    errors = {name: paired.mean for name, paired in hidden_errors(matrix, seed=0, repeats=1).items()}
    assert set(errors) == set(FILLINGS)
    assert errors["neighbours"] < 0.5 * errors["mean"]
    assert errors["forest"] < 0.5 * errors["mean"]


def test_columns_without_any_value_or_spread_are_left_out() -> None:
    assert hidden_errors(np.column_stack([np.full(50, np.nan), np.ones(50)]), seed=0) == {}


def test_every_filling_is_scored_within_folds() -> None:
    gappy = [None if place % 6 == 0 else float(value) for place, value in enumerate(X[:150])]
    frame = pl.DataFrame({"x": gappy, "z": Z[:150], "y": (X + Z > 0)[:150].astype(int).astype(str)})
    inputs = frame.drop("y")
    field = Field(inputs, frame["y"], infer_schema(inputs), Target.infer(frame["y"]))
    scores = scores_by_filling(field, ["x", "z"], primary_metric(field.target.task), seed=0)
    assert set(scores) == {*FILLINGS, INDICATOR, DROP}
    assert all(0.5 < paired.mean <= 1 for paired in scores.values())


def test_what_was_measured_stands_side_by_side() -> None:
    error, score = Paired(0.5, Interval(0.4, 0.6), 0.01), Paired(0.9, None, None)
    found = fillings({"mean": error}, {"mean": score, "drop": score})
    assert [(one.name, one.error, one.score) for one in found] == [("mean", 0.5, 0.9), ("drop", None, 0.9)]
    assert (found[0].error_low, found[0].score_high) == (0.4, 0.9)
