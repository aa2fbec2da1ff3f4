import pytest
import torch

from netwright.nets.bin_mixtures import MANY_BINS
from netwright.nets.number_embeddings import PiecewiseLinear, bin_edges

ROWS = torch.randn(3000, 4, generator=torch.Generator().manual_seed(0))
ROWS[:, 1] = ROWS[:, 1].round()  # a few bins, filled up to the number of the others


def embedding(bins: int = 256) -> PiecewiseLinear:
    found = PiecewiseLinear(bin_edges(ROWS, bins), generator=torch.Generator().manual_seed(1))
    found.center(ROWS)
    return found


def multiplied_out(found: PiecewiseLinear, numbers: torch.Tensor) -> torch.Tensor:
    """Return the features as the docstring of `PiecewiseLinear` writes them."""
    mixed = (found.progress(numbers) - found.mean) @ found.mixture + found.shift
    return torch.cat([numbers, mixed.transpose(0, 1).flatten(1)], dim=1)


def answer_and_gradients(found, features):  # type: ignore[no-untyped-def]
    found.zero_grad()
    answer = features()
    (answer * answer.detach().cos()).sum().backward()
    return answer.detach(), found.mixture.grad.clone(), found.shift.grad.clone()


@pytest.mark.parametrize("bins", [MANY_BINS, 256])
def test_looking_up_gives_what_multiplying_gives_and_the_same_gradients(bins: int) -> None:
    found, numbers = embedding(bins), torch.cat([ROWS[:200], torch.tensor([[9.0] * 4, [-1e9] * 4])])
    quick = answer_and_gradients(found, lambda: found(numbers))
    plain = answer_and_gradients(found, lambda: multiplied_out(found, numbers))
    for one, other in zip(quick, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    unused = found.slope.squeeze(1) == 0
    assert unused.any()
    assert not quick[1][unused].any()


def test_the_gradient_is_that_of_differences() -> None:
    found = embedding().double()
    numbers = ROWS[:6].double()

    def features(mixture: torch.Tensor) -> torch.Tensor:
        columns = numbers.t().index_select(0, found.varied)
        return found._lookup().mixed(columns, found.mean, mixture)

    few = found.mixture.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(features, few, fast_mode=True)
    assert torch.autograd.gradgradcheck(features, few, fast_mode=True)


def test_edges_that_were_loaded_count() -> None:
    found, numbers = embedding(), ROWS[:50]
    before = found(numbers)
    other = {name: values * 2 if name == "left" else values for name, values in found.state_dict().items()}
    found.load_state_dict(other)
    assert not torch.allclose(found(numbers), before)
    torch.testing.assert_close(found(numbers), multiplied_out(found, numbers), rtol=1e-4, atol=1e-4)


def test_what_is_no_number_stays_none_and_beyond_all_edges_is_the_end() -> None:
    found = embedding()
    rows = torch.tensor([[torch.nan] * 4, [torch.inf] * 4])
    features = found(rows)[:, 4:]
    assert features[0].isnan().all()
    torch.testing.assert_close(features[1], found(torch.full((1, 4), 1e30))[0, 4:])
