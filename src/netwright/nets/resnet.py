"""The residual network: every block adds to what it was given."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.nets.activations import ActivationName, make_activation
from netwright.nets.cnn import PictureNetwork, finish
from netwright.nets.convolution import (
    Convolution,
    ConvolutionLayer,
    GlobalPooling,
    MapNormalization,
    PixelScaling,
    Pooling,
    Widths,
)
from netwright.nets.dropout import Dropout, StochasticDepth
from netwright.nets.initialization import initialize
from netwright.nets.network import ImageShape, Network


class ResidualBlock(nn.Module):
    """a(x + f(x)): two convolutions beside a shortcut, which is a 1 × 1 convolution where sizes change."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        convolution: Convolution = "full",
        normalization: MapNormalization = "batch",
        activation: str = "relu",
        depth_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.first = ConvolutionLayer(
            inputs,
            outputs,
            stride=stride,
            convolution=convolution,
            normalization=normalization,
            activation=activation,
        )
        self.second = ConvolutionLayer(
            outputs,
            outputs,
            dilation=dilation,
            convolution=convolution,
            normalization=normalization,
            activation=None,
        )
        self.depth = StochasticDepth(depth_dropout) if depth_dropout else nn.Identity()
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            # Averaging before the 1 × 1 convolution reads every pixel, a stride only one of four.
            smaller = nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity()
            mixed = ConvolutionLayer(inputs, outputs, kernel=1, normalization=normalization, activation=None)
            self.shortcut = nn.Sequential(smaller, mixed)
        self.activation = make_activation(activation)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (rows, outputs, height / stride, width / stride) for maps (rows, inputs, height, width)."""
        added = self.depth(self.second(self.first(maps)))
        return self.activation(self.shortcut(maps) + added)  # type: ignore[no-any-return]


class ResNet(Network, called="resnet", formerly=("res_net",)):
    """A residual network: deep, and yet as easy to train as a shallow one.

    Every block starts as the identity, because the scale of its last normalisation starts at zero.

    Attributes:
        widths: the channels of every stage; each stage but the first halves height and width.
        blocks: residual blocks of each stage.
        stride: of the first convolution: 2 or more for large pictures.
        convolution: "full", or "depthwise" for a ninth of the work.
        dilation: of the second convolution of each block.
        pooling: of every map at the end: "average", "max", or "flatten" to keep places apart.
        normalization: "batch" or "group".
        activation: a name from `ACTIVATIONS`.
        dropout: the share of features left out before the output at every training step.
        stochastic_depth: the share of rows for which the last block is left out; earlier ones less.
        beside: whether the maps before the last stage answer as well; transfer to few labels fits that.

    Source: He, Zhang, Ren, Sun (2016); He et al. (2019) for the shortcuts and the zero start.

    >>> network = ResNet(widths=(8, 16), blocks=1).build(ImageShape(3, 32, 32), outputs=4)
    >>> network(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 4])
    """

    summary: ClassVar[str] = "Residual network: deep, for many or detailed pictures."
    forms: ClassVar[tuple[Form, ...]] = (Form.IMAGES,)

    widths: Widths = (32, 64, 128)
    blocks: int = Field(default=2, ge=1)
    stride: int = Field(default=1, ge=1)
    convolution: Convolution = "full"
    dilation: int = Field(default=1, ge=1)
    pooling: Pooling = "average"
    normalization: MapNormalization = "batch"
    activation: ActivationName = "relu"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    stochastic_depth: float = Field(default=0.0, ge=0, lt=1)
    beside: bool = False

    def build(
        self,
        shape: ImageShape,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> PictureNetwork:
        """Return a fresh, initialised `PictureNetwork`, see `Network.build`."""
        first = ConvolutionLayer(
            shape.channels,
            self.widths[0],
            stride=self.stride,
            normalization=self.normalization,
            activation=self.activation,
        )
        halvings = self.stride * 2 ** (len(self.widths) - 1)
        places = -(-shape.height // halvings) * -(-shape.width // halvings)
        network = PictureNetwork(
            PixelScaling(shape.channels, sample),
            [first, *self._stages()],
            GlobalPooling(self.pooling),
            Dropout(self.dropout) if self.dropout else nn.Identity(),
            nn.Linear(self.widths[-1] * (places if self.pooling == "flatten" else 1), outputs),
        )
        initialize(network, activation=self.activation, sample=sample, generator=generator)
        for block in network.modules():
            if isinstance(block, ResidualBlock):
                scale = getattr(block.second.normalization, "weight", None)
                if isinstance(scale, Tensor):
                    nn.init.zeros_(scale)
        return finish(network, shape, self.beside)

    def _stages(self) -> list[nn.Module]:
        """Return the stages, each a sequence of blocks."""
        stages: list[nn.Module] = []
        inputs, place, last = self.widths[0], 0, max(1, len(self.widths) * self.blocks - 1)
        for number, channels in enumerate(self.widths):
            blocks = []
            for block in range(self.blocks):
                blocks.append(
                    ResidualBlock(
                        inputs,
                        channels,
                        stride=2 if number and block == 0 else 1,
                        dilation=self.dilation,
                        convolution=self.convolution,
                        normalization=self.normalization,
                        activation=self.activation,
                        depth_dropout=self.stochastic_depth * place / last,
                    )
                )
                inputs, place = channels, place + 1
            stages.append(nn.Sequential(*blocks))
        return stages
