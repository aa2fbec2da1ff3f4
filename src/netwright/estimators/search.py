"""A small search for settings of the default network, each tried on one fold."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.errors import needing
from netwright.nets.mlp import MLP
from netwright.recipe.recipe import Recipe, ResolvedRecipe
from netwright.training.optimizers import AdamW

TRIALS = 12
"""Without a limit of time."""

MOST_TRIALS = 40
FIRST_AT_RANDOM = 5
"""Settings that are drawn before what was found guides the search."""

Params = dict[str, Any]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Trial:
    """One choice of settings that was tried.

    Attributes:
        params: the settings by name.
        loss: of the rows held out of the fold, a mean over rows; None where the numbers ran away.
        seconds: that the training took.
        clear: whether it was better than the usual settings by more than chance.
        kept: whether these settings were taken.
    """

    params: Params
    loss: float | None
    seconds: float
    clear: bool = False
    kept: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Trial:
        """Return the trial that `to_json` described."""
        return Trial(**{**data, "kept": False})


def space_of(recipe: Recipe, settled: ResolvedRecipe) -> dict[str, tuple[Any, ...]]:
    """Return what is searched: values to choose from, or the ends of a range, by name.

    Only what was left open is searched: a network or an optimizer that is given stays as it is.

    Args:
        recipe: as it was given.
        settled: with nothing left open.
    """
    space: dict[str, tuple[Any, ...]] = {}
    if recipe.network == "auto" and isinstance(settled.network, MLP):
        space |= {"width": (128, 256, 384, 512), "layers": (2, 3, 4), "dropout": (0.0, 0.3)}
    if recipe.optimizer == "auto" and isinstance(settled.optimizer, AdamW):
        rate = settled.optimizer.learning_rate
        space |= {"learning_rate": (rate / 4, rate * 2.5), "weight_decay": (0.01, 0.3)}
    return space


def usual(settled: ResolvedRecipe, space: Mapping[str, tuple[Any, ...]]) -> Params:
    """Return the settings that are chosen without a search, where they lie within it."""
    found: Params = {}
    if "width" in space:
        hidden, dropout = settled.network.hidden, settled.network.dropout
        found = {"width": hidden[0], "layers": len(hidden), "dropout": dropout}
    if "learning_rate" in space:
        found |= {name: getattr(settled.optimizer, name) for name in ("learning_rate", "weight_decay")}
    return {name: _within(value, space[name]) for name, value in found.items()}


def with_params(settled: ResolvedRecipe, params: Params) -> ResolvedRecipe:
    """Return a recipe with settings of the search."""
    network, optimizer = settled.network, settled.optimizer
    if "width" in params:
        hidden = (params["width"],) * params["layers"]
        network = network.edited(hidden=hidden, dropout=round(params["dropout"], 3))
    if "learning_rate" in params:
        rate, decay = (float(f"{params[name]:.3g}") for name in ("learning_rate", "weight_decay"))
        optimizer = optimizer.edited(learning_rate=rate, weight_decay=decay)
    return settled.edited(network=network, optimizer=optimizer)


class Search:
    """Asks for settings to try, and is told how they did.

    The first are those that would be chosen without a search; later ones are drawn near those that did well
    (the tree-structured Parzen estimator of Optuna).

    Args:
        space: see `space_of`.
        first: the settings to begin with.
        seed: of what is drawn.
        known: trials of an earlier sitting.

    Raises:
        MissingExtraError: when Optuna is not installed.

    Source: Bergstra, Bardenet, Bengio, Kégl (2011), Algorithms for hyper-parameter optimization.
    """

    def __init__(
        self, space: Mapping[str, tuple[Any, ...]], first: Params, seed: int, known: Sequence[Trial] = ()
    ) -> None:
        with needing("optuna", "tune", "effort=thorough, which searches for settings,"):
            import optuna
        self._optuna = optuna
        self._space = {name: _distribution(optuna, name, choices) for name, choices in space.items()}
        self._study = self._quietly(
            lambda: optuna.create_study(
                sampler=optuna.samplers.TPESampler(seed=seed % 2**32, n_startup_trials=FIRST_AT_RANDOM)
            )
        )
        self.trials: list[Trial] = []
        self._study.enqueue_trial(first)
        for trial in known:
            self._study.tell(self._asked(), *self._told(trial.loss))
            self.trials.append(trial)

    def ask(self) -> Params:
        """Return the next settings to try."""
        self._open = self._asked()
        return dict(self._open.params)

    def tell(self, loss: float | None, seconds: float) -> None:
        """Say how the settings that were asked for did; None where the training broke down."""
        self._study.tell(self._open, *self._told(loss))
        self.trials.append(Trial(dict(self._open.params), loss, seconds))

    def _asked(self) -> Any:
        return self._quietly(lambda: self._study.ask(self._space))

    def _told(self, loss: float | None) -> tuple[Any, ...]:
        return (loss,) if loss is not None else (None, self._optuna.trial.TrialState.FAIL)

    def _quietly(self, call: Callable[[], Any]) -> Any:
        """Call without Optuna's own messages, whose level is left as it was."""
        before = self._optuna.logging.get_verbosity()
        self._optuna.logging.set_verbosity(self._optuna.logging.ERROR)
        try:
            return call()
        finally:
            self._optuna.logging.set_verbosity(before)


def better(losses: np.ndarray, than: np.ndarray) -> bool:
    """Return whether losses of rows (n,) are lower than others on the same rows by more than chance.

    The gain has to be beyond one standard error: the best of several is lucky as well.

    >>> better(np.zeros(9), np.ones(9)), better(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    (True, False)
    """
    gain = than - losses
    if len(gain) < 2:
        return False
    return bool(gain.mean() > gain.std(ddof=1) / math.sqrt(len(gain)))


def affordable(seconds: float | None, longest: float, begun: float, clock: Clock = time.perf_counter) -> bool:
    """Return whether another trial, as long as the longest so far, fits into the time of the search."""
    return seconds is None or clock() - begun + longest <= seconds


def _within(value: Any, choices: tuple[Any, ...]) -> Any:
    if len(choices) == 2:
        return min(max(value, choices[0]), choices[1])
    return min(choices, key=lambda choice: abs(choice - value))


def _distribution(optuna: Any, name: str, choices: tuple[Any, ...]) -> Any:
    if len(choices) > 2:
        return optuna.distributions.CategoricalDistribution(choices)
    low, high = choices
    return optuna.distributions.FloatDistribution(low, high, log=low > 0)
