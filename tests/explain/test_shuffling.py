"""Permutation importance finds what decides, leaves the rest at zero, and keeps its time."""

from __future__ import annotations

import json
from importlib import import_module

import numpy as np
import polars as pl
import pytest

from netwright.errors import DataError, UserError
from netwright.explain.shuffling import (
    MOST_ROWS,
    PermutationImportance,
    permutation_importance,
)
from netwright.metrics import UndefinedMetricError, find_metric
from netwright.task import Task

AUC = find_metric(Task.BINARY, "roc_auc")
RMSE = find_metric(Task.REGRESSION, "rmse")


class Clock:
    """Advances by hand and at every prediction."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def rows(count: int, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """Raw rows: a column that decides, one that helps, one that says nothing, one of text."""
    generator = np.random.default_rng(seed)
    decides, helps, nothing = generator.normal(size=(3, count))
    frame = pl.DataFrame(
        {"nothing": nothing, "helps": helps, "word": generator.choice(["a", "b"], count), "decides": decides}
    )
    noise = generator.normal(size=count)
    return frame, (2 * decides + 0.7 * helps + 0.5 * noise > 0).astype(np.int64)


def probabilities(frame: pl.DataFrame) -> np.ndarray:
    """A model that learnt the truth, and a little of what says nothing."""
    score = 2 * frame["decides"] + 0.7 * frame["helps"] + 0.03 * frame["nothing"]
    score = score + 0.02 * (frame["word"] == "a").cast(pl.Float64)
    chance = 1 / (1 + np.exp(-score.to_numpy()))
    return np.column_stack([1 - chance, chance])


def measured(seed: int = 0, count: int = 800, **settings: object) -> PermutationImportance:
    frame, truth = rows(count)
    return permutation_importance(
        probabilities, frame, truth, Task.BINARY, AUC, frame.columns, seed=seed, **settings
    )


def test_what_decides_comes_first_and_what_does_not_covers_zero() -> None:
    found = {one.column: one for one in measured().columns}
    assert list(found)[:2] == ["decides", "helps"]
    assert found["decides"].low > found["helps"].high > found["helps"].low > 0
    for name in ("nothing", "word"):
        assert found[name].low <= 0 <= found[name].high


def test_irrelevant_columns_cover_zero_on_nearly_all_draws() -> None:
    covered = 0
    for seed in range(40):
        frame, truth = rows(300, seed)
        (one,) = permutation_importance(
            probabilities, frame, truth, Task.BINARY, AUC, ["nothing"], seed=seed
        ).columns
        covered += one.low <= 0 <= one.high
    assert covered >= 36


def test_a_column_that_the_model_ignores_is_exactly_zero() -> None:
    frame, _ = rows(100)
    truth = frame["decides"].to_numpy()
    found = permutation_importance(
        lambda table: table["decides"].to_numpy(),
        frame,
        truth,
        Task.REGRESSION,
        RMSE,
        ["word", "decides"],
        seed=0,
    )
    assert [one.column for one in found.columns] == ["decides", "word"]
    ignored = found.columns[1]
    assert (ignored.mean, ignored.low, ignored.high) == (0.0, 0.0, 0.0)
    # Shuffling the only column doubles the variance of the error.
    assert found.columns[0].mean == pytest.approx(np.sqrt(2) * truth.std(), rel=0.15)


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert measured(seed=3) == measured(seed=3)
    assert measured(seed=3) != measured(seed=4)


def test_repeats_at_once_or_one_by_one_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = measured()
    monkeypatch.setattr(import_module("netwright.explain.shuffling"), "CELLS_AT_ONCE", 1)
    assert measured() == at_once


def test_the_order_of_the_columns_does_not_matter() -> None:
    frame, truth = rows(300)
    one, other = (
        permutation_importance(probabilities, frame, truth, Task.BINARY, AUC, names, seed=0)
        for names in (frame.columns, frame.columns[::-1])
    )
    assert set(one.columns) == set(other.columns)


def test_many_rows_are_thinned_and_it_is_said() -> None:
    found = measured(count=MOST_ROWS + 1000)
    assert found.rows == MOST_ROWS
    assert (
        found.note
        == f"Each column shuffled 5 times in {MOST_ROWS:,} of {MOST_ROWS + 1000:,} rows drawn at random."
    )


def test_a_rare_class_stays_among_thinned_rows() -> None:
    frame, _ = rows(MOST_ROWS * 4)
    truth = np.zeros(len(frame), dtype=np.int64)
    truth[7] = 1
    found = permutation_importance(probabilities, frame, truth, Task.BINARY, AUC, ["helps"], seed=0)
    assert found.rows == MOST_ROWS


def test_many_classes_and_several_labels() -> None:
    frame, _ = rows(400)
    thirds = np.digitize(frame["decides"].to_numpy(), [-0.5, 0.5])
    accuracy = find_metric(Task.MULTICLASS, "accuracy")

    def classes(table: pl.DataFrame) -> np.ndarray:
        return np.eye(3)[np.digitize(table["decides"].to_numpy(), [-0.5, 0.5])]

    found = permutation_importance(
        classes, frame, thirds, Task.MULTICLASS, accuracy, ["decides", "word"], seed=0
    )
    assert found.columns[0].column == "decides"
    assert 0.5 < found.columns[0].mean < 0.8
    labels = np.column_stack([thirds > 0, thirds > 1]).astype(np.float32)
    both = find_metric(Task.MULTILABEL, "subset_accuracy")
    found = permutation_importance(
        lambda table: np.column_stack([classes(table)[:, 1:].sum(axis=1), classes(table)[:, 2]]),
        frame,
        labels,
        Task.MULTILABEL,
        both,
        ["word", "decides"],
        seed=0,
    )
    assert [one.column for one in found.columns] == ["decides", "word"]


def timed(clock: Clock, seconds_per_row: float) -> object:
    def predict(table: pl.DataFrame) -> np.ndarray:
        clock.now += seconds_per_row * len(table)
        return probabilities(table)

    return predict


@pytest.mark.parametrize(
    ("seconds", "rows_used", "repeats"),
    [(1000.0, 800, 5), (14.0, 800, 4), (4.0, None, 2)],
)
def test_too_little_time_means_fewer_repeats_then_fewer_rows(
    seconds: float, rows_used: int | None, repeats: int
) -> None:
    frame, truth = rows(800)
    clock = Clock()
    found = permutation_importance(
        timed(clock, 1 / 1000), frame, truth, Task.BINARY, AUC, frame.columns,
        seed=0, seconds=seconds, clock=clock,
    )  # fmt: skip
    assert found.repeats == repeats
    assert found.rows == (rows_used or found.rows)
    assert clock.now <= seconds
    assert found.unmeasured == ()
    if repeats < 5:
        assert f"{repeats} times instead of 5, for lack of time" in found.note
    if rows_used is None:
        assert 200 <= found.rows < 800


def test_columns_without_time_are_named() -> None:
    frame, truth = rows(800)
    clock = Clock()
    found = permutation_importance(
        timed(clock, 1 / 200), frame, truth, Task.BINARY, AUC, frame.columns,
        seed=0, seconds=7.0, clock=clock,
    )  # fmt: skip
    assert 0 < len(found.unmeasured) < 4
    assert {one.column for one in found.columns} | set(found.unmeasured) == set(frame.columns)
    assert found.note.endswith(f"There was no time for {len(found.unmeasured)} columns.")


def test_it_survives_json() -> None:
    found = measured()
    assert PermutationImportance.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_wrong_column_leads_to_the_right_one() -> None:
    frame, truth = rows(20)
    with pytest.raises(DataError, match=r"no column 'decide' to shuffle\. Did you mean 'decides'"):
        permutation_importance(probabilities, frame, truth, Task.BINARY, AUC, ["decide"], seed=0)


def test_no_repeats_are_refused() -> None:
    frame, truth = rows(20)
    with pytest.raises(UserError, match="repeats=0"):
        permutation_importance(probabilities, frame, truth, Task.BINARY, AUC, ["decides"], repeats=0, seed=0)


def test_a_metric_without_a_value_says_why() -> None:
    frame, _ = rows(20)
    with pytest.raises(UndefinedMetricError, match="ROC AUC has no value on these 20 rows: no class"):
        permutation_importance(probabilities, frame, np.zeros(20), Task.BINARY, AUC, ["decides"], seed=0)


def test_outputs_that_break_down_under_shuffling_are_named() -> None:
    frame, _ = rows(30)
    truth = frame["decides"].to_numpy()

    def fragile(table: pl.DataFrame) -> np.ndarray:
        as_they_are = np.array_equal(table["decides"].to_numpy(), truth)
        return truth if as_they_are else np.full(len(table), np.nan)

    with pytest.raises(UndefinedMetricError, match="not finite"):
        permutation_importance(fragile, frame, truth, Task.REGRESSION, RMSE, ["decides"], seed=0)
