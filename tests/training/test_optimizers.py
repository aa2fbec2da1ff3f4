"""Optimizers against the textbook's recurrences in NumPy, and their promises."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import Parameter

from netwright import parts
from netwright.errors import RecipeError
from netwright.training import optimizers
from netwright.training.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Lion,
    Muon,
    Optimizer,
    ParameterGroup,
    RMSProp,
    ScheduleFreeAdamW,
    parameter_groups,
)
from netwright.training.optimizers.schedule_free import ScheduleFreeOptimizer

Array = np.ndarray[Any, np.dtype[np.float64]]
Recurrence = Callable[[Array, Iterator[Array], float], Array]
STEPS = 100
TARGET = np.random.default_rng(1).normal(size=(4, 3))
START = np.random.default_rng(0).normal(size=(4, 3))


def slope(weights: Array, step: int) -> Array:
    """Return a gradient that is uneven, turns and depends on the weights."""
    result: Array = (weights - TARGET) * np.array([1.0, 10.0, 0.1]) + 0.3 * np.sin(step + weights)
    return result


def sgd(part: SGD) -> Array:
    w, v = START.copy(), np.zeros_like(START)
    for step in range(STEPS):
        g = slope(w, step) + part.weight_decay * w
        v = part.momentum * v + g
        w = w - part.learning_rate * (g + part.momentum * v if part.nesterov else v)
    return w


def rmsprop(part: RMSProp) -> Array:
    w, s, v = START.copy(), np.zeros_like(START), np.zeros_like(START)
    for step in range(STEPS):
        g = slope(w, step)
        s = part.smoothing * s + (1 - part.smoothing) * g**2
        v = part.momentum * v + g / (np.sqrt(s) + part.epsilon)
        w = w - part.learning_rate * v
    return w


def adagrad(part: Adagrad) -> Array:
    w, s = START.copy(), np.zeros_like(START)
    for step in range(STEPS):
        g = slope(w, step)
        s = s + g**2
        w = w - part.learning_rate * g / (np.sqrt(s) + part.epsilon)
    return w


def adam(part: Adam | AdamW) -> Array:
    w, m, s = START.copy(), np.zeros_like(START), np.zeros_like(START)
    (b1, b2), decay = part.betas, getattr(part, "weight_decay", 0.0)
    for step in range(STEPS):
        g = slope(w, step)
        m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
        unbiased = (m / (1 - b1 ** (step + 1))) / (np.sqrt(s / (1 - b2 ** (step + 1))) + part.epsilon)
        w = w * (1 - part.learning_rate * decay) - part.learning_rate * unbiased
    return w


def lion(part: Lion) -> Array:
    w, m = START.copy(), np.zeros_like(START)
    b1, b2 = part.betas
    for step in range(STEPS):
        g = slope(w, step)
        direction = np.sign(b1 * m + (1 - b1) * g)
        w = w * (1 - part.learning_rate * part.weight_decay) - part.learning_rate * direction
        m = b2 * m + (1 - b2) * g
    return w


def muon(part: Muon) -> Array:
    w, m = START.copy(), np.zeros_like(START)
    for step in range(STEPS):
        g = slope(w, step)
        m = part.momentum * m + (1 - part.momentum) * g
        x = (part.momentum * m + (1 - part.momentum) * g).T
        x = x / np.linalg.norm(x)
        for _ in range(part.steps):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        w = w * (1 - part.learning_rate * part.weight_decay)
        w = w - part.learning_rate * 0.2 * np.sqrt(4) * x.T
    return w


def schedule_free(part: ScheduleFreeAdamW) -> Array:
    """The paper's Algorithm 1, with z and x held apart and y computed from them."""
    x, z, s = START.copy(), START.copy(), np.zeros_like(START)
    (b1, b2), rate = part.betas, part.learning_rate
    for step in range(STEPS):
        y = (1 - b1) * z + b1 * x
        g = slope(y, step)
        s = b2 * s + (1 - b2) * g**2
        z = z - rate * (g / (np.sqrt(s / (1 - b2 ** (step + 1))) + part.epsilon) + part.weight_decay * y)
        x = x + (z - x) / (step + 1)
    return x


EVERY: list[tuple[Optimizer, Callable[[Any], Array]]] = [
    (SGD(learning_rate=0.05), sgd),
    (SGD(learning_rate=0.01, momentum=0.9), sgd),
    (SGD(learning_rate=0.01, momentum=0.9, nesterov=True, weight_decay=0.1), sgd),
    (RMSProp(learning_rate=0.01), rmsprop),
    (RMSProp(learning_rate=0.01, smoothing=0.9, momentum=0.5), rmsprop),
    (Adagrad(learning_rate=0.1), adagrad),
    (Adam(learning_rate=0.02), adam),
    (AdamW(learning_rate=0.02, betas=(0.8, 0.95), weight_decay=0.1), adam),
    (Lion(learning_rate=0.01, weight_decay=0.3), lion),
    (Muon(learning_rate=0.02, weight_decay=0.1), muon),
    (ScheduleFreeAdamW(learning_rate=0.05, weight_decay=0.1), schedule_free),
]
PARTS = [part for part, _ in EVERY]


def running(part: Optimizer, parameter: Parameter, fused: bool = True) -> torch.optim.Optimizer:
    group = ParameterGroup([parameter], decay=True, name="weights", matrix=parameter.ndim == 2)
    return part.build([group], fused=fused)


def walk(optimizer: torch.optim.Optimizer, parameter: Parameter, steps: range) -> None:
    for step in steps:
        flat = slope(parameter.detach().cpu().numpy().reshape(4, 3), step)
        parameter.grad = torch.tensor(flat).to(parameter).view_as(parameter)
        optimizer.step()


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(("part", "recurrence"), EVERY, ids=lambda value: getattr(value, "kind", ""))
def test_equal_to_the_recurrence_after_100_steps(
    part: Optimizer, recurrence: Callable[[Any], Array], fused: bool
) -> None:
    parameter = Parameter(torch.tensor(START))
    optimizer = running(part, parameter, fused)
    walk(optimizer, parameter, range(STEPS))
    if isinstance(optimizer, ScheduleFreeOptimizer):
        optimizer.eval()
    np.testing.assert_allclose(parameter.detach().numpy(), recurrence(part), rtol=1e-6)


@pytest.mark.parametrize("part", [part for part in PARTS if part.elementwise], ids=repr)
def test_elementwise_optimizers_do_the_same_to_one_flat_tensor(part: Optimizer) -> None:
    whole, flat = Parameter(torch.tensor(START)), Parameter(torch.tensor(START).flatten())
    for parameter in (whole, flat):
        walk(running(part, parameter), parameter, range(30))
    torch.testing.assert_close(flat.view(4, 3), whole.detach(), rtol=1e-12, atol=0)
    assert [part.kind for part in PARTS if not part.elementwise] == ["muon"]


@pytest.mark.gpu
@pytest.mark.parametrize("part", [part for part in PARTS if part.elementwise], ids=repr)
def test_cuda_takes_the_same_steps(part: Optimizer) -> None:
    here, there = Parameter(torch.tensor(START)), Parameter(torch.tensor(START, device="cuda"))
    for parameter in (here, there):
        walk(running(part, parameter), parameter, range(30))
    torch.testing.assert_close(there.detach().cpu(), here.detach(), rtol=1e-9, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("part", PARTS, ids=repr)
def test_a_saved_state_goes_on_bit_for_bit(part: Optimizer, dtype: torch.dtype) -> None:
    straight, resumed = (Parameter(torch.tensor(START, dtype=dtype)) for _ in range(2))
    optimizer = running(part, straight)
    walk(optimizer, straight, range(10))
    saved = copy.deepcopy(optimizer.state_dict())
    with torch.no_grad():
        resumed.copy_(straight)
    walk(optimizer, straight, range(10, 20))

    again = running(part, resumed)
    again.load_state_dict(saved)
    walk(again, resumed, range(10, 20))
    assert torch.equal(straight, resumed)


@pytest.mark.parametrize("part", PARTS, ids=repr)
def test_rate_factor_and_schedule_scale_the_step(part: Optimizer) -> None:
    parameter = Parameter(torch.tensor(START))
    group = ParameterGroup([parameter], decay=False, name="slow", matrix=True, rate_factor=0.5)
    optimizer = part.build([group])
    assert [g["lr"] for g in optimizer.param_groups] == [part.learning_rate / 2]
    assert [g["initial_lr"] for g in optimizer.param_groups] == [part.learning_rate / 2]
    assert optimizer.param_groups[0]["weight_decay"] == 0.0
    optimizer.param_groups[0]["lr"] = 0.0
    walk(optimizer, parameter, range(3))
    np.testing.assert_array_equal(parameter.detach().numpy(), START)


@pytest.mark.parametrize("part", PARTS, ids=repr)
def test_a_closure_is_called_and_parameters_without_gradient_stay(part: Optimizer) -> None:
    used, unused = Parameter(torch.ones(2, 2)), Parameter(torch.ones(2, 2))
    optimizer = part.build([ParameterGroup([used, unused], decay=True, name="weights", matrix=True)])

    def closure() -> float:
        loss = used.square().sum()
        loss.backward()
        return float(loss.detach())

    assert optimizer.step(closure) == 4.0  # type: ignore[arg-type]
    assert not torch.equal(used, torch.ones(2, 2))
    assert torch.equal(unused, torch.ones(2, 2))


def test_schedule_free_goes_back_to_the_training_point_bit_for_bit() -> None:
    parameter = Parameter(torch.tensor(START, dtype=torch.float32))
    optimizer = ScheduleFreeAdamW(learning_rate=0.05).build([ParameterGroup([parameter], True, "weights")])
    optimizer.eval()
    optimizer.train()
    walk(optimizer, parameter, range(7))
    before = parameter.detach().clone()
    optimizer.eval()
    averaged = parameter.detach().clone()
    optimizer.eval()
    assert torch.equal(parameter, averaged), "a second eval() changes nothing"
    optimizer.train()
    optimizer.train()
    assert torch.equal(parameter, before)
    assert not torch.equal(averaged, before)


def test_schedule_free_weighs_later_and_faster_steps_more() -> None:
    parameter = Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = ScheduleFreeAdamW(learning_rate=0.1, betas=(0.0, 0.0), weight_decay=0.0).build(
        [ParameterGroup([parameter], True, "weights")]
    )
    for rate in (0.1, 0.2):  # z walks to -0.1 and to -0.3; x is their mean by squared rate
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = torch.ones(1, dtype=torch.float64)
        optimizer.step()
    x = 0.2 * -0.1 + 0.8 * -0.3
    z = float(optimizer.state[parameter]["fast"])
    assert z == pytest.approx(-0.3)
    near = 0.5
    mixed = ScheduleFreeAdamW(learning_rate=0.1, betas=(near, 0.0), weight_decay=0.0)
    other = Parameter(torch.zeros(1, dtype=torch.float64))
    second = mixed.build([ParameterGroup([other], True, "weights")])
    for rate in (0.1, 0.2):
        second.param_groups[0]["lr"] = rate
        other.grad = torch.ones(1, dtype=torch.float64)
        second.step()
    assert float(other.detach()) == pytest.approx((1 - near) * z + near * x)
    second.eval()
    assert float(other.detach()) == pytest.approx(x)


def test_muon_trains_hidden_matrices_and_leaves_the_rest_to_adamw() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    twin = copy.deepcopy(network)
    groups, twins = parameter_groups(network), parameter_groups(twin)
    muon_steps, adamw_steps = Muon().build(groups), AdamW().build(twins)
    inputs, target = torch.randn(64, 5), torch.randn(64, 1)
    for model, optimizer in ((network, muon_steps), (twin, adamw_steps)):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), target).backward()
        optimizer.step()
    for name, parameter in network.named_parameters():
        same = torch.equal(parameter, twin.get_parameter(name))
        assert same == (name != "2.weight"), name
    restored = Muon().build(parameter_groups(network))
    restored.load_state_dict(copy.deepcopy(muon_steps.state_dict()))
    nn.functional.mse_loss(network(inputs), target).backward()
    restored.step()
    assert all(bool(parameter.isfinite().all()) for parameter in network.parameters())


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="this PyTorch has no Muon to compare with")
def test_muon_agrees_with_pytorchs_as_far_as_bfloat16_goes() -> None:
    ours, theirs = (Parameter(torch.tensor(START, dtype=torch.float32)) for _ in range(2))
    optimizer = running(Muon(learning_rate=0.02, weight_decay=0.1), ours)
    reference = torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    walk(optimizer, ours, range(10))
    walk(reference, theirs, range(10))
    moved = (theirs.detach() - torch.tensor(START)).norm()
    assert float((ours.detach() - theirs.detach()).norm() / moved) < 0.05


def test_muon_on_a_network_without_hidden_matrices_is_adamw() -> None:
    network = nn.Linear(3, 2)
    optimizer = Muon().build(parameter_groups(network))
    network(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    assert not any(group["muon"] for group in optimizer.param_groups)


@pytest.mark.parametrize("part", PARTS, ids=repr)
def test_optimizers_survive_a_recipe_file(part: Optimizer) -> None:
    assert parts.parse_part(Optimizer, part.to_plain()) == part


def test_every_optimizer_is_in_the_family_with_words_about_it() -> None:
    family = parts.parts_of("optimizer")
    assert set(family) == {part.kind for part in PARTS}
    for part in family.values():
        assert part.summary.endswith(".")
        assert "←" in part.equation
        assert getattr(optimizers, part.__name__) is part


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(learning_rate=-1), "has to be above 0.*got -1"),
        (lambda: AdamW(learning_rate=0), "has to be above 0"),
        (lambda: Muon(learning_rate=float("nan")), "finite number"),
        (lambda: Lion(learning_rate=1e9), "ruins the weights"),
        (lambda: SGD(momentum=1.0), "momentum: expected a number less than 1"),
        (lambda: SGD(nesterov=True), "nesterov needs momentum"),
        (lambda: Adam(betas=(0.9, 1.0)), "betas.1: expected a number less than 1"),
        (lambda: Adam(rate=0.1), "rate: unknown setting"),
        (lambda: AdamW(weight_decay=-0.1), "greater than or equal to 0"),
        (lambda: parts.parse_part(Optimizer, "shedule_free_adamw"), "Did you mean 'schedule_free_adamw'"),
    ],
)
def test_impossible_settings_are_refused(make: Callable[[], Optimizer], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        make()
