"""Networks that forecast: they move with their windows, read what is known ahead, and start naive."""

from __future__ import annotations

import pytest
import torch

from netwright.data.shapes import WindowShape
from netwright.nets.dlinear import DLinear
from netwright.nets.forecasting import forecast_network
from netwright.nets.gru import GRU
from netwright.nets.inception_time import InceptionTime
from netwright.nets.lstm import LSTM
from netwright.nets.network import Network
from netwright.nets.nlinear import NLinear
from netwright.nets.patch_transformer import PatchTransformer
from netwright.nets.tcn import TCN

NETWORKS: list[Network] = [
    NLinear(),
    DLinear(width=5),
    PatchTransformer(width=8, heads=2, patch=6, stride=4),
    LSTM(hidden=8),
    GRU(hidden=8),
    TCN(width=8, layers=2),
    InceptionTime(filters=4, depth=3, members=2),
]
SHAPE = WindowShape(lookback=21, horizon=5, known=2, static=3, season=7)


def windows(rows: int = 4) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    sizes = ((rows, 21), (rows, 26, 2), (rows, 3))
    return tuple(torch.randn(size, generator=generator) for size in sizes)


@pytest.mark.parametrize("part", NETWORKS, ids=lambda part: part.kind)
def test_a_forecast_moves_with_its_window(part: Network) -> None:
    torch.manual_seed(0)
    network = forecast_network(part, SHAPE, outputs=15).eval()
    past, known, static = windows()
    with torch.inference_mode():
        here, higher = network(past, known, static), network(past + 100, known, static)
    torch.testing.assert_close(higher - 100, here, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("part", NETWORKS, ids=lambda part: part.kind)
def test_every_weight_learns(part: Network) -> None:
    torch.manual_seed(0)
    network = forecast_network(part, SHAPE, outputs=15)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    network(*windows()).square().sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_a_linear_network_starts_between_last_value_and_last_season() -> None:
    network = forecast_network(NLinear(), WindowShape(14, 3, season=7), outputs=3)
    past = torch.arange(14.0).unsqueeze(0)
    answer = network(past, torch.zeros(1, 17, 0), torch.zeros(1, 0))
    expected = torch.tensor([[(13 + 7) / 2, (13 + 8) / 2, (13 + 9) / 2]])
    torch.testing.assert_close(answer, expected)


def test_what_is_known_ahead_changes_the_forecast_only_where_it_is() -> None:
    torch.manual_seed(0)
    network = forecast_network(NLinear(), SHAPE, outputs=5)
    torch.nn.init.normal_(network.effect.straight.weight)
    past, known, static = windows(1)
    changed = known.clone()
    changed[0, 21 + 2] += 1
    moved = network(past, changed, static) - network(past, known, static)
    assert moved[0].abs().gt(1e-6).tolist() == [False, False, True, False, False]


def test_patches_cover_a_window_of_any_length() -> None:
    for lookback in (3, 16, 17, 40):
        shape = WindowShape(lookback, 2)
        network = PatchTransformer(width=8, heads=2).build(shape, outputs=2)
        past = torch.randn(2, lookback)
        assert network(past, torch.zeros(2, lookback + 2, 0), torch.zeros(2, 0)).shape == (2, 2)
