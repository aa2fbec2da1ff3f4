"""Which model to use after a comparison, in one sentence."""

from __future__ import annotations

from netwright.compare.standings import Standing, Standings
from netwright.metrics import Metric, decimals_of_difference, format_score
from netwright.pages.wording import count, joined

CHEAPER = 3.0
"""A model that is as good in this part of the time is worth a word."""

MOST_NAMED = 3

FEWEST_FOLDS = 3
"""Two folds can tell nothing apart: the test would need a difference of thirteen standard errors."""

CONSTANT, LINEAR = "constant", "linear"


def advice(standings: Standings, metric: Metric) -> tuple[str, str]:
    """Return the sentence, and the name of the model to use.

    The linear model is recommended wherever it cannot be told from the best, because it explains itself;
    else the best, with those named that are level with it.

    Args:
        standings: who stands where.
        metric: by which it was decided.
    """
    best, linear = standings.models[0], standings.model(LINEAR)
    constant = standings.model(CONSTANT)
    if len(standings.models) == 1:
        return f"{_capital(best.label)}: {_score(metric, best)}; nothing to compare with.", best.name
    if standings.folds < FEWEST_FOLDS:
        few = f"on {count(standings.folds, 'fold')} only: whether that is luck is not known"
        return f"{_first(metric, best)}, {few}.", best.name
    if constant is not None and constant.level:
        return _nothing_learnt(standings, metric, constant), CONSTANT
    if linear is not None and linear.level:
        return _linear_suffices(standings, metric, linear), LINEAR
    return _best(standings, metric), best.name


def _nothing_learnt(standings: Standings, metric: Metric, constant: Standing) -> str:
    best = standings.models[0]
    if best is constant:
        return f"No model is better than always answering the {constant.label}: {_score(metric, constant)}."
    return (
        f"No model is better than always answering the {constant.label}, beyond noise: "
        f"{_score(metric, constant)} "
        f"against {_number(metric, best)} for the {best.label} ({_gap(metric, constant)})."
    )


def _linear_suffices(standings: Standings, metric: Metric, linear: Standing) -> str:
    best = standings.models[0]
    if best is linear:
        others = [model for model in standings.models[1:] if model.level]
        level = f"; {_named(others)} cannot be told from it" if others else ""
        return f"Use the linear model: it is best and explains itself ({_score(metric, linear)}{level})."
    return (
        f"Use the linear model: it is as good and explains itself ({_score(metric, linear)} against "
        f"{_number(metric, best)} for the {best.label}; {_gap(metric, linear)})."
    )


def _best(standings: Standings, metric: Metric) -> str:
    best, others = standings.models[0], [model for model in standings.models[1:] if model.level]
    if not others:
        second = standings.models[1]
        return f"{_first(metric, best)}, ahead of the {second.label} ({_gap(metric, second)})."
    quick = min(others, key=lambda model: model.fit_seconds)
    cheaper = ""
    if quick.fit_seconds * CHEAPER < best.fit_seconds:
        times = best.fit_seconds / max(quick.fit_seconds, 1e-3)
        cheaper = f", of which the {quick.label} learns {times:,.0f} times as fast"
    return f"{_first(metric, best)}; {_named(others)} cannot be told from it{cheaper}."


def _first(metric: Metric, best: Standing) -> str:
    return f"Use the {best.label}: {_score(metric, best)}"


def _named(models: list[Standing]) -> str:
    names = [f"the {model.label}" for model in models[:MOST_NAMED]]
    rest = len(models) - len(names)
    return joined([*names, *([f"{rest} more"] if rest else [])])


def _score(metric: Metric, model: Standing) -> str:
    return f"{metric.label} {_number(metric, model)}"


def _number(metric: Metric, model: Standing) -> str:
    return format_score(metric, model.score)


def _gap(metric: Metric, behind: Standing) -> str:
    if behind.gap_low is None or behind.gap_high is None:
        return f"difference {format_score(metric, behind.gap)}"
    decimals = decimals_of_difference(metric, behind.gap, behind.gap_low, behind.gap_high)
    value, low, high = (
        format_score(metric, end, decimals) for end in (behind.gap, behind.gap_low, behind.gap_high)
    )
    return f"difference {value}, 95 % interval {low} to {high}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
