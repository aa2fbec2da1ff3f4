"""Rows that stand somewhere twice, found by hashing."""

from __future__ import annotations

import numpy as np

ENTRIES_AT_ONCE = 4_000_000


def row_hashes(values: np.ndarray) -> np.ndarray:
    """Return a number for each row, the same for rows of equal entries, uint64 (n,).

    Different rows share a number with a probability of about n² / 2^65.

    Args:
        values: float32 (n, d).

    >>> first, second, third = row_hashes(np.array([[0.0, 1.0], [1.0, 0.0], [-0.0, 1.0]]))
    >>> bool(first == third), bool(first == second)
    (True, False)
    """
    generator = np.random.default_rng(20_260_101)
    factors = generator.integers(0, 2**63, values.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = np.empty(len(values), dtype=np.uint64)
    step = max(1, ENTRIES_AT_ONCE // max(1, values.shape[1]))
    for start in range(0, len(values), step):
        # Adding zero makes -0 and 0 the same bits.
        part = np.ascontiguousarray(values[start : start + step], dtype=np.float32) + np.float32(0)
        bits = part.view(np.uint32).astype(np.uint64)
        bits = (bits ^ (bits >> np.uint64(15))) * np.uint64(0x9E3779B97F4A7C15)
        bits ^= bits >> np.uint64(32)
        hashes[start : start + step] = (bits * factors).sum(axis=1, dtype=np.uint64)
    return hashes


def duplicate_shares(train: np.ndarray, held_out: np.ndarray | None) -> tuple[float, float]:
    """Return the share of held-out rows that stand in the training rows, and of training rows that repeat.

    Args:
        train: float32 (n, d).
        held_out: float32 (m, d), or None.

    >>> duplicate_shares(np.array([[1.0], [2.0], [1.0], [4.0]]), np.array([[2.0], [3.0]]))
    (0.5, 0.25)
    """
    known = row_hashes(train)
    repeated = 1 - len(np.unique(known)) / len(known)
    if held_out is None or not len(held_out):
        return 0.0, repeated
    return float(np.isin(row_hashes(held_out), known).mean()), repeated
