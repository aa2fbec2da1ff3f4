"""Branches of a plain PyTorch training name the cause and leave the training as it is."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn

from netwright.clinic.branches import Investigation, Trial, investigate
from netwright.clinic.causes import Cause
from netwright.errors import UserError


def batches(
    scale: float = 1.0, ordered: bool = False, rows: int = 320
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Two classes of points in batches of 32."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(rows, 6, generator=generator)
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).long()
    if ordered:
        order = y.argsort()
        x, y = x[order], y[order]
    return list(zip((x * scale).split(32), y.split(32), strict=True))


def network(activation: type[nn.Module] = nn.ReLU, depth: int = 1, dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(1)
    layers: list[nn.Module] = [nn.Linear(6, 32), activation()]
    for _ in range(depth - 1):
        layers += [nn.Linear(32, 32), activation()]
    return nn.Sequential(*layers, nn.Dropout(dropout), nn.Linear(32, 2))


def cause_of(model: nn.Module, optimizer: torch.optim.Optimizer, **data: float) -> Cause | None:
    return investigate(model, optimizer, nn.functional.cross_entropy, batches(**data)).cause  # type: ignore[arg-type]


def test_a_rate_too_low_is_named() -> None:
    model = network()
    assert cause_of(model, torch.optim.Adam(model.parameters(), lr=1e-6)) == Cause.RATE_TOO_LOW


def test_a_rate_too_high_is_named() -> None:
    model = network()
    assert cause_of(model, torch.optim.Adam(model.parameters(), lr=3.0)) == Cause.RATE_TOO_HIGH


def test_an_epsilon_too_large_is_named() -> None:
    model = network()
    assert cause_of(model, torch.optim.Adam(model.parameters(), lr=1e-2, eps=10.0)) == Cause.EPSILON_TOO_LARGE


def test_a_decay_too_strong_is_named() -> None:
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=50.0)
    assert cause_of(model, optimizer) == Cause.STRONG_DECAY


def test_a_dropout_too_strong_is_named() -> None:
    model = network(dropout=0.97)
    assert cause_of(model, torch.optim.Adam(model.parameters(), lr=1e-2)) == Cause.STRONG_DROPOUT


def test_squashing_activations_are_named() -> None:
    model = network(nn.Sigmoid, depth=8)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    found = investigate(model, optimizer, nn.functional.cross_entropy, batches(rows=3200), steps=120)
    assert found.cause == Cause.VANISHING


def test_inputs_that_are_not_scaled_are_named() -> None:
    model = network()
    assert cause_of(model, torch.optim.SGD(model.parameters(), lr=0.1), scale=1000.0) == Cause.UNSCALED_INPUTS


def test_nothing_changes_in_the_watched_training() -> None:
    model = network(dropout=0.5)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for x, y in batches():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    model.eval()
    weights, state = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    random = torch.get_rng_state()
    investigate(model, optimizer, nn.functional.cross_entropy, batches(), steps=5)
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    after = optimizer.state_dict()
    assert after["param_groups"] == state["param_groups"]
    for number, slots in state["state"].items():
        assert all(torch.equal(slots[name], after["state"][number][name]) for name in slots)
    assert all(torch.equal(g, p.grad) for g, p in zip(gradients, model.parameters(), strict=True))  # type: ignore[arg-type]
    assert torch.equal(random, torch.get_rng_state())
    assert not model.training


def test_the_same_question_gets_the_same_answer() -> None:
    model = network(dropout=0.3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    first, second = (
        investigate(model, optimizer, nn.functional.cross_entropy, batches(), steps=5, seed=3)
        for _ in range(2)
    )
    assert first == second


def test_only_the_causes_that_were_asked_for_are_tried() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    found = investigate(
        model, optimizer, nn.functional.cross_entropy, batches(), steps=2, causes=[Cause.RATE_TOO_HIGH]
    )
    assert {trial.cause for trial in found.trials} == {Cause.RATE_TOO_HIGH}


def test_a_control_that_broke_down_is_worse_than_any_that_did_not() -> None:
    found = Investigation(math.inf, (Trial("gentler", Cause.RATE_TOO_HIGH, 0.5),), 10)
    assert found.cause == Cause.RATE_TOO_HIGH
    assert "inf" in str(found)


def test_the_smaller_of_two_that_explain_is_named() -> None:
    small, large = Trial("small", Cause.RATE_TOO_HIGH, 0.2), Trial("large", Cause.VANISHING, 0.1)
    assert Investigation(1.0, (small, large), 10).best == small
    assert Investigation(1.0, (Trial("small", Cause.RATE_TOO_HIGH, 0.7), large), 10).best == large
    assert Investigation(1.0, (Trial("no better", Cause.RATE_TOO_HIGH, 0.95),), 10).best is None


def test_too_few_batches_are_refused() -> None:
    model = network()
    with pytest.raises(UserError, match="2 batches"):
        investigate(model, torch.optim.SGD(model.parameters()), nn.functional.cross_entropy, batches()[:1])


def test_a_loss_without_gradient_is_refused_in_words() -> None:
    model = network()
    with pytest.raises(UserError, match="not connected"):
        investigate(
            model,
            torch.optim.SGD(model.parameters()),
            lambda out, y: out.detach().sum() * 0,
            batches(),
            steps=2,
        )
