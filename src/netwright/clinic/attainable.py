"""Whether a network has learnt what the rows allow: at least what a model fitted in a moment learns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from netwright.clinic.measures import finite, percent, shown
from netwright.clinic.record import Epoch, Record
from netwright.clinic.row_facts import CheapScore

DUE = 0.9  # share of what a cheap model has learnt that any network should have learnt
DUE_OF_TEXT = 0.8  # of texts: counting finds in one pass what takes networks far more of them
ERRORS = 2.5
"""Standard errors by which a network must be worse. Two are reached once in forty comparisons of equals, and
several comparisons are made of each training."""

COMPARED = ("classes", "two classes", "numbers")


@dataclass(frozen=True)
class Comparison:
    """A network beside a cheap model.

    Attributes:
        score: of the network on held-out rows.
        cheap: of the cheap model.
        due: what the network should reach at least.
        chance: how far the two may be apart by chance.
        name: of the cheap model.
        measure: what is compared, in words.
    """

    score: float
    cheap: float
    due: float
    chance: float
    name: str
    measure: str

    @property
    def beaten(self) -> bool:
        """Whether the network is clearly worse, and by more than chance."""
        return self.score + self.chance < self.due

    @property
    def behind(self) -> bool:
        """Whether the network is worse at all, by more than chance."""
        return self.score + self.chance < self.cheap

    def sentence(self) -> str:
        """Say it."""
        write = shown if self.measure == "coefficient of determination" else percent
        return (
            f"On held-out rows the network reaches {write(self.score)} ({self.measure}), "
            f"{self.name} that is fitted in a moment {write(self.cheap)}."
        )


def held_out_score(record: Record) -> float | None:
    """Return the best held-out score so far, over two epochs in a row: the best of many is partly luck."""
    scores = [epoch.validation_score for epoch in record.epochs if epoch.validation_score is not None]
    if len(scores) < 2:
        return scores[0] if scores else None
    return max((before + after) / 2 for before, after in pairwise(scores))


def comparisons(record: Record) -> list[Comparison]:
    """Return the network beside the cheap model, by score and by the mean over classes; [] if not known."""
    cheap, score = record.cheap, held_out_score(record)
    if cheap is None or score is None or record.facts.answer not in COMPARED:
        return []
    last = next(epoch for epoch in reversed(record.epochs) if epoch.validation_score is not None)
    numbers = record.facts.answer == "numbers"
    measure = "coefficient of determination" if numbers else "right answers"
    trivial = last.validation_trivial or 0.0
    error = _error(score, record, cheap)
    share = DUE_OF_TEXT if record.facts.data.input_kind == "tokens" else DUE
    due = _due(cheap.score, trivial, share)
    found = [Comparison(score, cheap.score, due, ERRORS * error, cheap.name, measure)]
    recall = _recall(record)
    if cheap.recall is not None and recall is not None and not numbers:
        value, error = recall
        due = _due(cheap.recall, 1 / len(record.facts.data.class_counts), share)
        if value > cheap.recall:
            found.clear()  # right answers of the frequent classes were given up for the rare ones
        found.append(
            Comparison(value, cheap.recall, due, ERRORS * error, cheap.name, "mean over the classes")
        )
    return found


def beaten(record: Record) -> bool | None:
    """Tell whether a cheap model does better on held-out rows, None where that is not known."""
    found = comparisons(record)
    return any(one.beaten for one in found) if found else None


def behind(record: Record) -> bool:
    """Tell whether a cheap model does better at all, by more than chance: enough where a risk is known."""
    return any(one.behind for one in comparisons(record))


def chance(record: Record, share: float) -> float:
    """Return two standard errors of a share of right answers among the held-out rows."""
    rows = record.facts.data.validation_rows
    return 2 * _share_error(share, rows) if rows else 0.0


def _due(cheap: float, trivial: float, share: float) -> float:
    return trivial + share * max(0.0, cheap - trivial)


def _error(score: float, record: Record, cheap: CheapScore) -> float:
    """Return the standard error of the difference of the two scores."""
    error = _determination_error if record.facts.answer == "numbers" else _share_error
    rows, each = record.facts.data.validation_rows, _answers(record)
    return math.hypot(error(score, rows * each) if rows else 0.0, error(cheap.score, cheap.rows * each))


def _answers(record: Record) -> float:
    """Return how many classes are asked for in each row: one, or one for each place of a text."""
    data = record.facts.data
    return max(1.0, sum(data.class_counts) / data.rows) if data.rows else 1.0


def _share_error(share: float, rows: float) -> float:
    shrunk = (max(0.0, min(1.0, share)) * rows + 1) / (rows + 2)
    return math.sqrt(shrunk * (1 - shrunk) / rows)


def _determination_error(score: float, rows: float) -> float:
    """Return the standard error of R², 2 √R² (1 − R²) / √n (Olkin and Finn 1995)."""
    known = max(0.0, min(1.0, score))
    return 2 * math.sqrt(known) * (1 - known) / math.sqrt(rows)


def _recall(record: Record) -> tuple[float, float] | None:
    """Return the best mean over classes of two epochs in a row, with the standard error of both together."""
    epochs = [e for e in record.epochs if len(e.validation_recall) > 1 and finite(e.validation_recall)]
    rows, counts = record.facts.data.validation_rows, record.facts.data.class_counts
    if not epochs or not rows or not sum(counts) or len(counts) != len(epochs[-1].validation_recall):
        return None
    means = [_mean(epoch) for epoch in epochs]
    value = max(((one + two) / 2 for one, two in pairwise(means)), default=means[-1])
    parts = [
        _share_error(share, max(1.0, rows * count / sum(counts))) ** 2
        for share, count in zip(epochs[-1].validation_recall, counts, strict=True)
    ]
    return value, math.sqrt(sum(parts)) / len(parts)


def _mean(epoch: Epoch) -> float:
    shares = finite(epoch.validation_recall)
    return sum(shares) / len(shares)
