"""The short way to an update gives the same weights, bit for bit, as the optimizer's own step."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from netwright.training.fused_update import fused_update


def trained(make: Any, settings: dict[str, Any], short: bool, hook: list[int] | None = None) -> nn.Parameter:
    generator = torch.Generator().manual_seed(0)
    vector = nn.Parameter(torch.randn(1001, generator=generator))
    optimizer = make([vector], lr=1e-2, weight_decay=0.1, **settings)
    if hook is not None:
        optimizer.register_step_post_hook(lambda *_: hook.append(1))
    update = fused_update(optimizer) if short else optimizer.step
    for step in range(30):
        vector.grad = torch.randn(1001, generator=generator)
        optimizer.param_groups[0]["lr"] = 1e-2 / (step + 1)
        update()
        if step == 10:  # a training that is resumed puts other tensors into the state
            optimizer.load_state_dict(optimizer.state_dict())
    return vector


@pytest.mark.parametrize("make", [torch.optim.Adam, torch.optim.AdamW])
@pytest.mark.parametrize(
    "settings", [{"fused": True}, {"fused": True, "betas": (0.8, 0.9)}, {"amsgrad": True}]
)
def test_same_bits_as_the_optimizer(make: Any, settings: dict[str, Any]) -> None:
    assert torch.equal(trained(make, settings, short=True), trained(make, settings, short=False))


def test_hooks_on_the_optimizer_are_called() -> None:
    calls: list[int] = []
    trained(torch.optim.AdamW, {"fused": True}, short=True, hook=calls)
    assert len(calls) == 30


def test_other_optimizers_keep_their_own_step() -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(2))], lr=0.1)
    assert fused_update(optimizer) == optimizer.step
