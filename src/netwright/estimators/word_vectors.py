"""`WordVectors`: words as vectors, learnt from running text alone."""

from __future__ import annotations

import os
import time as clock
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

import netwright
from netwright.artifact import Artifact, read_artifact, write_artifact
from netwright.data.corpus import Corpus, read_corpus, subword_buckets
from netwright.data.vectors import read_vectors, write_vectors
from netwright.errors import ArtifactError, DataError, RecipeError, did_you_mean
from netwright.estimators.word_queries import Agreement, agreement, nearest_rows, unit_rows
from netwright.estimators.word_training import Plan, train_vectors
from netwright.recipe.recipe import parse_seconds

Architecture = Literal["skip_gram", "cbow"]

SHORTEST_PIECE, LONGEST_PIECE = 3, 6
SHORTEST_SECONDS = 0.1
"""What is left for learning at least, however long reading took."""


class WordVectors(BaseEstimator):  # type: ignore[misc]
    """Vectors in which words that stand in like company lie close together.

    Args:
        dimension: numbers of a vector.
        architecture: "skip_gram" predicts the neighbours of a word, "cbow" a word from their mean: faster,
            weaker on rare words.
        window: how many words to either side are neighbours, at most.
        negatives: wrong neighbours drawn for each right one.
        min_count: rarer words get no vector.
        subsample: words more frequent than this share of the text are thinned out; 0 keeps all.
        subwords: whether a word's vector is the mean of its own and those of its letter n-grams: good for
            languages with many endings, and words that were never seen get a vector as well.
        buckets: vectors of letter n-grams.
        epochs: how often the text is read.
        learning_rate: of Adagrad, with one rate for each word; falls to zero.
        time: seconds that reading and learning may take, such as 60, "60s" or "5m"; the text is then read as
            often as there is time, `epochs` times at most.
        seed: of all random numbers.

    After `fit`: `words_`, `counts_`, `vectors_` (words, dimension), `history_` (the loss of every epoch),
    `epochs_` (how often the text was read), `seconds_`.

    Source: Mikolov et al. (2013); sub-words after Bojanowski et al. (2017).

    >>> text = ["the king rules the land", "the queen rules the land", "a dog eats a bone"] * 20
    >>> vectors = WordVectors(dimension=8, min_count=1, epochs=3).fit(text)
    >>> [len(vectors.most_similar("king", 2)), vectors.vectors_.shape]
    [2, (9, 8)]
    """

    def __init__(
        self,
        dimension: int = 100,
        *,
        architecture: Architecture = "skip_gram",
        window: int = 5,
        negatives: int = 5,
        min_count: int = 5,
        subsample: float = 1e-3,
        subwords: bool = False,
        buckets: int = 100_000,
        epochs: int = 5,
        learning_rate: float = 0.3,
        time: float | str | None = None,
        seed: int = 0,
    ) -> None:
        self.dimension = dimension
        self.architecture = architecture
        self.window = window
        self.negatives = negatives
        self.min_count = min_count
        self.subsample = subsample
        self.subwords = subwords
        self.buckets = buckets
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.time = time
        self.seed = seed

    def fit(self, corpus: Any, y: None = None) -> Self:
        """Learn from running text.

        Args:
            corpus: a text file, a folder or zip archive of them, or a list: of texts, or of sentences as
                lists of words. Files that are no text are left out, and named in `left_out_`.
            y: not used.

        Raises:
            DataError: when there is no text, or no word is frequent enough.
            RecipeError: for an impossible setting.
        """
        plan = self._plan()
        begun = clock.perf_counter()
        text = corpus if isinstance(corpus, Corpus) else read_corpus(corpus, self.min_count)
        if plan.seconds is not None:
            plan = replace(plan, seconds=max(SHORTEST_SECONDS, plan.seconds - (clock.perf_counter() - begun)))
        trained = train_vectors(text, plan)
        self.history_, self.epochs_ = trained.history, trained.epochs
        self.seconds_ = clock.perf_counter() - begun
        self.words_, self.counts_, self.left_out_ = text.words, text.counts, text.left_out
        self._set(trained.vectors, trained.pieces)
        return self

    def vector(self, word: str) -> np.ndarray:
        """Return the vector of a word (dimension,).

        Raises:
            DataError: for a word that has none, with the nearest known one.
        """
        place = self._place(word)
        if place is not None:
            return np.asarray(self.vectors_[place])
        if not self.subwords:
            hint = did_you_mean(word, list(self.words_[:50_000])).partition(" Known:")[0]
            raise DataError(
                f"The word {word!r} has no vector: too rare in the corpus, or not there. {hint}".strip()
            )
        pieces = subword_buckets(word, SHORTEST_PIECE, LONGEST_PIECE, self.buckets)
        if not pieces:
            raise DataError(f"The word {word!r} is too short to have a vector of its sub-words.")
        return np.asarray(self.pieces_[pieces].mean(axis=0))

    def __contains__(self, word: str) -> bool:
        """Whether a word has a vector of its own."""
        return self._place(word) is not None

    def most_similar(self, word: str | Sequence[str], count: int = 10) -> list[tuple[str, float]]:
        """Return the words whose vectors point most nearly the same way, with their cosines.

        Args:
            word: one word, or several whose mean is meant.
            count: how many.
        """
        return self.analogy([word] if isinstance(word, str) else list(word), [], count)

    def analogy(
        self, plus: Iterable[str], minus: Iterable[str] = (), count: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words nearest to a sum of words: king + woman - man is near queen.

        Args:
            plus: words that are added.
            minus: words that are taken away.
            count: how many to return; the words that were given are not among them.

        Source: Mikolov, Yih, Zweig (2013), Linguistic regularities.
        """
        self._check_fitted()
        plus, minus = list(plus), list(minus)
        given = np.stack([self.vector(word) for word in [*plus, *minus]])
        signs = np.array([1.0] * len(plus) + [-1.0] * len(minus))
        wanted = (unit_rows(given) * signs[:, None]).sum(axis=0)
        left_out = [place for word in [*plus, *minus] if (place := self._place(word)) is not None]
        found = nearest_rows(self._unit, wanted, count, left_out)
        return [(self.words_[place], cosine) for place, cosine in found]

    def similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words' vectors, from -1 to 1."""
        a, b = unit_rows(np.stack([self.vector(first), self.vector(second)]))
        return float(a @ b)

    def evaluate(self, pairs: str | os.PathLike[str] | Iterable[tuple[str, str, float]]) -> Agreement:
        """Return how well cosines agree with people's judgement of pairs of words.

        Args:
            pairs: (word, word, judgement), or a file with one such pair a line.
        """
        self._check_fitted()
        return agreement(self, pairs)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to one file: tensors and JSON, no code."""
        self._check_fitted()
        document = {
            "netwright": netwright.__version__,
            "estimator": "WordVectors",
            "settings": self.get_params(),
            "words": list(self.words_),
            "counts": self.counts_.tolist(),
            "history": self.history_,
            "epochs": self.epochs_,
        }
        tensors = {"vectors": torch.from_numpy(self.vectors_), "pieces": torch.from_numpy(self.pieces_)}
        write_artifact(path, Artifact(document, tensors))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises:
            ArtifactError: when the file is damaged, or holds something else.
        """
        artifact = read_artifact(path)
        document = artifact.document
        if document.get("estimator") != "WordVectors":
            raise ArtifactError(f"{path} holds a {document.get('estimator')} and no word vectors.")
        made = cls(**document["settings"])
        made.history_, made.seconds_ = list(document["history"]), 0.0
        made.epochs_ = float(document.get("epochs", len(made.history_)))
        made.words_, made.counts_ = tuple(document["words"]), np.array(document["counts"])
        made._set(artifact.tensors["vectors"].numpy(), artifact.tensors["pieces"].numpy())
        return made

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the text format of word2vec, which most programs read."""
        self._check_fitted()
        write_vectors(path, self.words_, self.vectors_)

    @classmethod
    def from_text(cls, path: str | os.PathLike[str]) -> Self:
        """Read the text format of word2vec."""
        words, vectors = read_vectors(path)
        made = cls(vectors.shape[1])
        made.history_, made.seconds_, made.epochs_ = [], 0.0, 0.0
        made.words_, made.counts_ = tuple(words), np.zeros(len(words), dtype=np.int64)
        made._set(vectors, np.zeros((0, vectors.shape[1]), dtype=np.float32))
        return made

    def _plan(self) -> Plan:
        for name in ("dimension", "window", "negatives", "min_count", "epochs", "buckets"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise RecipeError(f"{name}: expected a whole number from 1 on, got {value!r}.")
        if self.architecture not in ("skip_gram", "cbow"):
            raise RecipeError(f"architecture: {did_you_mean(str(self.architecture), ('skip_gram', 'cbow'))}")
        if self.learning_rate <= 0 or self.subsample < 0:
            raise RecipeError("learning_rate is above 0, and subsample is 0 or above.")
        return Plan(
            dimension=self.dimension,
            architecture=self.architecture,
            window=self.window,
            negatives=self.negatives,
            subsample=self.subsample,
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            seed=self.seed,
            buckets=self.buckets if self.subwords else 0,
            piece_lengths=(SHORTEST_PIECE, LONGEST_PIECE),
            seconds=parse_seconds(self.time),
        )

    def _set(self, vectors: np.ndarray, pieces: np.ndarray) -> None:
        self.vectors_, self.pieces_ = vectors, pieces
        self._unit = unit_rows(vectors)
        self._places = {word: place for place, word in enumerate(self.words_)}

    def _place(self, word: str) -> int | None:
        self._check_fitted()
        place = self._places.get(word)
        return self._places.get(word.lower()) if place is None else place

    def _check_fitted(self) -> None:
        if not hasattr(self, "vectors_"):
            raise NotFittedError("These WordVectors are not fitted yet: call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "vectors_")
