"""Write docs/catalogue.md and the pictures in docs/images/catalogue/ from the parts themselves.

Run it after a part was added or its text changed:  python docs/make_catalogue.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from netwright.catalogue import FAMILIES, Entry, entries
from netwright.nets.activations import make_activation
from netwright.parts import parts_of
from netwright.training.losses import Loss
from netwright.training.schedules import Schedule

DOCS = Path(__file__).parent
PICTURES = Path("images") / "catalogue"
INTRODUCTIONS = {
    "losses": "What training makes small. The loss follows from the target and brings its output layer, "
    "first bias and decoding. z is what the network puts out, y the truth.",
    "optimizers": "How the weights w follow the gradient g.",
    "schedules": "How the learning rate moves: a factor f on the optimizer's rate, step by step.",
    "penalties": "A price on the size of the weights, added to the loss. Biases and normalisation go free.",
    "averaging": "An average a of the weights w, kept instead of the last ones.",
    "activations": "What a unit makes of its weighted sum z. Thinner in the picture: its derivative.",
    "normalizations": "Between the weights and the activation: keeps z of a steady size.",
    "initializations": "The weights before training; g is the gain of the activation that follows. Left on "
    "auto, the initialisation follows the activation.",
    "networks": "What is trained. In Python any PyTorch module takes part as well.",
}
HEAD = """# The catalogue

Every part that a network is trained with, under its textbook name: what it computes, when to use it, what can
be set. The same on the command line:

```bash
netwright parts losses
netwright parts --json
```

In a recipe a part is its name, or a mapping with the name under `kind`; in Python it is a class of the same
name.

<!-- Written by docs/make_catalogue.py; change the parts, not this page. -->
"""

WIDTH, HEIGHT, MARGIN = 160.0, 100.0, 6.0
INK, FAINT, GRID = "#2f81c8", "#de781e", "#888888"

Curve = list[tuple[float, float]]


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(part for family in FAMILIES for part in section(family))])


def section(family: str) -> Iterator[str]:
    yield f"## {family.capitalize()}\n\n{INTRODUCTIONS[family]}\n"
    for entry in entries(family):
        yield f"### `{entry.name}`\n"
        if curves_of(entry):
            yield f"![{entry.name}]({(PICTURES / picture_name(entry)).as_posix()}){{ align=right }}\n"
        yield f"{entry.summary}\n\n```text\n{entry.equation}\n```\n"
        if entry.use and entry.use != entry.summary:
            yield f"{entry.use}\n"
        if entry.settings:
            lines = [f"| `{one.name}` | `{one.default}` | {one.meaning} |" for one in entry.settings]
            yield "\n".join(["| setting | default | meaning |", "|---|---|---|", *lines, ""])
        if entry.source:
            yield f"Source: {entry.source}\n"


def pictures() -> dict[str, str]:
    """Return every picture as SVG, by its file name."""
    found = ((entry, curves_of(entry)) for entry in entries())
    return {picture_name(entry): draw(curves) for entry, curves in found if curves}


def picture_name(entry: Entry) -> str:
    return f"{entry.family}-{entry.name}.svg"


def curves_of(entry: Entry) -> list[Curve]:
    """Return what is drawn for a part; nothing where a curve would say nothing."""
    makers: dict[str, Callable[[Entry], list[Curve]]] = {
        "activations": activation_curves,
        "losses": loss_curves,
        "schedules": schedule_curves,
    }
    return makers[entry.family](entry) if entry.family in makers else []


def activation_curves(entry: Entry) -> list[Curve]:
    z = torch.linspace(-4, 4, 161, dtype=torch.float64, requires_grad=True)
    value = make_activation(entry.name).double()(z)
    (slope,) = torch.autograd.grad(value.sum(), z)
    points = z.detach().tolist()
    return [list(zip(points, one.detach().tolist(), strict=True)) for one in (value, slope)]


def loss_curves(entry: Entry) -> list[Curve]:
    """The loss of one row over z: for classes where the second is true, for numbers around y = 0."""
    part = parts_of(Loss.family)[entry.name]
    z = torch.linspace(-4, 4, 161, dtype=torch.float64)
    if entry.name == "gaussian_likelihood":
        outputs = torch.stack([z, torch.zeros_like(z)], dim=1)
        values = part().rows(outputs, torch.zeros_like(z))
    elif entry.name == "quantile":
        values = part(levels=(0.9,)).rows(z.unsqueeze(1), torch.zeros_like(z))
    else:
        truth = torch.ones_like(z) if entry.name in CLASS_LOSSES else torch.zeros_like(z)
        values = part().rows(z.unsqueeze(1), truth)
    return [list(zip(z.tolist(), values.tolist(), strict=True))]


CLASS_LOSSES = ("cross_entropy", "focal", "hinge", "squared_hinge")


def schedule_curves(entry: Entry) -> list[Curve]:
    if entry.name == "on_plateau":
        return []  # it falls when the score says so, not at a time that could be drawn
    settings = {"warmup": {"length": 0.2}, "cosine": {"warmup": 0.05, "restarts": 1}}.get(entry.name, {})
    schedule = parts_of(Schedule.family)[entry.name](**settings)
    steps = 400
    return [[(step / steps, schedule.factor(step / steps, step, steps)) for step in range(steps + 1)]]


def draw(curves: list[Curve]) -> str:
    """Return curves as a small SVG: the first one thick, others thin, with both axes if in view."""
    points = np.array([point for curve in curves for point in curve])
    low, high = points.min(axis=0), points.max(axis=0)
    low[1], high[1] = min(low[1], 0.0), max(high[1], 1.0)
    high[1] = min(high[1], 4.0)  # steep ends would flatten what matters

    def place(x: float, y: float) -> tuple[float, float]:
        across = MARGIN + (x - low[0]) / (high[0] - low[0]) * (WIDTH - 2 * MARGIN)
        down = HEIGHT - MARGIN - (y - low[1]) / (high[1] - low[1]) * (HEIGHT - 2 * MARGIN)
        return across, down

    lines = [line([place(low[0], 0), place(high[0], 0)], GRID, 0.7)]
    if low[0] < 0:
        lines.append(line([place(0, low[1]), place(0, high[1])], GRID, 0.7))
    for number, curve in enumerate(curves):
        seen = [place(x, y) for x, y in curve if y <= high[1]]
        lines.append(line(seen, INK if number == 0 else FAINT, 2.0 if number == 0 else 1.0))
    body = "\n".join(reversed(lines))
    size = f'width="{WIDTH:.0f}" height="{HEIGHT:.0f}" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{body}\n</svg>\n'


def line(points: list[tuple[float, float]], colour: str, width: float) -> str:
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def main() -> None:
    (DOCS / "catalogue.md").write_text(page(), encoding="utf-8")
    folder = DOCS / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    drawn = pictures()
    for old in folder.glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    for name, picture in drawn.items():
        (folder / name).write_text(picture, encoding="utf-8")
    print(f"{len(entries())} parts, {len(drawn)} pictures")


if __name__ == "__main__":
    main()
