"""Texts through the estimators: lists of strings, text columns, text beside numbers, bad texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor, nn

import netwright as nw

RANDOM = np.random.default_rng(0)
NEUTRAL = ["film", "plot", "actor", "scene", "music", "story"]
GOOD = RANDOM.random(160) < 0.5
TEXTS = [
    " ".join([*RANDOM.choice(NEUTRAL, 5), RANDOM.choice(["great", "fine"] if good else ["dull", "poor"])])
    for good in GOOD
]
ANSWERS = np.where(GOOD, "yes", "no")
QUICK: dict[str, Any] = {
    "epochs": 10,
    "progress": False,
    "network": nw.nets.TextEnsemble(networks=[nw.nets.BagOfNgrams(), nw.nets.TextCNN(channels=8)]),
}


@pytest.fixture(scope="module")
def model() -> nw.Classifier:
    return nw.Classifier(**QUICK).fit(TEXTS, ANSWERS)


def test_a_list_of_strings_is_learnt(model: nw.Classifier, tmp_path: Path) -> None:
    assert model.score(TEXTS, ANSWERS) > 0.95
    assert model.predict(["a great film", "so poor"]).tolist() == ["yes", "no"]
    model.save(tmp_path / "m.nw")
    assert np.array_equal(nw.load(tmp_path / "m.nw").predict_proba(TEXTS), model.predict_proba(TEXTS))
    assert "words" in model.reasons_["preparation"]


def test_odd_texts_are_answered(model: nw.Classifier) -> None:
    odd = ["", None, "great " * 5000, "我爱电影", "\x00\ud800 broken", "👍"]
    answers = model.predict_proba(odd)
    assert np.isfinite(answers).all()
    np.testing.assert_allclose(answers[0], answers[1])
    alone = np.concatenate([model.predict_proba([text]) for text in odd])
    np.testing.assert_allclose(alone, answers, atol=1e-6)


def test_fit_twice_is_fit_once(model: nw.Classifier) -> None:
    again = nw.Classifier(**QUICK).fit(TEXTS, ANSWERS)
    assert np.array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))


def test_a_text_column_is_found_beside_others(tmp_path: Path) -> None:
    year = RANDOM.normal(size=160)
    frame = pl.DataFrame(
        {
            "review": [f"{text} number {n}" for n, text in enumerate(TEXTS)],
            "year": year,
            "land": RANDOM.choice(["a", "b"], 160),
            "y": np.where(GOOD & (year > 0), "yes", "no"),
        }
    )
    text = nw.nets.TextBesideTable(text=QUICK["network"])
    found = nw.Classifier(network=text, epochs=20, progress=False, seed=1).fit(frame, "y")
    assert {column.name: str(column.kind) for column in found.schema_.used}["review"] == "text"
    assert found.score(frame, frame["y"].to_numpy()) > 0.9
    mixed = frame.select("land", pl.lit(1).alias("other"), "year", "review")
    assert np.array_equal(found.predict_proba(mixed), found.predict_proba(frame))
    found.save(tmp_path / "m.nw")
    assert np.array_equal(nw.load(tmp_path / "m.nw").predict_proba(frame), found.predict_proba(frame))


def test_several_text_columns_are_read_one_after_another(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "title": [f"about the film with number {n}" for n in range(160)],
            "body": [f"{text} {n}" for n, text in enumerate(TEXTS)],
            "y": ANSWERS,
        }
    )
    found = nw.Classifier(**QUICK).fit(frame, "y")
    assert found.score(frame, ANSWERS) > 0.9
    found.save(tmp_path / "m.nw")
    assert np.array_equal(nw.load(tmp_path / "m.nw").predict(frame), found.predict(frame))


def test_numbers_from_texts() -> None:
    settings = {**QUICK, "epochs": 30}
    found = nw.Regressor(**settings).fit(TEXTS, np.where(GOOD, 5.0, -5.0))
    assert found.score(TEXTS, np.where(GOOD, 5.0, -5.0)) > 0.7


class Own(nn.Module):
    """A module of a user's own."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(100, 8, padding_idx=0)
        self.output = nn.Linear(8, 1)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return (n, 1)."""
        total = self.embedding(tokens).sum(dim=1) / lengths.clamp_min(1).unsqueeze(1)
        return self.output(total)


def test_a_module_of_ones_own_gets_tokens_and_lengths() -> None:
    torch.manual_seed(0)
    found = nw.Classifier(network=Own(), epochs=60, progress=False).fit(TEXTS, ANSWERS)
    assert found.score(TEXTS, ANSWERS) > 0.8


def test_the_whole_default_learns_and_traces() -> None:
    found = nw.Classifier(epochs=2, progress=False).fit(TEXTS, ANSWERS)
    assert found.network_.members == 5
    assert nw.trace.forward(found, TEXTS[:1]).to_json()
