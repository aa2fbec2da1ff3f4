"""Steps that compute their gradient themselves, in a closure."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import netwright as nw
from netwright.clinic.session import Clinic

STEPS = 12


def train(
    kind: type[torch.optim.Optimizer], watched: bool, clip: float | None = None, **settings: Any
) -> Any:
    torch.manual_seed(0)
    x = torch.randn(64, 5)
    y = x[:, :1] * 2
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer, loss_function = kind(model.parameters(), **settings), nn.MSELoss()  # type: ignore[call-arg]
    clinic = nw.watch(model, optimizer, loss_function, announce=None, budget=None) if watched else None

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        return loss

    for _ in range(STEPS):
        loss = optimizer.step(closure)  # type: ignore[arg-type]
        if clinic is not None:
            clinic.step(loss.detach())
    if clinic is not None:
        clinic.close()
    return model, clinic


@pytest.mark.parametrize(
    ("kind", "settings"),
    [(torch.optim.SGD, {"lr": 0.05}), (torch.optim.Adam, {"lr": 0.01}), (torch.optim.LBFGS, {"max_iter": 3})],
)
def test_gradients_and_updates_are_seen_and_nothing_changes(
    kind: type[torch.optim.Optimizer], settings: dict[str, Any]
) -> None:
    watched, clinic = train(kind, True, **settings)
    unwatched, _ = train(kind, False, **settings)
    assert all(torch.equal(*pair) for pair in zip(watched.parameters(), unwatched.parameters(), strict=True))
    assert isinstance(clinic, Clinic)
    record = clinic.record
    assert record.gaps == []
    assert record.step == STEPS
    assert record.probes[0].step == 0
    assert len(record.observations) == STEPS
    for seen in record.observations:
        assert set(seen.layers) == {"0", "2"}
        assert all(reading.gradient > 0 and reading.update > 0 for reading in seen.layers.values())
        assert not seen.stale_gradients
        assert seen.clipped_to is None


def test_clipping_inside_of_the_closure_is_seen() -> None:
    _, clinic = train(torch.optim.SGD, True, clip=1e-3, lr=0.05)
    clipped = [seen.clipped_to for seen in clinic.record.observations]
    assert clipped == pytest.approx([1e-3] * STEPS, rel=1e-3)
    assert all((seen.gradient_norm or 0) > 0.1 for seen in clinic.record.observations)
