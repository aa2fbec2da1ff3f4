"""Compilation: on a GPU a network is compiled where the measured step is faster and the training long enough.

Small networks leave a GPU waiting for the next kernel to be launched; `torch.compile` fuses kernels and
replays them as one CUDA graph.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from netwright.training.batches import Batch, Batches
from netwright.training.fit import Setup
from netwright.training.loop import Engine

WORTHWHILE_SECONDS = 60.0
"""A training that is shorter gains less than compiling costs."""

WARM_UP, MEASURED = 4, 10
"""Steps before the measurement, in which kernels are compiled and graphs recorded, and steps in it."""

FASTER = 0.95
"""A compiled step has to take at most this share of the time of a plain one."""

Compile = Callable[[nn.Module], Callable[..., Tensor]]

_compile = partial(torch.compile, mode="reduce-overhead")


def compile_where_faster(setup: Setup) -> None:
    """Let a training on CUDA use the compiled network, where that pays; the reason is noted."""
    if setup.batches.device.type == "cuda":
        steps = setup.epochs * setup.batches.per_epoch
        forward, reason = compiled_forward(setup.engine, setup.batches, steps)
        setup.engine = replace(setup.engine, forward=forward)
        setup.notes += (reason,)


def compiled_forward(
    engine: Engine,
    batches: Batches,
    steps: int,
    clock: Callable[[], float] = time.perf_counter,
    compile: Compile = _compile,
) -> tuple[Callable[..., Tensor] | None, str]:
    """Return the network compiled, or None where that does not pay, and the reason.

    A few steps are measured on a copy: network, optimizer and random numbers stay as they are.

    Args:
        engine: what trains.
        batches: its rows; those of the first batch are used.
        steps: updates the training will make.
        clock: returns seconds.
        compile: makes the fast network.
    """
    batch = next(batches.epoch(0))
    trial = copy.deepcopy(engine.network).train()
    with torch.random.fork_rng(devices=_cuda_devices(batch)):
        plain = _seconds_per_step(engine, trial, trial, batch, clock)
        if plain * steps < WORTHWHILE_SECONDS:
            return None, f"not compiled: {plain * steps:.0f} s of training are too short for it to pay"
        try:
            fast = _seconds_per_step(engine, trial, compile(trial), batch, clock)
        except Exception as error:  # noqa: BLE001 a compiler fails in a thousand ways, none the user's concern
            return None, f"not compiled: PyTorch's compiler failed ({type(error).__name__})"
    told = f"{1e3 * fast:.2f} ms a step compiled, {1e3 * plain:.2f} ms plain"
    if fast > FASTER * plain:
        return None, f"not compiled: {told}"
    return compile(engine.network), f"compiled: {told}"


def _seconds_per_step(
    engine: Engine,
    network: nn.Module,
    forward: Callable[..., Tensor],
    batch: Batch,
    clock: Callable[[], float],
) -> float:
    """Return the time of a pass forth and back."""
    started = 0.0
    for number in range(WARM_UP + MEASURED):
        if number == WARM_UP:
            _wait(batch)
            started = clock()
        with engine.autocast():
            loss = engine.objective(network, batch, number, forward)
        loss.backward()  # type: ignore[no-untyped-call]
        network.zero_grad(set_to_none=True)
    _wait(batch)
    return (clock() - started) / MEASURED


def _cuda_devices(batch: Batch) -> list[Any]:
    return [batch.target.device] if batch.target.device.type == "cuda" else []


def _wait(batch: Batch) -> None:
    if batch.target.device.type == "cuda":
        torch.cuda.synchronize(batch.target.device)
