"""Missing numbers told from the other columns by forests, column by column, again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

SWEEPS = (4, 12)
"""Trees of each forest in the first and the last sweep through the columns; only the last are kept."""

FILL_SWEEPS = 2
MOST_ROWS = 10_000
"""Rows from which each forest learns: more hardly make its answers better."""

SMALLEST_LEAF, LEAVES = 3, 2_000
SHARE_OF_COLUMNS = 0.5
LARGEST = 1e30


@dataclass(frozen=True)
class Trees:
    """A forest as arrays; leaves point to themselves.

    Attributes:
        feature: the column that a node asks for (nodes,).
        threshold: rows with at most this go left (nodes,).
        left: the next node (nodes,).
        right: the next node (nodes,).
        value: the answer of a leaf (nodes,).
        roots: where each tree begins (trees,).
        depth: of the deepest tree.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    roots: np.ndarray
    depth: int

    @classmethod
    def of(cls, forest: Any) -> Trees:
        """Return the trees of a fitted forest of scikit-learn."""
        parts: dict[str, list[np.ndarray]] = {
            name: [] for name in ("feature", "threshold", "left", "right", "value")
        }
        roots, start = [], 0
        for tree in (estimator.tree_ for estimator in forest.estimators_):
            own = np.arange(tree.node_count)
            leaf = tree.children_left < 0
            parts["feature"].append(np.where(leaf, 0, tree.feature))
            parts["threshold"].append(tree.threshold)
            parts["left"].append(np.where(leaf, own, tree.children_left) + start)
            parts["right"].append(np.where(leaf, own, tree.children_right) + start)
            parts["value"].append(tree.value[:, 0, 0])
            roots.append(start)
            start += tree.node_count
        kinds = {
            "feature": np.int32,
            "threshold": np.float64,
            "left": np.int32,
            "right": np.int32,
            "value": np.float32,
        }
        whole = {name: np.concatenate(parts[name]).astype(kind) for name, kind in kinds.items()}
        depth = max(estimator.tree_.max_depth for estimator in forest.estimators_)
        return cls(**whole, roots=np.array(roots, dtype=np.int32), depth=int(depth))

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the mean answer of the trees for rows without gaps, float32 (n, d)."""
        node = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        here = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[here, self.feature[node]] <= self.threshold[node]
            node = np.where(goes_left, self.left[node], self.right[node])
        return np.asarray(self.value[node].mean(axis=1, dtype=np.float64))


@dataclass(frozen=True)
class ForestFill:
    """A forest for each column that had gaps in training; gaps elsewhere keep the typical value.

    Attributes:
        forests: by the position of the column, in the order in which they are filled.
    """

    forests: Mapping[int, Trees]

    kind = "forest"

    @classmethod
    def fit(cls, matrix: np.ndarray, fill: np.ndarray) -> ForestFill:
        """Learn the forests, those of columns with the fewest gaps first.

        Args:
            matrix: numbers (n, d), NaN where missing.
            fill: the values to begin with (d,).

        Stekhoven and Bühlmann, "MissForest: non-parametric missing value imputation", 2012.
        """
        missing = np.isnan(matrix)
        gaps = missing.sum(axis=0)
        order = [int(column) for column in np.argsort(gaps, kind="stable") if 0 < gaps[column] < len(matrix)]
        if matrix.shape[1] < 2:
            order = []
        filled = _single(np.where(missing, fill, matrix))
        forests: dict[int, Trees] = {}
        for sweep, trees in enumerate(SWEEPS):
            for column in order:
                forest = _forest(filled, ~missing[:, column], column, trees, sweep)
                forests[column] = forest
                asked = missing[:, column]
                filled[asked, column] = forest.predict(_others(filled[asked], column))
        return cls(forests)

    def fill(self, matrix: np.ndarray, filled: np.ndarray) -> np.ndarray:
        """Return the numbers with gaps told by the forests, each sweep from the answers of the one before.

        Args:
            matrix: numbers (n, d), NaN where missing.
            filled: the same without gaps (n, d).
        """
        missing = np.isnan(matrix)
        result = np.array(filled, dtype=np.float64)
        asked = np.flatnonzero(missing.any(axis=1))
        gaps, rows = missing[asked], _single(result[asked])
        for _ in range(FILL_SWEEPS):
            for column, forest in self.forests.items():
                here = gaps[:, column]
                if here.any():
                    rows[here, column] = forest.predict(_others(rows[here], column))
        result[asked] = np.where(gaps, rows, result[asked])
        return result

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that was learnt, by name."""
        arrays = {"forest_columns": np.array(list(self.forests), dtype=np.int64)}
        for column, trees in self.forests.items():
            for name, value in vars(trees).items():
                arrays[f"forest_{column}_{name}"] = np.atleast_1d(np.asarray(value))
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> ForestFill:
        """Return the filling that `arrays` described."""
        names = ("feature", "threshold", "left", "right", "value", "roots")
        forests = {}
        for column in (int(one) for one in arrays["forest_columns"]):
            parts = {name: arrays[f"forest_{column}_{name}"] for name in names}
            depth = int(arrays[f"forest_{column}_depth"][0])
            forests[column] = Trees(**parts, depth=depth)
        return cls(forests)


def _forest(filled: np.ndarray, known: np.ndarray, column: int, trees: int, sweep: int) -> Trees:
    """Learn one column from the others on rows where it is known."""
    from sklearn.ensemble import ExtraTreesRegressor

    rows = np.flatnonzero(known)
    if len(rows) > MOST_ROWS:
        rows = np.random.default_rng([column, sweep]).choice(rows, MOST_ROWS, replace=False)
    forest = ExtraTreesRegressor(
        trees,
        min_samples_leaf=max(SMALLEST_LEAF, len(rows) // LEAVES),
        max_features=SHARE_OF_COLUMNS,
        random_state=column + 1000 * sweep,
    )
    return Trees.of(forest.fit(_others(filled[rows], column), filled[rows, column]))


def _single(rows: np.ndarray) -> np.ndarray:
    """Return numbers in single precision, those too large for it cut."""
    return np.asarray(np.clip(rows, -LARGEST, LARGEST), dtype=np.float32)


def _others(rows: np.ndarray, column: int) -> np.ndarray:
    return np.asarray(np.delete(rows, column, axis=1))
