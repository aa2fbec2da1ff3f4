import pytest
import torch
from torch import Tensor

from netwright.nets.dropout import Dropout, StochasticDepth
from netwright.randomness import isolated


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.5, 0.9])
def test_the_rate_is_met_and_the_mean_kept(rate: float) -> None:
    with isolated(0):
        output = Dropout(rate)(torch.ones(1000, 1000))
    dropped = float((output == 0).double().mean())
    assert dropped == pytest.approx(rate, abs=5 * (rate * (1 - rate) / 1e6) ** 0.5)
    torch.testing.assert_close(
        output[output != 0], torch.full_like(output[output != 0], 1 / (1 - rate)), rtol=1e-4, atol=0
    )


def test_the_mean_is_exact_for_the_rate_that_is_met() -> None:
    layer = Dropout(0.3)
    met = round(0.3 * 65536) / 65536
    with isolated(0):
        output = layer(torch.ones(100, 10, dtype=torch.float64))
    torch.testing.assert_close(output.max(), torch.tensor(1 / (1 - met), dtype=torch.float64))


def test_units_and_rows_are_dropped_independently() -> None:
    with isolated(0):
        kept = (Dropout(0.5)(torch.ones(4000, 16)) > 0).double()
    deviations = torch.corrcoef(kept.T) - torch.eye(16)
    assert deviations.abs().max() < 0.08
    neighbours = torch.corrcoef(torch.stack([kept[:-1].flatten(), kept[1:].flatten()]))
    assert abs(float(neighbours[0, 1])) < 0.02


def test_the_gradient_passes_where_the_value_passed() -> None:
    features = torch.randn(30, 7, requires_grad=True)
    output = Dropout(0.4)(features)
    (gradient,) = torch.autograd.grad(output.sum(), features)
    torch.testing.assert_close(gradient * features, output)


def test_predicting_and_rate_zero_leave_the_values_alone() -> None:
    features = torch.randn(5, 3)
    assert Dropout(0.5).eval()(features) is features
    assert Dropout(0.0)(features) is features


def test_the_same_seed_drops_the_same_units() -> None:
    def draw(seed: int) -> Tensor:
        with isolated(seed):
            return Dropout(0.3)(torch.ones(20, 20))

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("shape", [(3,), (5, 7), (4, 3, 5)])
def test_any_shape_and_type(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    output = Dropout(0.5)(torch.ones(shape, dtype=dtype))
    assert output.dtype == dtype
    assert output.shape == shape
    assert set(output.flatten().tolist()) <= {0.0, 2.0}


def test_other_devices_get_a_result_too() -> None:
    assert Dropout(0.5)(torch.ones(4, 3, device="meta")).shape == (4, 3)


def test_stochastic_depth_leaves_out_whole_rows() -> None:
    with isolated(0):
        output = StochasticDepth(0.25)(torch.ones(4000, 3, 2))
    rows = output.flatten(1)
    assert torch.equal(rows.amin(1), rows.amax(1))
    assert float((rows[:, 0] == 0).double().mean()) == pytest.approx(0.25, abs=0.04)
    torch.testing.assert_close(rows.max(), torch.tensor(4 / 3))
    assert float(rows.mean()) == pytest.approx(1, abs=0.05)


def test_stochastic_depth_rests_when_predicting() -> None:
    branch = torch.randn(3, 2)
    assert StochasticDepth(0.9).eval()(branch) is branch
