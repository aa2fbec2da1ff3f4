"""Weights, optimizer states and random numbers are the same, bit for bit, watched and unwatched."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from tests.clinic.loops import CASES, Case, train
from torch import Tensor

GAPS = {
    "recurrent": "The wiring was not examined: the model cannot be copied",
    "transformer": "Not examined: mixing of rows",
}


def outcome(name: str, watched: bool, clinic_first: bool) -> tuple[Case, Any, dict[str, Any]]:
    torch.manual_seed(3)
    random.seed(3)
    np.random.seed(3)
    case = CASES[name]()
    clinic = train(case, watched, clinic_first=clinic_first)
    left = {
        "weights": case.model.state_dict(),
        "optimizers": [optimizer.state_dict()["state"] for optimizer in case.optimizers],
        "torch": torch.get_rng_state(),
        "python": random.getstate(),
        "numpy": np.random.get_state()[1],
    }
    return case, clinic, left


def same(first: Any, second: Any) -> bool:
    if isinstance(first, Tensor):
        return torch.equal(first, second)
    if isinstance(first, np.ndarray):
        return bool(np.array_equal(first, second))
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


@pytest.mark.parametrize("clinic_first", [False, True], ids=["step last", "step first"])
@pytest.mark.parametrize("name", list(CASES))
def test_nothing_changes(name: str, clinic_first: bool) -> None:
    _, _, unwatched = outcome(name, False, clinic_first)
    case, clinic, watched = outcome(name, True, clinic_first)
    for what, value in unwatched.items():
        assert same(value, watched[what]), what
    assert not any(hook for module in case.model.modules() for hook in module._forward_hooks)
    assert all(gap.startswith(GAPS.get(name, "none")) for gap in clinic.record.gaps), clinic.record.gaps
    assert len(clinic.record.observations) > 20
    assert len(clinic.record.epochs) == 2
    assert all(layer.finite for seen in clinic.record.observations for layer in seen.layers.values())
    assert all(seen.gradient_norm for seen in clinic.record.observations)


def test_the_comparison_can_fail() -> None:
    _, _, first = outcome("perceptron", False, False)
    torch.manual_seed(4)
    case = CASES["perceptron"]()
    assert not same(first["weights"], case.model.state_dict())
