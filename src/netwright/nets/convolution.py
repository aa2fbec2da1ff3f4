"""The pieces of networks for pictures: scaled pixels, convolutions, pooling."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import AfterValidator
from torch import Tensor, nn

from netwright.nets.activations import make_activation
from netwright.nets.normalization import group_count

Convolution = Literal["full", "depthwise"]
Downsampling = Literal["max", "average", "stride"]
Pooling = Literal["average", "max", "flatten"]
MapNormalization = Literal["none", "batch", "group"]


def _at_least_one_channel(widths: tuple[int, ...]) -> tuple[int, ...]:
    if not widths or min(widths) < 1:
        raise ValueError("at least one stage, each with at least 1 channel")
    return widths


Widths = Annotated[tuple[int, ...], AfterValidator(_at_least_one_channel)]
"""The channels of every stage."""

SAMPLE_PICTURES = 2_000
"""Pictures that mean and deviation of the pixels are taken from."""


class PixelScaling(nn.Module):
    """Pixels of mean 0 and deviation 1 in every channel: (x - mean) / deviation, as learnt from a sample.

    Bytes become numbers here, batch by batch, so that the training pictures stay small in memory; and the
    channels are laid beside each other, which convolutions on processors read about twice as fast.
    """

    def __init__(self, channels: int, sample: tuple[Tensor, ...] = ()) -> None:
        super().__init__()
        mean, deviation = torch.zeros(channels), torch.ones(channels)
        if sample and not mean.is_meta:
            pixels = sample[0][:: max(1, len(sample[0]) // SAMPLE_PICTURES)].double()
            mean = pixels.mean(dim=(0, 2, 3)).float()
            deviation = pixels.std(dim=(0, 2, 3)).float()
            deviation[~(deviation > 0)] = 1.0
        self.register_buffer("mean", mean.view(1, channels, 1, 1))
        self.register_buffer("deviation", deviation.view(1, channels, 1, 1))
        self.mean: Tensor
        self.deviation: Tensor

    def forward(self, pixels: Tensor) -> Tensor:
        """Return scaled numbers for pixels (rows, channels, height, width)."""
        numbers = pixels.to(self.mean.dtype, memory_format=torch.channels_last)
        return (numbers - self.mean) / self.deviation


class ConvolutionLayer(nn.Module):
    """a(normalisation(W * x)): one convolution with what belongs to it.

    A depthwise convolution filters every channel by itself and then mixes them point by point, for about
    a ninth of the work (Howard et al. 2017). A dilated one leaves gaps between the pixels that it reads
    (Yu and Koltun 2016).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        convolution: Convolution = "full",
        normalization: MapNormalization = "batch",
        activation: str | None = "relu",
    ) -> None:
        super().__init__()
        padding = dilation * (kernel - 1) // 2
        bias = normalization == "none"
        spatial = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        if convolution == "depthwise" and inputs > 1:
            self.convolution: nn.Module = nn.Sequential(
                nn.Conv2d(inputs, inputs, groups=inputs, bias=False, **spatial),  # type: ignore[arg-type]
                nn.Conv2d(inputs, outputs, 1, bias=bias),
            )
        else:
            self.convolution = nn.Conv2d(inputs, outputs, bias=bias, **spatial)  # type: ignore[arg-type]
        self.normalization = normalize_maps(normalization, outputs)
        self.activation = nn.Identity() if activation is None else make_activation(activation)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (rows, outputs, height / stride, width / stride) for maps (rows, inputs, height, width)."""
        return self.activation(self.normalization(self.convolution(maps)))  # type: ignore[no-any-return]


class GlobalPooling(nn.Module):
    """One number for every map: its mean, its maximum, or all of it side by side."""

    def __init__(self, pooling: Pooling) -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, maps: Tensor) -> Tensor:
        """Return features (rows, features) for maps (rows, channels, height, width)."""
        if self.pooling == "average":
            return maps.mean(dim=(2, 3))
        return maps.amax(dim=(2, 3)) if self.pooling == "max" else maps.flatten(1)


def normalize_maps(name: MapNormalization, channels: int) -> nn.Module:
    """Return a fresh normalisation of maps (rows, channels, height, width)."""
    if name == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(group_count(channels), channels) if name == "group" else nn.Identity()


def halve(downsampling: Downsampling) -> nn.Module:
    """Return what halves height and width between two stages; "stride" leaves that to a convolution."""
    if downsampling == "max":
        return nn.MaxPool2d(2)
    return nn.AvgPool2d(2) if downsampling == "average" else nn.Identity()


def multiply_adds(network: nn.Module, channels: int, height: int, width: int) -> int:
    """Return the multiply-adds of a forward pass for one picture, found by one made of zeros.

    >>> multiply_adds(nn.Conv2d(3, 8, 3, padding=1), 3, 10, 10)
    21600
    """
    total = 0

    def count(layer: nn.Module, came: tuple[Tensor, ...], went: Tensor) -> None:
        nonlocal total
        assert isinstance(layer, (nn.Conv2d, nn.Linear))
        total += went[0].numel() * layer.weight[0].numel()

    layers = [layer for layer in network.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    training = network.training
    try:
        device = layers[0].weight.device
        with torch.no_grad():
            network.eval()(torch.zeros(1, channels, height, width, device=device))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return total
