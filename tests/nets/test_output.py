import torch
from torch import nn

from netwright.nets import MLP, TableShape
from netwright.nets.output import set_output_bias


def test_the_bias_of_the_output_layer_is_set_for_every_member() -> None:
    bias = torch.tensor([0.5, -2.0])
    for members in (1, 3):
        network = MLP(hidden=(4,), members=members, zero_output=True).build(TableShape(3), 2)
        assert set_output_bias(network, bias)
        outputs = network(torch.randn(6, 3))
        assert torch.equal(outputs, bias.expand_as(outputs))


def test_a_module_without_a_fitting_output_layer_is_left_alone() -> None:
    module = nn.Sequential(nn.Linear(3, 2))
    before = module[0].bias.clone()
    assert not set_output_bias(module, torch.zeros(2))
    assert torch.equal(module[0].bias, before)
    assert not set_output_bias(MLP(hidden=(4,)).build(TableShape(3), 2), torch.zeros(5))
