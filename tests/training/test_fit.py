from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.training.setups import rows, setup
from torch import Tensor

from netwright.errors import TrainingError
from netwright.randomness import isolated
from netwright.training.batches import Batch
from netwright.training.early_stopping import EarlyStopping
from netwright.training.fit import Setup, fit
from netwright.training.history import Round
from netwright.training.optimizers import Lion, Muon, RMSProp, ScheduleFreeAdamW
from netwright.training.schedules import Cosine, OnPlateau
from netwright.training.state import TrainingState, load_state, save_state


def trained(made: Setup) -> list[Tensor]:
    return [tensor.clone() for tensor in made.engine.network.state_dict().values()]


VARIANTS = {
    "plain": {},
    "averaged": {"averaging": True},
    "early stopping": {"early_stopping": EarlyStopping(patience=3)},
    "schedule": {"schedule": Cosine(warmup=0.2)},
    "plateau": {"schedule": OnPlateau(patience=0)},
    "schedule free": {"optimizer": ScheduleFreeAdamW(learning_rate=0.01)},
    "muon": {"optimizer": Muon(learning_rate=0.01)},
    "lion": {"optimizer": Lion(learning_rate=0.001), "averaging": True},
    "rmsprop": {"optimizer": RMSProp(learning_rate=0.001)},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("killed_after", [1, 4])
def test_a_killed_training_resumes_to_the_same_weights(
    variant: str, killed_after: int, tmp_path: Path
) -> None:
    def make() -> Setup:
        return setup(epochs=7, **VARIANTS[variant])

    with isolated(1):
        whole = make()
        fit(whole)

    class KilledError(Exception):
        pass

    def kill(finished: Round, state: TrainingState) -> None:
        save_state(tmp_path / "state", state)
        if finished.number == killed_after:
            raise KilledError

    with isolated(1), pytest.raises(KilledError):
        fit(make(), observers=[kill])
    with isolated(99):  # whatever the random state: it is part of the checkpoint
        resumed = make()
        outcome = fit(resumed, resume=load_state(tmp_path / "state"))
    for ours, theirs in zip(trained(whole), trained(resumed), strict=True):
        assert torch.equal(ours, theirs)
    assert [finished.number for finished in outcome.rounds] == list(range(1, len(outcome.rounds) + 1))


def test_resuming_a_finished_training_changes_nothing(tmp_path: Path) -> None:
    made = setup(epochs=3)
    outcome = fit(made, observers=[lambda finished, state: save_state(tmp_path / "state", state)])
    again = setup(epochs=3)
    repeated = fit(again, resume=load_state(tmp_path / "state"))
    assert all(torch.equal(a, b) for a, b in zip(trained(made), trained(again), strict=True))
    assert repeated.ended == outcome.ended == "all epochs done"


def test_early_stopping_keeps_the_best_weights() -> None:
    made = setup(epochs=200, learning_rate=0.05, early_stopping=EarlyStopping(patience=4))
    outcome = fit(made)
    assert made.validation is not None
    best = min(finished.validation["loss"] for finished in outcome.rounds)
    assert made.validation.measure(made.engine.network)["loss"] == pytest.approx(best)
    assert outcome.rounds[outcome.best_round - 1].best
    assert "4 rounds" in outcome.ended


def test_observing_layers_does_not_change_the_weights() -> None:
    made = [setup(observe_layers=watched) for watched in (True, False)]
    outcomes = []
    for one in made:
        with isolated(0):
            outcomes.append(fit(one))
    assert all(torch.equal(a, b) for a, b in zip(trained(made[0]), trained(made[1]), strict=True))
    layers = outcomes[0].rounds[-1].layers
    assert list(layers) == ["0", "3"]
    assert all(flow.gradient > 0 and flow.update > 0 for flow in layers.values())
    assert outcomes[1].rounds[-1].layers == {}


def test_time_ends_a_training_and_drives_its_schedule() -> None:
    now = iter(range(10_000))
    made = setup(epochs=1000, seconds=60.0, clock=lambda: float(next(now)), schedule=Cosine())
    outcome = fit(made)
    assert "time" in outcome.ended
    assert outcome.rounds[-1].learning_rate < 0.1 * outcome.rounds[0].learning_rate


def test_an_interrupt_leaves_the_last_whole_round() -> None:
    states = []

    def interrupt(finished: Round, state: TrainingState) -> None:
        states.append(state)
        if finished.number == 3:
            raise KeyboardInterrupt

    made = setup(epochs=50)
    outcome = fit(made, observers=[interrupt])
    assert outcome.interrupted
    assert len(outcome.rounds) == 3
    for name, tensor in made.engine.network.state_dict().items():
        assert torch.equal(tensor, states[-1].engine["network"][name])


def poisoned() -> Batch:
    batch = rows(200)
    inputs = batch.inputs[0].clone()
    inputs[17] = float("inf")
    return Batch((inputs,), batch.target)


def test_numbers_that_are_not_finite_stop_the_training_and_are_placed() -> None:
    with pytest.raises(TrainingError, match=r"step \d+: the output of layer '0' is not finite"):
        fit(setup(train=poisoned()))


def test_recovery_goes_on_at_a_tenth_of_the_rate() -> None:
    from netwright.training.optimizers import SGD

    made = setup(optimizer=SGD(learning_rate=5.0), epochs=6, on_nonfinite="recover")
    outcome = fit(made)
    assert outcome.events
    assert "divided by 10" in outcome.events[0]
    assert all(bool(torch.isfinite(tensor).all()) for tensor in trained(made))
    assert outcome.ended == "all epochs done"
