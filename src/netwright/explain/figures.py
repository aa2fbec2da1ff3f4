"""Figures of explanations: bars for a row, words with their scores behind them, pictures and series
tinted."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from netwright.explain.explanation import Explanation, RowExplanation
from netwright.pages.density import tinted
from netwright.pages.style import (
    BLUE,
    BLUE_TONE,
    GREY,
    INK,
    MUTED,
    ORANGE,
    ORANGE_TONE,
    WIDTH,
    Picture,
    canvas,
    drawing,
    finish,
    name_margin,
    plain_ticks,
)
from netwright.pages.wording import aligned, number, shorten, width

MOST_BARS = 14
ROW = 24.0
LETTER = 6.2
LINE = 22.0
MOST_WORDS = 160


@drawing()
def row_picture(explanation: Explanation, row: RowExplanation, key: str) -> Picture:
    """Draw what each player adds to one row's answer, the largest on top."""
    order = row.order[:MOST_BARS]
    labels = [_label(row, int(one)) for one in order]
    scores = [float(row.scores[one]) for one in order]
    rest = row.order[MOST_BARS:]
    if len(rest):
        labels.append(f"{len(rest):,} more")
        scores.append(float(row.scores[rest].sum()))
    texts = [text if text.startswith("-") else f"+{text}" for text in aligned(scores)]
    figure, axes = canvas(
        50 + ROW * len(scores),
        left=name_margin(labels, 190) + 12,
        right=name_margin(texts, 80),
        top=6,
        bottom=42,
    )
    _bars(axes, scores, [float(row.errors[one]) for one in order] + [0.0] * bool(len(rest)), texts)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelcolor=INK)
    unit = f" ({explanation.unit})" if explanation.unit else ""
    axes.set_xlabel(f"adds to {shorten(row.about, 30)}{unit}")
    start = "The line starts from" if explanation.method == "LIME" else "The base is"
    caption = (
        f"{start} {number(row.base, 4)}; what each adds leads to the answer {number(row.answer, 4)}. "
        f"Blue speaks for it, "
        "orange against it; thin lines are 95 % intervals where the scores were sampled."
    )
    top = ", ".join(f"{label} {text}" for label, text in list(zip(labels, texts, strict=True))[:5])
    return finish(figure, key, f"Row {row.row + 1:,}", f"Scores of row {row.row + 1:,}: {top}.", caption)


@drawing()
def ranking_picture(explanation: Explanation) -> Picture | None:
    """Draw each player's scores over all rows as dots, the largest mean on top; None for single rows."""
    if not explanation.shared or len(explanation) < 3:
        return None
    ranking = explanation.ranking()[:MOST_BARS]
    names = [shorten(name, 26) for name, _ in ranking]
    texts = aligned([mean for _, mean in ranking])
    right = name_margin(texts, 80)
    figure, axes = canvas(50 + ROW * len(names), left=name_margin(names) + 4, right=right, top=6, bottom=42)
    axes.axvline(0, color=GREY, linewidth=1.2, zorder=1)
    for place, (name, _) in enumerate(ranking):
        scores = explanation.values[:200, explanation.names.index(name)]
        up = scores >= 0
        jitter = place + 0.3 * np.sin(np.arange(len(scores)) * 2.399963)
        for side, colour in ((up, BLUE), (~up, ORANGE)):
            axes.plot(
                scores[side], jitter[side], "o", color=colour, markersize=3.2, alpha=0.6, markeredgewidth=0
            )
        axes.annotate(
            texts[place], (1, place), xycoords=("axes fraction", "data"), xytext=(8, 0),
            textcoords="offset points", va="center_baseline",
        )  # fmt: skip
    axes.set(ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(visible=False, axis="y")
    plain_ticks(axes.xaxis, 4)
    axes.set_xlabel("adds to the answer")
    caption = "Each dot is a row. The numbers at the right are mean sizes, whatever their sign."
    told = ", ".join(f"{name} {number(mean, 3)}" for name, mean in ranking[:5])
    return finish(figure, "ranking", "All rows", f"Scores of all rows, the largest first: {told}.", caption)


@drawing()
def scene_picture(explanation: Explanation, row: RowExplanation, key: str) -> Picture | None:
    """Draw the row itself with its scores laid over it; None for rows of a table."""
    if row.scene is None:
        return None
    if row.scene.kind == "text":
        return _text(row, key)
    assert row.scene.owner is not None
    scores = row.scores[row.scene.owner]
    if row.scene.kind == "picture":
        return picture_overlay(row.scene.data, scores, key, f"Row {row.row + 1:,}: {shorten(row.about, 30)}")
    return series_overlay(row.scene.data, scores, key, f"Row {row.row + 1:,}: {shorten(row.about, 30)}")


def picture_overlay(pixels: np.ndarray, scores: np.ndarray, key: str, title: str) -> Picture:
    """Return a picture beside itself with scores (height, width) in blue (for) and orange (against)."""
    side = (WIDTH - 24) / 2
    tall = min(1.6, pixels.shape[0] / pixels.shape[1])
    figure, axes = canvas(side * tall + 8, left=4, right=WIDTH / 2 + 8, top=4, bottom=4)
    second = figure.add_axes(
        (0.5 + 8 / WIDTH, 4 / (side * tall + 8), (WIDTH / 2 - 12) / WIDTH, side * tall / (side * tall + 8))
    )
    limit = float(np.abs(scores).max()) or 1.0
    shown = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    for place, strength in ((axes, 1.0), (second, 0.35)):
        place.imshow(np.clip(shown, 0, 1), alpha=strength, aspect="auto", interpolation="nearest")
        place.set_axis_off()
    for sign, tone in ((1, BLUE_TONE), (-1, ORANGE_TONE)):
        second.imshow(
            tinted(np.clip(sign * scores / limit, 0, 1) * 0.85, tone), aspect="auto", interpolation="nearest"
        )
    caption = "Left as it is, right what speaks for the answer (blue) and against it (orange)."
    return finish(figure, key, title, f"{title}. Scores of the regions laid over the picture.", caption)


def series_overlay(steps: np.ndarray, scores: np.ndarray, key: str, title: str) -> Picture:
    """Return the channels of a series (steps, channels) with their scores of the same shape behind them."""
    channels = min(3, steps.shape[1])
    figure, first = canvas(40 + 84.0 * channels, left=34, right=10, top=6, bottom=34)
    first.remove()
    limit = float(np.abs(scores).max()) or 1.0
    height = 40 + 84.0 * channels
    for channel in range(channels):
        bottom = (34 + 84.0 * (channels - 1 - channel)) / height
        axes = figure.add_axes((34 / WIDTH, bottom, (WIDTH - 44) / WIDTH, 74 / height))
        line = steps[:, channel]
        low, high = float(line.min()), float(line.max())
        margin = 0.08 * (high - low) or 1.0
        extent = (0.5, len(line) + 0.5, low - margin, high + margin)
        for sign, tone in ((1, BLUE_TONE), (-1, ORANGE_TONE)):
            strength = np.clip(sign * scores[:, channel] / limit, 0, 1)[None] * 0.75
            axes.imshow(tinted(strength, tone), aspect="auto", extent=extent, interpolation="nearest")
        axes.plot(np.arange(1, len(line) + 1), line, color=INK, linewidth=1.3)
        axes.grid(visible=False)
        plain_ticks(axes.yaxis, 3)
        plain_ticks(axes.xaxis, 5, whole=True)
        if channel < channels - 1:
            axes.set_xticklabels([])
    axes.set_xlabel("step")
    more = (
        f" {steps.shape[1] - channels} further channels are not shown." if steps.shape[1] > channels else ""
    )
    caption = f"Prepared steps; blue speaks for the answer, orange against it.{more}"
    return finish(figure, key, title, f"{title}. Scores of stretches behind the series.", caption)


def _text(row: RowExplanation, key: str) -> Picture:
    """Draw a text in lines, each word on a ground as strong as its score."""
    assert row.scene is not None
    words = [shorten(word, 40) for word in row.scene.data[:MOST_WORDS]]
    limit = float(np.abs(row.scores).max(initial=0.0)) or 1.0
    places, across, line = [], 4.0, 0
    for word in words:
        wide = LETTER * width(word) + 6
        if across + wide > WIDTH - 4 and across > 4:
            across, line = 4.0, line + 1
        places.append((across, line, wide))
        across += wide + 2
    height = LINE * (line + 1) + 10
    figure, axes = canvas(height, left=0, right=0, top=0, bottom=0)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    for word, score, (left, at, wide) in zip(words, row.scores, places, strict=False):
        tone = BLUE if score > 0 else ORANGE
        axes.add_patch(_ground(left, 6 + LINE * at, wide, tone, 0.7 * abs(float(score)) / limit))
        axes.text(left + 3, 6 + LINE * at + 9, word, color=INK, va="center", fontsize=10, family="monospace")
    more = len(row.scene.data) - len(words)
    caption = f"Blue words speak for {shorten(row.about, 30)}, orange ones against it."
    caption += f" {more:,} more words are not shown." if more else ""
    return finish(
        figure, key, f"Row {row.row + 1:,}", f"The words of row {row.row + 1:,} with their scores.", caption
    )


def _ground(left: float, top: float, wide: float, tone: str, strength: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (left, top), wide, LINE - 4, facecolor=tone, alpha=max(0.0, min(1.0, strength)), linewidth=0
    )


def _label(row: RowExplanation, one: int) -> str:
    value = row.values[one]
    if not value:
        return shorten(row.names[one], 24)
    return (
        f"{shorten(row.names[one], 18)} = {shorten(value, 14)}"
        if row.scene is None
        else shorten(f"{row.names[one]}, {value}", 24)
    )


def _bars(axes: Axes, scores: list[float], errors: list[float], texts: list[str]) -> None:
    for place, (score, error) in enumerate(zip(scores, errors, strict=True)):
        axes.barh(place, score, height=0.62, color=BLUE if score > 0 else ORANGE)
        if error:
            axes.plot(
                [score - 1.96 * error, score + 1.96 * error], [place, place], color=MUTED, linewidth=1.2
            )
        axes.annotate(
            texts[place], (1, place), xycoords=("axes fraction", "data"), xytext=(8, 0),
            textcoords="offset points", va="center_baseline",
        )  # fmt: skip
    axes.axvline(0, color=GREY, linewidth=1.2)
    axes.set(ylim=(len(scores) - 0.5, -0.5))
    axes.grid(visible=False, axis="y")
    plain_ticks(axes.xaxis, 4)
