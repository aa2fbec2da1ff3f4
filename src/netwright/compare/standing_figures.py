"""The figures of a comparison: critical differences, scores with intervals, and what they cost."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from netwright.compare.standings import Standing, Standings
from netwright.metrics import Metric, format_score
from netwright.pages.style import (
    BLUE,
    GREY,
    INK,
    MUTED,
    Picture,
    canvas,
    drawing,
    finish,
    name_margin,
    plain_ticks,
)
from netwright.pages.wording import INTERVAL_NAME, seconds, shorten

ROW = 20.0
FAR_OFF = 4.0


@drawing()
def critical_difference_picture(standings: Standings) -> Picture | None:
    """Draw the mean ranks on a line, with a bar over models that cannot be told apart.

    Demšar, "Statistical comparisons of classifiers over multiple data sets", 2006; the bars stand for
    corrected paired tests of every pair, as Benavoli et al. (2016) advise, not for the ranks.
    """
    models = sorted(standings.models, key=lambda model: model.rank)
    if len(models) < 2 or standings.folds < 2:
        return None
    half = (len(models) + 1) // 2
    bars = len(standings.groups)
    depth = 10 * bars + 14
    figure, axes = canvas(34 + depth + ROW * half, left=112, right=112, top=24, bottom=4)
    axes.set(xlim=(1, len(models)), ylim=(depth + ROW * half, 0))
    axes.xaxis.tick_top()
    axes.set_xticks(range(1, len(models) + 1))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.spines["top"].set_visible(True)
    for place, model in enumerate(models):
        _flag(axes, model, place, half, len(models), depth)
    known = {model.name: model for model in models}
    for place, group in enumerate(standings.groups):
        ends = [known[name].rank for name in group.names]
        height = 8 + 10 * place
        axes.plot([min(ends) - 0.03, max(ends) + 0.03], [height, height], color=BLUE, linewidth=4)
    order = ", ".join(f"{model.label} {model.rank:.1f}" for model in models)
    joined = "; ".join(" and ".join(known[name].label for name in group.names) for group in standings.groups)
    alternative = f"Mean ranks, best first: {order}." + (f" Not told apart: {joined}." if joined else "")
    caption = (
        "Mean rank over the folds, 1 for the best. A bar joins models of which no two can be told apart "
        "(corrected paired test, Holm's adjustment for all pairs)."
    )
    return finish(figure, "ranks", "Critical differences", alternative, caption)


def _flag(axes: Axes, model: Standing, place: int, half: int, count: int, depth: float) -> None:
    """Lead a line from a rank down to the name at its side."""
    left = place < half
    height = depth + ROW * (place if left else count - 1 - place) + ROW / 2 - 4
    edge = 1 if left else count
    axes.plot([model.rank, model.rank, edge], [0, height, height], color=GREY, linewidth=1)
    axes.annotate(
        shorten(model.label, 19),
        (edge, height),
        xytext=(-6 if left else 6, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center_baseline",
        color=BLUE if model.is_network else INK,
        annotation_clip=False,
    )


@drawing()
def scores_picture(standings: Standings, metric: Metric) -> Picture:
    """Draw the score of every model with its interval, the best on top."""
    models = standings.models
    texts = [format_score(metric, model.score) for model in models]
    names = [shorten(model.label, 24) for model in models]
    low, high = _close_range(models)
    figure, axes = canvas(
        46 + ROW * 1.2 * len(models),
        left=name_margin(names) + 4,
        right=name_margin(texts, 70),
        top=4,
        bottom=40,
    )
    gap = 0.06 * (high - low) or 0.05 * abs(high) or 0.05
    axes.set(xlim=(low - gap, high + gap), ylim=(len(models) - 0.5, -0.5))
    for place, (model, text) in enumerate(zip(models, texts, strict=True)):
        colour = BLUE if model.is_network else MUTED
        if low <= model.score <= high:
            axes.plot(_ends(model), [place, place], color=colour)
            axes.plot([model.score], [place], "o", color=colour, markersize=7)
        else:
            below = model.score < low
            edge = low - gap / 2 if below else high + gap / 2
            axes.plot([edge], [place], "<" if below else ">", color=colour, markersize=7)
        axes.annotate(
            text,
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center_baseline",
        )
    axes.set_yticks(range(len(models)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(visible=False, axis="y")
    plain_ticks(axes.xaxis, 4)
    better = "higher is better" if metric.higher_is_better else "lower is better"
    axes.set_xlabel(f"{metric.label} ({better})")
    listed = "; ".join(f"{model.label} {text}" for model, text in zip(models, texts, strict=True))
    caption = (
        f"Mean over the same folds with its {INTERVAL_NAME}, corrected for rows that folds share. Two "
        "models are "
        "compared fold by fold, which is sharper than these intervals. An arrow stands for a score "
        "beyond the scale."
    )
    return finish(figure, "scores", "Scores", f"{metric.label}, best first: {listed}.", caption)


@drawing()
def cost_picture(standings: Standings, metric: Metric) -> Picture | None:
    """Draw scores over the time to learn, which is logarithmic."""
    low, high = _close_range(standings.models)
    models = [model for model in standings.models if low <= model.score <= high]
    if len(models) < 2:
        return None
    figure, axes = canvas(210, left=56, right=76, top=8)
    axes.set_xscale("log")
    times = [max(model.fit_seconds, 1e-3) for model in models]
    for place, (model, time) in enumerate(zip(models, times, strict=True)):
        colour = BLUE if model.is_network else MUTED
        axes.plot([time], [model.score], "o", color=colour, markersize=7)
        axes.annotate(
            shorten(model.label, 16),
            (time, model.score),
            xytext=(6, 5 if place % 2 else -10),
            textcoords="offset points",
            color=INK,
            annotation_clip=False,
        )
    plain_ticks(axes.yaxis, 4)
    axes.set(xlabel="seconds to learn a fold (logarithmic)", ylabel=metric.label)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    listed = "; ".join(f"{model.label} {seconds(model.fit_seconds)}" for model in models)
    better = "Up" if metric.higher_is_better else "Down"
    caption = f"Time to prepare the rows and to learn, on this machine. {better} and to the left is better."
    return finish(figure, "cost", "Scores and their cost", f"Time to learn: {listed}.", caption)


def _ends(model: Standing) -> tuple[float, float]:
    low = model.score if model.low is None else model.low
    return low, model.score if model.high is None else model.high


def _close_range(models: tuple[Standing, ...]) -> tuple[float, float]:
    """Return the range that shows the better models; one that is far off may lie outside."""
    kept = list(models)
    while len(kept) > 2:
        ends = np.array([_ends(model) for model in kept])
        rest = ends[:-1]
        if np.ptp(ends) <= FAR_OFF * np.ptp(rest) or np.ptp(rest) == 0:
            break
        kept.pop()
    ends = np.array([_ends(model) for model in kept])
    return float(ends.min()), float(ends.max())
