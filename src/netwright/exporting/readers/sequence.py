"""Sequences as inputs of the exported model, by name. Needs NumPy, nothing else."""

from typing import Any

import numpy as np


def inputs_of(rows: list[Any], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of sequences (length, channels), or (length,) of one channel; NaN where a step is missing.
    description: the file inputs.json, read.
    """
    steps, lengths = description["inputs"]
    channels, longest = steps["shape"][2], steps["longest"]
    sequences = []
    for row, given in enumerate(rows, 1):
        sequence = np.asarray(given, dtype=steps["dtype"])
        sequence = sequence[:, None] if sequence.ndim == 1 else sequence
        if sequence.shape[1] != channels or not len(sequence) or np.isinf(sequence).any():
            raise ValueError(
                f"Row {row}: expected steps of {channels} finite numbers, {sequence.shape} came."
            )
        sequences.append(sequence if longest is None else sequence[-longest:])
    most = max(len(one) for one in sequences)
    fixed = steps["shape"][1]
    if isinstance(fixed, int) and most > fixed:
        raise ValueError(f"The model takes {fixed} steps at most, and a sequence has {most}.")
    table = np.zeros((len(rows), fixed if isinstance(fixed, int) else most, channels), steps["dtype"])
    for place, sequence in enumerate(sequences):
        table[place, : len(sequence)] = sequence
    counts = np.array([len(one) for one in sequences], dtype=lengths["dtype"])
    return {steps["name"]: table, lengths["name"]: counts}
