"""Masks for sequences of unequal length: what stands behind a sequence's end never counts.

Sequences are padded to one length to be computed together. Everything here treats a padded step as if
it were not there, so that an answer is the same whatever a sequence is batched with.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def traced() -> bool:
    """Return whether a graph is being made of what is computed: it must hold for inputs of any length."""
    exporting = getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)
    return torch.onnx.is_in_onnx_export() or bool(exporting())


def step_mask(lengths: Tensor, steps: int) -> Tensor | None:
    """Return 1 for steps that are there and 0 for padding, (n, steps); None when nothing is padding.

    >>> step_mask(torch.tensor([1, 3]), 3)
    tensor([[1., 0., 0.],
            [1., 1., 1.]])
    >>> step_mask(torch.tensor([2, 2]), 2) is None
    True
    """
    # Where only sizes are computed, every sequence counts as the longest.
    if lengths.is_meta or (not traced() and bool((lengths >= steps).all())):
        return None
    places = torch.arange(steps, device=lengths.device)
    return (places < lengths.clamp_min(1).unsqueeze(1)).to(torch.get_default_dtype())


def trimmed(steps: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return steps (n, steps, ...) cut behind the longest sequence, padding zeroed, and the mask.

    >>> trimmed(torch.ones(1, 4, 1), torch.tensor([2]))[0].shape
    torch.Size([1, 2, 1])
    """
    if lengths.is_meta:
        return steps, None  # sizes only are asked for: the longest that there may be
    if not traced():
        steps = steps[:, : max(1, int(lengths.max())) if len(lengths) else 1]
    mask = step_mask(lengths, steps.shape[1])
    if mask is None:
        return steps, None
    # Not multiplied: what stands in the padding may be infinite.
    there = mask.bool().reshape(*mask.shape, *[1] * (steps.dim() - 2))
    return steps.masked_fill(~there, 0), mask.to(steps.dtype) if steps.is_floating_point() else mask


def hidden_behind(features: Tensor, mask: Tensor | None) -> Tensor:
    """Return features (n, channels, steps) with zeros in the padding."""
    return features if mask is None else features * mask.unsqueeze(1)


def mean_over_steps(features: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean (n, channels) of features (n, channels, steps) over the steps that are there.

    >>> mean_over_steps(torch.tensor([[[2.0, 9.0]]]), torch.tensor([[1.0, 0.0]]))
    tensor([[2.]])
    """
    if mask is None:
        return features.mean(2)
    weights = mask.unsqueeze(1)
    return (features * weights).sum(2) / weights.sum(2)


def max_over_steps(features: Tensor, mask: Tensor | None) -> Tensor:
    """Return the largest value (n, channels) of features (n, channels, steps) among steps that are there."""
    if mask is None:
        return features.amax(2)
    return features.masked_fill(mask.unsqueeze(1) == 0, float("-inf")).amax(2)


def last_of(features: Tensor, lengths: Tensor) -> Tensor:
    """Return the features (n, channels) at the last step of each sequence, from (n, steps, channels).

    >>> last_of(torch.tensor([[[1.0], [2.0], [3.0]]]), torch.tensor([2]))
    tensor([[2.]])
    """
    rows = torch.arange(features.shape[0], device=features.device)
    return features[rows, (lengths - 1).clamp(0, features.shape[1] - 1)]


def reversed_steps(features: Tensor, lengths: Tensor) -> Tensor:
    """Return each sequence (n, steps, channels) read from its end; the padding stays behind it.

    >>> reversed_steps(torch.tensor([[[1.0], [2.0], [0.0]]]), torch.tensor([2])).flatten().tolist()
    [2.0, 1.0, 0.0]
    """
    places = torch.arange(features.shape[1], device=features.device).expand(features.shape[0], -1)
    mirrored = lengths.clamp_min(1).unsqueeze(1) - 1 - places
    order = torch.where(mirrored >= 0, mirrored, places)
    return features.gather(1, order.unsqueeze(2).expand_as(features))


class MaskedBatchNorm(nn.BatchNorm1d):
    """Batch normalisation whose mean and deviation are those of the steps that are there.

        y = γ (x - mean) / √(variance + ε) + β

    Source: Ioffe, Szegedy (2015).

    >>> MaskedBatchNorm(2)(torch.randn(4, 2, 5), None).shape
    torch.Size([4, 2, 5])
    """

    def forward(self, features: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return features (n, channels, steps) normalised for each channel; the padding is zero."""
        if mask is None:
            return super().forward(features)
        if not self.training:
            return super().forward(features) * mask.unsqueeze(1)
        weights = mask.unsqueeze(1)
        count = mask.sum()
        mean = (features * weights).sum((0, 2)) / count
        centred = (features - mean.reshape(1, -1, 1)) * weights
        variance = centred.square().sum((0, 2)) / count
        self._remember(mean.detach(), variance.detach() * count / (count - 1).clamp_min(1))
        scale = (self.weight * torch.rsqrt(variance + self.eps)).reshape(1, -1, 1)
        return (centred * scale + self.bias.reshape(1, -1, 1)) * weights

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        assert self.momentum is not None
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
        self.running_var.lerp_(variance.to(self.running_var.dtype), self.momentum)


def masked_max_pool(features: Tensor, mask: Tensor | None, width: int) -> Tensor:
    """Return the largest value among `width` neighbouring steps, padding left out; same shape."""
    if mask is not None:
        features = features.masked_fill(mask.unsqueeze(1) == 0, float("-inf"))
    pooled = functional.max_pool1d(features, width, stride=1, padding=width // 2)
    # In the padding far from any sequence the largest value is minus infinity: times 0 it would be NaN.
    return pooled if mask is None else pooled.masked_fill(mask.unsqueeze(1) == 0, 0)
