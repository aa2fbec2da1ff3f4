"""The losses for numbers against PyTorch, SciPy's formulas and quantiles by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_pinball_loss, mean_poisson_deviance
from torch import Tensor
from torch.nn import functional

from netwright.task import Task
from netwright.training.losses import (
    MAE,
    MSE,
    GaussianLikelihood,
    Huber,
    LogCosh,
    Loss,
    Poisson,
    Quantile,
    TargetShape,
)
from netwright.training.losses.regression import column_quantiles


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(
    ("loss", "reference"),
    [
        (MSE(), functional.mse_loss),
        (MAE(), functional.l1_loss),
        (Huber(delta=0.5), lambda z, y: functional.huber_loss(z, y, delta=0.5)),
        (LogCosh(), lambda z, y: torch.log(torch.cosh(z - y)).mean()),
    ],
    ids=["mse", "mae", "huber", "log_cosh"],
)
@pytest.mark.parametrize("columns", [1, 3])
def test_equal_to_the_reference(loss: Loss, reference: object, columns: int) -> None:
    assert callable(reference)
    output, target = drawn(40, columns), drawn(40, columns, seed=1)
    expected = reference(output, target)
    torch.testing.assert_close(loss.mean(output, target), expected, rtol=1e-7, atol=1e-9)
    torch.testing.assert_close(loss.rows(output, target).mean(), expected, rtol=1e-7, atol=1e-9)
    if columns == 1:
        flat = loss.mean(output, target.squeeze(1))
        torch.testing.assert_close(flat, expected, rtol=1e-7, atol=1e-9)


def test_a_target_of_another_width_is_not_broadcast() -> None:
    with pytest.raises(RuntimeError):
        MSE().mean(drawn(4, 2), drawn(4))
    with pytest.raises(RuntimeError):
        Quantile().rows(drawn(4, 6), drawn(4))


def test_quantile_equals_scikit_learns_pinball_loss() -> None:
    levels = (0.1, 0.5, 0.95)
    output, target = drawn(50, 3), drawn(50, seed=1)
    each = [
        mean_pinball_loss(target.numpy(), output[:, place].numpy(), alpha=level)
        for place, level in enumerate(levels)
    ]
    assert float(Quantile(levels=levels).mean(output, target)) == pytest.approx(np.mean(each))


def test_quantile_outputs_are_grouped_by_column_and_never_cross() -> None:
    loss, shape = Quantile(levels=(0.2, 0.8)), TargetShape(Task.REGRESSION, width=3)
    assert loss.outputs(shape) == 6
    decoded = loss.decode(drawn(20, 6), shape)
    assert decoded.shape == (20, 3, 2)
    assert bool((decoded[..., 0] <= decoded[..., 1]).all())
    target = drawn(20, 3, seed=1)
    bias = loss.initial_bias(target)
    assert bias is not None
    torch.testing.assert_close(
        bias, torch.stack([target.quantile(q, dim=0, interpolation="lower") for q in (0.2, 0.8)], 1).flatten()
    )


def test_the_central_level_is_the_one_nearest_the_median() -> None:
    assert Quantile().central == 1
    assert Quantile(levels=(0.1, 0.9, 0.95)).central == 0
    assert Quantile(levels=(0.4, 0.55, 0.9)).central == 1


def test_minimising_the_quantile_loss_finds_the_quantiles() -> None:
    target = drawn(500)
    answer = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    loss, optimizer = Quantile(levels=(0.1, 0.9)), torch.optim.Adam([answer], lr=0.02)
    for _ in range(300):
        optimizer.zero_grad()
        loss.mean(answer.expand(500, -1), target).backward()
        optimizer.step()
    expected = target.quantile(torch.tensor([0.1, 0.9], dtype=torch.float64))
    torch.testing.assert_close(answer.detach().flatten(), expected, rtol=0, atol=0.05)


def test_poisson_differs_from_the_deviance_by_a_constant_of_the_target() -> None:
    target = torch.poisson(torch.full((60,), 3.0), generator=torch.Generator().manual_seed(0)).double()
    differences = []
    for seed in (1, 2):
        output = drawn(60, 1, seed=seed)
        deviance = mean_poisson_deviance(target.numpy(), output.exp().squeeze(1).numpy())
        differences.append(2 * float(Poisson().mean(output, target)) - deviance)
    assert differences[0] == pytest.approx(differences[1])
    assert float(Poisson().initial_bias(target)) == pytest.approx(math.log(float(target.mean())))  # type: ignore[arg-type]


def test_gaussian_likelihood_is_that_of_the_normal_distribution() -> None:
    output, target = drawn(30, 4), drawn(30, 2, seed=1)
    mean, deviation = output[:, :2], (output[:, 2:] / 2).exp()
    expected = -torch.distributions.Normal(mean, deviation).log_prob(target).mean(1)
    loss = GaussianLikelihood()
    torch.testing.assert_close(loss.rows(output, target), expected)
    torch.testing.assert_close(loss.decode(output), mean)
    torch.testing.assert_close(loss.deviation(output), deviation)


def test_gaussian_likelihood_starts_from_the_weighted_mean_and_variance() -> None:
    target, weight = torch.tensor([0.0, 4.0]), torch.tensor([3.0, 1.0])
    bias = GaussianLikelihood().initial_bias(target, weight)
    assert bias is not None
    torch.testing.assert_close(bias, torch.tensor([1.0, math.log(3.0)]))
    constant = GaussianLikelihood().initial_bias(torch.ones(5))
    assert constant is not None
    assert bool(constant.isfinite().all())


@given(
    values=st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30),
    level=st.floats(0.01, 0.99),
    seed=st.integers(0, 50),
)
def test_weighted_quantiles_equal_those_of_repeated_values(
    values: list[float], level: float, seed: int
) -> None:
    counts = torch.randint(1, 4, (len(values),), generator=torch.Generator().manual_seed(seed))
    target = torch.tensor(values, dtype=torch.float64)
    weighted = column_quantiles(target, counts.double(), (level,))
    repeated = column_quantiles(target.repeat_interleave(counts), None, (level,))
    assert float(weighted) == float(repeated)
    assert float(weighted) in values


def test_the_robust_losses_start_from_the_median() -> None:
    target = torch.tensor([1.0, 2.0, 3.0, 4.0, 1000.0])
    for loss in (MAE(), Huber(), LogCosh()):
        assert loss.initial_bias(target).tolist() == [3.0]  # type: ignore[union-attr]
    assert MSE().initial_bias(target).tolist() == [202.0]  # type: ignore[union-attr]
    assert MSE().initial_bias(target, torch.tensor([1.0, 1, 1, 1, 0])).tolist() == [2.5]  # type: ignore[union-attr]
