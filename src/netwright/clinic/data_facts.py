"""What the rows say before any training: scale, classes, copies, labels, leaks, a validation unlike them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.clinic.cheap_models import cheap_score, next_token_score
from netwright.clinic.data_arrays import Answers, Rows, answers_of, arrays_of, rows_of
from netwright.clinic.duplicates import duplicate_shares
from netwright.clinic.neighbours import disagreement, near_duplicates
from netwright.clinic.row_facts import CheapScore, DataFacts
from netwright.data.leaks import find_leaks
from netwright.errors import DataError
from netwright.randomness import numpy_generator

FREE_ROWS = 1_000
FREE_VALUES = 20
"""A feature with more values than this, in that many rows, varies freely."""

LEAK_ROWS = 5_000
LEAK_COLUMNS = 300
SHIFT_ROWS = 2_000
SHIFT_COLUMNS = 64
SHIFT_TREES = 60
FEWEST_SHIFTED = 20

ONE_SCALE = 10.0
"""Features whose deviations differ by less than this factor are on one scale already, as pixels are."""

COMMON_CHANNELS = 2
"""Pixels of pictures in colour say little of what is shown: distances between them mean nothing."""


def gather(
    inputs: Any,
    target: Any,
    validation: Any = None,
    *,
    names: Sequence[str] | None = None,
    rows: int | None = None,
    whole: bool = True,
    seed: int = 0,
) -> DataFacts:
    """Return what is known of the rows, in seconds also for a hundred thousand of them.

    Counts, scales and exact copies are of all rows; neighbours, leaks and the comparison with the
    validation rows look at samples.

    Args:
        inputs: tensor or array (n, ...), or several of n rows each.
        target: classes or numbers (n, ...).
        validation: inputs and target of held-out rows; the target may be None.
        names: of the features.
        rows: training rows there are in all, where these are only some of them.
        whole: whether these are all rows; of a few only scales and counts are told.
        seed: of the samples.

    Raises:
        DataError: when inputs and target do not have the same number of rows.

    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> facts = gather(x * [1, 1, 1000], (x[:, 0] > 0).astype(int), names=["a", "b", "c"])
    >>> facts.classes, round(facts.deviation_ratio, -2)
    (2, 1000.0)
    """
    train, answers = rows_of(inputs), answers_of(target)
    if train.count != answers.count:
        raise DataError(
            f"The inputs have {train.count:,} rows, the target {answers.count:,}. Give one answer a row."
        )
    held_out = _held_out(validation)
    finite = train.finite & answers.finite
    clean = train if finite.all() else train.choose(finite)
    generator = numpy_generator(seed, "data facts")
    facts: dict[str, Any] = {
        "rows": rows if rows is not None else (train.count if whole else None),
        "validation_rows": None if held_out is None else held_out.count,
        "whole": whole,
        "input_kind": train.kind,
        "nonfinite_inputs": _bad(train.finite),
        "nonfinite_targets": _bad(answers.finite),
        **(scale := _scale(clean)),
        **_target_facts(answers, finite),
        "duplicate_rows": duplicate_shares(train.values, None if held_out is None else held_out.values),
    }
    scaled = scale.get("deviation_ratio", 1.0) > ONE_SCALE
    if clean.count and whole:  # what neighbours and single features say of a few rows is chance
        facts |= _labels(clean, answers, finite, generator, scaled)
        facts["leak"] = _leak(clean, answers, finite, names, generator, seed)
        facts["cheap"] = cheap(inputs, target, seed=seed)
    if held_out is not None and clean.count:
        facts |= _comparison(clean, held_out.choose(held_out.finite), generator, seed, scaled)
    return DataFacts(**facts)


def cheap(inputs: Any, target: Any, *, seed: int = 0) -> CheapScore | None:
    """Return how well cheap models answer these rows, each without knowing it; None where none can be tried.

    Args:
        inputs: as `gather` takes them.
        target: likewise.
        seed: of the sample.
    """
    rows, answers = rows_of(inputs), answers_of(target)
    if rows.kind == "tokens":
        following = arrays_of(target)[0]
        following = following.reshape(rows.count, -1) if following.size == rows.values.size else following
        return next_token_score(rows.values, following)
    if rows.count != answers.count:
        return None
    finite = rows.finite & answers.finite
    return cheap_score(
        rows.values[finite],
        None if answers.classes is None else answers.classes[finite],
        None if answers.numbers is None else answers.numbers[finite],
        numpy_generator(seed, "cheap models"),
    )


def with_labels(facts: DataFacts, inputs: Any, target: Any, *, seed: int = 0) -> DataFacts:
    """Return the facts with what neighbours say of the labels of some rows; which rows these are is not told.

    Args:
        facts: what is known so far.
        inputs: of these rows, as `gather` takes them.
        target: classes; for numbers nothing is added.
        seed: of the samples.
    """
    rows, answers = rows_of(inputs), answers_of(target)
    if rows.count != answers.count:
        return facts
    finite = rows.finite & answers.finite
    clean = rows if finite.all() else rows.choose(finite)
    scaled = _scale(clean).get("deviation_ratio", 1.0) > ONE_SCALE
    found = _labels(clean, answers, finite, numpy_generator(seed, "labels"), scaled)
    return replace(facts, **(found | {"suspect_labels": ()}))


def _held_out(validation: Any) -> Rows | None:
    if validation is None:
        return None
    inputs = validation[0] if isinstance(validation, (tuple, list)) else validation
    try:
        return rows_of(inputs)
    except DataError:
        return None


def _bad(finite: np.ndarray) -> tuple[int, int] | None:
    return None if finite.all() else (int((~finite).sum()), int(np.argmin(finite)))


def _scale(rows: Rows) -> dict[str, Any]:
    """Return the largest input, and the largest deviation of a feature over the median one."""
    if rows.kind == "tokens" or not rows.count:
        return {"deviation_ratio": 1.0} if rows.count else {}
    numbers = rows.values[:, : rows.features]
    largest = float(max(numbers.max(), -numbers.min()))
    if rows.kind == "images":
        return {"largest_input": largest, "deviation_ratio": 1.0}
    deviations = numbers.std(axis=0, dtype=np.float64)
    # Columns of 0 and 1 say whether something is so: how rare it is, is no scale.
    flags = ((numbers == 0) | (numbers == 1)).all(axis=0)
    deviations = deviations[(deviations > 0) & ~flags]
    if not len(deviations):
        return {"largest_input": largest, "deviation_ratio": 1.0}
    return {
        "largest_input": largest,
        "deviation_ratio": float(deviations.max() / np.median(deviations)),
    }


def _target_facts(answers: Answers, finite: np.ndarray) -> dict[str, Any]:
    if answers.counted is not None:
        counts = np.unique(answers.counted, return_counts=True)[1]
        return {"classes": len(counts), "class_counts": tuple(sorted(counts.tolist(), reverse=True))}
    if answers.numbers is None or not finite.any():
        return {}
    numbers = answers.numbers[finite]
    return {
        "target_mean": float(numbers.mean(axis=0).mean()),
        "target_deviation": float(numbers.std(axis=0).mean()),
    }


def _labels(
    rows: Rows, answers: Answers, finite: np.ndarray, generator: np.random.Generator, scaled: bool
) -> dict[str, Any]:
    meaningless = rows.kind == "tokens" or rows.channels > COMMON_CHANNELS
    if answers.classes is None or meaningless:
        return {}
    _, classes = np.unique(answers.classes[finite], return_inverse=True)
    found = disagreement(rows.values, classes, generator, scaled=scaled)
    if found is None:
        return {}
    place = np.flatnonzero(finite)
    return {
        "neighbour_disagreement": found.share,
        "shuffled_disagreement": found.shuffled,
        "suspect_labels": tuple(int(place[row]) for row in found.suspects),
        "suspect_share": len(found.suspects) / found.asked,
    }


def _leak(
    rows: Rows,
    answers: Answers,
    finite: np.ndarray,
    names: Sequence[str] | None,
    generator: np.random.Generator,
    seed: int,
) -> tuple[str, float] | None:
    """Return the feature that alone gives the answer away, and its score."""
    single = answers.numbers is not None and answers.numbers.shape[1] == 1
    if rows.kind != "numbers" or rows.values.shape[1] > LEAK_COLUMNS:
        return None
    if answers.classes is None and not single:
        return None
    sample = np.sort(generator.permutation(rows.count)[:LEAK_ROWS])
    codes = np.column_stack(
        [np.unique(column, return_inverse=True)[1] + 1 for column in rows.values[sample].T]
    )
    ordered = np.arange(codes.shape[1]) < rows.features
    if answers.classes is not None:
        present, y = np.unique(answers.classes[finite][sample], return_inverse=True)
        leaks = find_leaks(codes, ordered, y, classes=len(present), seed=seed)
    else:
        assert answers.numbers is not None
        leaks = find_leaks(codes, ordered, answers.numbers[finite][sample, 0], classes=0, seed=seed)
    if not leaks:
        return None
    column = leaks[0].column
    name = str(names[column]) if names is not None and column < len(names) else f"feature {column}"
    return name, leaks[0].score


def _comparison(
    train: Rows, held_out: Rows, generator: np.random.Generator, seed: int, scaled: bool
) -> dict[str, float | None]:
    """Return how held-out rows differ from training rows."""
    if train.values.shape[1] != held_out.values.shape[1] or held_out.count < FEWEST_SHIFTED:
        return {}
    if train.kind == "tokens":
        return {}
    width = train.features
    spread = np.median(train.values[:, :width].std(axis=0))
    other = np.median(held_out.values[:, :width].std(axis=0))
    return {
        "near_duplicates": near_duplicates(train.values, held_out.values, generator, scaled=scaled)
        if _continuous(train) or _continuous(held_out)  # copies to which noise was added
        else None,
        "validation_shift": _told_apart(train, held_out, generator, seed),
        "deviation_shift": float(other / spread) if spread > 0 else None,
    }


def _continuous(rows: Rows) -> bool:
    """Return whether at least half of the features vary freely.

    Among features of few values rows lie in groups, and those of one group are near each other by nature.
    """
    if rows.kind == "images":
        return True
    sample = rows.values[:FREE_ROWS]
    distinct = np.array([len(np.unique(column)) for column in sample.T])
    return bool((distinct > FREE_VALUES).mean() >= 0.5)


def _told_apart(train: Rows, held_out: Rows, generator: np.random.Generator, seed: int) -> float:
    """Return the area under the ROC curve of trees that tell held-out rows from training rows."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.metrics import roc_auc_score

    width = min(train.values.shape[1], SHIFT_COLUMNS)
    columns = np.sort(generator.permutation(train.values.shape[1])[:width])
    parts = []
    for rows in (train, held_out):
        chosen = rows.values[generator.permutation(rows.count)[:SHIFT_ROWS]]
        parts.append(np.column_stack([chosen[:, columns], chosen.mean(axis=1), chosen.std(axis=1)]))
    rows_of_both = np.concatenate(parts)
    side = np.repeat([0, 1], [len(part) for part in parts])
    order = generator.permutation(len(side))
    told = np.empty(len(side))
    for asked, known in ((order[::2], order[1::2]), (order[1::2], order[::2])):
        trees = ExtraTreesClassifier(
            SHIFT_TREES, min_samples_leaf=3, class_weight="balanced", random_state=seed % 2**32
        )
        told[asked] = trees.fit(rows_of_both[known], side[known]).predict_proba(rows_of_both[asked])[:, 1]
    return float(roc_auc_score(side, told))
