"""Boosted trees as tensors: the answers of gradient boosting, without the package that grew them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

CATEGORIES = 256
"""Codes that a node can send to the left one by one; larger ones count as the last."""

TREES_AT_ONCE = 512
"""Trees whose nodes are looked up together: rows times trees numbers are held at a time."""


class Trees(nn.Module):
    """Trees grown one after another, whose leaves are added up.

        z = baseline + Σ_t leaf_t(x)

    A row falls from each root: to the left where its number is at most the node's, or where its category
    is among the node's. All nodes stand in flat arrays; leaves point to themselves, so that every row
    takes as many steps as the deepest tree has.

    Attributes:
        feature: the input that a node asks for (nodes,), codes after the numbers.
        threshold: numbers up to this go left (nodes,).
        left: the node on the left (nodes,).
        right: the node on the right (nodes,).
        value: what a leaf adds (nodes,).
        choice: which row of `goes_left` a node asks, 0 for numbers (nodes,).
        goes_left: which categories go left (choices, 256).
        roots: the first node of each tree (rounds, outputs).
        baseline: what is added to (outputs,).
        depth: steps from the root to the deepest leaf.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    value: Tensor
    choice: Tensor
    goes_left: Tensor
    roots: Tensor
    baseline: Tensor
    depth: Tensor

    def __init__(self, arrays: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name in ARRAYS:
            self.register_buffer(name, arrays[name].clone())

    @classmethod
    def like(cls, arrays: Mapping[str, Tensor]) -> Trees:
        """Return trees of the same sizes, into which saved arrays can be loaded."""
        return cls({name: torch.zeros_like(arrays[name]) for name in ARRAYS} | {"depth": arrays["depth"]})

    def forward(self, numbers: Tensor, codes: Tensor | None = None) -> Tensor:
        """Return the sums (n, outputs) for numbers (n, p) and codes (n, c)."""
        inputs = numbers if codes is None else torch.cat([numbers, codes.to(numbers.dtype)], dim=1)
        rounds, outputs = self.roots.shape
        at_once = max(1, TREES_AT_ONCE // outputs)
        total = self.baseline.expand(inputs.shape[0], outputs)
        for start in range(0, rounds, at_once):
            roots = self.roots[start : start + at_once]
            leaves = self._fall(inputs, roots.reshape(-1))
            total = total + self.value[leaves].reshape(-1, roots.shape[0], outputs).sum(dim=1)
        return total

    def _fall(self, inputs: Tensor, roots: Tensor) -> Tensor:
        """Return the leaf that each row ends in (n, trees)."""
        node = roots.expand(inputs.shape[0], roots.shape[0])
        for _ in range(int(self.depth)):
            found = inputs.gather(1, self.feature[node])
            choice = self.choice[node]
            category = found.long().clamp(0, CATEGORIES - 1)
            chosen = self.goes_left.reshape(-1)[choice * CATEGORIES + category]
            # In words of and and or: runtimes choose between numbers, not between yes and no.
            by_number = (choice == 0) & (found <= self.threshold[node])
            to_left = by_number | ((choice > 0) & (chosen > 0))
            node = torch.where(to_left, self.left[node], self.right[node])
        return node


ARRAYS = (
    "feature",
    "threshold",
    "left",
    "right",
    "value",
    "choice",
    "goes_left",
    "roots",
    "baseline",
    "depth",
)
"""The arrays that make up trees."""
