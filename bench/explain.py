"""Explanations against shap, lime and Captum: the same values, for how much time.

Needs shap, lime and captum beside netwright, in an environment of their own. Each peer answers through the
model's own door, tables of raw rows; it explains fewer rows than netwright, since it takes long, and times
are
per row.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import polars as pl
import torch

import netwright as nw
from common import announce, arguments, data_file, row, seconds_of
from netwright.explain.ranks import rank_correlation
from netwright.explain.saliency import integrated
from netwright.explain.subject import subject_of


def coded(frame: pl.DataFrame) -> tuple[np.ndarray, list[list[str] | None]]:
    """Return rows as numbers, categories as codes, with the words of each column: peers take no other."""
    columns, words = [], []
    for name in frame.columns:
        series = frame[name]
        if series.dtype == pl.String:
            known = sorted(series.drop_nulls().unique().to_list())
            columns.append(series.replace_strict(known, list(range(len(known))), default=-1).to_numpy())
            words.append(known)
        else:
            columns.append(series.to_numpy())
            words.append(None)
    return np.stack(columns, axis=1).astype(np.float64), words


def door(model: Any, names: list[str], words: list[list[str] | None]) -> Any:
    """Return the model as peers call it: coded rows in, probabilities out."""

    def decoded(rows: np.ndarray) -> pl.DataFrame:
        columns: dict[str, Any] = {}
        rows = np.asarray(rows, dtype=np.float64)
        for place, name in enumerate(names):
            known = words[place]
            values = rows[:, place]
            columns[name] = (
                values if known is None else np.array([*known, None], dtype=object)[values.astype(int)]
            )
        return pl.DataFrame(
            columns,
            schema={n: pl.Float64 if w is None else pl.String for n, w in zip(names, words, strict=True)},
        )

    return lambda rows: model.predict_proba(decoded(rows))


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


def adult(model: Any, test: pl.DataFrame, background: pl.DataFrame, rows: int, few: int) -> None:
    """Compare sampled SHAP and LIME on rows of the adult census."""
    import shap

    names = list(background.columns)
    whole, words = coded(pl.concat([test, background]))
    answer = door(model, names, words)
    coded_rows, coded_background = whole[: len(test)], whole[len(test) :]
    truth = nw.explain.shap(model, test[:few], background, method="exact").values
    begin = time.perf_counter()
    ours = nw.explain.shap(model, test[:rows], background, method="permutation")
    own_time = (time.perf_counter() - begin) / rows
    own_error = float(np.abs(ours.values[:few] - truth).mean())
    explainer = shap.explainers.Permutation(
        lambda X: answer(X)[:, 1], shap.maskers.Independent(coded_background, 100), seed=0
    )
    begin = time.perf_counter()
    theirs = explainer(coded_rows[:few], max_evals=500, silent=True)
    their_time = (time.perf_counter() - begin) / few
    their_error = float(np.abs(theirs.values - truth).mean())
    print(f"netwright: {rows:,} rows, {1000 * own_time:.1f} ms a row, mean error {own_error:.2e}")
    print(f"shap permutation: {few} rows, {1000 * their_time:.1f} ms a row, mean error {their_error:.2e}")
    # The error of sampling falls with the root of the time.
    same = their_time * (their_error / own_error) ** 2 / own_time
    row("shap permutation: time at the same error", [same], "x", at_least=20, digits=1)


def lines(model: Any, test: pl.DataFrame, background: pl.DataFrame, rows: int, few: int) -> None:
    """Compare LIME."""
    from lime.lime_tabular import LimeTabularExplainer

    names = list(background.columns)
    whole, words = coded(pl.concat([test, background]))
    answer = door(model, names, words)
    kinds = [place for place, known in enumerate(words) if known is not None]
    begin = time.perf_counter()
    first = nw.explain.lime(model, test[:rows], background, least_fit=0)
    own_time = (time.perf_counter() - begin) / rows
    second = nw.explain.lime(model, test[:rows], background, least_fit=0, seed=1)
    own = [rank_correlation(a.scores, b.scores) for a, b in zip(first.rows, second.rows, strict=True)]
    theirs, times = [], []
    for place in range(few):
        scores = []
        for seed in (0, 1):
            filled = np.nan_to_num(whole[len(test) :], nan=-1)
            explainer = LimeTabularExplainer(
                filled, feature_names=names, categorical_features=kinds, random_state=seed
            )
            begin = time.perf_counter()
            found = explainer.explain_instance(whole[place], answer, num_features=len(names), labels=(1,))
            times.append(time.perf_counter() - begin)
            slopes = dict(found.as_map()[1])
            scores.append(np.array([slopes.get(one, 0.0) for one in range(len(names))]))
        theirs.append(rank_correlation(*scores))
    print(
        f"netwright: {rows} rows, {1000 * own_time:.1f} ms a row; lime: {few} rows, "
        f"{1000 * np.mean(times):.1f} ms a row"
    )
    row("lime: time over netwright's", [float(np.mean(times)) / own_time], "x", at_least=10, digits=1)
    row("netwright: rank correlation of two seeds", own, at_least=0.95, middle=np.mean)
    row("lime: rank correlation of two seeds", theirs, middle=np.mean)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--only", choices=("small", "shap", "lime"))
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--few", type=int, default=5, help="rows that the peer explains")
    parser.add_argument("--model", help="a model of adult, trained before")
    options = parser.parse_args()
    announce("Explanations")
    if options.only in (None, "small"):
        small()
    path, other = (data_file(options.data, f"tabular/adult_{part}.csv") for part in ("train", "test"))
    if path is None or other is None or options.only == "small":
        return
    train, test = (pl.read_csv(one, null_values=["?"]) for one in (path, other))
    model = nw.load(options.model) if options.model else nw.Classifier(time="60s").fit(train, "income")
    background = train.drop("income").sample(100, seed=0)
    test = test.drop("income")[: max(options.rows, options.few)]
    if options.only in (None, "shap"):
        adult(model, test, background, options.rows, options.few)
    if options.only in (None, "lime"):
        lines(model, test, background, min(100, options.rows), min(20, 4 * options.few))


if __name__ == "__main__":
    main()
