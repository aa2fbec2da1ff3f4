"""A network is compiled only where that pays, and measuring leaves no trace."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from netwright.training.batches import Batch, Batches
from netwright.training.compilation import WORTHWHILE_SECONDS, compiled_forward
from netwright.training.loop import Engine, Position, training_steps
from netwright.training.losses import CrossEntropy
from netwright.training.objective import Objective
from netwright.training.pace import Pace
from netwright.training.schedules import Constant

STEPS = 1_000_000


def engine_and_batches() -> tuple[Engine, Batches]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    rows = Batch((torch.randn(20, 4),), torch.randint(0, 3, (20,)))
    pace = Pace.of(Constant(), 10, None, False)
    return Engine(network, Objective(CrossEntropy()), optimizer, pace), Batches(rows, 10, 0)


def clock_with(*steps: float) -> Callable[[], float]:
    """Return a clock whose measurements last so many seconds, ten steps each."""
    times = itertools.chain.from_iterable((0.0, 10 * seconds) for seconds in steps)
    return lambda: next(times)


def unchanged(network: nn.Module) -> Callable[..., Tensor]:
    return lambda *inputs: network(*inputs)


def test_compiled_where_the_step_is_faster() -> None:
    forward, reason = compiled_forward(*engine_and_batches(), STEPS, clock_with(1e-3, 5e-4), unchanged)
    assert forward is not None
    assert reason == "compiled: 0.50 ms a step compiled, 1.00 ms plain"


@pytest.mark.parametrize("compiled", [0.97e-3, 2e-3])
def test_not_compiled_where_it_is_no_faster(compiled: float) -> None:
    forward, reason = compiled_forward(*engine_and_batches(), STEPS, clock_with(1e-3, compiled), unchanged)
    assert forward is None
    assert reason.startswith("not compiled: ")


def test_short_trainings_are_not_compiled() -> None:
    steps = int(WORTHWHILE_SECONDS / 1e-3) - 1
    forward, reason = compiled_forward(*engine_and_batches(), steps, clock_with(1e-3), unchanged)
    assert forward is None
    assert "too short" in reason


def test_a_failing_compiler_does_no_harm() -> None:
    def fail(network: nn.Module) -> Callable[..., Tensor]:
        raise RuntimeError("no such backend")

    forward, reason = compiled_forward(*engine_and_batches(), STEPS, clock_with(1e-3), fail)
    assert forward is None
    assert "RuntimeError" in reason


def test_measuring_leaves_no_trace_and_the_compiled_network_trains_alike() -> None:
    def train(measured: bool) -> dict[str, Tensor]:
        engine, batches = engine_and_batches()
        if measured:
            forward, _ = compiled_forward(engine, batches, STEPS, clock_with(1e-3, 5e-4), unchanged)
            engine = replace(engine, forward=forward)
        list(training_steps(engine, batches, 3, Position()))
        return engine.network.state_dict()

    for (name, before), after in zip(train(False).items(), train(True).values(), strict=True):
        assert torch.equal(before, after), name
