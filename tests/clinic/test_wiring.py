"""The wiring of model and loss: what the experiments say, and that they leave no trace."""

from __future__ import annotations

import copy
import math
import random

import numpy as np
import pytest
import torch
from tests.clinic.wirings import LastStep, Reader, classes, each_step, numbers, perceptron, text
from torch import Tensor, nn
from torch.nn import functional

from netwright.clinic.record import Wiring
from netwright.clinic.wiring import examine


def test_a_healthy_network_has_nothing_wrong_with_it() -> None:
    gaps: list[str] = []
    found = examine(perceptron(), nn.CrossEntropyLoss(), numbers(), classes(), gaps=gaps)
    assert gaps == []
    assert found.pairing == ""
    assert found.untouched == ()
    assert found.mixes_rows is None
    assert found.broadcast is None
    assert (found.outputs_are_probabilities, found.outputs_nonnegative) == (False, False)
    assert found.output_is_constant is False
    assert found.doubled_batch_ratio == pytest.approx(1, abs=1e-5)
    counts = torch.bincount(classes()).double() / 64
    assert found.expected_loss == pytest.approx(float(-(counts * counts.log()).sum()), abs=1e-5)
    assert found.target_range == (0, 2)


class Tangled(nn.Module):
    """A model with everything that an experiment could disturb: statistics, dropout, a counter."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(10, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        random.random()
        np.random.random()
        return self.layers(x)


def test_nothing_is_changed() -> None:
    torch.manual_seed(0)
    model, x, y = Tangled(), numbers(), classes()
    loss_function = nn.CrossEntropyLoss()
    loss_function(model(x), y).backward()
    model.layers[3].eval()
    optimizer = torch.optim.Adam(model.parameters())
    optimizer.step()
    seen: list[int] = []
    model.register_forward_hook(lambda *_: seen.append(1))
    state = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    gradients = [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
    inputs, calls = x.clone(), model.calls
    modes = [module.training for module in model.modules()]
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()

    found = examine(model, loss_function, x, y, overfit_seconds=1)

    assert found.initial_loss is not None
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.random.get_state()[1].tolist() == before[2]
    torch.testing.assert_close((model.state_dict(), optimizer.state_dict()), state, rtol=0, atol=0)
    kept = [parameter.grad for parameter in model.parameters()]
    assert all(torch.equal(*pair) for pair in zip(kept, gradients, strict=True))  # type: ignore[arg-type]
    assert torch.equal(x, inputs)
    assert [module.training for module in model.modules()] == modes
    assert model.calls == calls
    assert seen == []


def test_the_same_seed_says_the_same() -> None:
    torch.manual_seed(0)
    model = Tangled()
    first, second = (examine(model, nn.CrossEntropyLoss(), numbers(), classes(), seed=3) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("model", "loss", "target", "words"),
    [
        (perceptron(nn.Softmax(1)), nn.CrossEntropyLoss(), classes(), "below 0.551"),
        (perceptron(nn.ReLU()), nn.CrossEntropyLoss(), classes(), "ends with a ReLU"),
        (perceptron(), nn.NLLLoss(), classes(), "puts out raw scores"),
        (perceptron(nn.Softmax(1)), nn.NLLLoss(), classes(), "puts out probabilities"),
        (perceptron(outputs=1), nn.CrossEntropyLoss(), classes() * 0, "single output"),
        (perceptron(outputs=1), nn.CrossEntropyLoss(), numbers(1), "asks for the squared error"),
        (perceptron(), nn.CrossEntropyLoss(), classes(5), "Class 4 has no output"),
        (perceptron(outputs=1), nn.BCEWithLogitsLoss(), classes()[:, None].float(), "from 0 to 2"),
        (perceptron(outputs=1), nn.BCELoss(), classes(2)[:, None].float(), "a sigmoid is missing"),
        (
            perceptron(nn.Sigmoid(), outputs=1),
            nn.BCEWithLogitsLoss(),
            classes(2)[:, None].float(),
            "between 0.50 and 0.73",
        ),
        (perceptron(nn.Sigmoid(), outputs=1), nn.MSELoss(), numbers(1), "targets lie outside"),
        (perceptron(nn.Softmax(1), outputs=1), nn.MSELoss(), numbers(1), "over a single unit"),
        (perceptron(nn.Sigmoid()), nn.MSELoss(), functional.one_hot(classes()).float(), "sigmoids of one"),
    ],
)
def test_loss_and_output_that_do_not_fit(
    model: nn.Module, loss: nn.Module, target: Tensor, words: str
) -> None:
    assert words in examine(model, loss, numbers(), target).pairing
    if isinstance(loss, nn.BCELoss):
        return  # as a plain function it raises
    assert words in examine(model, lambda out, y: loss(out, y), numbers(), target).pairing or "Class" in words


@pytest.mark.parametrize(
    ("model", "loss", "target"),
    [
        (perceptron(nn.LogSoftmax(1)), nn.NLLLoss(), classes()),
        (perceptron(), nn.CrossEntropyLoss(label_smoothing=0.1), classes()),
        (perceptron(), nn.CrossEntropyLoss(), torch.softmax(numbers(3), 1)),
        (perceptron(outputs=1), nn.BCEWithLogitsLoss(), classes(2)[:, None].float()),
        (perceptron(nn.Sigmoid(), outputs=1), nn.BCELoss(), classes(2)[:, None].float()),
        (perceptron(outputs=1), nn.MSELoss(), numbers(1)),
        (perceptron(outputs=1), nn.HuberLoss(), numbers(1)),
        (perceptron(nn.Sigmoid(), outputs=1), nn.MSELoss(), torch.rand(64, 1)),
        (perceptron(), nn.MultiMarginLoss(), classes()),
    ],
)
def test_loss_and_output_that_fit(model: nn.Module, loss: nn.Module, target: Tensor) -> None:
    for way in (loss, lambda out, y: loss(out, y)):
        found = examine(model, way, numbers(), target)
        assert found.pairing == ""
        assert found.broadcast is None
        assert found.initial_loss is not None
        assert found.expected_loss is not None
        assert found.initial_loss < 3 * found.expected_loss


def test_a_single_unit_that_happens_to_be_positive_is_free_all_the_same() -> None:
    model = perceptron(outputs=1)
    with torch.no_grad():
        model[2].bias.fill_(5)
    assert examine(model, nn.MSELoss(), numbers(), numbers(1)).outputs_nonnegative is False


class Doubled(nn.Module):
    def __init__(self, square: bool) -> None:
        super().__init__()
        self.layer, self.square = nn.Linear(10, 3), square

    def forward(self, x: Tensor) -> Tensor:
        z = self.layer(x)
        return z * z if self.square else z * 2 + 1


@pytest.mark.parametrize("square", [True, False])
def test_endings_without_a_name_are_tried_out(square: bool) -> None:
    found = examine(Doubled(square), nn.CrossEntropyLoss(), numbers(), classes())
    assert found.outputs_nonnegative is square


@pytest.mark.parametrize(("reduction", "ratio"), [("mean", 1), ("sum", 2)])
def test_a_batch_written_twice(reduction: str, ratio: float) -> None:
    found = examine(perceptron(), nn.CrossEntropyLoss(reduction=reduction), numbers(), classes())
    assert found.doubled_batch_ratio == pytest.approx(ratio, rel=1e-4)


def test_every_row_compared_with_every_other() -> None:
    model, x, y = perceptron(outputs=1), numbers(), numbers(1)[:, 0]
    assert examine(model, nn.MSELoss(), x, y).broadcast == ((64, 1), (64,))
    assert examine(model, lambda out, t: ((out - t) ** 2).mean(), x, y).broadcast == ((64, 1), (64,))
    assert examine(model, lambda out, t: ((out.squeeze(1) - t) ** 2).mean(), x, y).broadcast is None
    assert examine(model, nn.MSELoss(), x, y, seen_shape=(64,)).broadcast is None


def test_rows_that_look_at_each_other() -> None:
    x = torch.randn(32, 5, 6, generator=torch.Generator().manual_seed(0))
    y = classes()[:32]
    assert examine(LastStep(batch_first=True), nn.CrossEntropyLoss(), x, y).mixes_rows is None
    assert examine(LastStep(batch_first=False), nn.CrossEntropyLoss(), x, y).mixes_rows is not None


class CenteredByBatch(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x - x.mean(0))


def test_a_mean_over_the_batch_mixes_rows() -> None:
    torch.manual_seed(0)
    assert examine(CenteredByBatch(10, 3), nn.CrossEntropyLoss(), numbers(), classes()).mixes_rows == 0


def test_constant_outputs() -> None:
    model = perceptron()
    with torch.no_grad():
        model[0].bias.fill_(-100)
    assert examine(model, nn.CrossEntropyLoss(), numbers(), classes()).output_is_constant


class Cut(nn.Module):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.trunk, self.head, self.how = nn.Linear(10, 8), nn.Linear(8, 3), how

    def forward(self, x: Tensor) -> Tensor:
        if self.how == "no_grad":
            with torch.no_grad():
                return self.head(self.trunk(x))
        h = self.trunk(x).relu()
        return self.head(h.detach() if self.how == "detach" else h)


@pytest.mark.parametrize(
    ("how", "names"),
    [
        ("detach", ("trunk.weight", "trunk.bias")),
        ("no_grad", ("trunk.weight", "trunk.bias", "head.weight", "head.bias")),
        ("", ()),
    ],
)
def test_parameters_without_a_gradient(how: str, names: tuple[str, ...]) -> None:
    assert examine(Cut(how), nn.CrossEntropyLoss(), numbers(), classes()).untouched == names


def test_frozen_parameters_ask_for_no_gradient() -> None:
    model = Cut("")
    model.trunk.requires_grad_(False)
    assert examine(model, nn.CrossEntropyLoss(), numbers(), classes()).untouched == ()


@pytest.mark.parametrize("causal", [True, False])
def test_whether_the_future_is_seen(causal: bool) -> None:
    tokens = text()
    found = examine(Reader(causal=causal), each_step, tokens[:, :-1], tokens[:, 1:])
    assert found.sees_the_future is not causal
    tagged = examine(Reader(causal=causal), each_step, tokens, (tokens * 7) % 30)
    assert tagged.sees_the_future is None


@pytest.mark.parametrize("positions", [True, False])
def test_whether_the_order_matters(positions: bool) -> None:
    model = Reader(positions=positions, causal=False, pooled=True)
    found = examine(model, nn.CrossEntropyLoss(), text(), text()[:, 0])
    assert found.order_matters is positions


class Bag(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.EmbeddingBag(30, 8), nn.Linear(8, 30)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.words(tokens))


def test_a_bag_of_words_is_meant_not_to_see_the_order() -> None:
    assert examine(Bag(), nn.CrossEntropyLoss(), text(), text()[:, 0]).order_matters is None


@pytest.mark.parametrize("ignored", [None, 0])
def test_whether_padding_counts(ignored: int | None) -> None:
    tokens = text(21)
    lengths = torch.randint(8, 22, (32,), generator=torch.Generator().manual_seed(0))
    tokens[torch.arange(21)[None] >= lengths[:, None]] = 0
    index = -100 if ignored is None else ignored

    def loss(output: Tensor, target: Tensor) -> Tensor:
        return functional.cross_entropy(output.flatten(0, 1), target.flatten(), ignore_index=index)

    found = examine(Reader(), loss, tokens[:, :-1], tokens[:, 1:])
    assert found.padding_counts is (ignored is None)
    assert examine(Reader(), each_step, text()[:, :-1], text()[:, 1:]).padding_counts is None


def test_one_batch_is_learnt_by_heart_or_not() -> None:
    y = classes()
    learnt = examine(perceptron(nn.Dropout(0.9)), nn.CrossEntropyLoss(), numbers(), y, overfit_seconds=20)
    assert learnt.overfits_one_batch is not None
    assert learnt.overfits_one_batch < 0.05
    double = examine(perceptron(nn.Softmax(1)), nn.CrossEntropyLoss(), numbers(), y, overfit_seconds=20)
    floor = math.log(1 + 2 / math.e) / math.log(3)
    assert double.overfits_one_batch is not None
    assert double.overfits_one_batch > 0.9 * floor


def test_too_little_time_is_said() -> None:
    gaps: list[str] = []
    found = examine(perceptron(), nn.CrossEntropyLoss(), numbers(), classes(), overfit_seconds=0, gaps=gaps)
    assert found.overfits_one_batch is None
    assert "0 seconds were not enough" in gaps[0]


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(30, 4), nn.Linear(14, 3)

    def forward(self, x: Tensor, tokens: Tensor) -> dict[str, Tensor]:
        return {"logits": self.head(torch.cat([x, self.words(tokens)], 1)), "other": x}


def test_several_inputs_by_place_and_by_name() -> None:
    x, tokens = numbers(), classes(30)
    for inputs in ((x, tokens), {"x": x, "tokens": tokens}):
        found = examine(TwoInputs(), nn.CrossEntropyLoss(), inputs, classes())
        assert found.initial_loss is not None
        assert found.untouched == ()
        assert found.mixes_rows is None
        assert found.doubled_batch_ratio == pytest.approx(1, abs=1e-5)


def test_images_with_normalisation() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(), nn.Linear(288, 3)
    )
    found = examine(model, nn.CrossEntropyLoss(), torch.randn(64, 1, 8, 8), classes())
    assert found.mixes_rows is None
    assert found.pairing == ""
    assert found.output_is_constant is False


class Uncopied(nn.Linear):
    def __deepcopy__(self, memory: object) -> nn.Module:
        raise RuntimeError("holds a file")


class Broken(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError("no such thing")


def test_what_cannot_be_examined_is_said() -> None:
    for model, words in ((Uncopied(10, 3), "holds a file"), (Broken(10, 3), "no such thing")):
        gaps: list[str] = []
        assert examine(model, nn.CrossEntropyLoss(), numbers(), classes(), gaps=gaps) == Wiring()
        assert words in gaps[0]


def test_a_batch_of_one_class_does_not_say_what_to_expect() -> None:
    found = examine(perceptron(outputs=10), nn.CrossEntropyLoss(), numbers(), classes() * 0)
    assert found.expected_loss == pytest.approx(math.log(10), rel=1e-4)
