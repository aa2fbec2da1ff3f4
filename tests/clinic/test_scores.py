"""Scores against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, r2_score, recall_score

from netwright.clinic.scores import answer_of, score

GENERATOR = torch.Generator().manual_seed(0)


def test_classes() -> None:
    output, target = torch.randn(60, 4, generator=GENERATOR), torch.tensor([0] * 30 + [2] * 20 + [3] * 10)
    found = score("classes", output, target)
    given = output.argmax(1).numpy()
    assert found.score == pytest.approx(accuracy_score(target, given))
    assert found.trivial == 0.5
    recall = recall_score(target, given, labels=[0, 2, 3], average=None, zero_division=0)
    assert found.recall == pytest.approx(tuple(recall))


def test_ignored_targets_do_not_count() -> None:
    output = torch.eye(3)
    assert score("classes", output, torch.tensor([0, -100, 1])).score == 0.5
    assert score("classes", output, torch.tensor([-100, -100, -100])).score is None


def test_classes_at_every_place() -> None:
    output = torch.zeros(2, 3, 5)
    output[:, 1] = 1.0
    assert score("classes", output, torch.ones(2, 5, dtype=torch.long)).score == 1.0


def test_two_classes_by_logits_and_by_probabilities() -> None:
    output, target = torch.tensor([[0.2], [0.7], [-0.1]]), torch.tensor([[1.0], [1.0], [0.0]])
    assert score("two classes", output, target).score == 1.0
    assert score("two classes", output, target, from_logits=False).score == pytest.approx(2 / 3)


def test_several_labels() -> None:
    output = torch.tensor([[1.0, -1.0], [1.0, 1.0]])
    found = score("several labels", output, torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    assert (found.score, found.trivial, found.recall) == (0.75, 1.0, ())


def test_numbers() -> None:
    output, target = torch.randn(50, 1, generator=GENERATOR), torch.randn(50, generator=GENERATOR)
    expected = r2_score(target.numpy(), np.ravel(output.numpy()))
    assert score("numbers", output, target).score == pytest.approx(expected, abs=1e-6)
    assert score("numbers", torch.ones(5), torch.ones(5)).score == 0.0
    assert score("numbers", torch.ones(5, 2), torch.ones(5)).score is None


def test_constant_answers() -> None:
    assert score("unknown", torch.ones(5, 2), torch.zeros(5)).constant is True
    assert score("unknown", torch.tensor([[1.0], [1.1]]), torch.zeros(2)).constant is False


@pytest.mark.parametrize(
    ("loss", "output", "target", "expected"),
    [
        ("crossentropyloss", (5, 3), torch.zeros(5, dtype=torch.long), "classes"),
        ("bcewithlogitsloss", (5, 1), torch.zeros(5, 1), "two classes"),
        ("bceloss", (5, 4), torch.zeros(5, 4), "several labels"),
        ("mseloss", (5, 1), torch.zeros(5, 1), "numbers"),
        ("mseloss", (3, 3), torch.eye(3), "classes"),
        ("", (5, 3), torch.zeros(5, dtype=torch.long), "classes"),
        ("", (5, 1), torch.rand(5, 1), "numbers"),
        ("tripletmarginloss", (5, 3), torch.zeros(5), "unknown"),
    ],
)
def test_the_kind_of_answer(loss: str, output: tuple[int, ...], target: torch.Tensor, expected: str) -> None:
    assert answer_of(loss, torch.zeros(output), target) == expected


def test_how_right_the_surest_answers_are() -> None:
    wanted = torch.arange(600) % 3
    certainty = torch.linspace(5, 0.1, 600)
    wrong = torch.zeros(600, dtype=torch.bool)
    wrong[:60:4] = True  # a quarter of the surest tenth
    given = torch.where(wrong, (wanted + 1) % 3, wanted)
    output = torch.nn.functional.one_hot(given, 3) * certainty[:, None]
    found = score("classes", output, wanted)
    assert found.sure == 0.75
    for place, share in enumerate(found.sure_answers):
        named = (given == place).nonzero()[:, 0]
        assert share == pytest.approx(float((~wrong)[named[: len(named) // 3]].double().mean()))


def test_of_few_rows_or_two_classes_no_certainty_is_told() -> None:
    output = torch.randn(299, 3, generator=GENERATOR)
    few = score("classes", output, torch.arange(299) % 3)
    assert few.sure is None
    assert all(share == share for share in few.sure_answers)
    assert score("classes", output[:60], torch.arange(60) % 3).sure_answers != ()
    two = score("classes", output[:, :2], torch.arange(299) % 2)
    assert (two.sure, two.sure_answers) == (None, ())
    broken = torch.full((400, 3), torch.nan)
    assert score("classes", broken, torch.arange(400) % 3).sure is None
