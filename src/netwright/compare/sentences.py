"""The verdict in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.compare.intervals import Interval
from netwright.metrics import Metric, decimals_of_difference, format_score
from netwright.task import Task

NETWORK = "network"
CONSTANT = "constant"


@dataclass(frozen=True)
class Rival:
    """A baseline against the network by the deciding metric.

    Attributes:
        name: of the baseline.
        label: as shown to people.
        value: of the metric.
        gain: above zero when the network is better.
        interval: of the gain; None when there is none.
        over_constant: interval of its own gain over the constant answer; None when there is none.
        shortened: whether it had less than its full training.
    """

    name: str
    label: str
    value: float
    gain: float
    interval: Interval | None
    over_constant: Interval | None = None
    shortened: bool = False

    @property
    def is_better(self) -> bool:
        """Whether it is better than the network beyond noise."""
        return self.interval is not None and self.interval.high < 0

    @property
    def beats_constant(self) -> bool:
        """Whether it is better than a constant answer beyond noise."""
        return self.over_constant is not None and self.over_constant.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether it is worse than the network beyond noise."""
        return self.interval is not None and self.interval.low > 0


@dataclass(frozen=True)
class Contest:
    """The network and its rivals.

    Attributes:
        task: what was asked.
        metric: by which it is decided.
        value: the network's.
        rivals: the baselines.
        boosting_over_linear: interval of the gain of gradient boosting over the linear model.
    """

    task: Task
    metric: Metric
    value: float
    rivals: tuple[Rival, ...]
    boosting_over_linear: Interval | None = None

    def rival(self, name: str) -> Rival | None:
        """Return a rival by its name."""
        return next((rival for rival in self.rivals if rival.name == name), None)

    @property
    def best_rival(self) -> Rival:
        """The rival with the best value."""
        return min(self.rivals, key=lambda rival: rival.gain)


def sentence_of(contest: Contest) -> tuple[str, str, bool]:
    """Return the sentence, the model to use, and whether that is clear.

    A baseline that is better beyond noise is recommended; the network is, when it is better than all
    beyond noise; otherwise the simpler model of those that cannot be told apart.

    Args:
        contest: the network and its rivals.
    """
    if not contest.rivals:
        value = format_score(contest.metric, contest.value)
        return f"{_capital(contest.metric.label)} {value}; nothing to compare with.", NETWORK, False
    if any(rival.interval is None for rival in contest.rivals):
        return _undecided(contest)
    winners = [rival for rival in contest.rivals if rival.is_better]
    if winners:
        return _use(contest, min(winners, key=lambda rival: rival.gain))
    if all(rival.is_worse for rival in contest.rivals):
        return _network_is_best(contest)
    constant = contest.rival(CONSTANT)
    if constant and not constant.is_worse and not any(rival.beats_constant for rival in contest.rivals):
        return _no_signal(contest, constant)
    return _no_clear_winner(contest)


def _use(contest: Contest, winner: Rival) -> tuple[str, str, bool]:
    value, own, lead = _numbers(contest, winner, winner_is_network=False)
    advice = f"Use {winner.label}"
    if winner.name == CONSTANT:
        advice = f"{_capital(_constant(contest.task))} is better than the network"
    sentence = f"{advice}: {contest.metric.label} {value} against the network's {own} ({lead})."
    return sentence + _no_better_than_constant(contest, winner), winner.name, True


def _network_is_best(contest: Contest) -> tuple[str, str, bool]:
    rival = contest.best_rival
    value, own, lead = _numbers(contest, rival, winner_is_network=True)
    sentence = (
        f"The network is best: {contest.metric.label} {own} against {value} for {_named(contest, rival)}"
    )
    return f"{sentence} ({lead}).{_shortened(contest)}", NETWORK, True


def _no_clear_winner(contest: Contest) -> tuple[str, str, bool]:
    linear, lead = contest.rival("linear"), contest.boosting_over_linear
    linear_suffices = linear and not linear.is_worse and not (lead and lead.low > 0)
    level = [rival for rival in contest.rivals if not rival.is_worse and rival.name != CONSTANT]
    if linear and linear_suffices:
        rival, use, advice = linear, "linear", "; the linear model is as good and explains itself"
    elif level:
        rival, use, advice = min(level, key=lambda rival: rival.gain), NETWORK, "; either will do"
    else:
        rival, use, advice = contest.best_rival, NETWORK, ""
    value, own, margin = _numbers(contest, rival, winner_is_network=rival.gain >= 0)
    sentence = (
        f"No clear winner: {contest.metric.label} {own} for the network, {value} for "
        f"{_named(contest, rival)} ({margin}){advice}."
    )
    return sentence + _no_better_than_constant(contest, rival) + _shortened(contest), use, False


def _no_signal(contest: Contest, constant: Rival) -> tuple[str, str, bool]:
    value, own, lead = _numbers(contest, constant, winner_is_network=constant.gain >= 0)
    return (
        f"The network is no better than {_constant(contest.task)}: {contest.metric.label} {own} against "
        f"{value} ({lead}), and neither is any other model.{_shortened(contest)}",
        CONSTANT,
        False,
    )


def _undecided(contest: Contest) -> tuple[str, str, bool]:
    rival = contest.best_rival
    value, own, margin = _numbers(contest, rival, winner_is_network=rival.gain >= 0)
    use = NETWORK if rival.gain >= 0 else rival.name
    return (
        f"Undecided: {contest.metric.label} {own} for the network, {value} for {_named(contest, rival)} "
        f"({margin}).{_shortened(contest)}",
        use,
        False,
    )


def _no_better_than_constant(contest: Contest, shown: Rival) -> str:
    constant = contest.rival(CONSTANT)
    if constant is None or constant.is_worse or shown is constant:
        return ""
    return f" The network is no better than {_constant(contest.task)}."


def _numbers(contest: Contest, rival: Rival, winner_is_network: bool) -> tuple[str, str, str]:
    """Return the rival's value, the network's, and the lead of the better one with its interval."""
    metric, gain, interval = contest.metric, rival.gain, rival.interval
    if not winner_is_network:
        gain, interval = -gain, -interval if interval else None
    ends = (interval.low, interval.high) if interval else ()
    decimals = decimals_of_difference(metric, gain, *ends)
    lead = f"difference {format_score(metric, gain, decimals)}, "
    if interval is None:
        lead += "without an interval"
    else:
        low, high = (format_score(metric, end, decimals) for end in ends)
        lead += f"95 % interval {low} to {high}"
    shared = decimals if metric.style == "fixed" else None
    return format_score(metric, rival.value, shared), format_score(metric, contest.value, shared), lead


def _constant(task: Task) -> str:
    return (
        "always answering the most frequent class" if task.is_classification else "always answering the mean"
    )


def _named(contest: Contest, rival: Rival) -> str:
    return _constant(contest.task) if rival.name == CONSTANT else rival.label


def _shortened(contest: Contest) -> str:
    names = [rival.label for rival in contest.rivals if rival.shortened and rival.name != CONSTANT]
    if not names:
        return ""
    return f" ({_capital(' and '.join(names))} had too little time to be trained in full.)"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
