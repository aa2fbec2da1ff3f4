"""Explanations against shap, lime and Captum: the same values, for how much time.

Needs shap, lime and captum beside netwright, in an environment of their own. Peers explain fewer rows than
netwright, since they take long, and times are per row. Errors of SHAP over time: `explain_curves.py`.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import polars as pl
import torch

import netwright as nw
from common import announce, arguments, row, seconds_of
from explain_doors import adult, coded, door
from netwright.explain.ranks import rank_correlation
from netwright.explain.saliency import integrated
from netwright.explain.subject import subject_of


def small() -> None:
    """Compare exact values with shap's enumeration on a small model."""
    import shap

    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 6))
    model = nw.Classifier(epochs=5, progress=False).fit(X, (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int))
    ours = nw.explain.shap(model, X[:5], X[:50], method="exact")
    theirs = shap.explainers.Exact(lambda rows: model.predict_proba(rows)[:, 1], X[:50])(X[:5])
    row(
        "exact: largest difference to shap's",
        [float(np.abs(ours.values - theirs.values).max())],
        at_most=1e-6,
        digits=9,
    )
    twin = subject_of(model)
    inputs = twin.inputs(X[:16])
    network = torch.nn.Sequential(torch.nn.Linear(6, 64), torch.nn.Tanh(), torch.nn.Linear(64, 3))
    module = subject_of(network)
    from captum.attr import IntegratedGradients

    start, chosen = torch.zeros(1, 6), np.zeros(16, dtype=np.int64)
    captum = IntegratedGradients(network)
    mine = integrated(module, inputs[:1], start, chosen, 50)
    other = captum.attribute(inputs[0], start.expand(16, 6), target=0, n_steps=50)
    row(
        "integrated gradients: difference to Captum's",
        [float((mine - other).abs().max())],
        at_most=1e-5,
        digits=9,
    )
    times: list[list[float]] = [[], []]
    for _ in range(15):
        times[0].append(seconds_of(lambda: integrated(module, inputs[:1], start, chosen, 50)))
        times[1].append(
            seconds_of(lambda: captum.attribute(inputs[0], start.expand(16, 6), target=0, n_steps=50))
        )
    row("integrated gradients: time over Captum's", [a / b for a, b in zip(*times, strict=True)], at_most=1.0)


def lines(model: Any, test: pl.DataFrame, background: pl.DataFrame, few: int, repeats: int) -> None:
    """Compare LIME: time of the processor with one thread, and whether two seeds rank the columns alike."""
    torch.set_num_threads(1)  # threads that wait for each other would count as work
    nw.explain.lime(model, test[:4], background, least_fit=0)
    found, own, times, theirs, ranks = [], [], [], [], []
    for repeat in range(repeats):
        begin = time.process_time()
        found = [nw.explain.lime(model, test, background, least_fit=0, seed=2 * repeat)]
        times.append((time.process_time() - begin) / len(test))
        found.append(nw.explain.lime(model, test, background, least_fit=0, seed=2 * repeat + 1))
        own += [
            rank_correlation(a.scores, b.scores) for a, b in zip(*(one.rows for one in found), strict=True)
        ]
        seconds, alike = lime_of(model, test[repeat * few : (repeat + 1) * few], background)
        theirs.append(seconds)
        ranks += alike
    mixtures = found[0].evaluations / len(test)
    print(f"netwright: {mixtures:,.0f} mixtures a row, each answered by one member; lime: 5,000")
    row("netwright: LIME, a row", [1000 * one for one in times], "ms", digits=1)
    row("lime: a row", [1000 * one for one in theirs], "ms", digits=1)
    ratios = [b / a for a, b in zip(times, theirs, strict=True)]
    row("lime: time over netwright's", ratios, "x", at_least=10, digits=1)
    row("netwright: rank correlation of two seeds", own, at_least=0.95, middle=np.mean)
    row("lime: rank correlation of two seeds", ranks, middle=np.mean)


def lime_of(model: Any, test: pl.DataFrame, background: pl.DataFrame) -> tuple[float, list[float]]:
    """Return the seconds that lime takes for a row, and the rank correlation of two seeds for each."""
    from lime.lime_tabular import LimeTabularExplainer

    names = list(background.columns)
    whole, words = coded(pl.concat([test, background]))
    answer = door(model, names, words)
    kinds = [place for place, known in enumerate(words) if known is not None]
    filled, times, ranks = np.nan_to_num(whole[len(test) :], nan=-1), [], []
    for place in range(len(test)):
        scores = []
        for seed in (0, 1):
            explainer = LimeTabularExplainer(
                filled, feature_names=names, categorical_features=kinds, random_state=seed
            )
            begin = time.process_time()
            found = explainer.explain_instance(whole[place], answer, num_features=len(names), labels=(1,))
            times.append(time.process_time() - begin)
            slopes = dict(found.as_map()[1])
            scores.append(np.array([slopes.get(one, 0.0) for one in range(len(names))]))
        ranks.append(rank_correlation(*scores))
    return float(np.mean(times)), ranks


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--only", choices=("small", "lime"))
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="row of the test part to begin with")
    parser.add_argument("--few", type=int, default=8, help="rows that lime explains each time")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", help="a model of adult, trained before")
    options = parser.parse_args()
    announce("Explanations")
    if options.only in (None, "small"):
        small()
    census = None if options.only == "small" else adult(options.data, options.model)
    if census is not None:
        model, test, background = census
        rows = test[options.first : options.first + options.rows]
        lines(model, rows, background, options.few, options.repeats)


if __name__ == "__main__":
    main()
