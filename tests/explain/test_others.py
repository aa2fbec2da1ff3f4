"""LIME, saliency, effects, interactions, counterfactuals, importance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

import netwright as nw
from netwright.errors import UserError
from netwright.explain import (
    counterfactuals,
    effects,
    importance,
    interactions,
    lime,
    saliency,
)
from netwright.explain.ranks import rank_correlation


def test_lime_finds_a_line_exactly() -> None:
    network = torch.nn.Linear(4, 1)
    rows = torch.ones(2, 4)
    found = lime(network, rows, torch.zeros(1, 4))
    weights = network.weight.detach().numpy()[0]
    np.testing.assert_allclose(found.values, np.tile(weights, (2, 1)), atol=1e-5)
    assert [row.fit for row in found.rows] == pytest.approx([1.0, 1.0])


def test_lime_is_seeded_and_stable(model: nw.Classifier, frame: pl.DataFrame) -> None:
    first, same, other = (lime(model, frame[:2], frame, least_fit=0, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.values, same.values)
    assert rank_correlation(first.values[0], other.values[0]) > 0.8


def test_lime_refuses_a_poor_line() -> None:
    class Parity(torch.nn.Module):
        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return torch.cos(torch.pi * rows.sum(dim=1, keepdim=True))

    with pytest.raises(UserError, match="a line explains"):
        lime(Parity(), torch.ones(1, 8), torch.zeros(1, 8), width=1.0)


def test_integrated_gradients_add_up() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    found = saliency(network, torch.randn(3, 5), answer="1")
    assert np.abs(found.completeness).max() < 1e-5


def test_gradients_are_autograds() -> None:
    network = torch.nn.Linear(3, 1)
    found = saliency(network, torch.randn(2, 3), method="gradients")
    np.testing.assert_allclose(found.maps, np.tile(network.weight.detach().numpy(), (2, 1)), atol=1e-7)


@pytest.mark.parametrize("method", ["gradient_x_input", "smooth_grad", "grad_cam", "occlusion"])
def test_maps_of_pictures(method: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(192, 2)
    )
    pictures = torch.rand(2, 1, 8, 8)
    found = saliency(network, pictures, method=method)  # type: ignore[arg-type]
    assert found.maps.shape == (2, 1, 8, 8)
    assert np.isfinite(found.maps).all()
    found.page(tmp_path / "maps.html")
    assert (tmp_path / "maps.html").stat().st_size > 1000


def test_grad_cam_needs_a_convolution() -> None:
    with pytest.raises(UserError, match="no convolution"):
        saliency(torch.nn.Linear(3, 1), torch.ones(1, 3), method="grad_cam")


def test_effects_of_numbers_and_categories(model: nw.Classifier, frame: pl.DataFrame) -> None:
    size = effects(model, frame, "size", points=6)
    assert size.partial[-1] > size.partial[0]
    assert size.local is not None
    assert (size.partial_low <= size.partial_high).all()
    colour = effects(model, frame, "colour")
    best = colour.values[int(colour.partial.argmax())]
    assert best == "red"
    with pytest.raises(UserError, match="size"):
        effects(model, frame, "siz")


def test_interactions_of_a_product() -> None:
    class Product(torch.nn.Module):
        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return (rows[:, 0] * rows[:, 1] + rows[:, 2])[:, None]

    torch.manual_seed(0)
    found = interactions(Product(), torch.randn(40, 3))
    assert (found[0].first, found[0].second) == ("x0", "x1")
    assert found[0].share > 0.5
    assert found[-1].strength < 1e-6


def test_counterfactuals_flip_the_answer(
    model: nw.Classifier, frame: pl.DataFrame, truth: np.ndarray
) -> None:
    row = int(np.flatnonzero(model.predict(frame) == "no")[0])
    found = counterfactuals(model, frame[row : row + 1], frame, fixed=["colour"])
    assert found
    assert found[0].after == "yes"
    assert all(change.column != "colour" for one in found for change in one.changes)
    with pytest.raises(UserError, match="already"):
        counterfactuals(model, frame[row : row + 1], frame, to="no")


def test_importance_shuffles_or_drops(model: nw.Classifier, frame: pl.DataFrame, truth: np.ndarray) -> None:
    found = importance(model, frame, truth)
    assert found.columns[0].column in ("size", "colour", "twin")
    dropped = importance(model, frame, truth, method="drop", train=(frame, truth), columns=["colour", "idle"])
    assert dropped.columns[0].column == "colour"
    with pytest.raises(UserError, match="train="):
        importance(model, frame, truth, method="drop")
