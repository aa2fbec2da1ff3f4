import torch
from torch import nn

from netwright.nets.members import MemberLinear, MemberScaling


def test_scaling_is_one_random_sign_vector_a_member() -> None:
    layer = MemberScaling(4, 50, torch.Generator().manual_seed(0))
    features = torch.randn(6, 50)
    output = layer(features)
    assert output.shape == (6, 4, 50)
    assert set(layer.scaling.flatten().tolist()) == {-1.0, 1.0}
    assert len({tuple(row) for row in layer.scaling.tolist()}) == 4
    for member in range(4):
        torch.testing.assert_close(output[:, member], features * layer.scaling[member])


def test_every_member_has_its_own_linear_layer() -> None:
    layer = MemberLinear(3, 5, 2)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    features = torch.randn(7, 3, 5)
    output = layer(features)
    assert output.shape == (7, 3, 2)
    for member in range(3):
        expected = nn.functional.linear(features[:, member], layer.weight[member], layer.bias[member])
        torch.testing.assert_close(output[:, member], expected)
