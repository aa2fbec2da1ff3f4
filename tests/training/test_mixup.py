"""Mixup: blended inputs, blended losses, and draws that depend on the generator alone."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from netwright.errors import RecipeError
from netwright.training.losses import MSE, CrossEntropy
from netwright.training.mixup import Mixup


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(rows=st.integers(1, 30), alpha=st.floats(0.01, 50), seed=st.integers(0, 1000))
def test_inputs_are_blended_with_the_rows_that_order_names(rows: int, alpha: float, seed: int) -> None:
    numbers = torch.randn(rows, 4, generator=generator(seed), dtype=torch.float64)
    mixed = Mixup(alpha=alpha).mix((numbers,), generator(seed))
    assert 0 <= mixed.share <= 1
    assert sorted(mixed.order.tolist()) == list(range(rows))
    expected = mixed.share * numbers + (1 - mixed.share) * numbers[mixed.order]
    torch.testing.assert_close(mixed.inputs[0], expected)


def test_codes_are_taken_from_either_row() -> None:
    numbers, codes = torch.randn(4000, 1), torch.arange(8000).view(4000, 2)
    mixed = Mixup(alpha=1.0).mix((numbers, codes), generator(3))
    own, other = mixed.inputs[1] == codes, mixed.inputs[1] == codes[mixed.order]
    assert bool((own | other).all())
    assert mixed.inputs[1].dtype == torch.int64
    assert float(own.double().mean()) == pytest.approx(mixed.share, abs=0.03)


def test_shares_follow_the_beta_distribution() -> None:
    source, alpha = generator(0), 0.4
    shares = torch.tensor([Mixup(alpha=alpha).mix((torch.zeros(1, 1),), source).share for _ in range(3000)])
    assert float(shares.mean()) == pytest.approx(0.5, abs=0.03)
    assert float(shares.var()) == pytest.approx(1 / (4 * (2 * alpha + 1)), abs=0.01)


def test_the_same_generator_gives_the_same_blend() -> None:
    inputs = (torch.randn(6, 2), torch.arange(12).view(6, 2))
    state = torch.get_rng_state()
    first, second = Mixup().mix(inputs, generator(5)), Mixup().mix(inputs, generator(5))
    other = Mixup().mix(inputs, generator(6))
    assert all(torch.equal(a, b) for a, b in zip(first.inputs, second.inputs, strict=True))
    assert first.share == second.share != other.share
    assert torch.equal(torch.get_rng_state(), state), "the global generator is left alone"


def test_the_loss_is_that_of_blended_class_probabilities() -> None:
    output = torch.randn(10, 3, generator=generator(1), dtype=torch.float64)
    target = torch.randint(3, (10,), generator=generator(2))
    mixed = Mixup(alpha=1.0).mix((torch.zeros(10, 1),), generator(4))
    onehot = functional.one_hot(target, 3).double()
    blended = mixed.share * onehot + (1 - mixed.share) * onehot[mixed.order]
    expected = functional.cross_entropy(output, blended)
    torch.testing.assert_close(mixed.loss(partial(CrossEntropy().mean, output), target), expected)


def test_row_weights_go_with_their_targets() -> None:
    output, target = torch.randn(5, 1, generator=generator(1)), torch.randn(5, generator=generator(2))
    weight = torch.tensor([1.0, 2.0, 0.0, 1.0, 3.0])
    mixed = Mixup(alpha=1.0).mix((output,), generator(4))
    own = (weight * (output.squeeze(1) - target).square()).sum() / 7
    others = (weight[mixed.order] * (output.squeeze(1) - target[mixed.order]).square()).sum() / 7
    expected = mixed.share * own + (1 - mixed.share) * others
    torch.testing.assert_close(mixed.loss(partial(MSE().mean, output), target, weight), expected)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(RecipeError, match="alpha: expected a number greater than 0"):
        Mixup(alpha=0.0)


def test_blended_sequences_end_with_the_longer_one() -> None:
    steps = torch.zeros(2, 4, 1)
    steps[0, :2], steps[1] = 1.0, 3.0
    lengths = torch.tensor([2, 4])
    for seed in range(20):
        mixed = Mixup(1.0).mix((steps, lengths), torch.Generator().manual_seed(seed))
        if mixed.order.tolist() == [1, 0]:
            break
    blended, ends = mixed.inputs
    assert ends.tolist() == [4, 4]
    share = mixed.share
    assert blended[0, :, 0].tolist() == pytest.approx([share + 3 * (1 - share)] * 2 + [3 * (1 - share)] * 2)
