"""Averages of answers as raw outputs, and the linear model beside them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from netwright.nets.additive import Additive
from netwright.nets.blend import Blend, blended
from netwright.nets.output import divide_output
from netwright.task import Task
from netwright.training.losses import CrossEntropy, TargetShape
from netwright.training.objective import decode


@given(st.integers(0, 10_000), st.sampled_from([1, 3, 5]), st.integers(1, 3))
def test_probabilities_are_averaged_and_never_logits(seed: int, outputs: int, members: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    answers = [torch.randn(4, members, outputs, generator=generator) * 5, torch.randn(4, outputs)]
    weights = [0.3, 0.7]
    shape = TargetShape(Task.BINARY if outputs == 1 else Task.MULTICLASS, max(2, outputs), 1)
    loss = CrossEntropy()
    expected = sum(w * decode(loss, one, shape) for w, one in zip(weights, answers, strict=True))
    found = decode(loss, blended(answers, weights, "chances"), shape)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_numbers_are_averaged_as_they_are() -> None:
    answers = [torch.tensor([[1.0], [2.0]]), torch.tensor([[[3.0], [5.0]], [[0.0], [2.0]]])]
    assert blended(answers, [0.5, 0.5], "numbers").tolist() == [[2.5], [1.5]]


def test_certain_answers_stay_finite() -> None:
    sure = blended([torch.tensor([[200.0]]), torch.tensor([[150.0]])], [0.5, 0.5], "chances")
    assert bool(torch.isfinite(sure).all())
    assert float(torch.sigmoid(sure)) == 1.0


def test_a_temperature_divides_what_the_blend_answers() -> None:
    blend = Blend([nn.Linear(2, 3), nn.Linear(2, 3)], [0.5, 0.5], "chances")
    rows = torch.randn(4, 2)
    before = blend(rows)
    assert divide_output(blend, 2.0)
    torch.testing.assert_close(blend(rows), before / 2)


def test_categories_add_what_belongs_to_them() -> None:
    module = Additive(1, (2, 3), 1)
    with torch.no_grad():
        module.weight.fill_(10.0)
        module.addends.copy_(torch.arange(5.0)[:, None])
    found = module(torch.tensor([[1.0], [0.0]]), torch.tensor([[1, 2], [0, 0]]))
    assert found.flatten().tolist() == [10 + 1 + 4, 0 + 2]


def test_a_table_without_categories_needs_no_codes() -> None:
    rows = np.ones((3, 2), dtype=np.float32)
    assert Additive(2, (), 1)(torch.from_numpy(rows)).shape == (3, 1)


def test_one_output_of_two_classes_stays_one() -> None:
    answers = [torch.zeros(2, 1), torch.zeros(2, 1)]
    assert blended(answers, [0.5, 0.5], "chances").tolist() == [[pytest.approx(0)], [pytest.approx(0)]]
