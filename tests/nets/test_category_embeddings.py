import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from netwright.nets.category_embeddings import (
    Learned,
    OneHot,
    embed_categories,
    embedding_dimension,
)


def draw_codes(cardinalities: list[int], rows: int = 200) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.stack([torch.randint(0, codes, (rows,), generator=generator) for codes in cardinalities], 1)


@given(st.lists(st.integers(2, 9), min_size=1, max_size=6))
def test_one_hot_equals_pytorchs_without_code_zero(cardinalities: list[int]) -> None:
    codes = draw_codes(cardinalities)
    features = OneHot(dict(enumerate(cardinalities)))(codes, torch.float32)
    expected = [
        torch.nn.functional.one_hot(codes[:, column], size)[:, 1:]
        for column, size in enumerate(cardinalities)
    ]
    assert torch.equal(features, torch.cat(expected, dim=1).float())


def test_one_hot_reads_its_own_columns_only() -> None:
    codes = draw_codes([4, 9, 3])
    features = OneHot({0: 4, 2: 3})(codes, torch.float64)
    assert features.dtype == torch.float64
    assert torch.equal(features, OneHot({0: 4, 1: 3})(codes[:, [0, 2]], torch.float64))


def test_the_unknown_code_is_the_zero_vector_at_the_start() -> None:
    codes = torch.zeros(3, 2, dtype=torch.int64)
    assert not OneHot({0: 4, 1: 5})(codes, torch.float32).any()
    assert not Learned({0: 4, 1: 5}, dimension=4)(codes, torch.float32).any()


def test_the_unknown_code_of_a_learnt_column_learns() -> None:
    embedding = Learned({0: 4}, dimension=4)
    embedding(torch.zeros(3, 1, dtype=torch.int64), torch.float32).sum().backward()
    gradient = embedding.table.weight.grad
    assert gradient is not None
    assert gradient[0].tolist() == [3, 3, 3, 3]


def test_learnt_vectors_come_from_each_columns_own_part_of_the_table() -> None:
    embedding = Learned({0: 4, 1: 6}, dimension=3)
    codes = draw_codes([4, 6])
    features = embedding(codes, torch.float32)
    table = embedding.table.weight
    assert table.shape == (10, 3)
    assert torch.equal(features[:, :3], table[codes[:, 0]])
    assert torch.equal(features[:, 3:], table[4 + codes[:, 1]])


def test_a_learnt_vector_is_as_long_as_a_one_hot_vector() -> None:
    embedding = Learned({0: 5000}, dimension=16, generator=torch.Generator().manual_seed(0))
    lengths = embedding.table.weight.detach()[1:].square().sum(1)
    assert float(lengths.mean()) == pytest.approx(1, abs=0.02)


def test_auto_learns_large_columns_only_and_shares_tables_between_similar_ones() -> None:
    modules = embed_categories([3, 1000, 40, 32, 41, 42], "auto")
    assert [type(module) for module in modules] == [OneHot, Learned, Learned]
    assert modules[0].columns.tolist() == [0, 3]
    assert modules[1].columns.tolist() == [2, 4, 5]
    assert modules[2].columns.tolist() == [1]


@pytest.mark.parametrize("choice", ["auto", "one_hot", "learned"])
def test_every_column_takes_part_once(choice: str) -> None:
    cardinalities = [3, 100, 50, 1, 8]
    modules = embed_categories(cardinalities, choice)
    columns = sorted(column for module in modules for column in module.columns.tolist())
    assert columns == [0, 1, 2, 4]  # a column with nothing but unknown has nothing to say
    codes = draw_codes(cardinalities)
    for module in modules:
        assert module(codes, torch.float32).shape == (200, module.width)
        assert len(module.feature_names(["a", "b", "c", "d", "e"])) == module.width


def test_no_column_needs_no_module() -> None:
    assert embed_categories([], "auto") == []


def test_features_are_named_after_column_and_code() -> None:
    assert OneHot({1: 3}).feature_names(["a", "b"]) == ["b code 1", "b code 2"]
    assert Learned({0: 9}, dimension=4).feature_names(["a"])[3] == "a dimension 4"


@given(st.integers(2, 10**7))
def test_dimensions_grow_slowly_and_have_a_limit(codes: int) -> None:
    dimension = embedding_dimension(codes)
    assert dimension % 4 == 0
    assert min(64, 1.6 * codes**0.56) <= dimension <= min(64, 1.6 * codes**0.56 + 4)
