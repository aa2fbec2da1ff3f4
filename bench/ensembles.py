"""Networks trained together against as many one after another: CPU time of the same epochs, and error.

Eight members of one network share the hidden layers and differ at both ends; networks of `ensemble` share
nothing but rows, batches and the optimizer's call.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from sklearn.datasets import make_friedman1

import netwright as nw
from common import announce, arguments, row

MEMBERS, NETWORKS = 8, 5
LEARNT = 8000

X, Y = make_friedman1(12_000, 16, noise=1.0, random_state=0)


def network(members: int) -> nw.nets.MLP:
    """Return the network of one member, or of several."""
    return nw.nets.MLP(
        hidden=(256, 256, 256),
        activation="silu",
        number_embedding="piecewise_linear",
        bins=64,
        members=members,
        initialization="pytorch",
    )


def trained(seed: int, **settings: Any) -> tuple[float, np.ndarray]:
    """Return the CPU seconds of a training, and its answers to the rows that it did not see."""
    model = nw.Regressor(epochs=4, seed=seed, progress=False, watch=False, **settings)
    begun = time.process_time()
    model.fit(X[:LEARNT], Y[:LEARNT])
    return time.process_time() - begun, model.predict(X[LEARNT:])


def one_after_another(count: int, first: int, **settings: Any) -> tuple[float, np.ndarray]:
    """Return the CPU seconds of so many trainings, and the mean of their answers."""
    seconds, answers = zip(*(trained(first + seed, **settings) for seed in range(count)), strict=True)
    return sum(seconds), np.mean(answers, axis=0)


def error(answers: np.ndarray) -> float:
    """Return the root mean squared error on the rows that were not seen."""
    return float(np.sqrt(np.mean((answers - Y[LEARNT:]) ** 2)))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    # CPU seconds of threads that wait for each other are no work.
    torch.set_num_threads(1)
    announce("Ensembles, one thread")
    trained(0, network=network(1))
    cases = (
        ("members of one network", MEMBERS, {"network": network(MEMBERS)}, 3.0),
        ("networks of `ensemble`", NETWORKS, {"network": network(1), "ensemble": NETWORKS}, None),
    )
    for name, count, settings, bound in cases:
        together, apart = [], []
        for repeat in range(options.repeats):
            together.append(trained(repeat, **settings))
            apart.append(one_after_another(count, repeat * count, network=network(1)))
        print(f"\n{count} {name}")
        row("together", [seconds for seconds, _ in together], "CPU s")
        row("one after another", [seconds for seconds, _ in apart], "CPU s")
        ratios = [slow / fast for (slow, _), (fast, _) in zip(apart, together, strict=True)]
        row("times faster together", ratios, at_least=bound)
        row("error together", [error(answers) for _, answers in together])
        row("error one after another", [error(answers) for _, answers in apart])


if __name__ == "__main__":
    main()
