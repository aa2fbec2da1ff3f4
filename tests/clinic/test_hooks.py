"""Between observed steps nothing is hooked: a module with a hook is called slowly."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.clinic.loops import numbers
from torch import Tensor, nn

import netwright as nw


def small() -> tuple[nn.Module, torch.optim.Optimizer, nn.Module]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3))
    return model, torch.optim.SGD(model.parameters(), 0.1), nn.CrossEntropyLoss()


def hooks(model: nn.Module, optimizer: torch.optim.Optimizer, loss_function: nn.Module) -> int:
    """Return how many hooks there are."""
    tables: list[Any] = [model._forward_pre_hooks, model._forward_hooks, loss_function._forward_pre_hooks]
    tables += [optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks]
    return sum(map(len, tables))


def hooked(steps: int, evaluate_after: tuple[int, ...] = (), **options: Any) -> tuple[Any, list[int]]:
    """Train; return the clinic and the steps at which something was hooked."""
    model, optimizer, loss_function = small()
    found, batch = [], numbers()
    options = {"announce": None, "budget": None, **options}
    with nw.watch(model, optimizer, loss_function, **options) as clinic:
        for step in range(1, steps + 1):
            inputs, target = batch(step)
            if hooks(model, optimizer, loss_function):
                found.append(step)
            loss: Tensor = loss_function(model(inputs), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            clinic.step(loss)
            if step in evaluate_after:
                with torch.no_grad():
                    model(inputs)
    assert not hooks(model, optimizer, loss_function)
    return clinic, found


def test_only_observed_steps_and_those_after_an_epoch_are_hooked() -> None:
    clinic, found = hooked(200, interval=50, epoch_steps=30)
    observed = [seen.step for seen in clinic.record.observations]
    assert observed == [*range(1, 21), 70, 120, 170]
    ends = [31, *range(61, 200, 30)]
    late = [step for step in found if step > 60 + 10]
    assert set(late) <= {*observed, *ends}
    assert {120, 170} <= set(late)


def test_evaluations_at_the_end_of_epochs_are_heard() -> None:
    clinic, found = hooked(300, (50, 100, 150, 200, 250, 300), interval=1000, epoch_steps=50)
    assert [epoch.training_mode for epoch in clinic.record.epochs] == [True] * 6
    assert len([step for step in found if step > 110]) < 20


def test_evaluations_amid_epochs_are_listened_for_once_they_were_heard() -> None:
    clinic, _ = hooked(300, tuple(range(20, 301, 20)), interval=1000, epoch_steps=50)
    assert [epoch.training_mode for epoch in clinic.record.epochs[1:]] == [True] * 5


def test_the_end_of_the_first_epoch_is_found_and_then_not_listened_for() -> None:
    model, optimizer, loss_function = small()
    inputs, target = torch.randn(100, 8), torch.randint(0, 3, (100,))
    quiet = 0
    with nw.watch(model, optimizer, loss_function, announce=None, budget=None, interval=1000) as clinic:
        for _ in range(12):
            for rows in torch.arange(100).split(8):
                quiet += not hooks(model, optimizer, loss_function)
                loss = loss_function(model(inputs[rows]), target[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                clinic.step(loss)
    assert [epoch.step for epoch in clinic.record.epochs] == [13 * k for k in range(1, 13)]
    assert quiet > 80


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_a_compiled_model_keeps_its_hooks_so_that_it_is_not_compiled_again() -> None:
    model, optimizer, loss_function = small()
    model.compile(backend="eager")
    with nw.watch(model, optimizer, loss_function, announce=None, budget=None, interval=1000) as clinic:
        for step in range(40):
            inputs, target = numbers()(step)
            loss = loss_function(model(inputs), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            clinic.step(loss)
        assert model._forward_pre_hooks
    assert not model._forward_pre_hooks
