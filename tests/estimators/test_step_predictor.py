"""`StepPredictor`: every step is answered, by class or number, and padding neither teaches nor changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from netwright.errors import DataError, RecipeError
from netwright.estimators.saving import load
from netwright.estimators.step_predictor import StepPredictor
from netwright.training.losses import CrossEntropy
from netwright.training.losses.per_step import _PerStep

QUICK = {
    "network": {"kind": "gru", "hidden": 12, "bidirectional": True},
    "epochs": 40,
    "progress": False,
    "batch_size": 8,
    "patience": 30,
}


def walks(count: int = 60) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.standard_normal(int(generator.integers(4, 12))) for _ in range(count)]


def test_the_class_of_every_step_is_learnt() -> None:
    rows = walks()
    labels = [np.where(row > 0, "up", "down") for row in rows]
    answers = StepPredictor(**QUICK).fit(rows, labels).predict(rows)
    assert [len(one) for one in answers] == [len(row) for row in rows]
    assert np.mean(np.concatenate(answers) == np.concatenate(labels)) > 0.93


def test_three_classes_that_depend_on_the_step_before() -> None:
    rows = walks(120)
    labels = [np.array([0, *(1 + (row[:-1] > 0))]) for row in rows]
    answers = StepPredictor(**QUICK).fit(rows, labels).predict(rows)
    assert np.mean(np.concatenate(answers) == np.concatenate(labels)) > 0.9


def test_a_number_for_every_step_whatever_the_batch() -> None:
    rows = walks()
    truth = [100 + 5 * np.cumsum(row) for row in rows]
    model = StepPredictor(**QUICK).fit(rows, truth)
    answers = model.predict(rows)
    assert np.corrcoef(np.concatenate(answers), np.concatenate(truth))[0, 1] > 0.8
    np.testing.assert_allclose(model.predict(rows[:1])[0], answers[0], rtol=1e-4)


@pytest.mark.parametrize("kind", ["two", "three", "numbers"])
def test_saved_and_loaded_it_answers_the_same(kind: str, tmp_path: Path) -> None:
    rows = walks(30)
    truth = {
        "two": [np.where(row > 0, "up", "down") for row in rows],
        "three": [np.digitize(row, [-0.5, 0.5]) for row in rows],
        "numbers": [7 + 3 * row for row in rows],
    }[kind]
    model = StepPredictor(**{**QUICK, "epochs": 2}).fit(rows, truth)
    model.save(tmp_path / "steps.nw")
    again = load(tmp_path / "steps.nw")
    assert isinstance(again, StepPredictor)
    for one, other in zip(model.predict(rows), again.predict(rows), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.history_ == model.history_
    again.fit(rows, truth).predict(rows)


def test_nothing_to_save_yet(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError, match="call fit first"):
        StepPredictor().save(tmp_path / "steps.nw")


def test_padding_has_no_loss() -> None:
    loss = _PerStep(loss=CrossEntropy(), width=1)
    target = torch.tensor([[1.0, 0.0, float("nan")]])
    one, two = (loss.mean(torch.tensor([[2.0, -1.0, last]]), target) for last in (0.0, 50.0))
    assert torch.equal(one, two)
    torch.testing.assert_close(one, CrossEntropy().mean(torch.tensor([[2.0], [-1.0]]), target[0, :2]))


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(DataError, match="Row 2: expected 2 answers"):
        StepPredictor().fit([np.zeros(3), np.zeros(2)], [[0, 1, 0], [1]])
    with pytest.raises(RecipeError, match="does not answer every step"):
        StepPredictor(network="mlp").fit([np.zeros(3)], [[0, 1, 0]])
