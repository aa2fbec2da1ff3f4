"""One step of Adam or AdamW on flat parameters: PyTorch's own kernel, without the bookkeeping around it.

`torch.optim` looks through groups, states and devices anew at every step, which for a small network
costs as much as the step. Where nothing of that can change, the kernel is called at once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer

_KERNELS = {
    Adam: getattr(torch, "_fused_adam_", None),
    AdamW: getattr(torch, "_fused_adamw_", None),
}


def fused_update(optimizer: Optimizer) -> Callable[[], object]:
    """Return what does the same as `optimizer.step`, bit for bit, and faster where that is possible.

    Args:
        optimizer: over one vector a group, as `flatten` makes them, with gradients that are never None.

    >>> from torch import nn
    >>> weights = nn.Parameter(torch.ones(3))
    >>> weights.grad = torch.ones(3)
    >>> update = fused_update(AdamW([weights], lr=0.1, weight_decay=0, fused=True))
    >>> _ = update(), update()
    >>> weights.data
    tensor([0.8000, 0.8000, 0.8000])
    """
    kernel = _KERNELS.get(type(optimizer))
    if kernel is None or not all(map(_is_simple, optimizer.param_groups)):
        return optimizer.step

    def update() -> None:
        hooks = optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks
        if hooks:
            optimizer.step()
            return
        with torch.no_grad():
            for group in optimizer.param_groups:
                (vector,) = group["params"]
                state = optimizer.state[vector]
                if not state:
                    state.update(_fresh(vector))
                state["step"].add_(1)
                kernel(
                    [vector],
                    [vector.grad],
                    [state["exp_avg"]],
                    [state["exp_avg_sq"]],
                    [],
                    [state["step"]],
                    lr=group["lr"],
                    beta1=group["betas"][0],
                    beta2=group["betas"][1],
                    weight_decay=group["weight_decay"],
                    eps=group["eps"],
                    amsgrad=False,
                    maximize=False,
                    grad_scale=None,
                    found_inf=None,
                )

    return update


def _fresh(vector: Tensor) -> dict[str, Tensor]:
    """Return what Adam remembers before its first step."""
    return {
        "step": torch.zeros((), dtype=torch.float32),
        "exp_avg": torch.zeros_like(vector),
        "exp_avg_sq": torch.zeros_like(vector),
    }


def _is_simple(group: dict[str, object]) -> bool:
    vectors = group["params"]
    assert isinstance(vectors, list)
    usual = group["fused"] and not group["amsgrad"] and not group["maximize"]
    return bool(usual) and len(vectors) == 1 and vectors[0].device.type == "cpu"
