"""Networks for sequences: padding never counts, order does, every step can be answered."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from netwright.nets.gru import GRU
from netwright.nets.inception_time import InceptionTime
from netwright.nets.lstm import LSTM
from netwright.nets.masking import MaskedBatchNorm, step_mask
from netwright.nets.network import Network, SequenceShape
from netwright.nets.recurrent import RecurrentNetwork
from netwright.nets.rnn import RNN
from netwright.nets.spectrogram_convolution import SpectrogramConvolution
from netwright.nets.tcn import TCN
from netwright.training.threads import threads_for

NETWORKS: list[Network] = [
    RNN(hidden=8),
    GRU(hidden=8, bidirectional=True, layers=2),
    LSTM(hidden=8),
    LSTM(hidden=8, bidirectional=True, pooling="attention"),
    LSTM(hidden=8, pooling="max"),
    TCN(width=8, layers=3),
    TCN(width=8, layers=2, pooling="attention"),
    InceptionTime(filters=4, depth=3, members=2),
    SpectrogramConvolution(widths=(4, 8)),
]
LENGTHS = torch.tensor([17, 1, 9, 4])


def built(part: Network, outputs: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return part.build(SequenceShape(channels=6, length=17), outputs, ())


def sequences() -> Tensor:
    steps = torch.randn(4, 17, 6, generator=torch.Generator().manual_seed(1))
    return steps * step_mask(LENGTHS, 17).unsqueeze(2)  # type: ignore[union-attr]


@pytest.mark.parametrize("part", NETWORKS, ids=lambda part: f"{part.kind}")
def test_padding_never_changes_an_answer(part: Network) -> None:
    network, steps = built(part).eval(), sequences()
    with torch.inference_mode():
        together = network(steps, LENGTHS)
        alone = [network(steps[i : i + 1, :n], LENGTHS[i : i + 1]) for i, n in enumerate(LENGTHS)]
        longer = network(torch.cat([steps, torch.zeros(4, 30, 6)], dim=1), LENGTHS)
        garbage = torch.where(step_mask(LENGTHS, 17).unsqueeze(2) > 0, steps, float("nan"))  # type: ignore[union-attr]
        dirty = network(garbage, LENGTHS)
    torch.testing.assert_close(torch.cat(alone), together, atol=2e-6, rtol=1e-5)
    assert torch.equal(longer, together)
    assert torch.equal(dirty, together)


@pytest.mark.parametrize("part", NETWORKS, ids=lambda part: f"{part.kind}")
def test_padding_never_changes_a_gradient(part: Network) -> None:
    plain = part.edited(dropout=0.0)
    gradients = []
    for extra in (0, 25):
        network = built(plain).train()
        padding = torch.full((4, extra, 6), 1e3)
        network(torch.cat([sequences(), padding], dim=1), LENGTHS).square().sum().backward()
        gradients.append([parameter.grad for parameter in network.parameters()])
    for without, with_more in zip(*gradients, strict=True):
        assert torch.equal(without, with_more)


@pytest.mark.parametrize("part", NETWORKS, ids=lambda part: f"{part.kind}")
def test_the_order_of_steps_counts(part: Network) -> None:
    network, steps = built(part).eval(), sequences()
    with torch.inference_mode():
        backwards = steps[:1].flip(1)
        assert not torch.allclose(network(steps[:1], LENGTHS[:1]), network(backwards, LENGTHS[:1]))


def test_recurrent_answers_equal_those_of_packed_sequences() -> None:
    network, steps = built(LSTM(hidden=8, pooling="last")).eval(), sequences()
    packed = pack_padded_sequence(steps, LENGTHS, batch_first=True, enforce_sorted=False)
    with torch.inference_mode():
        _, (last, _) = network.cells.cells(packed)
        expected = network.readout.output(last[-1])
        torch.testing.assert_close(network(steps, LENGTHS), expected, atol=1e-6, rtol=1e-5)


def test_both_ways_equals_the_bidirectional_module_on_packed_sequences() -> None:
    network, steps = built(GRU(hidden=5, bidirectional=True)).eval(), sequences()
    twin = nn.GRU(6, 5, batch_first=True, bidirectional=True)
    ahead, back = network.cells.forwards[0].state_dict(), network.cells.backwards[0].state_dict()
    twin.load_state_dict({**ahead, **{f"{name}_reverse": tensor for name, tensor in back.items()}})
    packed = pack_padded_sequence(steps, LENGTHS, batch_first=True, enforce_sorted=False)
    with torch.inference_mode():
        expected, _ = nn.utils.rnn.pad_packed_sequence(twin(packed)[0], batch_first=True)
        mask = step_mask(LENGTHS, 17).unsqueeze(2)  # type: ignore[union-attr]
        torch.testing.assert_close(network.cells(steps, LENGTHS) * mask, expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("part", [LSTM(hidden=4, pooling="none"), TCN(width=4, layers=2, pooling="none")])
def test_without_pooling_every_step_is_answered(part: Network) -> None:
    assert built(part)(sequences(), LENGTHS).shape == (4, 17 * 3)


def test_masked_normalisation_equals_that_of_the_steps_alone() -> None:
    features = torch.randn(4, 3, 17)
    mask = step_mask(LENGTHS, 17)
    assert mask is not None
    masked, plain = MaskedBatchNorm(3), nn.BatchNorm1d(3)
    there = features.transpose(1, 2)[mask.bool()]
    expected = plain(there)
    torch.testing.assert_close(masked(features, mask).transpose(1, 2)[mask.bool()], expected)
    torch.testing.assert_close(masked.running_mean, plain.running_mean)
    torch.testing.assert_close(masked.running_var, plain.running_var)
    assert not masked(features, mask).transpose(1, 2)[~mask.bool()].any()


def test_the_forget_gates_of_an_lstm_hold_for_many_steps() -> None:
    torch.manual_seed(0)
    network = LSTM(hidden=64).build(SequenceShape(channels=1, length=200), 1)
    forget = network.cells.cells.bias_ih_l0.detach()[64:128]
    assert float(forget.max()) > 4
    assert float(forget.min()) >= 0


def test_weights_that_every_step_uses_count_once_a_step() -> None:
    network = LSTM(hidden=128).build(SequenceShape(channels=32, length=100), outputs=2)
    assert isinstance(network, RecurrentNetwork)
    weights = sum(one.numel() for one in network.cells.parameters())
    assert network.multiply_adds == 100 * weights
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads_for(network, batch_size=64):
            assert torch.get_num_threads() == 2, "524 million multiply-adds are no small step"
        with threads_for(network, batch_size=2):
            assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
