"""Grad-CAM: where a convolution saw what speaks for the answer."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.errors import UserError, did_you_mean
from netwright.explain.subject import Subject, device_of


def grad_cam(subject: Subject, inputs: tuple[Tensor, ...], chosen: np.ndarray, layer: str | None) -> Tensor:
    """Return maps (rows, 1, height, width), or (rows, steps, 1) of a series, at the size of the input.

    Args:
        subject: the model.
        inputs: prepared rows.
        chosen: which answer is explained (rows,).
        layer: the name of a convolution; the last one when left out.

    Raises:
        UserError: when there is no such convolution.
    """
    found = _convolution(subject.network, layer)
    kept: list[Tensor] = []
    handle = found.register_forward_hook(lambda module, args, output: kept.append(output))
    device = device_of(subject.network)
    try:
        point = inputs[0].to(device).detach().requires_grad_()
        answers = subject.differentiable((point, *(one.to(device) for one in inputs[1:])))
    finally:
        handle.remove()
    picked = answers[torch.arange(len(chosen)), torch.from_numpy(chosen).to(device)].sum()
    gradients = torch.autograd.grad(picked, kept)
    total = torch.zeros(())
    for maps, gradient in zip(kept, gradients, strict=True):
        axes = tuple(range(2, maps.dim()))
        heat = torch.relu((maps * gradient.mean(dim=axes, keepdim=True)).sum(dim=1, keepdim=True))
        total = total + _fitted(heat.detach().cpu(), inputs[0])
    return total / len(kept)


def _fitted(heat: Tensor, own: Tensor) -> Tensor:
    """Return heat (rows, 1, ...) at the size of the input (rows, channels, h, w) or (rows, steps,
    channels)."""
    if own.dim() == 4:
        return functional.interpolate(heat, size=own.shape[2:], mode="bilinear", align_corners=False)
    if heat.dim() == 4:
        # A spectrogram is read as a picture of steps and bands.
        return functional.interpolate(heat, size=own.shape[1:], mode="bilinear", align_corners=False)[:, 0]
    return functional.interpolate(heat, size=own.shape[1], mode="linear", align_corners=False).transpose(1, 2)


def _convolution(network: nn.Module, layer: str | None) -> nn.Module:
    known = {name: part for name, part in network.named_modules() if isinstance(part, (nn.Conv1d, nn.Conv2d))}
    if not known:
        raise UserError("grad_cam: the network has no convolution. Use integrated_gradients or occlusion.")
    if layer is None:
        return list(known.values())[-1]
    if layer not in known:
        raise UserError(f"grad_cam: there is no convolution {layer!r}. {did_you_mean(layer, tuple(known))}")
    return known[layer]
