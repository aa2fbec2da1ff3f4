"""Texts for classical models: counted words and pairs of words, and a few topics of them for trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

MOST_TERMS = 50_000
"""Words and pairs that are counted at most, the most frequent."""

TOPICS = 64
"""Directions in which the counts vary most: as many numbers for models that read dense tables."""

REMARK = "Reads the texts as counts of words and pairs of words (TF-IDF)."
TOPICS_REMARK = f"Reads the texts as {TOPICS} topics of their words at most (TF-IDF and truncated SVD)."


@dataclass(frozen=True)
class CountedWords:
    """Weighted counts of words in two parts; what is learnt, is learnt from the first.

    Attributes:
        train: sparse (n, terms).
        test: sparse (rows, terms).
    """

    train: Any
    test: Any

    def take(self, rows: np.ndarray) -> CountedWords:
        """Return it with some of the training rows."""
        return CountedWords(self.train[rows], self.test)


def count_words(train: Sequence[str], test: Sequence[str]) -> CountedWords | None:
    """Return weighted counts, or None where the training texts hold no word.

    Args:
        train: the training texts.
        test: the test texts.

    Source: Salton, Buckley (1988), Term-weighting approaches in automatic text retrieval.

    >>> count_words(["good film", "bad film"], ["film"]).test.shape
    (1, 5)
    """
    counts = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, max_features=MOST_TERMS, token_pattern=r"(?u)\w+|[^\w\s]"
    )
    try:
        return CountedWords(counts.fit_transform(train), counts.transform(test))
    except ValueError:  # an empty vocabulary
        return None


def topics(words: CountedWords, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions in which counts vary most, (n, topics) and (rows, topics)."""
    count = min(TOPICS, words.train.shape[1] - 1, words.train.shape[0] - 1)
    if count < 1:
        return words.train.toarray(), words.test.toarray()
    found = TruncatedSVD(count, random_state=seed % 2**32).fit(words.train)
    return found.transform(words.train), found.transform(words.test)
