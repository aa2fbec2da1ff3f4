"""Classes are evened out in training rows alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import netwright as nw
from netwright.errors import RecipeError
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.losses import LogitAdjusted, TargetShape
from netwright.training.resampling import Way, resampled


def rows(frequent: int = 40, rare: int = 7) -> Batch:
    count = frequent + rare
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(count, 3, generator=generator)
    codes = torch.randint(0, 4, (count, 2), generator=generator)
    return Batch((numbers, codes), torch.tensor([0.0] * frequent + [1.0] * rare))


@pytest.mark.parametrize(("way", "each"), [("under", 7), ("over", 40)])
def test_every_class_is_as_frequent(way: Way, each: int) -> None:
    given = rows()
    even = resampled(given, way, Task.BINARY, seed=0)
    assert torch.bincount(even.target.long()).tolist() == [each, each]
    known = {tuple(row) for row in given.inputs[0].tolist()}
    assert {tuple(row) for row in even.inputs[0].tolist()} <= known
    again = resampled(given, way, Task.BINARY, seed=0)
    assert torch.equal(even.inputs[0], again.inputs[0])


def test_smote_adds_rows_between_neighbours() -> None:
    pytest.importorskip("imblearn")
    given = rows()
    even = resampled(given, "smote", Task.BINARY, seed=0)
    assert torch.bincount(even.target.long()).tolist() == [40, 40]
    rare, made = given.inputs[0][40:], even.inputs[0][even.target == 1]
    assert bool((made <= rare.amax(0) + 1e-5).all())
    assert bool((made >= rare.amin(0) - 1e-5).all())
    assert int(even.inputs[1].max()) <= 3


def test_numbers_have_no_classes_to_even_out() -> None:
    with pytest.raises(RecipeError, match="needs classes"):
        resampled(rows(), "over", Task.REGRESSION, seed=0)


def test_held_out_rows_keep_their_frequencies() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 2))
    y = np.where(x[:, 0] > 1.2, "rare", "usual")
    model = nw.Classifier(preparation={"resampling": "over"}, epochs=2, progress=False, watch=False)
    ready = model._ready(
        x, y, None, None, __import__("netwright.estimators.session", fromlist=["Session"]).Session()
    )
    shares = [float((part.target == 0).double().mean()) for part in (ready.train, ready.held)]
    assert shares[0] == 0.5
    assert shares[1] < 0.3


def test_dropping_rows_with_gaps() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(100, 2))
    y = (x[:, 0] > 0).astype(int)
    gappy = x.copy()
    gappy[::4, 1] = np.nan
    model = nw.Classifier(
        preparation={"imputation": "drop"}, epochs=2, early_stopping=None, progress=False, watch=False
    )
    model.fit(gappy, y)
    assert model.predict(gappy).shape == (100,)
    assert len(model.preparation_.imputer.flagged) == 0
    gappy[:, 1] = np.nan
    with pytest.raises(ValueError, match="drop leaves"):
        model.fit(gappy, y)


def test_logit_adjustment_is_cross_entropy_of_shifted_logits() -> None:
    target = torch.tensor([0, 0, 0, 1, 2, 2])
    shape = TargetShape(Task.MULTICLASS, 3)
    loss = LogitAdjusted(tau=1.0).fitted(target, None, shape)
    scores = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    shares = torch.tensor([3.0, 1.0, 2.0]) / 6
    expected = torch.nn.functional.cross_entropy(scores + shares.log(), target, reduction="none")
    assert torch.allclose(loss.rows(scores, target), expected)
    bias = loss.initial_bias(target, None, shape)
    assert bias is not None
    assert float(bias.max() - bias.min()) < 0.3


def test_logit_adjustment_of_two_classes() -> None:
    target = torch.tensor([0.0] * 9 + [1.0])
    loss = LogitAdjusted().fitted(target, None, TargetShape(Task.BINARY, 2))
    assert loss.shares == pytest.approx((0.9, 0.1))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.full((10,), float(np.log(1 / 9))), target, reduction="none"
    )
    assert torch.allclose(loss.rows(torch.zeros(10, 1), target), expected)
