"""Expected gradients: integrated gradients from every reference, averaged.

phi_i = mean over references b of (x_i - b_i) · integral over a in (0, 1) of df/dx_i at b + a (x - b).

The integral is taken at the points of Gauss and Legendre, more of them until it adds up.
Source: Erion et al. (2021); Sundararajan, Taly and Yan (2017).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from netwright.explain.deal import Deal, Tensors
from netwright.explain.shapley import Shapley
from netwright.explain.subject import Subject, device_of

POINTS = (8, 32, 128)
AT_ONCE = 2_048


def expected_gradients(subject: Subject, deal: Deal) -> tuple[Shapley | None, str]:
    """Return the values, or None and the reason why there are none."""
    tensors, game = deal.tensors, deal.game
    subject = subject if deal.read is None else replace(subject, read=deal.read)
    if tensors is None:
        return None, "texts have no gradient"
    for tensor, owner in zip(tensors.inputs, tensors.owners, strict=True):
        if owner is not None and not tensor.is_floating_point():
            return None, "categories have no gradient"
    values = np.zeros((game.rows, game.players))
    evaluations = 0
    for row in range(game.rows):
        gap = game.full[row] - game.base[row]
        for points in POINTS:
            values[row] = _row(subject, tensors, row, int(deal.chosen[row]), points, game.players)
            evaluations += points * game.references
            if abs(values[row].sum() - gap) <= 1e-4 * abs(gap) + 1e-6:
                break
    ends = "the reference" if game.references == 1 else f"each of {game.references:,} references"
    said = f"Gradients at up to {points} points between {ends} and the row."
    return Shapley(values, np.zeros_like(values), evaluations), said


def _row(subject: Subject, tensors: Tensors, row: int, chosen: int, points: int, players: int) -> np.ndarray:
    nodes, weights = np.polynomial.legendre.leggauss(points)
    shares, weights = (nodes + 1) / 2, weights / 2
    count = len(tensors.references[0])
    reference = np.repeat(np.arange(count), points)
    share = torch.from_numpy(np.tile(shares, count))
    weight = torch.from_numpy(np.tile(weights, count) / count)
    found = np.zeros(players)
    for start in range(0, len(reference), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        for owner, part in _gradients(
            subject, tensors, row, chosen, reference[here], share[here], weight[here]
        ):
            flat = np.broadcast_to(owner, part.shape).ravel()
            found += np.bincount(flat, part.double().numpy().ravel(), minlength=players)
    return found


def _gradients(
    subject: Subject,
    tensors: Tensors,
    row: int,
    chosen: int,
    reference: np.ndarray,
    share: Tensor,
    weight: Tensor,
) -> list[tuple[np.ndarray, Tensor]]:
    """Return each input's owners, and its weighted sum of gradients times differences."""
    device = device_of(subject.network)
    made, free = [], []
    for tensor, other, owner in zip(tensors.inputs, tensors.references, tensors.owners, strict=True):
        own, base = tensor[row : row + 1], other[reference]
        if owner is None:
            made.append(own.expand(len(reference), *own.shape[1:]).to(device))
            continue
        along = share.to(own.dtype).view(-1, *[1] * (own.dim() - 1))
        point = (base + along * (own - base)).to(device).requires_grad_()
        made.append(point)
        free.append((owner, point, own - base))
    answers = subject.differentiable(tuple(made))[:, chosen]
    gradients = torch.autograd.grad(answers.sum(), [point for _, point, _ in free], materialize_grads=True)
    return [
        (owner, torch.tensordot(weight.to(gradient.dtype), gradient.cpu() * difference, dims=1))
        for (owner, _, difference), gradient in zip(free, gradients, strict=True)
    ]
