from __future__ import annotations

import numpy as np
import pytest
import torch

import netwright as nw
from netwright.explain.parts import steps_to_exchange, words_to_exchange
from netwright.metrics import find_metric
from netwright.task import Task

ERROR = find_metric(Task.REGRESSION, "mae")


def ragged(count: int = 60) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(1, 13, (count,), generator=generator)
    steps = torch.randn(count, 12, 3, generator=generator)
    return steps * (torch.arange(12)[None, :] < lengths[:, None])[:, :, None], lengths


def test_what_lies_behind_the_end_of_a_sequence_is_never_taken_nor_touched() -> None:
    steps, lengths = ragged()
    truth = torch.arange(60.0).numpy()

    def predict(made: tuple[torch.Tensor, ...]) -> np.ndarray:
        inside = torch.arange(12)[None, :] < made[1][:, None]
        assert (made[0][~inside] == 0).all()
        assert (made[0][inside] != 0).all()
        return made[0].sum((1, 2)).numpy()

    parts = steps_to_exchange(predict, (steps, lengths), {"a": [0], "b": [1, 2]})
    found = parts.importance(truth, Task.REGRESSION, ERROR, seed=0)
    assert {one.column for one in found.columns} >= {"a", "b", "first fifth", "last fifth"}
    assert found.noun == "part"
    assert found.note.startswith("Each part shuffled")


def test_channels_that_belong_together_are_exchanged_together() -> None:
    steps, lengths = ragged()
    truth = (steps[:, 0, 1] - steps[:, 0, 2]).numpy()

    def predict(made: tuple[torch.Tensor, ...]) -> np.ndarray:
        return (made[0][:, 0, 1] - made[0][:, 0, 2]).numpy()

    parts = steps_to_exchange(predict, (steps, lengths), {"a": [0], "b": [1, 2]})
    found = parts.importance(truth, Task.REGRESSION, ERROR, seed=0)
    means = {one.column: one.mean for one in found.columns}
    assert means["a"] == 0
    # The first step lies in the first fifth, and alone where there is but one.
    assert means["b"] == pytest.approx(means["first fifth"], rel=0.5)


def test_several_members_see_the_same_exchange() -> None:
    steps, lengths = ragged()

    def predict(made: tuple[torch.Tensor, ...]) -> np.ndarray:
        assert (made[0] == made[2]).all()
        return made[0].sum((1, 2)).numpy()

    parts = steps_to_exchange(predict, (steps, lengths, steps, lengths), {"all": [0, 1, 2]})
    assert parts.importance(np.arange(60.0), Task.REGRESSION, ERROR, seed=0).columns


def test_a_word_is_told_by_its_letters_not_its_case_or_neighbours() -> None:
    texts = ["Free! call", "freedom call", "FREE, call", "call"] * 10
    truth = np.array([1.0, 0.0, 1.0, 0.0] * 10)

    def predict(some: list[str]) -> np.ndarray:
        return np.array([float("free" in one.casefold().replace("freedom", "")) for one in some])

    found = words_to_exchange(predict, texts).importance(truth, Task.REGRESSION, ERROR, seed=0)
    assert found.columns[0].column == "free"
    assert {one.column for one in found.columns} == {"free", "freedom"}  # every text holds "call"


def test_texts_without_common_words_have_nothing_to_measure() -> None:
    parts = words_to_exchange(lambda some: np.zeros(len(some)), ["a b", "c d"])
    found = parts.importance(np.arange(2.0), Task.REGRESSION, ERROR, seed=0)
    assert found.columns == ()


def test_importance_of_sequences_names_the_channel_that_tells() -> None:
    generator = np.random.default_rng(0)
    labels = np.arange(120) % 2
    rows = [generator.normal(size=(generator.integers(6, 12), 2)) for _ in labels]
    for row, label in zip(rows, labels, strict=True):
        row[:, 1] += 3 * label
    model = nw.Classifier(network="lstm", epochs=8, progress=False).fit(rows, labels)
    found = nw.explain.importance(model, rows, labels, repeats=2)
    assert found.columns[0].column == "channel 2"
    assert found.columns[0].mean > 0.2


def test_importance_of_texts_names_the_word_that_tells() -> None:
    texts = [f"{('good' if number % 2 else 'bad')} film number {number % 7}" for number in range(140)]
    labels = np.arange(140) % 2
    model = nw.Classifier(network="bag_of_ngrams", epochs=20, progress=False).fit(texts, labels)
    found = nw.explain.importance(model, texts, labels, repeats=2)
    assert {one.column for one in found.columns[:2]} == {"good", "bad"}
    assert found.noun == "word"
