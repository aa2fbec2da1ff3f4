"""The verdict says in one sentence which model to use, whatever the outcome."""

from __future__ import annotations

import pytest

from netwright.compare.intervals import Interval
from netwright.compare.sentences import Contest, Rival, sentence_of
from netwright.metrics import find_metric
from netwright.task import Task

AUC = find_metric(Task.BINARY, "roc_auc")
RMSE = find_metric(Task.REGRESSION, "rmse")
LABELS = {"constant": "most frequent class", "linear": "logistic regression", "boosting": "gradient boosting"}


def rival(name: str, own: float, value: float, half: float | None, signal: bool = True) -> Rival:
    """A rival whose gain has an interval of that half width."""
    gain = own - value
    interval = None if half is None else Interval(gain - half, gain + half)
    over_constant = Interval(0.1, 0.2) if signal else Interval(-0.1, 0.1)
    return Rival(name, LABELS[name], value, gain, interval, over_constant)


def contest(own: float, linear: Rival, boosting: Rival, constant: float = 0.5) -> Contest:
    return Contest(
        Task.BINARY, AUC, own, (rival("constant", own, constant, 0.01, signal=False), linear, boosting)
    )


def test_a_better_baseline_is_to_be_used() -> None:
    own = 0.913
    sentence, use, clear = sentence_of(
        contest(own, rival("linear", own, 0.905, 0.003), rival("boosting", own, 0.927, 0.003))
    )
    assert sentence == (
        "Use gradient boosting: ROC AUC 0.927 against the network's 0.913 "
        "(difference 0.014, 95 % interval 0.011 to 0.017)."
    )
    assert (use, clear) == ("boosting", True)


def test_a_network_that_beats_all_is_best() -> None:
    own = 0.95
    sentence, use, clear = sentence_of(
        contest(own, rival("linear", own, 0.905, 0.003), rival("boosting", own, 0.927, 0.003))
    )
    assert sentence == (
        "The network is best: ROC AUC 0.950 against 0.927 for gradient boosting "
        "(difference 0.023, 95 % interval 0.020 to 0.026)."
    )
    assert (use, clear) == ("network", True)


def test_between_equals_the_linear_model_explains_itself() -> None:
    own = 0.92
    sentence, use, clear = sentence_of(
        contest(own, rival("linear", own, 0.918, 0.005), rival("boosting", own, 0.921, 0.005))
    )
    assert sentence == (
        "No clear winner: ROC AUC 0.920 for the network, 0.918 for logistic regression (difference 0.002, "
        "95 % interval -0.003 to 0.007); the linear model is as good and explains itself."
    )
    assert (use, clear) == ("linear", False)


def test_the_linear_model_is_not_advised_where_boosting_is_clearly_better_than_it() -> None:
    own = 0.92
    level = contest(own, rival("linear", own, 0.917, 0.005), rival("boosting", own, 0.923, 0.005))
    lead = Contest(level.task, level.metric, own, level.rivals, Interval(0.004, 0.008))
    sentence, use, _ = sentence_of(lead)
    assert "for gradient boosting" in sentence
    assert sentence.endswith("; either will do.")
    assert use == "network"


def test_a_linear_model_that_is_worse_is_not_advised() -> None:
    own = 0.92
    sentence, use, _ = sentence_of(
        contest(own, rival("linear", own, 0.90, 0.005), rival("boosting", own, 0.921, 0.005))
    )
    assert "0.921 for gradient boosting" in sentence
    assert use == "network"


def test_no_better_than_the_majority_is_said_plainly() -> None:
    own = 0.503
    sentence, use, clear = sentence_of(
        contest(own, rival("linear", own, 0.50, 0.02, False), rival("boosting", own, 0.51, 0.02, False))
    )
    assert sentence == (
        "The network is no better than always answering the most frequent class: ROC AUC 0.503 against 0.500 "
        "(difference 0.003, 95 % interval -0.007 to 0.013), and neither is any other model."
    )
    assert (use, clear) == ("constant", False)


def test_no_better_than_the_majority_beside_a_model_that_is() -> None:
    own = 0.503
    sentence, use, _ = sentence_of(
        contest(own, rival("linear", own, 0.50, 0.02, False), rival("boosting", own, 0.8, 0.02))
    )
    assert sentence.startswith("Use gradient boosting: ROC AUC 0.800 against the network's 0.503")
    assert sentence.endswith(" The network is no better than always answering the most frequent class.")
    assert use == "boosting"


def test_worse_than_the_majority() -> None:
    own = 0.45
    sentence, use, clear = sentence_of(
        contest(own, rival("linear", own, 0.45, 0.02, False), rival("boosting", own, 0.46, 0.02, False))
    )
    assert sentence.startswith(
        "Always answering the most frequent class is better than the network: ROC AUC 0.500 against"
    )
    assert (use, clear) == ("constant", True)


def test_a_tie_with_models_that_beat_the_majority_where_the_network_does_not() -> None:
    own = 0.505
    sentence, use, _ = sentence_of(
        contest(own, rival("linear", own, 0.515, 0.02), rival("boosting", own, 0.51, 0.02, False))
    )
    assert sentence.startswith("No clear winner")
    assert "The network is no better than always answering the most frequent class." in sentence
    assert use == "linear"


def test_errors_are_better_when_lower() -> None:
    constant = Rival("constant", "mean", 112_865.0, 62_765.0, Interval(60_000, 65_000))
    boosting = Rival("boosting", "gradient boosting", 46_880.0, -3_220.0, Interval(-3_700, -2_800))
    sentence, use, _ = sentence_of(Contest(Task.REGRESSION, RMSE, 50_100.0, (constant, boosting)))
    assert sentence == (
        "Use gradient boosting: RMSE 46,880 against the network's 50,100 "
        "(difference 3,220, 95 % interval 2,800 to 3,700)."
    )
    assert use == "boosting"


@pytest.mark.parametrize(("value", "use"), [(0.93, "boosting"), (0.91, "network")])
def test_without_intervals_nothing_is_decided(value: float, use: str) -> None:
    own = 0.92
    sentence, chosen, clear = sentence_of(
        contest(own, rival("linear", own, 0.9, None), rival("boosting", own, value, None))
    )
    assert sentence == (
        f"Undecided: ROC AUC 0.920 for the network, {value:.3f} for gradient boosting "
        "(difference 0.010, without an interval)."
    )
    assert (chosen, clear) == (use, False)


def test_a_baseline_that_was_cut_short_is_named() -> None:
    own = 0.95
    short = Rival("boosting", "gradient boosting", 0.92, 0.03, Interval(0.02, 0.04), None, shortened=True)
    sentence, _, _ = sentence_of(contest(own, rival("linear", own, 0.9, 0.01), short))
    assert sentence.endswith(" (Gradient boosting had too little time to be trained in full.)")


def test_nothing_to_compare_with() -> None:
    assert sentence_of(Contest(Task.BINARY, AUC, 0.9, ())) == (
        "ROC AUC 0.900; nothing to compare with.",
        "network",
        False,
    )
