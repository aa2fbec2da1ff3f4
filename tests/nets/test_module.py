import pytest
import torch
from torch import Tensor, nn

from netwright.errors import RecipeError
from netwright.nets import MLP, TableShape
from netwright.nets.module import check_output_shape, probe_module, wrap_module


class Forgetful(nn.Module):
    """A module with a layer that its forward pass never uses."""

    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(3, 2)
        self.forgotten = nn.Linear(3, 2)

    def forward(self, numbers: Tensor) -> Tensor:
        return self.used(numbers)


class Detached(Forgetful):
    def forward(self, numbers: Tensor) -> Tensor:
        return self.used(numbers).detach()


class Pair(Forgetful):
    def forward(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        return self.used(numbers), numbers


class Hard(Forgetful):
    def forward(self, numbers: Tensor) -> Tensor:
        return self.used(numbers).round().long()


def batch(rows: int = 6, columns: int = 3) -> tuple[Tensor]:
    return (torch.randn(rows, columns, generator=torch.Generator().manual_seed(0)),)


def test_wrapping_copies_the_weights() -> None:
    module = nn.Linear(3, 2)
    wrapped = wrap_module(module)
    assert wrapped is not module
    assert torch.equal(wrapped.weight, module.weight)
    with torch.no_grad():
        wrapped.weight.zero_()
    assert module.weight.any()


def test_something_else_than_a_module_is_refused() -> None:
    with pytest.raises(TypeError, match=r"got the class Linear\. Call it first"):
        wrap_module(nn.Linear)
    with pytest.raises(TypeError, match=r"expected a torch\.nn\.Module, got str"):
        wrap_module("mlp")


def test_a_module_without_trainable_parameters_is_refused() -> None:
    with pytest.raises(RecipeError, match="Sequential has no trainable parameter: it has none at all"):
        wrap_module(nn.Sequential(nn.ReLU()))
    with pytest.raises(RecipeError, match=r"all 2 are frozen"):
        wrap_module(nn.Linear(3, 2).requires_grad_(False))


def test_a_fitting_module_passes_without_findings() -> None:
    assert probe_module(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), batch(), 2) == ()


def test_an_ensemble_passes_with_its_members_axis() -> None:
    assert probe_module(MLP(members=3).build(TableShape(3), 2), batch(), 2) == ()


def test_the_gradient_is_seen_through_a_softmax() -> None:
    assert probe_module(nn.Sequential(nn.Linear(3, 2), nn.Softmax(1)), batch(), 2) == ()


def test_parameters_that_no_gradient_reaches_are_named() -> None:
    (finding,) = probe_module(Forgetful(), batch(), 2)
    assert finding.rule == "no_gradient"
    assert finding.severity == "note"
    assert finding.evidence["parameters"] == ["forgotten.weight", "forgotten.bias"]
    assert "forgotten.weight" in str(finding)
    module = Forgetful()
    module.forgotten.requires_grad_(False)
    assert probe_module(module, batch(), 2) == ()


def test_an_output_without_gradient_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"does not depend on any trainable parameter.*detach"):
        probe_module(Detached(), batch(), 2)


def test_a_wrong_output_size_names_the_layer_and_the_right_size() -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 5), nn.LogSoftmax(1))
    with pytest.raises(
        RecipeError, match=r"layer '2': expected shape \(6, 2\).*Give the last layer 2 outputs"
    ):
        probe_module(module, batch(), 2)


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [((6,), "unsqueeze"), ((6, 3), "last layer 1 output"), ((6, 4, 4), "Flatten or pool")],
)
def test_each_wrong_shape_has_its_remedy(shape: tuple[int, ...], remedy: str) -> None:
    with pytest.raises(RecipeError, match=remedy):
        check_output_shape(torch.zeros(shape), (6, 1))


def test_outputs_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(RecipeError, match=r"expected one tensor of shape \(6, 2\), got tuple"):
        probe_module(Pair(), batch(), 2)
    with pytest.raises(RecipeError, match=r"expected floating-point values, got torch\.int64"):
        probe_module(Hard(), batch(), 2)


def test_a_layer_that_cannot_read_its_input_is_named() -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Linear(5, 2)))
    with pytest.raises(RecipeError, match=r"layer '1\.0' cannot process a batch of shape \(6, 3\)"):
        probe_module(module, batch(), 2)


def test_lazy_layers_get_their_sizes() -> None:
    module = wrap_module(nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(2)))
    assert probe_module(module, batch(), 2) == ()
    assert module[0].in_features == 3
    assert torch.equal(module[1].running_mean, torch.zeros(4))


def test_nothing_is_left_changed() -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5).eval(), nn.Linear(4, 2))
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    state = torch.get_rng_state()
    probe_module(module, batch(), 2)
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())
    assert [part.training for part in module.modules()] == [True, True, True, False, True]
    assert all(tensor.grad is None for tensor in module.parameters())
    assert not any(part._forward_pre_hooks for part in module.modules())
