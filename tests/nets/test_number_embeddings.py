import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from torch import nn

from netwright.nets.number_embeddings import (
    Periodic,
    PiecewiseLinear,
    PlainNumbers,
    bin_edges,
    varied_columns,
)


def piecewise_linear_of_the_paper(value: float, edges: NDArray[np.float32]) -> list[float]:
    """Return equation 1 of Gorishniy et al. 2022 for a value within the edges."""
    encoded = []
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if value < low:
            encoded.append(0.0)
        elif value >= high:
            encoded.append(1.0)
        else:
            encoded.append((value - low) / (high - low))
    return encoded


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def sample() -> torch.Tensor:
    """Return a normal, a skewed, a mostly-zero, a five-valued and a two-valued column."""
    draws = torch.randn(4000, 5, generator=generator())
    draws[:, 1] = draws[:, 1].exp()
    draws[:, 2] = torch.where(draws[:, 2] > 1.4, draws[:, 2], 0.0)
    draws[:, 3] = draws[:, 3].clamp(-2, 2).round()
    draws[:, 4] = (draws[:, 4] > 0).float()
    return draws


def test_progress_is_the_encoding_of_the_paper(sample: torch.Tensor) -> None:
    edges = bin_edges(sample, 12)
    encoding = PiecewiseLinear(edges)
    progress = encoding.progress(sample[:50])
    assert encoding.varied.tolist() == [0, 1, 2, 3]
    for place, column in enumerate(encoding.varied.tolist()):
        bins = len(edges[column]) - 1
        expected = [
            piecewise_linear_of_the_paper(float(value), edges[column]) for value in sample[:50, column]
        ]
        np.testing.assert_allclose(progress[place, :, :bins], expected, rtol=1e-4, atol=1e-5)
        assert not progress[place, :, bins:].any()


def test_features_are_the_plain_numbers_and_mixtures_of_the_centred_progress(sample: torch.Tensor) -> None:
    encoding = PiecewiseLinear(bin_edges(sample, 12), mixtures=3, generator=generator())
    encoding.center(sample)
    nn.init.normal_(encoding.shift)
    features = encoding(sample[:20])
    assert features.shape == (20, encoding.width) == (20, 5 + 4 * 3)
    assert torch.equal(features[:, :5], sample[:20])
    mean = encoding.progress(sample).mean(1)
    for place in range(4):
        centred = encoding.progress(sample[:20])[place] - mean[place]
        expected = centred @ encoding.mixture[place] + encoding.shift[place]
        torch.testing.assert_close(features[:, 5 + 3 * place : 8 + 3 * place], expected, rtol=1e-4, atol=1e-5)


def test_the_mean_progress_is_that_of_all_rows(sample: torch.Tensor) -> None:
    encoding = PiecewiseLinear(bin_edges(sample, 12))
    encoding.center(sample)
    torch.testing.assert_close(
        encoding.mean, encoding.progress(sample).mean(1, keepdim=True), rtol=1e-4, atol=1e-5
    )


def test_outliers_stay_within_the_last_bin(sample: torch.Tensor) -> None:
    encoding = PiecewiseLinear(bin_edges(sample, 12))
    low, high = encoding.progress(torch.tensor([[-1e9], [1e9]]).expand(2, 5)).unbind(1)
    assert not low.any()
    assert torch.equal(high, (encoding.slope > 0).squeeze(1).float())


def test_only_plain_columns_need_no_bins() -> None:
    encoding = PiecewiseLinear(bin_edges(torch.tensor([[0.0, 2.0], [1.0, 2.0]]), 8))
    rows = torch.randn(3, 2)
    assert encoding.width == 2
    assert torch.equal(encoding(rows), rows)


def test_the_gradient_reaches_the_numbers(sample: torch.Tensor) -> None:
    encoding = PiecewiseLinear(bin_edges(sample[:, :2].contiguous(), 6), generator=generator()).double()
    rows = sample[:10, :2].double().requires_grad_()
    assert torch.autograd.gradcheck(lambda numbers: encoding(numbers), rows, eps=1e-7, atol=1e-4)


def test_edges_are_quantiles_of_a_smooth_column(sample: torch.Tensor) -> None:
    edges = bin_edges(sample[:, :1], 10)[0]
    expected = np.quantile(sample[:, 0].numpy(), np.linspace(0, 1, 11))
    np.testing.assert_allclose(edges, expected, atol=0.02)


def test_a_value_that_most_rows_share_leaves_bins_for_the_others(sample: torch.Tensor) -> None:
    edges = bin_edges(sample[:, 2:3], 12)[0]
    assert (sample[:, 2] == 0).float().mean() > 0.9
    assert (edges > 1.4).sum() >= 10


def test_few_distinct_values_each_get_an_edge(sample: torch.Tensor) -> None:
    assert bin_edges(sample, 12)[3].tolist() == [-2, -1, 0, 1, 2]
    assert len(bin_edges(sample, 12)[4]) == 0
    assert varied_columns(sample) == [0, 1, 2, 3]


@given(
    arrays(np.float32, st.tuples(st.integers(1, 60), st.just(1)), elements=st.floats(-1e6, 1e6, width=32)),
    st.integers(2, 20),
)
@example(np.array([[0.0], [1e-45], [1.0]], dtype=np.float32), 4)
def test_any_column_gets_increasing_edges_and_finite_features(values: NDArray[np.float32], bins: int) -> None:
    numbers = torch.from_numpy(values)
    edges = bin_edges(numbers, bins)
    assert len(edges[0]) <= bins + 1
    assert (np.diff(edges[0]) > 0).all()
    assert edges[0].size == 0 or (edges[0].min() >= values.min() and edges[0].max() <= values.max())
    progress = PiecewiseLinear(edges).progress(numbers)
    assert progress.isfinite().all()
    assert ((progress >= 0) & (progress <= 1)).all()


def test_periodic_is_its_equation() -> None:
    encoding = Periodic(3, [0, 2], frequencies=4, scale=0.5, mixtures=2, generator=generator())
    rows = torch.randn(6, 3)
    features = encoding(rows)
    assert features.shape == (6, encoding.width) == (6, 3 + 2 * 2)
    assert torch.equal(features[:, :3], rows)
    for place, column in enumerate((0, 2)):
        angles = 2 * torch.pi * rows[:, [column]] * encoding.frequency[place] + encoding.phase[place]
        expected = torch.cos(angles) @ encoding.mixture[place] + encoding.shift[place]
        torch.testing.assert_close(features[:, 3 + 2 * place : 5 + 2 * place], expected)


def test_periodic_starts_with_low_frequencies_and_spread_phases() -> None:
    encoding = Periodic(50, range(50), frequencies=100, scale=0.1, generator=generator())
    assert float(encoding.frequency.detach().std()) == pytest.approx(0.1, rel=0.05)
    assert float(encoding.phase.detach().abs().max()) == pytest.approx(torch.pi, rel=0.01)
    assert float(encoding.mixture.detach().abs().max()) == pytest.approx(0.1, rel=0.01)


def test_every_feature_has_a_name(sample: torch.Tensor) -> None:
    names = ["a", "b", "c", "d", "e"]
    binned = PiecewiseLinear(bin_edges(sample, 8))
    waves = Periodic(5, varied_columns(sample), frequencies=4, scale=0.1)
    for encoding in (PlainNumbers(5), binned, waves):
        assert len(encoding.feature_names(names)) == encoding.width
        assert encoding.feature_names(names)[:5] == names
    assert waves.feature_names(names)[5] == "a wave 1"


def test_a_column_whose_values_many_rows_share_has_an_edge_at_each() -> None:
    numbers = torch.cat([torch.arange(100.0).repeat(20)[:, None], torch.randn(2000, 1)], dim=1)
    shared, own = bin_edges(numbers, bins=16, distinct=200)
    assert shared.tolist() == list(range(100))
    assert len(own) == 17
    assert len(bin_edges(numbers, bins=16)[0]) == 17
