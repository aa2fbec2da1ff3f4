from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from tests.trace.models import KINDS, classifier, frame
from tests.trace.networks import EXAMPLES, example
from torch import Tensor, nn

import netwright as nw
from netwright.errors import UserError
from netwright.trace import backward


def autograd(network: nn.Module, rows: Tensor, target: Tensor) -> tuple[Tensor, dict[str, Tensor], nn.Module]:
    """Return the gradients that PyTorch gives, at the input and at the parameters."""
    twin = copy.deepcopy(network).double().eval()
    inputs = rows.double().requires_grad_()
    nn.functional.mse_loss(twin(inputs), target.double()).backward()
    assert inputs.grad is not None
    return inputs.grad, {name: p.grad for name, p in twin.named_parameters() if p.grad is not None}, twin


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_chain_rule_equals_autograd(name: str) -> None:
    given = example(name)
    target = torch.randn(given.network(given.rows).shape)
    trace = backward(given.network, given.rows, target)
    at_input, at_parameters, _ = autograd(given.network, given.rows, target)
    np.testing.assert_allclose(trace.inputs[0], at_input.numpy(), rtol=1e-8, atol=1e-12)
    assert set(trace.parameters) == set(at_parameters)
    for key, gradient in at_parameters.items():
        np.testing.assert_allclose(trace.parameters[key], gradient.numpy(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_product_of_local_factors_equals_autograd_and_central_differences(name: str) -> None:
    given = example(name)
    target = torch.randn(given.network(given.rows).shape)
    trace = backward(given.network, given.rows, target)
    product = trace.product(row=1)[0]
    at_input, _, twin = autograd(given.network, given.rows, target)
    np.testing.assert_allclose(product, at_input[1].numpy(), rtol=1e-8, atol=1e-12)
    inputs, step = given.rows.double(), 1e-6
    differences = np.zeros(product.size)
    with torch.no_grad():
        for place in range(product.size):
            shifted = [inputs.clone(), inputs.clone()]
            shifted[0][1].view(-1)[place] += step
            shifted[1][1].view(-1)[place] -= step
            up, down = (float(nn.functional.mse_loss(twin(one), target.double())) for one in shifted)
            differences[place] = (up - down) / (2 * step)
    error = np.linalg.norm(product.ravel() - differences) / np.linalg.norm(differences)
    assert error < 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_every_network_of_the_package(kind: str) -> None:
    model = classifier(**KINDS[kind])
    trace = backward(model, frame()[:4], frame()["level"][:4])
    same = backward(model, frame()[:4], "level")
    assert trace.loss == same.loss
    assert trace.loss_name == "CrossEntropy"
    np.testing.assert_allclose(trace.product(2)[0], trace.inputs[0][2], rtol=1e-8, atol=1e-14)
    assert set(trace.parameters) >= {"output.weight", "hidden.0.linear.weight"}


def test_the_loss_is_the_one_that_was_trained_on() -> None:
    model = classifier()
    trace = backward(model, frame()[:6], "level")
    labels = list(model.classes_)
    index = [labels.index(value) for value in frame()["level"][:6]]
    expected = -np.log(model.predict_proba(frame()[:6])[np.arange(6), index]).mean()
    assert trace.loss == pytest.approx(expected, rel=1e-5)


def test_textbook_factors() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    rows = torch.randn(5, 3)
    trace = backward(network, rows, torch.zeros(5, 1))
    first, second = trace["0"], trace["2"]
    weight = network[0].weight.detach().double().numpy()
    z = rows.double().numpy() @ weight.T + network[0].bias.detach().double().numpy()
    assert [factor.equation for factor in first.factors] == ["W", "diag f'(z)"]
    np.testing.assert_allclose(first.factors[0].values, weight)
    np.testing.assert_allclose(first.factors[1].values, 1 - np.tanh(z) ** 2, rtol=1e-10)
    np.testing.assert_allclose(first.factors[1].matrix(3), np.diag(1 - np.tanh(z[3]) ** 2), rtol=1e-10)
    np.testing.assert_allclose(first.gradient_pre_activation, first.gradient_out * first.factors[1].values)
    np.testing.assert_allclose(first.gradient_in, first.gradient_pre_activation @ weight)
    np.testing.assert_array_equal(second.gradient_in, first.gradient_out)
    outer = first.gradient_pre_activation.T @ rows.double().numpy()
    np.testing.assert_allclose(first.parameters["0.weight"], outer, rtol=1e-10)


def test_a_row_of_its_own_and_a_matrix_of_a_convolution() -> None:
    given = example("convolution")
    trace = backward(given.network, given.rows, torch.zeros(3, 3))
    factor = trace["0"].factors[0]
    assert factor.matrix(2).shape == (4 * 4 * 4, 2 * 8 * 8)
    linear = factor.matrix(0) @ given.rows[0].double().flatten().numpy()
    bias = given.network[0].bias.detach().double().repeat_interleave(16).numpy()
    twin = copy.deepcopy(given.network[0]).double()
    expected = twin(given.rows[:1].double()).detach().flatten().numpy()
    np.testing.assert_allclose(linear + bias, expected, rtol=1e-9, atol=1e-12)


def test_losses_by_name_by_function_and_by_guess() -> None:
    network, rows = nn.Linear(3, 2), torch.randn(4, 3)
    classes = torch.tensor([0, 1, 1, 0])
    guessed = backward(network, rows, classes)
    assert guessed.loss_name == "cross-entropy"
    given = backward(network, rows, classes, loss=nw.losses.CrossEntropy())
    assert given.loss == pytest.approx(guessed.loss, rel=1e-12)
    own = backward(network, rows, torch.ones(4, 2), loss=lambda output, true: (output - true).abs().mean())
    assert own.loss > 0


def test_whole_numbers_have_no_gradient() -> None:
    network = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 1))
    trace = backward(network, torch.tensor([[0, 1], [2, 3]]), torch.zeros(2, 1))
    assert trace.inputs == (None,)
    assert trace.product(0) == (None,)
    assert np.abs(trace.parameters["0.weight"][:4]).min() > 0
    assert np.abs(trace.parameters["0.weight"][4]).max() == 0
    with pytest.raises(UserError, match="whole numbers"):
        trace["0"].factors[0].matrix()


def test_the_model_is_not_disturbed() -> None:
    given = example("dense")
    before = copy.deepcopy(given.network.state_dict())
    backward(given.network, given.rows, torch.zeros(4, 2))
    assert all(torch.equal(tensor, before[key]) for key, tensor in given.network.state_dict().items())
    assert all(parameter.grad is None for parameter in given.network.parameters())


def test_text_figure_and_plain_data() -> None:
    trace = backward(classifier(), frame()[:4], "level")
    lines = str(trace).splitlines()
    assert lines[2].startswith("output")
    assert "diag f'(z) · W" in str(trace)
    assert trace.figure().axes
    plain = json.loads(json.dumps(trace.to_json()))
    assert plain["layers"][-1]["factors"][0]["equation"] == "W"


def test_mistakes_are_explained() -> None:
    with pytest.raises(UserError, match="4 rows and 3 targets"):
        backward(nn.Linear(3, 1), torch.ones(4, 3), torch.zeros(3))
    with pytest.raises(UserError, match="does not fit outputs"):
        backward(nn.Linear(3, 1), torch.ones(4, 3), torch.zeros(4), loss=lambda output, true: output - true)
    trace = backward(nn.Linear(3, 1), torch.ones(4, 3), torch.zeros(4))
    with pytest.raises(UserError, match="there is no row 4"):
        trace.product(4)
    with pytest.raises(UserError, match="no input 1"):
        trace.layers[0].factors[0].matrix(0, of=1)


def test_a_matrix_too_large_is_refused() -> None:
    trace = backward(nn.Tanh(), torch.ones(1, 5000), torch.zeros(1, 5000))
    with pytest.raises(UserError, match="5,000 × 5,000"):
        trace.product()
