"""Chances that are neither too sure nor too timid."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.uncertainty.temperature import (
    Temperature,
    calibration_gap,
    chances_at,
    fit_temperature,
    log_losses,
)


def drawn(rows: int, sharpness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (n, 1, 3) that are `sharpness` times the true ones, and classes drawn from those."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(rows, 1, 3)) * 2
    chances = chances_at(logits, 1.0)
    truth = (chances.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1)
    return logits * sharpness, truth


@pytest.mark.parametrize("sharpness", [0.5, 2.0, 3.0])
def test_the_temperature_undoes_what_made_chances_too_sure_or_too_timid(sharpness: float) -> None:
    found = fit_temperature(*drawn(4000, sharpness))
    assert found is not None
    assert found.value == pytest.approx(sharpness, rel=0.1)
    assert found.after < found.before
    assert found.gap_after < found.gap_before


def test_chances_that_are_right_stay_as_they_are() -> None:
    found = fit_temperature(*drawn(300, 1.0, seed=4))
    assert found is not None
    assert not found.kept or abs(found.value - 1) < 0.15


def test_too_few_rows_say_nothing() -> None:
    assert fit_temperature(*drawn(60, 3.0)) is None


def test_members_are_averaged_as_chances() -> None:
    logits = np.random.default_rng(1).normal(size=(5, 4, 3))
    expected = torch.from_numpy(logits / 1.7).softmax(dim=2).mean(dim=1).numpy()
    np.testing.assert_allclose(chances_at(logits, 1.7), expected, rtol=1e-12)


def test_log_losses_are_pytorchs() -> None:
    logits, truth = drawn(50, 1.0)
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits[:, 0]), torch.from_numpy(truth), reduction="none"
    )
    np.testing.assert_allclose(log_losses(chances_at(logits, 1.0), truth), expected.numpy(), rtol=1e-9)


def test_the_gap_is_what_was_promised_less_what_came() -> None:
    chances = np.tile([0.9, 0.1], (1000, 1))
    mixed = np.random.default_rng(0).permutation(np.repeat([0, 1], [600, 400]))
    assert calibration_gap(chances, mixed, bins=1) == pytest.approx(0.3)
    assert calibration_gap(chances, np.zeros(1000, dtype=int)) == pytest.approx(0.1)


def test_it_goes_to_json_and_back() -> None:
    found = fit_temperature(*drawn(400, 2.0))
    assert found is not None
    assert Temperature.from_json(found.to_json()) == found
    assert "temperature" in str(found)
