"""Averages of the weights: PyTorch's as reference, swapping and saving bit for bit."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.optim import swa_utils

from netwright import parts
from netwright.errors import RecipeError
from netwright.training.averaging import EMA, SWA, Averaging, averaged_tensors


def walk(network: nn.Module, step: int) -> None:
    """Move all weights a little, differently at every step."""
    generator = torch.Generator().manual_seed(step)
    with torch.no_grad():
        for tensor in averaged_tensors(network):
            tensor += torch.randn(tensor.shape, generator=generator, dtype=tensor.dtype)


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).double()


def test_ema_equals_pytorchs_once_the_decay_is_reached(network: nn.Module) -> None:
    ours = EMA(decay=0.15).average(averaged_tensors(network))  # below (1 + 1) / (10 + 1) from n = 1 on
    theirs = swa_utils.AveragedModel(
        network, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.15), use_buffers=True
    )
    for step in range(20):
        walk(network, step)
        ours.update(progress=step / 20)
        theirs.update_parameters(network)
    with ours.swapped():
        for mine, other in zip(averaged_tensors(network), averaged_tensors(theirs.module), strict=True):
            torch.testing.assert_close(mine.detach(), other.detach(), rtol=1e-12, atol=1e-12)


def test_ema_starts_with_a_short_memory() -> None:
    ema = EMA(decay=0.999)
    assert ema.share(0.0, 0) == 1.0
    assert ema.share(0.0, 1) == pytest.approx(1 - 2 / 11)
    assert ema.share(0.0, 90) == pytest.approx(1 - 91 / 100)
    assert ema.share(0.0, 10**6) == pytest.approx(0.001)


def test_swa_is_the_mean_of_the_weights_after_the_start(network: nn.Module) -> None:
    average = SWA(start=0.5).average(averaged_tensors(network))
    seen = []
    for step in range(10):
        walk(network, step)
        average.update(progress=step / 10)
        if step >= 5:
            seen.append([tensor.detach().clone() for tensor in averaged_tensors(network)])
    assert average.taken == 5
    average.apply()
    for place, tensor in enumerate(averaged_tensors(network)):
        torch.testing.assert_close(tensor.detach(), torch.stack([held[place] for held in seen]).mean(0))


def test_swapping_gives_everything_back_even_after_an_error(network: nn.Module) -> None:
    average = EMA(decay=0.5).average(averaged_tensors(network))
    average.update(0.0)
    walk(network, 1)
    before = copy.deepcopy(network.state_dict())

    def fail_inside() -> None:
        with average.swapped():
            assert not torch.equal(network.get_parameter("0.weight"), before["0.weight"])
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_an_empty_average_changes_nothing(network: nn.Module) -> None:
    before = network.get_parameter("0.weight").detach().clone()
    average = SWA(start=0.9).average(averaged_tensors(network))
    average.update(progress=0.1)
    walk(network, 0)
    moved = network.get_parameter("0.weight").detach().clone()
    with average.swapped():
        assert torch.equal(network.get_parameter("0.weight"), moved)
    average.apply()
    assert torch.equal(network.get_parameter("0.weight"), moved)
    assert not torch.equal(before, moved)


@pytest.mark.parametrize("averaging", [EMA(decay=0.9), SWA(start=0.2)], ids=repr)
def test_a_saved_average_goes_on_bit_for_bit(averaging: Averaging, network: nn.Module) -> None:
    average = averaging.average(averaged_tensors(network))
    for step in range(5):
        walk(network, step)
        average.update(progress=0.5)
    saved = copy.deepcopy(average.state_dict())
    twin = copy.deepcopy(network)
    resumed = averaging.average(averaged_tensors(twin))
    resumed.load_state_dict(saved)
    for step in range(5, 9):
        for model, held in ((network, average), (twin, resumed)):
            walk(model, step)
            held.update(progress=0.9)
    average.apply()
    resumed.apply()
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, twin.state_dict()[name]), name


def test_whole_numbers_are_left_out() -> None:
    layer = nn.BatchNorm1d(3)
    assert layer.num_batches_tracked is not None
    assert all(tensor.is_floating_point() for tensor in averaged_tensors(layer))
    assert len(averaged_tensors(layer)) == len(layer.state_dict()) - 1


def test_averages_are_parts() -> None:
    assert set(parts.parts_of("averaging")) == {"ema", "swa"}
    assert parts.parse_part(Averaging, {"kind": "swa", "start": 0.6}) == SWA(start=0.6)
    with pytest.raises(RecipeError, match="decay: expected a number less than 1"):
        EMA(decay=1.0)
    with pytest.raises(RecipeError, match="start: expected a number less than 1"):
        SWA(start=1.0)
