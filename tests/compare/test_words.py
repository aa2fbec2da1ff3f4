"""Classical models on texts."""

from __future__ import annotations

import numpy as np
import polars as pl

from netwright.compare.baselines import fit_baselines
from netwright.compare.words import count_words, topics
from netwright.task import Task

GOOD = np.arange(120) % 2
TEXTS = [f"{'a fine' if good else 'a dull'} film number {row % 7}" for row, good in enumerate(GOOD)]


def test_the_baselines_read_words() -> None:
    frame = pl.DataFrame({"x": np.linspace(0, 1, 120), "text": TEXTS})
    found = fit_baselines(Task.BINARY, frame, GOOD, frame, 2, seed=0, texts=["text"])
    assert [float((one.predictions == GOOD).mean()) for one in found[1:]] == [1.0, 1.0]
    assert "TF-IDF" in found[1].note
    alone = fit_baselines(
        Task.BINARY, frame.select("text"), GOOD, frame.select("text"), 2, seed=0, texts=["text"]
    )
    assert (alone[1].predictions == GOOD).all()


def test_texts_without_words_are_borne() -> None:
    assert count_words(["", " "], ["a"]) is None
    frame = pl.DataFrame({"text": ["", " "] * 10}, schema={"text": pl.String})
    found = fit_baselines(Task.BINARY, frame, np.arange(20) % 2, frame, 2, seed=0, texts=["text"])
    assert len(found) == 3


def test_topics_are_few_numbers() -> None:
    counted = count_words(TEXTS, TEXTS[:3])
    assert counted is not None
    train, test = topics(counted, seed=0)
    assert (len(train), len(test)) == (120, 3)
    assert train.shape[1] == test.shape[1] <= 64
