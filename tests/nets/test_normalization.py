import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from netwright.errors import RecipeError, TrainingError
from netwright.nets.normalization import NORMALIZATIONS, group_count, make_normalization


@pytest.fixture
def values() -> torch.Tensor:
    return 3 * torch.randn(40, 12, generator=torch.Generator().manual_seed(0)) + 1


def test_batch_is_the_textbook_formula_and_pytorchs(values: torch.Tensor) -> None:
    layer = make_normalization("batch", 12)
    expected = (values - values.mean(0)) / (values.var(0, unbiased=False) + 1e-5).sqrt()
    torch.testing.assert_close(layer(values), expected)
    torch.testing.assert_close(nn.BatchNorm1d(12)(values), expected)


def test_batch_predicts_with_running_averages(values: torch.Tensor) -> None:
    layer = make_normalization("batch", 12)
    layer(values)
    alone = layer.eval()(values[:1])
    together = layer(values)
    torch.testing.assert_close(alone, together[:1])


def test_batch_of_an_ensemble_normalises_over_rows_and_members(values: torch.Tensor) -> None:
    layer, flat = make_normalization("batch", 12), make_normalization("batch", 12)
    output = layer(values.view(10, 4, 12))
    assert output.shape == (10, 4, 12)
    torch.testing.assert_close(output.view(40, 12), flat(values))


def test_batch_of_one_row_is_refused_with_the_remedy() -> None:
    layer = make_normalization("batch", 3, "hidden.1")
    with pytest.raises(TrainingError, match=r"hidden\.1.*1 row.*normalization='layer'"):
        layer(torch.zeros(1, 3))
    assert layer.eval()(torch.zeros(1, 3)).shape == (1, 3)


@pytest.mark.parametrize("name", ["none", "layer", "group", "rms"])
def test_one_row_gives_what_it_gives_in_company(name: str, values: torch.Tensor) -> None:
    layer = make_normalization(name, 12)
    torch.testing.assert_close(layer(values[:1]), layer(values)[:1])


def test_layer_is_the_textbook_formula(values: torch.Tensor) -> None:
    centred = values - values.mean(1, keepdim=True)
    expected = centred / (values.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(make_normalization("layer", 12)(values), expected)


def test_rms_is_the_textbook_formula(values: torch.Tensor) -> None:
    expected = values / values.square().mean(1, keepdim=True).sqrt()
    torch.testing.assert_close(make_normalization("rms", 12)(values), expected, rtol=1e-5, atol=1e-6)


def test_group_normalises_within_groups(values: torch.Tensor) -> None:
    groups = values.view(40, 3, 4)
    expected = (groups - groups.mean(2, keepdim=True)) / (
        groups.var(2, unbiased=False, keepdim=True) + 1e-5
    ).sqrt()
    torch.testing.assert_close(make_normalization("group", 12)(values), expected.view(40, 12))


@pytest.mark.parametrize("name", ["batch", "layer", "group", "rms"])
def test_members_keep_their_axis(name: str, values: torch.Tensor) -> None:
    assert make_normalization(name, 12)(values.view(20, 2, 12)).shape == (20, 2, 12)


@given(st.integers(1, 2000))
def test_groups_divide_the_units_and_are_not_tiny(units: int) -> None:
    groups = group_count(units)
    assert units % groups == 0
    assert groups == 1 or units // groups >= 4


@pytest.mark.parametrize("name", ["layer", "group", "rms"])
def test_a_single_unit_would_lose_everything_and_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match=r"hidden\.0 with 1 unit"):
        make_normalization(name, 1, "hidden.0")


def test_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'batch'"):
        make_normalization("batchs", 3)


def test_every_entry_is_complete() -> None:
    assert list(NORMALIZATIONS) == ["none", "batch", "layer", "group", "rms"]
    assert all(entry.equation and entry.summary for entry in NORMALIZATIONS.values())
