"""The second answer of networks for pictures: what it reads, and that it says nothing until it was fitted."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from netwright.nets.cnn import CNN
from netwright.nets.map_reader import MapReader, quartered
from netwright.nets.network import ImageShape
from netwright.nets.output import divide_output
from netwright.nets.resnet import ResNet


@pytest.mark.parametrize(("height", "width"), [(2, 2), (4, 6), (7, 5), (1, 3), (1, 1)])
def test_quarters_are_those_of_adaptive_pooling(height: int, width: int) -> None:
    maps = torch.randn(3, 4, height, width, generator=torch.Generator().manual_seed(0))
    expected = nn.AdaptiveAvgPool2d((min(2, height), min(2, width)))(maps).flatten(1)
    torch.testing.assert_close(quartered(maps), expected)
    assert MapReader(4, height, width, outputs=2)(maps).shape == (3, 2)


@pytest.mark.parametrize("part", [CNN(widths=(4, 8)), ResNet(widths=(4, 8), blocks=1), CNN(widths=(4,))])
def test_it_adds_to_the_answers_once_it_is_set(part: CNN | ResNet) -> None:
    torch.manual_seed(0)
    network = part.edited(beside=True).build(ImageShape(1, 9, 9), outputs=3).eval()
    pixels = torch.randn(5, 1, 9, 9)
    plain = network.output(network.features(pixels))
    torch.testing.assert_close(network(pixels), plain)
    assert network.beside is not None
    weight, bias = torch.randn(3, network.beside.quarters), torch.randn(3)
    network.beside.set(weight, bias)
    expected = plain + quartered(network.lower_maps(pixels)) @ weight.T + bias
    torch.testing.assert_close(network(pixels), expected)
    assert not [name for name, _ in network.named_parameters() if name.startswith("beside")]
    assert divide_output(network, 2.0)
    torch.testing.assert_close(network(pixels), expected / 2)


def test_without_it_a_network_has_the_tensors_it_always_had() -> None:
    names = CNN(widths=(4, 8)).build(ImageShape(1, 9, 9), outputs=3).state_dict()
    assert not [name for name in names if name.startswith("beside")]
