import pytest
import torch

from netwright.errors import RecipeError
from netwright.nets.category_embeddings import OneHot, embed_categories
from netwright.nets.embeddings import TableEmbedding, embed_numbers, embed_table
from netwright.nets.network import TableShape
from netwright.nets.number_embeddings import Periodic, PiecewiseLinear, PlainNumbers


def test_features_of_numbers_come_before_those_of_categories() -> None:
    embedding = TableEmbedding(PlainNumbers(2), embed_categories([3, 4], "one_hot"))
    numbers, codes = torch.randn(5, 2), torch.tensor([[0, 1], [1, 0], [2, 3], [1, 1], [0, 0]])
    features = embedding(numbers, codes)
    assert features.shape == (5, embedding.width) == (5, 2 + 2 + 3)
    assert torch.equal(features[:, :2], numbers)
    assert features[2, 2:].tolist() == [0, 1, 0, 0, 1]
    assert embedding.feature_names(["x", "y"], ["a", "b"]) == [
        "x",
        "y",
        "a code 1",
        "a code 2",
        "b code 1",
        "b code 2",
        "b code 3",
    ]


def test_numbers_alone_need_no_codes() -> None:
    numbers = torch.randn(4, 3)
    assert torch.equal(TableEmbedding(PlainNumbers(3))(numbers), numbers)


def test_categories_alone_need_no_numbers() -> None:
    embedding = embed_table(embed_numbers("periodic", 0, ()), TableShape(0, (3,)), "auto")
    codes = torch.tensor([[1], [2]])
    assert embedding(torch.empty(2, 0), codes).tolist() == [[1, 0], [0, 1]]


def test_every_choice_gives_its_module() -> None:
    sample = (torch.randn(100, 2),)
    assert isinstance(embed_numbers("none", 2, ()), PlainNumbers)
    assert isinstance(embed_numbers("piecewise_linear", 2, sample), PiecewiseLinear)
    assert isinstance(embed_numbers("periodic", 2, sample), Periodic)
    assert isinstance(embed_table(PlainNumbers(2), TableShape(2, (3,)), "auto").categories[0], OneHot)


@pytest.mark.parametrize("choice", ["piecewise_linear", "periodic"])
@pytest.mark.parametrize("sample", [(), (torch.empty(0, 2),)])
def test_encodings_that_look_at_data_say_when_there_is_none(
    choice: str, sample: tuple[torch.Tensor, ...]
) -> None:
    with pytest.raises(RecipeError, match=f"number_embedding='{choice}' looks at the training data"):
        embed_numbers(choice, 2, sample)


def test_no_column_at_all_is_refused() -> None:
    with pytest.raises(RecipeError, match="no column to read"):
        embed_table(PlainNumbers(0), TableShape(0, (1,)), "auto")
