"""Readings of a step against the same numbers computed one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from netwright.clinic.sitting import Sitting, Sizes


def observe(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Callable[[], Tensor],
    *,
    clip: float | None = None,
    scale: float | None = None,
) -> Sizes:
    """Make one step and read it; the loss is scaled up and the gradient down again where there is a scale."""
    sitting = Sitting(model, lambda: None if scale is None else torch.tensor(scale))
    sitting.backward_begins()
    (loss() * (scale or 1.0)).backward()
    sitting.backward_ended()
    for parameter in model.parameters():
        if parameter.grad is not None and scale:
            parameter.grad /= scale
    if clip is not None:
        nn.utils.clip_grad_norm_(model.parameters(), clip)
    sitting.step_begins(optimizer, lambda parameter: True)
    optimizer.step()
    sitting.step_ended(optimizer)
    return sitting.sizes()


def small() -> tuple[nn.Module, Callable[[], Tensor]]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 2))
    inputs, target = torch.randn(9, 5), torch.randn(9, 2)
    return model, lambda: ((model(inputs) - target) ** 2).mean()


def expected(model: nn.Module, loss: Callable[[], Tensor], name: str) -> tuple[float, float]:
    """Return the root mean square of a layer's gradient, and the norm of its parameters."""
    gradients = torch.autograd.grad(loss(), list(model.get_submodule(name).parameters()))
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    weight = torch.cat([p.detach().flatten() for p in model.get_submodule(name).parameters()])
    return float(flat.square().mean().sqrt()), float(weight.norm())


def test_sizes_are_exact_for_small_layers() -> None:
    model, loss = small()
    gradient, weight = expected(model, loss, "0")
    before = torch.cat([p.detach().flatten().clone() for p in model[0].parameters()])
    reading = observe(model, torch.optim.Adam(model.parameters(), 0.01), loss).layers["0"]
    after = torch.cat([p.detach().flatten() for p in model[0].parameters()])
    assert reading.gradient == pytest.approx(gradient, rel=1e-5)
    assert reading.weight == pytest.approx(weight, rel=1e-5)
    assert reading.update == pytest.approx(float((after - before).norm()) / weight, rel=1e-4)
    assert reading.finite
    assert not reading.missing_gradient


def test_gradients_are_read_before_clipping_and_the_clipping_is_seen() -> None:
    model, loss = small()
    gradient, _ = expected(model, loss, "2")
    sizes = observe(model, torch.optim.SGD(model.parameters(), 0.1), loss, clip=0.01)
    assert sizes.layers["2"].gradient == pytest.approx(gradient, rel=1e-5)
    assert sizes.gradient_norm is not None
    assert sizes.gradient_norm > 0.05
    assert sizes.clipped_to == pytest.approx(0.01, rel=1e-3)


def test_without_clipping_nothing_is_clipped() -> None:
    model, loss = small()
    assert observe(model, torch.optim.SGD(model.parameters(), 0.1), loss).clipped_to is None


def test_scaled_gradients_are_read_as_they_are_without_the_scale() -> None:
    model, loss = small()
    gradient, _ = expected(model, loss, "0")
    sizes = observe(model, torch.optim.SGD(model.parameters(), 0.1), loss, scale=1024.0)
    assert sizes.layers["0"].gradient == pytest.approx(gradient, rel=1e-4)
    assert sizes.clipped_to is None


def test_a_scale_that_is_not_known_does_not_pass_for_clipping() -> None:
    model, loss = small()
    gradient, _ = expected(model, loss, "0")
    sitting = Sitting(model, lambda: None, lambda: True)
    (loss() * 512).backward()
    sitting.backward_ended()
    for parameter in model.parameters():
        assert parameter.grad is not None
        parameter.grad /= 512
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    sitting.step_begins(optimizer, lambda parameter: True)
    optimizer.step()
    sitting.step_ended(optimizer)
    sizes = sitting.sizes()
    assert sizes.rescaled is True
    assert sizes.clipped_to is None
    assert sizes.layers["0"].gradient == pytest.approx(gradient, rel=1e-4)


def test_gradients_of_an_earlier_step_are_noticed() -> None:
    model, loss = small()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    assert not observe(model, optimizer, loss).stale
    assert observe(model, optimizer, loss).stale
    optimizer.zero_grad(set_to_none=False)
    assert not observe(model, optimizer, loss).stale


@pytest.mark.parametrize("to_none", [True, False])
@pytest.mark.parametrize("cleared", [True, False])
def test_old_gradients_that_are_cleared_before_the_last_pass_do_no_harm(cleared: bool, to_none: bool) -> None:
    model, loss = small()
    loss().backward()
    sitting = Sitting(model, lambda: None)
    sitting.backward_begins()  # the pass of a generator, through this model
    loss().backward()
    sitting.backward_ended()
    if cleared:
        model.zero_grad(set_to_none=to_none)
    sitting.backward_begins()
    loss().backward()
    sitting.backward_ended()
    assert sitting.sizes().stale is not cleared


def test_standing_gradients_that_get_nothing_more_do_no_harm() -> None:
    model, loss = small()
    other = nn.Linear(3, 3)
    other(torch.ones(1, 3)).sum().backward()
    both = nn.ModuleList([model, other])
    sizes = observe(both, torch.optim.SGD(model.parameters(), 0.1), loss)
    assert not sizes.stale


def test_silent_units_give_gradients_of_zero() -> None:
    model, loss = small()
    with torch.no_grad():
        model[0].bias[:3] = -100.0
    reading = observe(model, torch.optim.SGD(model.parameters(), 0.1), loss).layers["0"]
    assert reading.zero_gradients >= 3 / 7 - 1e-6


def test_a_layer_outside_of_the_loss_has_no_gradient() -> None:
    model, loss = small()
    both = nn.ModuleDict({"used": model, "idle": nn.Linear(3, 3)})
    sizes = observe(both, torch.optim.SGD(both.parameters(), 0.1), loss)
    assert sizes.layers["idle"].missing_gradient
    assert sizes.layers["idle"].update == 0.0
    assert not sizes.layers["used.0"].missing_gradient


def test_frozen_layers_are_left_out() -> None:
    model, loss = small()
    model[0].requires_grad_(False)
    assert set(observe(model, torch.optim.SGD(model[2].parameters(), 0.1), loss).layers) == {"2"}


def test_weights_that_begin_at_zero_have_an_update_of_one() -> None:
    model = nn.Linear(4, 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    sizes = observe(model, torch.optim.SGD(model.parameters(), 0.1), lambda: model(torch.ones(3, 4)).sum())
    assert sizes.layers[""].update == 1.0


def test_numbers_that_are_not_finite_are_told() -> None:
    model, loss = small()
    sizes = observe(model, torch.optim.SGD(model.parameters(), 0.1), lambda: loss() * float("inf"))
    assert not sizes.layers["0"].finite


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize("columns", [512, 521, 1000])
def test_the_change_of_a_large_layer_is_right_within_a_few_per_cent(
    optimizer: type[torch.optim.Optimizer], columns: int
) -> None:
    torch.manual_seed(1)
    model = nn.Linear(columns, 400, bias=False)
    inputs = torch.randn(32, columns) * torch.linspace(0.01, 3, columns)
    before = model.weight.detach().clone()
    sizes = observe(model, optimizer(model.parameters(), lr=1e-3), lambda: model(inputs).square().mean())
    exact = float((model.weight.detach() - before).norm() / before.norm())
    assert sizes.layers[""].update == pytest.approx(exact, rel=0.04)


def test_the_change_of_a_sparse_embedding_is_exact() -> None:
    torch.manual_seed(1)
    model = nn.Embedding(5000, 16, sparse=True)
    before = model.weight.detach().clone()
    codes = torch.tensor([1, 7, 7, 4000])
    sizes = observe(model, torch.optim.SGD(model.parameters(), 0.5), lambda: model(codes).square().sum())
    exact = float((model.weight.detach() - before).norm() / before.norm())
    assert sizes.layers[""].update == pytest.approx(exact, rel=1e-4)
    assert sizes.layers[""].zero_gradients == pytest.approx(1 - 3 / 5000)


def test_half_precision_does_not_overflow() -> None:
    model = nn.Linear(64, 64, bias=False).to(torch.float16)
    with torch.no_grad():
        model.weight.fill_(30000.0)
    sizes = observe(
        model, torch.optim.SGD(model.parameters(), 1e-3), lambda: (model.weight.float() * 1e-3).sum()
    )
    assert sizes.layers[""].finite
    assert sizes.layers[""].weight == pytest.approx(30000.0 * 64, rel=1e-3)


def test_two_optimizers_are_read_each_at_its_own_step() -> None:
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    model = nn.ModuleDict({"first": first, "second": second})
    optimizers = [torch.optim.SGD(layer.parameters(), 0.1) for layer in (first, second)]
    sitting = Sitting(model, lambda: None)
    for layer, optimizer in zip((first, second), optimizers, strict=True):
        own = {id(parameter) for parameter in layer.parameters()}
        sitting.backward_begins()
        layer(torch.ones(1, 2)).sum().backward()
        sitting.backward_ended()
        sitting.step_begins(optimizer, lambda parameter, own=own: id(parameter) in own)
        optimizer.step()
        sitting.step_ended(optimizer)
    sizes = sitting.sizes()
    assert all(reading.update > 0 for reading in sizes.layers.values())
    assert len(sitting.stepped) == 2
    assert not sizes.stale
