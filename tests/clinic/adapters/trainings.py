"""What the tests of all adapters share: a task, a network, and what a watched training must have seen."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from netwright.clinic.causes import Cause
from netwright.clinic.watching import Watching

ROWS, CLASSES, WIDTH, BATCH, EPOCHS = 640, 3, 10, 32, 4
GOOD_RATE, BAD_RATE = 0.01, 30.0


def library(name: str) -> Any:
    """Return a library, or skip the tests of this file where it is not installed."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError as error:
            pytest.skip(f"{name} is not installed ({error})", allow_module_level=True)


def rows() -> tuple[Tensor, Tensor]:
    """Return rows whose class three directions tell."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(ROWS, WIDTH, generator=generator)
    return x, (x @ torch.randn(WIDTH, CLASSES, generator=generator)).argmax(1)


def network(*after: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(WIDTH, 32), nn.ReLU(), nn.Linear(32, CLASSES), *after)


def check_seen(
    clinic: Watching | None, layers: Sequence[str], *, steps: int = EPOCHS * ROWS // BATCH
) -> None:
    """Check that a record holds all that a watched training shows."""
    assert clinic is not None
    record = clinic.record
    assert record.gaps == []
    assert record.finished
    assert record.step == steps
    assert record.observations
    first = record.observations[0]
    assert set(layers) <= set(first.layers)
    assert all(first.layers[name].gradient > 0 for name in layers)
    assert all(first.layers[name].update > 0 for name in layers)
    assert first.batch_rows == BATCH
    assert not any(seen.stale_gradients for seen in record.observations)
    assert all(seen.clipped_to is None for seen in record.observations)
    assert record.probes
    assert record.epochs
    assert record.wiring.initial_loss is not None
    assert record.wiring.expected_loss is not None
    assert record.wiring.pairing == ""
    assert record.wiring.untouched == ()


def check_healthy(clinic: Watching | None) -> None:
    """Check that nothing is wrong; that four epochs are few may be said."""
    assert clinic is not None
    alarms = {finding.cause for finding in clinic.findings if finding.severity == "alarm"}
    assert alarms <= {Cause.TOO_SHORT}, clinic.diagnosis


def check_rate(clinic: Watching | None) -> None:
    """Check that the cause of a training that broke is among those named."""
    assert clinic is not None
    assert not clinic.healthy
    named = {cause for finding in clinic.findings for cause in (finding.cause, *finding.causes)}
    assert Cause.RATE_TOO_HIGH in named
