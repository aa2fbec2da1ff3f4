"""A curve of growth with its verdict: worth more rows, worth a larger network?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.compare.growth import Point
from netwright.compare.paired import corrected
from netwright.compare.power_law import PowerLaw
from netwright.compare.standings import SAME
from netwright.metrics import Metric, decimals_of_difference, format_score
from netwright.pages.blocks import Cell, Fact, Section, Table, Text, figures, number_cell
from netwright.pages.style import (
    BLUE,
    GREY,
    ORANGE,
    Picture,
    canvas,
    drawing,
    finish,
    legend_above,
    plain_ticks,
)
from netwright.pages.verdict_page import verdict_page
from netwright.pages.wording import INTERVAL_NAME, count, seconds, size

FEWEST_REPEATS = 2

FEWEST_TESTED = 3
"""Of fewer repetitions a test can tell nothing: then only a difference that makes none counts as level."""


@dataclass(frozen=True)
class Curve:
    """Scores by size, and what they say.

    Attributes:
        what: "rows" or "units".
        model: that learnt, as shown to people.
        target: the column that is predicted.
        metric: of the scores.
        points: by size.
        verdict: whether more is worth it, one sentence.
        law: the power law of the errors, or None.
        ratio: test rows for each training row.
        remarks: what was shortened, one sentence each.
        seconds: that it took.
    """

    what: str
    model: str
    target: str
    metric: Metric
    points: tuple[Point, ...]
    verdict: str
    law: PowerLaw | None
    ratio: float
    remarks: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        law = self.law
        return {
            "verdict": self.verdict,
            "what": self.what,
            "model": self.model,
            "target": self.target,
            "metric": self.metric.name,
            "points": [asdict(point) for point in self.points],
            "law": None if law is None else {"floor": law.floor, "scale": law.scale, "rate": law.rate},
            "expected": None if law is None else self._expected(law),
            "remarks": list(self.remarks),
            "seconds": self.seconds,
        }

    def _expected(self, law: PowerLaw) -> dict[str, Any]:
        larger = 2 * self.points[-1].size
        ends = law.interval(larger)
        values = sorted(score_of(self.metric, error) for error in (ends.low, ends.high))
        return {
            "size": larger,
            "score": score_of(self.metric, law.at(larger)),
            "low": values[0],
            "high": values[1],
        }


def error_of(metric: Metric, score: np.ndarray) -> np.ndarray:
    """Return scores as errors, which fall: 1 − score where higher is better."""
    return np.asarray(1 - score if metric.higher_is_better else score)


def score_of(metric: Metric, error: float) -> float:
    """Return the score that an error stands for."""
    return 1 - error if metric.higher_is_better else error


def rows_verdict(metric: Metric, points: Sequence[Point], law: PowerLaw | None) -> str:
    """Say whether it is worth to collect more rows."""
    last = points[-1]
    now = float(np.nanmean(last.scores))
    if law is None:
        return (
            f"Too few sizes for a curve: {metric.label} {format_score(metric, now)} with {last.size:,} rows."
        )
    gain = law.gain(last.size, 2 * last.size)
    step = law.at(last.size) - law.at(2 * last.size)
    decimals = decimals_of_difference(metric, step, gain.low, gain.high)
    low, middle, high = (format_score(metric, value, decimals) for value in (gain.low, step, gain.high))
    margin = SAME[metric.style] * (1.0 if metric.style == "fixed" else abs(now))
    told = (
        f"{metric.label} {format_score(metric, now)} would be better by about {middle} (95 % interval "
        f"{low} to {high})"
    )
    if len(last.scores) < FEWEST_REPEATS:
        once = format_score(metric, step)
        return (
            f"Whether more rows are worth it is not sure: measured once, {metric.label} "
            f"{format_score(metric, now)} "
            f"would be better by about {once} with twice as many. Give it more time."
        )
    if gain.low > margin:
        return f"More rows are worth collecting: with twice as many, {told}."
    if gain.high < margin:
        return f"More rows would bring next to nothing: with twice as many, {told}."
    return f"Whether more rows are worth it is not sure: with twice as many, {told}."


def units_verdict(metric: Metric, points: Sequence[Point], ratio: float) -> str:
    """Say whether a larger network is worth it: the smallest that cannot be told from the best."""
    sign = 1 if metric.higher_is_better else -1
    best = max(points, key=lambda point: sign * float(np.nanmean(point.scores)))
    level = [point for point in points if _level(metric, best, point, sign, ratio)]
    smallest, largest = level[0], points[-1]
    value = format_score(metric, float(np.nanmean(smallest.scores)))
    if smallest is largest:
        return (
            f"A larger network may be worth it: the largest, of {largest.size:,} units a layer, is best "
            f"({metric.label} {value})."
        )
    return (
        f"A larger network is not worth it: {smallest.size:,} units a layer are enough ({metric.label} "
        f"{value}, which "
        f"cannot be told from the best, {format_score(metric, float(np.nanmean(best.scores)))})."
    )


def _level(metric: Metric, best: Point, point: Point, sign: int, ratio: float) -> bool:
    behind = sign * (np.array(best.scores) - np.array(point.scores))
    known = behind[np.isfinite(behind)]
    if point is best or not len(known):
        return point is best
    test = corrected(known, ratio)
    if test.p is None or len(known) < FEWEST_TESTED:
        return test.mean <= SAME[metric.style] * (1.0 if metric.style == "fixed" else abs(best.scores[0]))
    return test.mean <= 0 or test.p >= 0.05


def curve_page(curve: Curve) -> str:
    """Return the page as one HTML document."""
    facts = [
        Fact("sizes", f"{len(curve.points):,}"),
        Fact("repetitions", f"{len(curve.points[0].scores):,}"),
        Fact("time", seconds(curve.seconds)),
    ]
    title = "More rows?" if curve.what == "rows" else "A larger network?"
    origin = f"The {curve.model} that tells {curve.target}, at {count(len(curve.points), 'size')}."
    return verdict_page(title, curve.verdict, list(_sections(curve)), origin=origin, facts=facts)


def _sections(curve: Curve) -> Iterator[Section]:
    yield Section("curve", "The curve", "Curve", [*figures(curve_picture(curve)), _table(curve)])
    told = (
        "Every size learns from the training rows of the same divisions and answers for the same "
        "held-out rows. "
    )
    if curve.law is not None:
        told += (
            "The line is a power law, floor + scale · rows^(−rate), fitted to the errors; its band "
            "comes from "
        )
        told += "resampling the repetitions. Beyond the largest size it is a forecast."
    yield Section("method", "How it was done", "Method", [Text(told), *(Text(one) for one in curve.remarks)])


def _table(curve: Curve) -> Table:
    name = "Rows" if curve.what == "rows" else "Units a layer"
    head = [
        number_cell(name),
        number_cell(curve.metric.label, "repetitions"),
        number_cell("To learn"),
        number_cell("Size"),
    ]
    rows = []
    for point in curve.points:
        scores = ", ".join(format_score(curve.metric, score) for score in point.scores)
        mean = format_score(curve.metric, float(np.nanmean(point.scores)))
        rows.append(
            [
                Cell(f"{point.size:,}", style="number"),
                number_cell(mean, scores),
                number_cell(seconds(point.seconds)),
                number_cell(size(point.octets)),
            ]
        )
    return Table("Scores by size", head, rows, quiet=True)


@drawing()
def curve_picture(curve: Curve) -> Picture:
    """Draw the scores over the size, with the fitted law and its band up to twice the size."""
    figure, axes = canvas(240, left=58)
    axes.set_xscale("log")
    places = np.array([point.size for point in curve.points], dtype=float)
    means = np.array([float(np.nanmean(point.scores)) for point in curve.points])
    for point in curve.points:
        axes.plot([point.size] * len(point.scores), point.scores, "o", color=GREY, markersize=3.5)
    axes.plot(places, means, "o", color=BLUE, markersize=7, label="mean")
    if curve.law is None:
        axes.plot(places, means, color=BLUE)
    else:
        along = np.geomspace(places[0], 2 * places[-1], 40)
        ends = [curve.law.interval(value) for value in along]
        low, high = (
            [score_of(curve.metric, error) for error in side]
            for side in zip(*((e.low, e.high) for e in ends), strict=True)
        )
        axes.plot(
            along,
            [score_of(curve.metric, curve.law.at(value)) for value in along],
            color=ORANGE,
            label="power law",
        )
        axes.plot(along, low, color=ORANGE, linewidth=1, linestyle=(0, (2, 2)), label=INTERVAL_NAME)
        axes.plot(along, high, color=ORANGE, linewidth=1, linestyle=(0, (2, 2)))
    axes.set_xticks(places, [f"{int(place):,}" for place in places])
    axes.minorticks_off()
    axes.tick_params(axis="x", labelrotation=30 if len(places) > 5 else 0)
    plain_ticks(axes.yaxis, 4)
    axes.set_xlabel("rows learnt from" if curve.what == "rows" else "units a layer")
    axes.set_ylabel(curve.metric.label)
    legend_above(axes, 3)
    listed = "; ".join(
        f"{int(place):,}: {format_score(curve.metric, mean)}"
        for place, mean in zip(places, means, strict=True)
    )
    caption = "Small dots are repetitions." + (
        " The line ends at twice the rows." if curve.law is not None else ""
    )
    return finish(
        figure, f"curve-{curve.what}", "Scores by size", f"{curve.metric.label} by size: {listed}.", caption
    )
