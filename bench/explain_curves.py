"""SHAP's error over time, against shap's permutation and kernel explainers: rows of the adult census.

The truth is the enumeration of all coalitions with every row of the background. Peers call the model's own
`predict_proba`, on frames of raw rows; how much of their time that takes beside the network is printed. What
a peer takes is set against the time netwright takes to the same mean error, read from the line between its
points; where even its shortest run errs less, that run counts. Time is that of the processor, of all cores
together. Needs shap beside netwright.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import netwright as nw
from common import announce, arguments, row, seconds_of
from explain_doors import adult, coded, door
from netwright.explain.subject import subject_of

Points = list[tuple[float, float]]
"""Seconds a row, mean error."""

TOLERANCES = (0.02, 0.01, 0.005, 0.003)
WALKS = (4, 17, 51)
"""Of shap's permutation explainer; 17 is its own choice for 14 columns."""

SAMPLES = (100, 400)
MIXTURES = 20_000


def own_points(
    model: Any, test: pl.DataFrame, background: pl.DataFrame, truth: np.ndarray, rows: int, seed: int
) -> Points:
    """Return netwright's points: all rows at its own tolerance, a tenth of them at smaller ones."""
    nw.explain.shap(model, test[:4], background, method="permutation")
    found = []
    for tolerance in TOLERANCES:
        some = test[: rows if tolerance == TOLERANCES[0] else max(len(truth), rows // 10)]
        begin = time.process_time()
        values = nw.explain.shap(
            model, some, background, method="permutation", tolerance=tolerance, seed=seed
        ).values
        taken = (time.process_time() - begin) / len(some)
        found.append((taken, float(np.abs(values[: len(truth)] - truth).mean())))
    return found


def peer_points(
    answer: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, background: np.ndarray, truth: np.ndarray
) -> dict[str, Points]:
    """Return the points of both explainers."""
    import shap

    def second(X: np.ndarray) -> np.ndarray:
        return answer(X)[:, 1]

    masker = shap.maskers.Independent(background, len(background))
    permutation = shap.explainers.Permutation(second, masker, seed=0)
    kernel = shap.KernelExplainer(second, background)
    a_walk = 2 * rows.shape[1] + 1
    runs: dict[str, list[Callable[[], Any]]] = {
        "permutation": [
            lambda n=n: permutation(rows, max_evals=a_walk * n, silent=True).values for n in WALKS
        ],
        "kernel": [lambda n=n: kernel.shap_values(rows, nsamples=n, silent=True) for n in SAMPLES],
    }
    permutation(rows[:1], max_evals=a_walk, silent=True)
    found: dict[str, Points] = {}
    for name, actions in runs.items():
        for action in actions:
            begin = time.process_time()
            values = action()
            taken = (time.process_time() - begin) / len(rows)
            found.setdefault(name, []).append((taken, float(np.abs(values - truth).mean())))
    return found


def network_share(
    model: Any, frame: pl.DataFrame, codes: np.ndarray, answer: Callable[[np.ndarray], np.ndarray]
) -> float:
    """Return the network's share of the time of a call with many coded rows."""
    subject, times = subject_of(model), MIXTURES // len(codes)
    raw = np.tile(codes, (times, 1))
    prepared = tuple(one.repeat(times, 1) for one in subject.inputs(frame))
    return seconds_of(lambda: subject.predict(prepared)) / seconds_of(lambda: answer(raw))


def time_at(points: Points, error: float) -> float:
    """Return the seconds to an error, on the line between points whose axes are logarithms."""
    ordered = sorted(points, key=lambda one: one[1])
    seconds, errors = np.log(np.array(ordered)).T
    return float(np.exp(np.interp(np.log(error), errors, seconds)))


def draw(path: Path, own: list[Points], peers: list[dict[str, Points]]) -> None:
    """Draw all points: mean error over milliseconds a row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    lines = [("netwright", own, "o-")]
    lines += [(f"shap, {name}", [one[name] for one in peers], "s--") for name in peers[0]]
    for number, (name, repeats, style) in enumerate(lines):
        for place, points in enumerate(repeats):
            seconds, errors = np.array(sorted(points)).T
            label = name if place == 0 else None
            axes.loglog(1000 * seconds, errors, style, color=f"C{number}", label=label, alpha=0.8)
    axes.set(xlabel="milliseconds a row", ylabel="mean error of a SHAP value")
    axes.grid(which="both", alpha=0.2)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=110)


def show(own: list[Points], peers: list[dict[str, Points]]) -> None:
    """Print all points, and by how much peers take longer to the same error."""
    for place, tolerance in enumerate(TOLERANCES):
        errors = [one[place][1] for one in own]
        row(
            f"netwright, tolerance {tolerance:g}: a row",
            [1000 * one[place][0] for one in own],
            "ms",
            digits=1,
        )
        row("    mean error, in thousandths", [1000 * one for one in errors])
    for name, sizes in (("permutation", WALKS), ("kernel", SAMPLES)):
        for place, size in enumerate(sizes):
            points = [one[name][place] for one in peers]
            row(f"shap {name}, {size}: a row", [1000 * one[0] for one in points], "ms", digits=1)
            row("    mean error, in thousandths", [1000 * one[1] for one in points])
            ratios = [t / time_at(mine, e) for (t, e), mine in zip(points, own, strict=True)]
            row("    its time over netwright's, same error", ratios, "x", at_least=20, digits=1)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--few", type=int, default=8, help="rows that peers explain")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", help="a model of adult, trained before")
    parser.add_argument("--draw", type=Path, help="a picture of the points")
    options = parser.parse_args()
    announce("SHAP: error over time")
    census = adult(options.data, options.model)
    if census is None:
        return
    model, test, background = census
    own, peers = [], []
    for repeat in range(options.repeats):
        some = test[repeat * options.rows : (repeat + 1) * options.rows]
        few = some[: options.few]
        truth = nw.explain.shap(model, few, background, method="exact").values
        whole, words = coded(pl.concat([few, background]))
        answer = door(model, list(background.columns), words)
        own.append(own_points(model, some, background, truth, options.rows, seed=repeat))
        peers.append(peer_points(answer, whole[: len(few)], whole[len(few) :], truth))
        share = network_share(model, pl.concat([few, background]), whole, answer)
        print(f"of a peer's call {share:.0%} is the network, the rest its frame of raw rows")
    show(own, peers)
    if options.draw is not None:
        draw(options.draw, own, peers)


if __name__ == "__main__":
    main()
