"""The convolutional network: stages of convolutions, each at half the size of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.nets.activations import ActivationName
from netwright.nets.convolution import (
    Convolution,
    ConvolutionLayer,
    Downsampling,
    GlobalPooling,
    MapNormalization,
    PixelScaling,
    Pooling,
    Widths,
    halve,
    multiply_adds,
)
from netwright.nets.dropout import Dropout
from netwright.nets.initialization import initialize, resolve_initialization
from netwright.nets.map_reader import MapReader
from netwright.nets.network import ImageShape, Network


class PictureNetwork(nn.Module):
    """The module of the networks for pictures: pixels, stages, pooling, output.

    Attributes:
        chunk_rows: pictures that are answered at a time.
        multiply_adds: of a forward pass for one picture.
        beside: reads the maps before the last stage and answers as well, or None.
    """

    chunk_rows = 256

    def __init__(
        self,
        pixels: PixelScaling,
        stages: Sequence[nn.Module],
        pooling: nn.Module,
        dropout: nn.Module,
        output: nn.Linear,
    ) -> None:
        super().__init__()
        self.pixels = pixels
        self.stages = nn.Sequential(*stages)
        self.pooling = pooling
        self.dropout = dropout
        self.output = output
        self.multiply_adds = 0
        self.beside: MapReader | None = None

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (rows, outputs) for pixels (rows, channels, height, width), bytes or numbers."""
        if self.beside is None:
            plain: Tensor = self.output(self.dropout(self.features(pixels)))
            return plain
        maps = self.lower_maps(pixels)
        answers: Tensor = self.output(self.dropout(self.pooling(self.stages[-1](maps)))) + self.beside(maps)
        return answers

    def features(self, pixels: Tensor) -> Tensor:
        """Return what the output layer reads, (rows, features)."""
        return self.pooling(self.stages(self.pixels(pixels)))  # type: ignore[no-any-return]

    def lower_maps(self, pixels: Tensor) -> Tensor:
        """Return the maps before the last stage, (rows, channels, height, width)."""
        maps: Tensor = self.pixels(pixels)
        for stage in list(self.stages)[:-1]:
            maps = stage(maps)
        return maps


def finish(network: PictureNetwork, shape: ImageShape, beside: bool) -> PictureNetwork:
    """Return the network laid out for speed, with its work counted, and with a `MapReader` where asked for.

    The weights are laid out like the pixels, channel beside channel.
    """
    if beside:
        was = network.training
        with torch.no_grad():
            pixels = torch.zeros(1, shape.channels, shape.height, shape.width)
            _, channels, height, width = network.eval().lower_maps(pixels).shape
        network.train(was).beside = MapReader(channels, height, width, network.output.out_features)
    network.multiply_adds = multiply_adds(network, shape.channels, shape.height, shape.width)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


class CNN(Network):
    """A plain convolutional network.

    Stages of convolutions with normalisation and activation; after each stage but the last height and
    width are halved. Then every map becomes one number, and a linear layer answers.

    Attributes:
        widths: the channels of every stage.
        layers: convolutions of each stage.
        kernel: pixels that a convolution reads in each direction; odd.
        convolution: "full", or "depthwise" for a ninth of the work.
        dilation: gaps between the pixels read, plus 1.
        stride: of the first convolution: 2 or more for large pictures.
        downsampling: between stages: "max" or "average" pooling, or a "stride" of the next convolution.
        pooling: of every map at the end: "average", "max", or "flatten" to keep places apart.
        normalization: "batch", "group", or "none".
        activation: a name from `ACTIVATIONS`.
        dropout: the share of features left out before the output at every training step.
        initialization: a name from `INITIALIZATIONS`; "auto" follows the activation.
        beside: whether the maps before the last stage answer as well; transfer to few labels fits that.

    Source: LeCun et al. (1998); Simonyan and Zisserman (2015).

    >>> network = CNN(widths=(8, 16)).build(ImageShape(1, 28, 28), outputs=10)
    >>> network(torch.zeros(5, 1, 28, 28, dtype=torch.uint8)).shape
    torch.Size([5, 10])
    """

    summary: ClassVar[str] = "Plain convolutional network: fast, for small or few pictures."
    forms: ClassVar[tuple[Form, ...]] = (Form.IMAGES,)

    widths: Widths = (32, 64, 128)
    layers: int = Field(default=2, ge=1)
    kernel: int = Field(default=3, ge=1)
    convolution: Convolution = "full"
    dilation: int = Field(default=1, ge=1)
    stride: int = Field(default=1, ge=1)
    downsampling: Downsampling = "max"
    pooling: Pooling = "average"
    normalization: MapNormalization = "batch"
    activation: ActivationName = "relu"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    initialization: str = "auto"
    beside: bool = False

    @model_validator(mode="after")
    def _possible_together(self) -> Self:
        resolve_initialization(self.initialization, self.activation)
        if self.kernel % 2 == 0:
            raise ValueError("kernel: an odd number of pixels, so that a picture keeps its size")
        return self

    def build(
        self,
        shape: ImageShape,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> PictureNetwork:
        """Return a fresh, initialised `PictureNetwork`, see `Network.build`."""
        stages, inputs = [], shape.channels
        height, width = -(-shape.height // self.stride), -(-shape.width // self.stride)
        for number, channels in enumerate(self.widths):
            smaller = number > 0 and min(height, width) > 1
            if smaller and self.downsampling == "stride":
                height, width = -(-height // 2), -(-width // 2)
            elif smaller:
                height, width = height // 2, width // 2
            stages.append(self._stage(inputs, channels, first=number == 0, smaller=smaller))
            inputs = channels
        features = inputs * (height * width if self.pooling == "flatten" else 1)
        network = PictureNetwork(
            PixelScaling(shape.channels, sample),
            stages,
            GlobalPooling(self.pooling),
            Dropout(self.dropout) if self.dropout else nn.Identity(),
            nn.Linear(features, outputs),
        )
        initialize(
            network, self.initialization, activation=self.activation, sample=sample, generator=generator
        )
        return finish(network, shape, self.beside)

    def _stage(self, inputs: int, channels: int, *, first: bool, smaller: bool) -> nn.Sequential:
        """Return the convolutions of a stage; a smaller one begins with what halves the maps."""
        strided = smaller and self.downsampling == "stride"
        stage: list[nn.Module] = [halve(self.downsampling)] if smaller and not strided else []
        for number in range(self.layers):
            stride = 1 if number else self.stride if first else 2 if strided else 1
            stage.append(
                ConvolutionLayer(
                    inputs if number == 0 else channels,
                    channels,
                    kernel=self.kernel,
                    stride=stride,
                    dilation=self.dilation,
                    convolution=self.convolution,
                    normalization=self.normalization,
                    activation=self.activation,
                )
            )
        return nn.Sequential(*stage)
