from typing import Any

import pytest
import torch

from netwright.nets import MLP, TableShape
from netwright.nets.restore import structural_sample


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"number_embedding": "piecewise_linear", "bins": 4},
        {"number_embedding": "piecewise_linear", "bins": 20, "members": 2},
        {"number_embedding": "periodic", "normalization": "batch"},
    ],
)
@pytest.mark.parametrize("cardinalities", [(), (4, 60)])
def test_a_network_is_rebuilt_from_its_weights_without_its_rows(
    settings: dict[str, Any], cardinalities: tuple[int, ...]
) -> None:
    draws = torch.randn(300, 5)
    draws[:, 1] = draws[:, 1].round().clamp(-1, 1)  # three values
    draws[:, 2] = (draws[:, 2] > 0).float()  # two values
    draws[:, 3] = 7.0  # one value
    draws[:, 4] = draws[:, 4].round()
    shape = TableShape(5, cardinalities)
    codes = tuple(
        torch.stack([torch.arange(300) % size for size in cardinalities], 1) for _ in cardinalities[:1]
    )
    part = MLP(hidden=(6,), **settings)
    network = part.build(shape, 2, (draws, *codes)).eval()
    weights = network.state_dict()
    rebuilt = part.build(shape, 2, structural_sample(shape, weights)).eval()
    rebuilt.load_state_dict(weights)
    assert torch.equal(rebuilt(draws, *codes), network(draws, *codes))
