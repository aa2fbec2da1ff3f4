"""Networks for texts: padding never counts, n-grams are counted right, members stand side by side."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from netwright.data.items import TextRows, objects
from netwright.data.text import Texts
from netwright.errors import RecipeError
from netwright.nets import (
    BagOfNgrams,
    Network,
    TextCNN,
    TextEnsemble,
    TextRNN,
    TextTransformer,
    WordAverage,
)
from netwright.nets.bag_of_ngrams import NgramNetwork

TEXTS = ["good film", "a bad film , really bad", "so so", "the best of the best and more", "", "x"]
ROWS = TextRows(objects(TEXTS))
PREPARATION = Texts().fit(ROWS)
INPUTS = PREPARATION.transform(ROWS)

NETWORKS: list[Network] = [
    BagOfNgrams(),
    BagOfNgrams(ngrams=(1, 2, 3), hidden=8, min_texts=1),
    BagOfNgrams(reads="characters", ngrams=(2, 3)),
    TextCNN(channels=8),
    TextCNN(widths=(5,), channels=8, reads="characters"),
    *(TextRNN(cell=cell, hidden=8, layers=2) for cell in ("rnn", "gru", "lstm")),
    TextRNN(hidden=8, bidirectional=False, pooling="last"),
    TextTransformer(width=16, heads=2, layers=1),
    WordAverage(hidden=(8,)),
    TextCNN(channels=4, members=3),
    TextEnsemble(),
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.kind)
def test_padding_never_changes_an_answer(network: Network) -> None:
    torch.manual_seed(0)
    module = network.build(PREPARATION.shape, 3, INPUTS).eval()
    with torch.no_grad():
        together = module(*INPUTS)
        wider = [torch.nn.functional.pad(t, (0, 9)) if t.dim() == 2 else t for t in INPUTS]
        torch.testing.assert_close(module(*wider), together)
        for row in range(len(TEXTS)):
            alone = [tensor[row : row + 1] for tensor in INPUTS]
            torch.testing.assert_close(module(*alone), together[row : row + 1])
            rubbish = [tensor.clone() for tensor in wider]
            rubbish[0][row, int(INPUTS[1][row]) :] = 3
            torch.testing.assert_close(module(*rubbish)[row], together[row])


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.kind)
def test_every_network_learns(network: Network) -> None:
    torch.manual_seed(0)
    module = network.build(PREPARATION.shape, 2, INPUTS)
    answers = module(*INPUTS)
    members = getattr(module, "members", 1)
    assert answers.shape == ((6, members, 2) if members > 1 else (6, 2))
    answers.square().sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_the_vector_of_the_padding_stays_zero() -> None:
    module = TextCNN(channels=4).build(PREPARATION.shape, 2)
    optimizer = torch.optim.Adam(module.parameters(), 0.1)
    module(*INPUTS).sum().backward()
    optimizer.step()
    assert not module.embedding.vectors.weight[0].any()


def test_the_bag_weighs_as_scikit_learn_does() -> None:
    network = NgramNetwork((1, 2), 100, 0, 1, characters=False)
    network.learn(*INPUTS[:2], min_texts=1)
    # With every weight 1 the answer is the sum of the weights of a text.
    torch.nn.init.ones_(network.vectors.weight)
    network.vectors.weight.data[0] = 0
    pattern = r"(?u)\w+|[^\w\s]"
    counts = TfidfVectorizer(ngram_range=(1, 2), token_pattern=pattern)
    known = counts.fit_transform(TEXTS)
    assert int((network.keys < network.keys.max()).sum()) == known.shape[1]
    found = network.eval()(*INPUTS[:2]).flatten() / network.scale
    once = [row for row, text in enumerate(TEXTS) if len(set(text.split())) == len(text.split())]
    expected = np.asarray(known.sum(axis=1)).ravel()
    np.testing.assert_allclose(found[once].detach().numpy(), expected[once], rtol=1e-5)


def test_only_frequent_ngrams_are_known() -> None:
    network = NgramNetwork((1,), 2, 0, 1, characters=False)
    network.learn(*INPUTS[:2], min_texts=2)
    assert int((network.rarity > 0).sum()) == 1  # film alone stands in two texts


def test_given_vectors_are_where_learning_starts_and_may_stay() -> None:
    given = torch.randn(PREPARATION.shape.vocabulary, 5)
    shape = type(PREPARATION.shape)(**{**PREPARATION.shape.__dict__, "given": given, "dimension": 5})
    module = WordAverage(frozen=True).build(shape, 2)
    torch.testing.assert_close(module.embedding.vectors.weight[1:], given[1:])
    assert not module.embedding.vectors.weight.requires_grad
    assert WordAverage().build(shape, 2).embedding.vectors.weight.requires_grad


def test_characters_have_to_be_given() -> None:
    shape = Texts(spelling=False).fit(ROWS).shape
    with pytest.raises(RecipeError, match=r"Set preparation\.spelling=true"):
        TextCNN(reads="characters").build(shape, 2)
    with pytest.raises(RecipeError, match="no multiple of heads"):
        TextTransformer(width=10, heads=3)
