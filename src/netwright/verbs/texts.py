"""Texts for the report: what the network reads of them, and which words stand out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from netwright.data.items import MixedRows, TextRows
from netwright.data.mixed import MixedPreparation, joined_texts
from netwright.data.text import TextPreparation, as_texts
from netwright.data.text_view import TextView
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.intake import fitting_rows
from netwright.report.contents import StandingOut, TextFacts
from netwright.verbs.material import Material

LOOKED_AT = 5_000
"""Training texts that are looked at."""

SHOWN = 8
"""Words that are shown for each class."""

MOST_CLASSES = 12
FEWEST_TEXTS = 3
EXAMPLE_TOKENS = 40


def facts_of(material: Material, model: NetworkEstimator) -> TextFacts | None:
    """Return what the network reads of the texts; None where it reads none."""
    preparation = model.preparation_
    if isinstance(preparation, MixedPreparation):
        preparation = preparation.text
    if not isinstance(preparation, TextPreparation):
        return None
    view, split = preparation.tokens, material.split
    train, test = (_tokens(material, view, part[:LOOKED_AT]) for part in (split.train, split.test))
    lengths = [len(tokens) for tokens in train]
    new = [token not in view.numbers for tokens in test for token in tokens]
    target = material.target
    standing = []
    if target.classes and target.names == (target.name,):
        classes = target.encode(material.truth(split.train[:LOOKED_AT]))
        standing = standing_out(train, classes, [str(label) for label in target.classes])
    return TextFacts(
        known=len(view.words),
        usual=int(np.median(lengths)) if lengths else 0,
        longest=max(lengths, default=0),
        new=float(np.mean(new)) if new else 0.0,
        example=tuple(next((tokens[:EXAMPLE_TOKENS] for tokens in train if tokens), ())),
        standing_out=tuple(standing),
    )


def standing_out(texts: Sequence[Sequence[str]], classes: np.ndarray, labels: list[str]) -> list[StandingOut]:
    """Return for each class the tokens that speak for it most, by the log-odds of a text to hold them.

        z = (log odds in the class - log odds in the rest) / √(1/a + 1/b)    with half a text added to each

    Args:
        texts: tokens of each text.
        classes: number of each text's class (n,).
        labels: name of each class.

    Source: Monroe, Colaresi, Quinn (2008), Fightin' words.

    >>> found = standing_out([["good", "film"], ["bad", "film"]] * 9, np.arange(18) % 2, ["yes", "no"])
    >>> [(one.label, one.tokens[0]) for one in found]
    [('yes', 'good'), ('no', 'bad')]
    """
    everywhere = Counter(token for tokens in texts for token in set(tokens))
    known = [token for token, count in everywhere.items() if count >= FEWEST_TEXTS]
    total = np.array([everywhere[token] for token in known], dtype=float)
    found = []
    for number, label in enumerate(labels[:MOST_CLASSES]):
        inside = Counter(
            token
            for tokens, code in zip(texts, classes, strict=True)
            if code == number
            for token in set(tokens)
        )
        held = np.array([inside[token] for token in known], dtype=float)
        size = float((classes == number).sum())
        scores = _odds(held, size) - _odds(total - held, len(texts) - size)
        scores /= np.sqrt(1 / (held + 0.5) + 1 / (total - held + 0.5))
        best = [place for place in np.argsort(-scores, kind="stable")[:SHOWN] if scores[place] > 0]
        found.append(StandingOut(label, tuple(known[place] for place in best)))
    return found


def _odds(held: np.ndarray, texts: float) -> np.ndarray:
    return np.asarray(np.log((held + 0.5) / (texts - held + 0.5)))


def _tokens(material: Material, view: TextView, part: np.ndarray) -> list[list[str]]:
    rows = fitting_rows(material.rows(part), material.schema, "the report")
    rows = joined_texts(rows) if isinstance(rows, MixedRows) else rows
    assert isinstance(rows, TextRows)
    return [view.split(text) for text in as_texts(rows.values)]
