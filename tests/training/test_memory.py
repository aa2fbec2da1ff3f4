from __future__ import annotations

import platform

import pytest
import torch
from torch import nn

from netwright.data.shapes import TableShape
from netwright.errors import RecipeError
from netwright.nets.mlp import MLP
from netwright.training.memory import (
    available_bytes,
    check_memory,
    keep_freed_memory,
    optimizer_states,
    step_bytes,
)
from netwright.training.optimizers import SGD, AdamW, Lion, RMSProp

CPU = torch.device("cpu")
EXAMPLE = (torch.zeros(1, 100),)


@pytest.mark.parametrize(
    "optimizer", [SGD(), SGD(momentum=0.9), AdamW(), Lion(), RMSProp(), RMSProp(momentum=0.5)], ids=str
)
def test_states_are_those_that_the_optimizer_keeps(optimizer) -> None:  # type: ignore[no-untyped-def]
    from netwright.training.optimizers import parameter_groups

    network = nn.Linear(50, 40)
    running = optimizer.build(parameter_groups(network))
    network(torch.randn(4, 50)).sum().backward()
    running.step()
    held = [
        tensor for state in running.state.values() for tensor in state.values() if torch.is_tensor(tensor)
    ]
    numbers = sum(tensor.numel() for tensor in held if tensor.numel() > 1)
    assert numbers == optimizer_states(optimizer) * (50 * 40 + 40)


def test_what_fits_is_let_through_and_what_does_not_is_refused() -> None:
    def build() -> nn.Module:
        return nn.Linear(100, 100)

    needed = step_bytes(build(), EXAMPLE, 32, AdamW())
    assert needed > 4 * (100 * 100 + 100) * 4
    check_memory(build, EXAMPLE, 32, AdamW(), CPU, available=needed)
    with pytest.raises(RecipeError, match=r"10,100 parameters and batches of 32 rows .* free"):
        check_memory(build, EXAMPLE, 32, AdamW(), CPU, available=needed - 1)
    check_memory(build, EXAMPLE, 32, SGD(), CPU, available=needed - 1)


def test_pieces_save_memory() -> None:
    network = nn.Sequential(nn.Linear(100, 10), nn.Tanh(), nn.Linear(10, 1))
    assert (
        step_bytes(network, EXAMPLE, 4096, SGD(), pieces=16) < step_bytes(network, EXAMPLE, 4096, SGD()) / 4
    )


def test_a_giant_is_refused_without_being_built() -> None:
    with pytest.raises(RecipeError, match="TiB"):
        check_memory(lambda: nn.Linear(10_000_000, 1_000_000), (torch.zeros(1, 10_000_000),), 1, AdamW(), CPU)


def test_free_memory_is_known_here() -> None:
    free = available_bytes(CPU)
    assert free is None or free > 2**20


def test_what_is_known_to_fit_is_not_drawn() -> None:
    def build() -> nn.Module:
        raise AssertionError("no outline is needed")

    check_memory(build, EXAMPLE, 32, AdamW(), CPU, available=1000, at_most=999)


def test_a_bound_above_what_is_free_decides_nothing() -> None:
    needed = step_bytes(nn.Linear(100, 100), EXAMPLE, 32, AdamW())
    check_memory(
        lambda: nn.Linear(100, 100), EXAMPLE, 32, AdamW(), CPU, available=needed, at_most=10 * needed
    )


@pytest.mark.parametrize("rows", [1, 16, 4096])
@pytest.mark.parametrize(
    "network",
    [
        MLP(),
        MLP(hidden=()),
        MLP(hidden=(256, 256, 256), members=8, activation="silu", number_embedding="piecewise_linear"),
        MLP(hidden=(64,), members=16, number_embedding="periodic", normalization="layer", residual=False),
    ],
    ids=["plain", "linear", "default", "periodic"],
)
def test_the_bound_of_a_perceptron_is_one(network: MLP, rows: int) -> None:
    shape, sample = (
        TableShape(numbers=9, cardinalities=(3, 40, 900)),
        (torch.randn(300, 9), torch.zeros(300, 3, dtype=torch.int64)),
    )
    module = network.build(shape, 5, sample)
    example = tuple(tensor[:1] for tensor in sample)
    assert step_bytes(module, example, rows, AdamW()) <= network.most_bytes(shape, 5, rows)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have rules of their own")
def test_what_a_step_frees_stays_for_the_next() -> None:
    import resource

    def step() -> None:
        held = [torch.zeros(2**20) for _ in range(4)]  # 4,096 pages
        del held

    keep_freed_memory()
    step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        step()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 4_096
