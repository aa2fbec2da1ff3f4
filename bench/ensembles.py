"""Eight networks trained together against eight trained one after another: CPU time of the same epochs."""

from __future__ import annotations

import time

import torch
from sklearn.datasets import make_friedman1

import netwright as nw
from common import announce, arguments, row

MEMBERS = 8


def seconds(members: int, seed: int) -> float:
    """Return the CPU seconds of training a network with so many members."""
    X, y = make_friedman1(8000, 16, noise=1.0, random_state=0)
    network = nw.nets.MLP(
        hidden=(256, 256, 256),
        activation="silu",
        number_embedding="piecewise_linear",
        bins=64,
        members=members,
        initialization="pytorch",
    )
    model = nw.Regressor(network=network, epochs=4, seed=seed, progress=False, watch=False)
    begun = time.process_time()
    model.fit(X, y)
    return time.process_time() - begun


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    # CPU seconds of threads that wait for each other are no work.
    torch.set_num_threads(1)
    announce("Ensembles, one thread")
    together, apart = [], []
    for repeat in range(options.repeats):
        together.append(seconds(MEMBERS, repeat))
        apart.append(sum(seconds(1, repeat * MEMBERS + seed) for seed in range(MEMBERS)))
    row(f"{MEMBERS} members together", together, "CPU s")
    row(f"{MEMBERS} one after another", apart, "CPU s")
    ratios = [slow / fast for slow, fast in zip(apart, together, strict=True)]
    row("times faster together", ratios, at_least=3)


if __name__ == "__main__":
    main()
