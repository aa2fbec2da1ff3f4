"""The state of a training: everything from which it goes on to the same weights it would have reached."""

from __future__ import annotations

import copy
import os
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from netwright.storage import load_tree, save_tree
from netwright.training.averaging import Average
from netwright.training.early_stopping import Stopping
from netwright.training.history import Round
from netwright.training.loop import Engine, Position

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class TrainingState:
    """A training between two rounds.

    Attributes:
        stopping: the best score so far and for how long it has stood.
        position: the step, epoch and batch that come next.
        rounds: the history.
        best: weights of the best round, or None.
        best_round: its number.
        seconds: training time so far.
        engine: weights, optimizer, averages and random generators.
    """

    stopping: Stopping
    position: Position = field(default_factory=Position)
    rounds: list[Round] = field(default_factory=list)
    best: Weights | None = None
    best_round: int | None = None
    seconds: float = 0.0
    engine: dict[str, Any] = field(default_factory=dict)


def weights(network: nn.Module) -> Weights:
    """Return copies of all weights and buffers by name."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def load_weights(network: nn.Module, kept: Weights) -> None:
    """Put copied weights back."""
    network.load_state_dict(kept)


def capture(engine: Engine, average: Average | None, state: TrainingState) -> TrainingState:
    """Return the state with copies of the engine's tensors as they are now."""
    tree: dict[str, Any] = {
        "network": weights(engine.network),
        "optimizer": copy.deepcopy(engine.optimizer.state_dict()),
        "random": torch.get_rng_state(),
        "pace": engine.pace.state(),
    }
    if average is not None:
        tree["average"] = average.state_dict()
    if engine.scaler is not None:
        tree["scaler"] = engine.scaler.state_dict()
    device = next(engine.network.parameters()).device
    if device.type == "cuda":
        tree["random_cuda"] = torch.cuda.get_rng_state(device)
    return replace(state, engine=tree)


def restore(engine: Engine, average: Average | None, state: TrainingState) -> None:
    """Bring network, optimizer, averages and random generators to a captured state."""
    tree = state.engine
    load_weights(engine.network, tree["network"])
    # The optimizer keeps what it is given: hand it copies, so that the state stays as captured.
    engine.optimizer.load_state_dict(copy.deepcopy(tree["optimizer"]))
    torch.set_rng_state(tree["random"])
    engine.pace.restore(tree["pace"])
    if average is not None:
        average.load_state_dict(tree["average"])
    if engine.scaler is not None:
        engine.scaler.load_state_dict(tree["scaler"])
    if "random_cuda" in tree:
        torch.cuda.set_rng_state(tree["random_cuda"], next(engine.network.parameters()).device)


def save_state(path: str | os.PathLike[str], state: TrainingState) -> None:
    """Write a state to a file in one step."""
    save_tree(
        path,
        {
            "stopping": state.stopping.to_json(),
            "position": asdict(state.position),
            "rounds": [finished.to_json() for finished in state.rounds],
            "best": state.best,
            "best_round": state.best_round,
            "seconds": state.seconds,
            "engine": state.engine,
        },
    )


def load_state(path: str | os.PathLike[str]) -> TrainingState:
    """Read a state that `save_state` wrote.

    Raises:
        ArtifactError: when the file is damaged.
    """
    tree = load_tree(path)
    return TrainingState(
        stopping=Stopping.from_json(tree["stopping"]),
        position=Position(**tree["position"]),
        rounds=[Round.from_json(finished) for finished in tree["rounds"]],
        best=tree["best"],
        best_round=tree["best_round"],
        seconds=tree["seconds"],
        engine=tree["engine"],
    )
