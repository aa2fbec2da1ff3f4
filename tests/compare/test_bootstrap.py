"""The bootstrap agrees with a naive loop, keeps its budget, and says what it did."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as sk

from netwright.compare.bootstrap import MOST_DRAWS, bootstrap
from netwright.metrics import Answers, answers_from, draw_counts, find_metric, metrics_of
from netwright.randomness import numpy_generator
from netwright.task import Task

AUC = find_metric(Task.BINARY, "roc_auc")
ACCURACY = find_metric(Task.BINARY, "accuracy")
MAE = find_metric(Task.REGRESSION, "mae")


def two_classes(rows: int, seed: int = 0, shift: float = 1.5) -> tuple[np.ndarray, Answers]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, rows)
    chance = 1 / (1 + np.exp(-generator.normal(truth * shift, 1).round(1)))
    return truth, answers_from(Task.BINARY, np.column_stack([1 - chance, chance]))


def test_intervals_are_those_of_a_naive_loop_over_the_same_resamples() -> None:
    truth, answers = two_classes(150)
    result = bootstrap(truth, {"m": answers}, metrics_of(Task.BINARY), seed=5, resamples=60)
    counts = draw_counts(numpy_generator(5, "bootstrap"), 150, 60)
    naive: dict[str, list[float]] = {name: [] for name in ("roc_auc", "average_precision", "f1", "brier")}
    for row in counts.astype(int):
        drawn = np.repeat(np.arange(150), row)
        y, p = truth[drawn], answers.probabilities[drawn, 1]
        naive["roc_auc"].append(sk.roc_auc_score(y, p))
        naive["average_precision"].append(sk.average_precision_score(y, p))
        naive["f1"].append(sk.f1_score(y, answers.predictions[drawn]))
        naive["brier"].append(sk.brier_score_loss(y, p))
    for name, values in naive.items():
        low, high = np.percentile(values, [2.5, 97.5])
        estimate = result.estimate("m", name)
        assert (estimate.low, estimate.high) == pytest.approx((low, high), rel=1e-9)


def test_differences_are_paired() -> None:
    truth, one = two_classes(400)
    # The same scores a little disturbed: each has a wide interval, their difference a narrow one.
    chance = one.probabilities[:, 1] + np.random.default_rng(1).normal(scale=0.01, size=400)
    two = answers_from(Task.BINARY, np.column_stack([1 - chance, chance]))
    result = bootstrap(truth, {"one": one, "two": two}, [AUC], seed=0, resamples=300)
    wide, difference = result.estimate("one", "roc_auc"), result.difference("one", "two", "roc_auc")
    assert difference is not None
    assert difference.high - difference.low < (wide.high - wide.low) / 5
    mirrored = result.difference("two", "one", "roc_auc")
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-difference.high, -difference.low))


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    covered = 0
    for seed in range(200):
        numbers = np.random.default_rng(seed).exponential(size=80)
        result = bootstrap(np.zeros(80), {"m": Answers(numbers)}, [MAE], seed=seed, resamples=200)
        estimate = result.estimate("m", "mae")
        covered += estimate.low <= 1.0 <= estimate.high
    assert 0.88 <= covered / 200 <= 0.98


def test_weights_count_as_in_the_metric() -> None:
    truth, answers = two_classes(100)
    weights = np.where(np.arange(100) < 50, 1.0, 0.0)
    result = bootstrap(truth, {"m": answers}, [ACCURACY], weights, seed=0, resamples=100)
    half = Answers(answers.predictions[:50])
    assert result.estimate("m", "accuracy").value == ACCURACY.score(truth[:50], half).value
    assert result.rows == pytest.approx(50)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others() -> None:
    truth, answers = two_classes(100)
    first, again, other = (
        bootstrap(truth, {"m": answers}, [AUC], seed=seed, resamples=100).estimate("m", "roc_auc")
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_a_small_class_is_kept_in_every_resample() -> None:
    truth = np.array([0] * 60 + [1] * 2)
    _, answers = two_classes(62)
    result = bootstrap(truth, {"m": answers}, [AUC], seed=0, resamples=200)
    assert np.isfinite(result.values["m", "roc_auc"]).all()
    assert "within each class" in result.note


def test_perfect_accuracy_still_has_an_interval() -> None:
    truth = np.arange(36) % 2
    result = bootstrap(truth, {"m": Answers(truth)}, [ACCURACY], seed=0)
    estimate = result.estimate("m", "accuracy")
    assert estimate.value == estimate.high == 1.0
    assert 0.85 < estimate.low < 0.95


def test_no_spread_at_all_is_no_interval() -> None:
    truth = np.arange(30.0)
    estimate = bootstrap(truth, {"m": Answers(truth)}, [MAE], seed=0).estimate("m", "mae")
    assert (estimate.value, estimate.low) == (0.0, None)
    assert "every resample gives the same value" in estimate.reason


def test_what_is_undefined_keeps_its_reason() -> None:
    truth = np.zeros(30, dtype=np.int64)
    answers = Answers(truth, np.full((30, 2), 0.5))
    result = bootstrap(truth, {"m": answers}, metrics_of(Task.BINARY), seed=0, resamples=50)
    assert result.estimate("m", "roc_auc").value is None
    assert "no class is present" in result.estimate("m", "roc_auc").reason
    assert result.estimate("m", "accuracy").value == 1.0
    assert result.difference("m", "m", "roc_auc") is None


def test_often_undefined_is_no_interval() -> None:
    r2 = find_metric(Task.REGRESSION, "r2")
    truth = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    answers = Answers(np.array([0.1, 0.0, 0.2, 0.0, 0.5]))
    estimate = bootstrap(truth, {"m": answers}, [r2], seed=0, resamples=200).estimate("m", "r2")
    assert estimate.value is not None
    assert estimate.low is None
    assert "undefined in" in estimate.reason


def test_a_time_budget_ends_the_resamples_and_is_stated(clock: object) -> None:
    truth, answers = two_classes(50)
    result = bootstrap(truth, {"m": answers}, [AUC], seed=0, seconds=6, clock=clock(1.0))
    assert 1 <= result.resamples < 1000
    assert result.note == f"{result.resamples:,} bootstrap resamples, as many as the time allowed."


def test_too_few_resamples_are_no_interval(clock: object) -> None:
    truth, answers = two_classes(50)
    result = bootstrap(truth, {"m": answers}, [AUC], seed=0, seconds=3, clock=clock(1.0))
    estimate = result.estimate("m", "roc_auc")
    assert estimate.value is not None
    assert estimate.low is None
    assert "an interval takes 40" in estimate.reason
    none = bootstrap(truth, {"m": answers}, [AUC], seed=0, seconds=0)
    assert none.resamples == 0
    assert none.estimate("m", "roc_auc").reason == "not resampled"


def test_resamples_made_in_less_time_are_the_first_of_those_made_in_more(clock: object) -> None:
    truth, answers = two_classes(50)
    short = bootstrap(truth, {"m": answers}, [AUC], seed=0, seconds=6, clock=clock(1.0))
    full = bootstrap(truth, {"m": answers}, [AUC], seed=0)
    made = short.resamples
    assert np.array_equal(short.values["m", "roc_auc"], full.values["m", "roc_auc"][:made])


def test_many_rows_take_fewer_resamples_and_say_so() -> None:
    rows = MOST_DRAWS // 200
    truth = np.zeros(rows)
    result = bootstrap(truth, {"m": Answers(np.ones(rows))}, [MAE], seed=0, seconds=0)
    assert "time" in result.note
    few = bootstrap(truth[:10], {"m": Answers(np.ones(10))}, [MAE], seed=0, resamples=50)
    assert few.note == "50 bootstrap resamples."
