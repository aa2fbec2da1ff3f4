"""What is known of the rows that a training learns from, as plain data that rules can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CheapScore:
    """What a model that is fitted in a moment gets out of the rows, each answered without being known.

    Attributes:
        name: of the model in words.
        score: share of right classes, or the coefficient of determination.
        recall: mean over the classes of the share of right answers, None for numbers and texts.
        explained: share of the loss of the best constant answer (entropy or variance) that it takes away.
        rows: that it learnt from.
        balanced: as `recall`, where all classes weigh alike; None where that was not tried.
    """

    name: str
    score: float
    recall: float | None
    explained: float
    rows: int
    balanced: float | None = None


@dataclass(frozen=True)
class DataFacts:
    """What is known of the rows, from the batches seen so far or from the whole table.

    Attributes:
        rows: training rows, where known.
        validation_rows: held-out rows, where known.
        whole: whether all rows were looked at, and not a few batches only.
        input_kind: "numbers" (table or signal), "images", or "tokens" (whole numbers that are looked up).
        nonfinite_inputs: rows with a NaN or an infinite entry, and the first of these rows.
        nonfinite_targets: the same for the targets.
        largest_input: largest absolute input.
        deviation_ratio: largest standard deviation of a feature over the median one; 1 for images, tokens.
        target_mean, target_deviation: of numeric targets.
        classes: how many classes there are, 0 for numbers.
        class_counts: rows by class, most frequent first.
        duplicate_rows: share of held-out rows that also stand in the training rows, and the share of
            training rows that stand there twice.
        near_duplicates: share of held-out rows much nearer to a training row than training rows are to
            each other.
        neighbour_disagreement: share of rows whose five nearest neighbours are mostly of other classes;
            None where distances mean nothing.
        shuffled_disagreement: the same with labels shuffled.
        suspect_labels: numbers of rows whose label is probably wrong, most suspicious first.
        suspect_share: their share of the rows that were looked at.
        leak: name or number of a single feature that alone gives the answer, and its score.
        validation_shift: score of telling training rows from held-out rows (ROC AUC; .5 is alike).
        deviation_shift: ratio of the median standard deviation of held-out features to that of training
            features.
        cheap: how well cheap models do, None where none was tried.
    """

    rows: int | None = None
    validation_rows: int | None = None
    whole: bool = False
    input_kind: Literal["numbers", "images", "tokens"] = "numbers"
    nonfinite_inputs: tuple[int, int] | None = None
    nonfinite_targets: tuple[int, int] | None = None
    largest_input: float | None = None
    deviation_ratio: float | None = None
    target_mean: float | None = None
    target_deviation: float | None = None
    classes: int = 0
    class_counts: tuple[int, ...] = ()
    duplicate_rows: tuple[float, float] | None = None
    near_duplicates: float | None = None
    neighbour_disagreement: float | None = None
    shuffled_disagreement: float | None = None
    suspect_labels: tuple[int, ...] = ()
    suspect_share: float | None = None
    leak: tuple[str, float] | None = None
    validation_shift: float | None = None
    deviation_shift: float | None = None
    cheap: CheapScore | None = None
