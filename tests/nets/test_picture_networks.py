"""Convolutional and residual networks against PyTorch's own layers, and what their settings promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from netwright.errors import RecipeError
from netwright.nets import CNN, ResNet
from netwright.nets.convolution import ConvolutionLayer, PixelScaling, multiply_adds
from netwright.nets.network import ImageShape, Network
from netwright.nets.resnet import ResidualBlock
from netwright.parts import parse_part

SHAPE = ImageShape(3, 20, 16)

SETTINGS: list[tuple[type[Network], dict[str, Any]]] = [
    (CNN, {}),
    (CNN, {"convolution": "depthwise"}),
    (CNN, {"dilation": 2}),
    (CNN, {"downsampling": "average", "pooling": "max"}),
    (CNN, {"downsampling": "stride", "pooling": "flatten"}),
    (CNN, {"stride": 2, "pooling": "flatten", "normalization": "none"}),
    (CNN, {"normalization": "group", "activation": "gelu", "initialization": "data_dependent"}),
    (CNN, {"widths": (4, 4, 4, 4, 4, 4, 4)}),
    (ResNet, {}),
    (ResNet, {"stride": 2, "pooling": "flatten"}),
    (ResNet, {"convolution": "depthwise", "dilation": 2, "stochastic_depth": 0.2}),
    (ResNet, {"normalization": "group", "pooling": "max"}),
]


def pictures(rows: int = 6, shape: ImageShape = SHAPE, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    size = (rows, shape.channels, shape.height, shape.width)
    return torch.randint(0, 256, size, generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize(("family", "settings"), SETTINGS)
def test_every_setting_answers_and_learns(family: type[Network], settings: dict[str, Any]) -> None:
    part = family(**{"widths": (8, 12), **settings})
    network = part.build(SHAPE, 5, (pictures(),), torch.Generator().manual_seed(0))
    before = {name: tensor.clone() for name, tensor in network.named_parameters()}
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    output = network(pictures())
    assert output.shape == (6, 5)
    functional.cross_entropy(output, torch.arange(6) % 5).backward()
    optimizer.step()
    still = [name for name, tensor in network.named_parameters() if torch.equal(tensor, before[name])]
    # A zero scale at the end of a residual block holds back what lies before it, for one step.
    assert all("stages" in name for name in still) if family is ResNet else not still


@pytest.mark.parametrize("family", [CNN, ResNet])
def test_a_picture_is_answered_alike_wherever_it_stands(family: type[Network]) -> None:
    network = family(widths=(8, 8)).build(SHAPE, 3, (pictures(),)).eval()
    with torch.no_grad():
        whole = network(pictures())
        alone = torch.cat([network(row[None]) for row in pictures()])
    torch.testing.assert_close(whole, alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("family", [CNN, ResNet])
def test_the_same_generator_gives_the_same_weights(family: type[Network]) -> None:
    first, second = (
        family(widths=(8, 8)).build(SHAPE, 3, (pictures(),), torch.Generator().manual_seed(5)).state_dict()
        for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_bytes_and_numbers_give_the_same_answer() -> None:
    network = CNN(widths=(8, 8)).build(SHAPE, 3, (pictures(),)).eval()
    torch.testing.assert_close(network(pictures()), network(pictures().float()))


def test_pixels_have_mean_0_and_deviation_1() -> None:
    scaled = PixelScaling(3, (pictures(50),))(pictures(50))
    torch.testing.assert_close(scaled.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(scaled.std((0, 2, 3)), torch.ones(3), atol=1e-4, rtol=0)


def test_a_constant_channel_stays_finite() -> None:
    flat = torch.full((4, 1, 5, 5), 7, dtype=torch.uint8)
    assert (PixelScaling(1, (flat,))(flat) == 0).all()


def test_a_layer_is_the_convolution_of_the_textbook() -> None:
    layer = ConvolutionLayer(2, 3, kernel=3, stride=2, dilation=2, normalization="none")
    maps = torch.randn(1, 2, 9, 9)
    convolution = layer.convolution
    assert isinstance(convolution, nn.Conv2d)
    padded = np.pad(maps[0].numpy(), ((0, 0), (2, 2), (2, 2)))
    weight, bias = convolution.weight.detach().numpy(), convolution.bias.detach().numpy()
    expected = np.zeros((3, 5, 5))
    for unit in range(3):
        for row in range(5):
            for column in range(5):
                patch = padded[:, 2 * row : 2 * row + 5 : 2, 2 * column : 2 * column + 5 : 2]
                expected[unit, row, column] = (patch * weight[unit]).sum() + bias[unit]
    torch.testing.assert_close(
        layer(maps)[0], torch.from_numpy(expected).float().relu(), atol=1e-5, rtol=1e-4
    )


def test_a_residual_block_starts_as_the_identity() -> None:
    network = ResNet(widths=(8,), blocks=2).build(ImageShape(8, 6, 6), 2).eval()
    block = next(module for module in network.modules() if isinstance(module, ResidualBlock))
    maps = torch.randn(2, 8, 6, 6).relu()
    torch.testing.assert_close(block(maps), maps)


def test_depthwise_takes_a_fraction_of_the_work() -> None:
    full, depthwise = (
        CNN(widths=(32, 64), convolution=kind).build(ImageShape(1, 28, 28), 10)
        for kind in ("full", "depthwise")
    )
    assert depthwise.multiply_adds < 0.25 * full.multiply_adds
    assert full.multiply_adds == multiply_adds(full, 1, 28, 28)


def test_an_outline_takes_no_memory() -> None:
    with torch.device("meta"):
        network = ResNet(widths=(8, 8)).build(SHAPE, 3, (torch.zeros(4, 3, 20, 16),))
    assert all(tensor.is_meta for tensor in network.parameters())


def test_settings_are_checked_and_named() -> None:
    with pytest.raises(RecipeError, match="odd"):
        CNN(kernel=4)
    with pytest.raises(RecipeError, match="at least one stage"):
        ResNet(widths=())
    assert parse_part(Network, {"kind": "resnet", "blocks": 3}) == ResNet(blocks=3)
    assert parse_part(Network, "res_net") == ResNet(), "the name in older recipes"
    assert parse_part(Network, CNN(stride=2).to_plain()) == CNN(stride=2)
