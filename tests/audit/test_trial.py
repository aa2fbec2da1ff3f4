"""What mending a defect does to the score."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.audit.trial import Trial
from netwright.compare.game import Field
from netwright.data.kinds import infer_schema
from netwright.data.target import Target

GENERATOR = np.random.default_rng(0)
X, Z = GENERATOR.normal(size=(2, 200))
TRUTH = X + Z > 0


def field(truth: np.ndarray, **more: np.ndarray) -> Field:
    frame = pl.DataFrame({"x": X, "z": Z, **more})
    values = pl.Series("y", truth.astype(int).astype(str) if truth.dtype == bool else truth)
    return Field(frame, values, infer_schema(frame), Target.infer(values))


@pytest.fixture(scope="module")
def clean() -> Trial:
    return Trial(field(TRUTH), seed=0)


def test_every_row_is_answered_by_a_model_that_did_not_see_it(clean: Trial) -> None:
    assert clean.outputs.shape == (200, 2)
    np.testing.assert_allclose(clean.outputs.sum(axis=1), 1)
    assert clean.scores.mean() > 0.8


def test_leaving_nothing_out_changes_nothing(clean: Trial) -> None:
    effect = clean.without_rows(np.array([], dtype=int), "nothing")
    assert effect.before == effect.after
    assert not effect.is_gain


def test_a_column_that_tells_is_missed(clean: Trial) -> None:
    effect = clean.without_columns(("x",), "without x")
    assert effect is not None
    assert effect.after < effect.before
    assert effect.text.startswith("without x")
    assert effect.to_json()["after"] == effect.after


def test_without_any_column_there_is_no_effect_to_measure(clean: Trial) -> None:
    assert clean.without_columns(("x", "z"), "nothing left") is None


def test_copies_kept_on_one_side_show_what_they_had_feigned() -> None:
    noise = np.random.default_rng(1).normal(size=(100, 2))
    coin = np.random.default_rng(2).random(100) < 0.5
    frame = pl.DataFrame({"x": np.tile(noise[:, 0], 4), "z": np.tile(noise[:, 1], 4)})
    values = pl.Series("y", np.tile(coin, 4).astype(int).astype(str))
    trial = Trial(Field(frame, values, infer_schema(frame), Target.infer(values)), seed=0)
    effect = trial.with_groups(np.tile(np.arange(100), 4), "apart")
    assert effect is not None
    assert effect.before > 0.85
    assert effect.after < 0.7


def test_wrong_numbers_left_out_are_a_gain() -> None:
    wrong = np.arange(0, 200, 10)
    truth = 5 * X
    truth[wrong] += 200
    trial = Trial(field(truth), seed=0)
    assert trial.outputs.shape == (200,)
    effect = trial.without_rows(wrong, "without the wrong ones")
    assert np.isfinite(effect.after)
    assert effect.low is not None
