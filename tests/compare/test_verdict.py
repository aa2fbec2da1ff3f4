"""The verdict on real answers: paired, honest, and kept as plain data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from netwright.compare.baselines import Baseline
from netwright.compare.verdict import Verdict, verdict
from netwright.metrics import Answers, answers_from
from netwright.task import Task

TRUTH = np.random.default_rng(0).integers(0, 2, 2000)


def scores(strength: float, seed: int) -> np.ndarray:
    """Probabilities that know the truth with that strength."""
    noise = np.random.default_rng(seed).normal(size=len(TRUTH))
    chance = 1 / (1 + np.exp(-(strength * (TRUTH - 0.5) + noise)))
    return np.column_stack([1 - chance, chance])


def baseline(name: str, outputs: np.ndarray, task: Task = Task.BINARY, shortened: bool = False) -> Baseline:
    answers = answers_from(task, outputs)
    label = {"constant": "most frequent class", "linear": "logistic regression"}.get(
        name, "gradient boosting"
    )
    return Baseline(name, label, answers.predictions, answers.probabilities, 1.0, "", shortened)


def judged(network: float, linear: float, boosting: float) -> Verdict:
    constant = np.tile([0.5, 0.5], (len(TRUTH), 1))
    rivals = [
        baseline("constant", constant),
        baseline("linear", scores(linear, 1)),
        baseline("boosting", scores(boosting, 2)),
    ]
    return verdict(Task.BINARY, TRUTH, answers_from(Task.BINARY, scores(network, 3)), rivals, seed=0)


def test_the_network_is_best_where_it_knows_more() -> None:
    found = judged(network=3.0, linear=1.0, boosting=1.5)
    assert found.sentence.startswith("The network is best: ROC AUC")
    assert (found.use, found.clear, found.metric) == ("network", True, "roc_auc")
    assert all(one.low > 0 for one in found.differences)


def test_a_baseline_is_to_be_used_where_it_knows_more() -> None:
    found = judged(network=1.0, linear=0.8, boosting=2.0)
    assert found.sentence.startswith("Use gradient boosting: ROC AUC")
    gains = {one.name: one for one in found.differences}
    assert gains["boosting"].high < 0 < gains["constant"].low
    assert found.use == "boosting"


def test_noise_is_no_winner() -> None:
    found = judged(network=1.5, linear=1.5, boosting=1.5)
    assert found.sentence.startswith("No clear winner")
    assert not found.clear


def test_a_network_that_learnt_nothing_is_told_so() -> None:
    found = judged(network=0.0, linear=0.0, boosting=0.0)
    assert "no better than always answering the most frequent class" in found.sentence
    assert found.use == "constant"


def test_the_table_holds_all_metrics_of_all_models_and_the_deciding_interval() -> None:
    found = judged(network=1.5, linear=1.0, boosting=1.5)
    assert [model.name for model in found.models] == ["network", "constant", "linear", "boosting"]
    for model in found.models:
        assert [one.name for one in model.metrics][:2] == ["roc_auc", "average_precision"]
        assert all(one.value is not None for one in model.metrics)
    assert found.models[0].metrics[0].low is not None
    assert found.note == "1,000 bootstrap resamples."


def test_it_survives_json() -> None:
    found = judged(network=1.5, linear=1.0, boosting=1.5)
    assert Verdict.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


def test_numbers_are_better_when_errors_are_lower() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=500)
    rivals = [
        baseline("constant", np.zeros(500), Task.REGRESSION),
        baseline("linear", truth + generator.normal(scale=0.5, size=500), Task.REGRESSION),
        baseline("boosting", truth + generator.normal(scale=0.6, size=500), Task.REGRESSION),
    ]
    network = Answers(truth + generator.normal(scale=0.2, size=500))
    found = verdict(Task.REGRESSION, truth, network, rivals, seed=0)
    assert found.sentence.startswith("The network is best: RMSE 0.")
    assert all(one.gain > 0 for one in found.differences)


def test_a_part_with_one_class_is_judged_by_the_next_metric() -> None:
    truth = np.zeros(50, dtype=np.int64)
    sure, unsure = np.tile([0.9, 0.1], (50, 1)), np.tile([0.4, 0.6], (50, 1))
    found = verdict(
        Task.BINARY, truth, answers_from(Task.BINARY, sure), [baseline("constant", unsure)], seed=0
    )
    assert found.metric == "accuracy"
    assert found.sentence.startswith("The network is best: accuracy 1.000 against 0.000")


def test_answers_that_are_no_numbers_have_no_verdict() -> None:
    truth = np.arange(5.0)
    rivals = [baseline("constant", np.zeros(5), Task.REGRESSION)]
    found = verdict(Task.REGRESSION, truth, Answers(np.full(5, np.nan)), rivals, seed=0)
    assert found.sentence == "No verdict: 5 of the predictions are not finite."
    assert found.metric == ""
    assert found.models[1].metrics[0].value is not None


def test_weights_decide_which_rows_matter() -> None:
    wrong_first = np.where(np.arange(100) < 50, 1.0, 0.0)
    truth = np.zeros(100)
    rivals = [baseline("boosting", 1.0 - wrong_first, Task.REGRESSION)]
    for weights, use in ((wrong_first + 0.01, "boosting"), (1.01 - wrong_first, "network")):
        network = Answers(wrong_first)
        assert verdict(Task.REGRESSION, truth, network, rivals, weights, seed=0).use == use


def test_no_time_leaves_it_undecided(clock: object) -> None:
    rivals = [baseline("linear", scores(1.0, 1))]
    network = answers_from(Task.BINARY, scores(2.0, 3))
    found = verdict(Task.BINARY, TRUTH, network, rivals, seed=0, seconds=0)
    assert found.sentence.startswith("Undecided: ROC AUC")
    assert found.use == "network"


def test_it_is_the_same_for_the_same_seed() -> None:
    assert judged(1.5, 1.0, 1.4) == judged(1.5, 1.0, 1.4)


def test_the_difference_is_that_of_the_values() -> None:
    found = judged(network=1.5, linear=1.0, boosting=1.5)
    values = {model.name: model.metrics[0].value for model in found.models}
    for one in found.differences:
        assert one.gain == pytest.approx(values["network"] - values[one.name])
