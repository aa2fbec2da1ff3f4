"""Word vectors: what is alike lies close, the same seed gives the same, files give back what was saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import netwright as nw
from netwright.data.corpus import read_corpus
from netwright.errors import ArtifactError, DataError, RecipeError
from netwright.estimators.word_training import train_vectors

RANDOM = np.random.default_rng(0)
GROUPS = [["king", "queen", "prince", "throne"], ["bread", "butter", "flour", "oven"]]
TEXT = [" ".join(RANDOM.choice(GROUPS[k % 2], 12)) + "." for k in range(240)]
SETTINGS: dict[str, Any] = {"dimension": 12, "min_count": 1, "epochs": 8, "subsample": 0}


@pytest.fixture(scope="module")
def vectors() -> nw.WordVectors:
    return nw.WordVectors(**SETTINGS).fit(TEXT)


@pytest.mark.parametrize("extra", [{}, {"architecture": "cbow"}, {"subwords": True, "buckets": 500}], ids=str)
def test_words_in_like_company_are_near(extra: dict[str, Any]) -> None:
    found = nw.WordVectors(**SETTINGS, **extra).fit(TEXT)
    for group in GROUPS:
        for word in group:
            near = {other for other, _ in found.most_similar(word, 3)}
            assert near == set(group) - {word}
    assert found.history_[-1] < found.history_[0]


def test_the_same_seed_gives_the_same_vectors(vectors: nw.WordVectors) -> None:
    again, other = clone(vectors).fit(TEXT), nw.WordVectors(**SETTINGS, seed=1).fit(TEXT)
    assert np.array_equal(again.vectors_, vectors.vectors_)
    assert not np.array_equal(other.vectors_, vectors.vectors_)


def test_a_corpus_is_a_file_a_folder_texts_or_words(vectors: nw.WordVectors, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeff".encode() + "\n".join(TEXT).encode())
    words = [text.removesuffix(".").split() for text in TEXT]
    for corpus in (tmp_path / "a.txt", tmp_path, words):
        assert np.array_equal(nw.WordVectors(**SETTINGS).fit(corpus).vectors_, vectors.vectors_)
    for nothing in ([], [""], ["one"]):
        with pytest.raises(DataError):
            nw.WordVectors(min_count=1).fit(nothing)
    with pytest.raises(DataError, match="No such file"):
        nw.WordVectors().fit("missing.txt")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\x00\x01 some bytes " * 50)
    with pytest.raises(DataError, match="bytes that no text has"):
        read_corpus(tmp_path / "photo.png")
    (tmp_path / "utf16.txt").write_text("eins zwei zwei eins", encoding="utf-16")
    assert set(read_corpus(tmp_path / "utf16.txt").words) == {"eins", "zwei"}
    (tmp_path / "table.csv").write_text("word,meaning\na,b\n")
    with pytest.raises(DataError, match="line 1: expected a word and its numbers, got 'word,meaning'"):
        nw.WordVectors.from_text(tmp_path / "table.csv")


def test_similarities_are_cosines(vectors: nw.WordVectors) -> None:
    a, b = vectors.vector("king"), vectors.vector("queen")
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert vectors.similarity("king", "queen") == pytest.approx(cosine, rel=1e-5)
    assert dict(vectors.most_similar("king", 7))["queen"] == pytest.approx(cosine, rel=1e-5)


def test_analogies_leave_out_what_was_given(vectors: nw.WordVectors) -> None:
    found = vectors.analogy(["king", "bread"], ["queen"], 20)
    assert len(found) == 5
    assert {"king", "bread", "queen"}.isdisjoint(word for word, _ in found)
    cosines = [cosine for _, cosine in found]
    assert cosines == sorted(cosines, reverse=True)


def test_judgements_are_compared_by_rank(vectors: nw.WordVectors, tmp_path: Path) -> None:
    pairs = [("king", "queen", 9.0), ("king", "oven", 1.0), ("Bread", "flour", 8.0), ("king", "zebra", 5.0)]
    found = vectors.evaluate(pairs)
    assert (found.pairs, found.missing) == (3, 1)
    assert found.correlation >= 0.5
    (tmp_path / "pairs.csv").write_text("word,word,score\n" + "\n".join(f"{a},{b},{c}" for a, b, c in pairs))
    assert vectors.evaluate(tmp_path / "pairs.csv") == found


def test_saved_and_exported(vectors: nw.WordVectors, tmp_path: Path) -> None:
    vectors.save(tmp_path / "v.nw")
    loaded = nw.WordVectors.load(tmp_path / "v.nw")
    assert isinstance(nw.load(tmp_path / "v.nw"), nw.WordVectors)
    assert np.array_equal(loaded.vectors_, vectors.vectors_)
    assert loaded.get_params() == vectors.get_params()
    vectors.export(tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_text().startswith("8 12\n")
    read = nw.WordVectors.from_text(tmp_path / "v.txt")
    np.testing.assert_allclose(read.vectors_, vectors.vectors_, rtol=1e-5)
    assert [word for word, _ in read.most_similar("king", 3)] == [
        word for word, _ in vectors.most_similar("king", 3)
    ]
    with pytest.raises(ArtifactError):
        nw.WordVectors.load(tmp_path / "v.txt")


def test_words_never_seen_have_sub_words(vectors: nw.WordVectors, tmp_path: Path) -> None:
    found = nw.WordVectors(**SETTINGS, subwords=True, buckets=5000).fit(TEXT)
    assert "kings" not in found
    assert found.most_similar("kings", 1)[0][0] == "king"
    found.save(tmp_path / "v.nw")
    assert nw.WordVectors.load(tmp_path / "v.nw").similarity("kings", "king") == found.similarity(
        "kings", "king"
    )
    with pytest.raises(DataError, match="Did you mean 'king'"):
        vectors.vector("kings")


def test_a_time_ends_the_reading_and_brings_the_rate_to_rest() -> None:
    plan = nw.WordVectors(dimension=4, min_count=1, epochs=50, subsample=0, time=10)._plan()
    corpus = read_corpus(TEXT, 1)
    seconds = iter(range(10_000))
    some = train_vectors(corpus, plan, clock=lambda: float(next(seconds)))
    assert 0 < some.epochs < 50
    assert next(seconds) == 11
    whole = train_vectors(corpus, plan, clock=lambda: 0.0)
    assert whole.epochs == 50
    assert len(whole.history) == 50
    made = nw.WordVectors(dimension=4, min_count=1, epochs=2, time="1h").fit(TEXT)
    assert made.epochs_ == 2


def test_impossible_settings_are_refused() -> None:
    for settings in ({"dimension": 0}, {"architecture": "glove"}, {"learning_rate": 0}, {"epochs": 1.5}):
        with pytest.raises(RecipeError):
            nw.WordVectors(**settings).fit(TEXT)
    with pytest.raises(NotFittedError):
        nw.WordVectors().most_similar("king")


def test_given_to_a_text_network(vectors: nw.WordVectors, tmp_path: Path) -> None:
    vectors.export(tmp_path / "v.txt")
    X, y = TEXT[:80], [k % 2 for k in range(80)]
    settings: dict[str, Any] = {"epochs": 4, "progress": False, "early_stopping": None}
    from netwright.data.text import Texts

    model = nw.Classifier(
        preparation=Texts(vectors=str(tmp_path / "v.txt")),
        network=nw.nets.WordAverage(frozen=True),
        **settings,
    ).fit(X, y)
    place = model.preparation_.tokens.numbers["king"]
    learnt = model.network_.embedding.vectors.weight[place].detach().numpy()
    np.testing.assert_allclose(learnt, vectors.vector("king"), rtol=1e-4)
    model.save(tmp_path / "m.nw")
    (tmp_path / "v.txt").unlink()
    assert np.array_equal(nw.load(tmp_path / "m.nw").predict_proba(X), model.predict_proba(X))
