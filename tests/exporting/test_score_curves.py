"""Normal scores by polynomials against those of the preparation, to the last digit of 32 bits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.data.scale import QuantileMap, fit_scaler
from netwright.exporting.scaling import scaling_module, split_in_two
from netwright.exporting.score_curves import ROUGH_STEP, STEP, with_steps

ULP = 2.0**-23


def columns() -> np.ndarray:
    """Return columns with tails, with values that many rows share, with few values, and of whole numbers."""
    generator = np.random.default_rng(0)
    return np.column_stack(
        [
            np.exp(generator.normal(0, 2, 3_000)),
            np.where(generator.random(3_000) < 0.9, 0, generator.integers(100, 99_999, 3_000)),
            generator.integers(17, 90, 3_000),
            generator.integers(12_285, 1_484_705, 3_000),
        ]
    ).astype(np.float32)


def far_and_near(rows: np.ndarray) -> np.ndarray:
    """Return rows, values between them, and values beyond all of them."""
    return np.concatenate([rows, (rows[1:] + rows[:-1]) / 2, rows[:1] - 1e9, rows[:1] + 1e9])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_keep_the_last_digit(dtype: torch.dtype) -> None:
    scaler = fit_scaler(columns().astype(np.float64), "quantile")
    rows = far_and_near(columns()).astype(np.float32).astype(np.float64)
    expected = scaler.transform(rows).astype(np.float32)
    got = scaling_module(scaler, dtype)(torch.from_numpy(rows).to(dtype)).float().numpy()
    error = np.abs(got - expected) / np.maximum(np.abs(expected), 1)
    assert error.max() <= 2 * ULP
    assert (got == expected).mean() > 0.98


def test_pairs_tell_neighbours_apart_that_32_bits_do_not() -> None:
    times = 1.7e9 + np.arange(500.0)[:, None]
    scaler = fit_scaler(times, "quantile")
    rows = np.concatenate([times, times + 0.25])
    got = scaling_module(scaler, torch.float32, pairs=True)(*split_in_two(rows, torch.float32))
    np.testing.assert_allclose(got.numpy(), scaler.transform(rows), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("step", [STEP, 1.0])
def test_steps_are_nowhere_wider_and_leave_the_distribution_as_it_is(step: float) -> None:
    knots, below, above = np.array([0.0, 1.0, 5.0]), np.array([0.0, 0.5, 0.9]), np.array([0.0, 0.8, 1.0])
    more = with_steps((knots, below, above), torch.float64, step)
    before, after = (QuantileMap(*(part[None] for part in parts)) for parts in ((knots, below, above), more))
    rows = np.linspace(-1, 6, 1_001)[:, None]
    np.testing.assert_allclose(after.transform(rows), before.transform(rows), atol=1e-9)
    tail = 1e-7
    starts, ends = np.clip(more[2][:-1], tail, 1 - tail), np.clip(more[1][1:], tail, 1 - tail)
    rise = torch.special.ndtri(torch.from_numpy(ends)) - torch.special.ndtri(torch.from_numpy(starts))
    assert float(rise.max()) <= step + 1e-9


def test_rough_steps_stay_within_a_thousandth() -> None:
    scaler = fit_scaler(columns().astype(np.float64), "quantile")
    rows = torch.from_numpy(far_and_near(columns()).astype(np.float64))
    rough = scaling_module(scaler, torch.float64, step=ROUGH_STEP)(rows)
    np.testing.assert_allclose(rough.numpy(), scaler.transform(rows.numpy()), atol=1e-3)
