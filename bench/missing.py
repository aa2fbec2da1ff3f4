"""Gaps filled by neighbours and by forests, against scikit-learn's on the same table: error and time.

The table has 20,000 rows and 30 numbers that depend on seven hidden ones; a tenth of the cells is hidden at
random. Errors are those of the hidden cells, in units of each column's deviation.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer

from common import announce, arguments, row
from netwright.data.missing import Imputer

ROWS, COLUMNS, HIDDEN, SHARE = 20_000, 30, 7, 0.1

Fill = Callable[[np.ndarray], np.ndarray]


def table(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers, each a bent sum of hidden ones with noise, and which cells are hidden."""
    generator = np.random.default_rng(seed)
    hidden = generator.normal(size=(rows, HIDDEN))
    sums = hidden @ generator.normal(size=(HIDDEN, COLUMNS)) / np.sqrt(HIDDEN)
    bends = (lambda x: x, np.tanh, np.sin, np.square, np.exp)
    numbers = np.column_stack([bends[place % len(bends)](sums[:, place]) for place in range(COLUMNS)])
    numbers = numbers / numbers.std(axis=0) + 0.1 * generator.normal(size=numbers.shape)
    return numbers / numbers.std(axis=0), generator.random(numbers.shape) < SHARE


def ours(strategy: str) -> Fill:
    """Return our filling."""
    return lambda gappy: Imputer.fit(gappy, strategy).transform(gappy)[0]  # type: ignore[arg-type]


def peer_forest(trees: int, rounds: int) -> Fill:
    """Return scikit-learn's forests in rounds, set as in its own example."""
    forest = RandomForestRegressor(
        trees, max_depth=10, bootstrap=True, max_samples=0.5, n_jobs=2, random_state=0
    )
    return IterativeImputer(forest, max_iter=rounds, random_state=0).fit_transform


def measure(fill: Fill, seeds: int, rows: int) -> tuple[list[float], list[float]]:
    """Return the error and the seconds of each repetition."""
    errors, times = [], []
    for seed in range(seeds):
        numbers, gaps = table(rows, seed)
        begin = time.perf_counter()
        filled = fill(np.where(gaps, np.nan, numbers))
        times.append(time.perf_counter() - begin)
        errors.append(float(np.sqrt(np.mean((filled - numbers)[gaps] ** 2))))
    return errors, times


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=["neighbours", "forest"], default=None)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    announce(f"gaps filled, {options.rows:,} x {COLUMNS}, {SHARE:.0%} hidden")
    peers = {
        "neighbours": ("KNNImputer()", KNNImputer().fit_transform),
        "forest": ("IterativeImputer(4 trees, 5 rounds)", peer_forest(4, 5)),
    }
    for strategy, (name, fill) in peers.items():
        if options.only not in (None, strategy):
            continue
        own, seconds = measure(ours(strategy), options.seeds, options.rows)
        print(f"{strategy}: error {np.median(own):.4f} in {np.median(seconds):.1f} s", flush=True)
        theirs, peer_seconds = measure(fill, options.seeds, options.rows)
        row(f"{name}: error", theirs, digits=4)
        row(f"{strategy}: error", own, digits=4, at_most=float(np.median(theirs)))
        row(f"{name}: time", peer_seconds, "s", digits=1)
        row(f"{strategy}: time", seconds, "s", digits=1, at_most=float(np.median(peer_seconds)) / 5)


if __name__ == "__main__":
    main()
