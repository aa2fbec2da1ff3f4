"""Dots with intervals in rows: the comparison of models and the importance of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
from netwright.pages.wording import INTERVAL_NAME, count, number, shorten
from netwright.report.contents import ReportContents
from netwright.report.glossary import MetricText, describe_metric, interval_text, value_text
from netwright.report.measurements import Estimate, Importance, ModelRow

ROW = 24.0  # points from one row to the next
MOST_COLUMNS = 20
# A model so far off that it would press the others together is shown as an arrow at the edge.
FAR_OFF = 4.0


@dataclass(frozen=True)
class _Row:
    name: str
    estimate: Estimate
    text: str
    strong: bool

    @property
    def ends(self) -> tuple[float, float]:
        low, high, value = self.estimate.low, self.estimate.high, self.estimate.value
        if low is None or high is None or not np.isfinite([low, high]).all():
            return value, value
        return min(low, value), max(high, value)


@drawing()
def comparison_picture(contents: ReportContents) -> Picture | None:
    """Draw the deciding metric of all models with its intervals; None without two models that have it."""
    metric = describe_metric(contents.task, contents.primary_metric)
    measured = [
        (model, estimate) for model in contents.models if (estimate := model.metrics.get(metric.name))
    ]
    measured = [(model, estimate) for model, estimate in measured if np.isfinite(estimate.value)]
    if len(measured) < 2:
        return None
    if metric.higher_is_better is not None:
        measured.sort(key=lambda pair: pair[1].value, reverse=metric.higher_is_better)
    rows = [
        _Row(
            shorten(model.name, 24),
            estimate,
            value_text(contents.task, metric.name, estimate.value),
            model.is_network,
        )
        for model, estimate in measured
    ]
    low, high = _close_range(rows)
    figure, axes = _draw(rows, low, high)
    axes.set_xlabel(f"{metric.title} ({metric.direction})" if metric.direction else metric.title)
    caption = (
        f"All models were measured on the same rows. Lines are {INTERVAL_NAME}s: where they overlap widely, "
        "the difference may be luck."
    )
    if any(not low <= row.estimate.value <= high for row in rows):
        caption += " An arrow stands for a value beyond the scale."
    alternative = _comparison_alternative(contents, metric, measured)
    return finish(figure, "comparison", "Against the baselines", alternative, caption)


@drawing()
def importance_picture(importance: Importance, metric: MetricText | None) -> Picture | None:
    """Draw how much the metric suffers when each column is shuffled, the most important on top."""
    ordered = sorted((row for row in importance.rows if np.isfinite(row.mean)), key=lambda row: -row.mean)
    if not ordered:
        return None
    rows = [
        _Row(
            shorten(row.column, 24), Estimate(row.mean, row.low, row.high), number(row.mean, 2), row.mean > 0
        )
        for row in ordered[:MOST_COLUMNS]
    ]
    ends = [end for row in rows for end in row.ends]
    figure, axes = _draw(rows, min(0.0, *ends), max(0.0, *ends))
    axes.axvline(0, color=GREY, linewidth=1.2, zorder=1)
    axes.set_xlabel(f"{shorten(metric.title, 36) if metric else 'Quality'} worsens by")
    top = ", ".join(f"{shorten(row.column, 40)} {number(row.mean, 2)}" for row in ordered[:5])
    alternative = (
        f"Permutation importance of {count(len(ordered), importance.noun)}, the largest first: {top}."
    )
    noun = importance.noun
    dealt = "one column's values are" if noun == "column" else f"one {noun} is"
    repeats = f" Mean and interval of {count(importance.repeats, 'shuffle')}." if importance.repeats else ""
    rest = f" The first {MOST_COLUMNS} of {len(ordered):,} {noun}s." if len(ordered) > MOST_COLUMNS else ""
    caption = (
        f"What the network loses when {dealt} dealt out anew among the rows. Around zero the {noun} hardly "
        f"matters, or another one carries the same news.{repeats}{rest}"
    )
    return finish(figure, "importance", "Permutation importance", alternative, caption)


def _close_range(rows: Sequence[_Row]) -> tuple[float, float]:
    """Return the range that shows the network's rivals; far-off rows may lie outside."""
    values = np.array([row.ends for row in rows])
    low, high = float(values[:, 0].min()), float(values[:, 1].max())
    for place in range(len(rows)):
        rest = np.delete(values, place, axis=0)
        near = float(rest[:, 0].min()), float(rest[:, 1].max())
        crowded = (high - low) > FAR_OFF * (near[1] - near[0]) > 0
        if len(rows) > 2 and crowded and not rows[place].strong:
            return near
    return low, high


def _comparison_alternative(
    contents: ReportContents, metric: MetricText, measured: Sequence[tuple[ModelRow, Estimate]]
) -> str:
    sentences = []
    for model, estimate in measured:
        between = interval_text(contents.task, metric.name, estimate)
        value = value_text(contents.task, metric.name, estimate.value)
        sentences.append(f"{shorten(model.name, 40)} {value}" + (f" ({between})" if between else ""))
    order = "" if metric.higher_is_better is None else ", best first"
    return f"{metric.title} of {len(measured)} models{order}: {'; '.join(sentences)}."


def _draw(rows: Sequence[_Row], low: float, high: float) -> tuple[Figure, Axes]:
    names = [row.name for row in rows]
    texts = name_margin([row.text for row in rows], 70)
    figure, axes = canvas(48 + ROW * len(rows), left=name_margin(names) + 4, right=texts, top=4, bottom=40)
    gap = 0.06 * (high - low) or 0.05 * abs(high) or 0.05
    axes.set(xlim=(low - gap, high + gap), ylim=(len(rows) - 0.5, -0.5))
    for place, row in enumerate(rows):
        colour, width = (BLUE, 3.0) if row.strong else (MUTED, 2.0)
        mark, size = ("o", 8.0) if row.strong else ("D", 5.5)
        if low <= row.estimate.value <= high:
            axes.plot(row.ends, [place, place], color=colour, linewidth=width)
            axes.plot([row.estimate.value], [place], mark, color=colour, markersize=size)
        else:
            edge, arrow = (low - gap / 2, "<") if row.estimate.value < low else (high + gap / 2, ">")
            axes.plot([edge], [place], arrow, color=colour, markersize=7)
        axes.annotate(
            row.text,
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center_baseline",
        )
    axes.set_yticks(range(len(rows)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(visible=False, axis="y")
    plain_ticks(axes.xaxis, 4)
    return figure, axes
