"""Faulty recipes drawn by chance: data set, network and fault, with a severity of its own.

What is drawn for development may be looked at as often as one likes; the fresh and the sealed part each
stand on data sets and networks of their own, for a single look when everything else has been decided.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netwright.recipe.recipe import Recipe

from .own_networks import own_network
from .recipes import HEALTHY, RecipeCase, adam, mlp, sgd

Drawn = Literal["development", "fresh", "sealed"]
Changes = dict[str, Any]


@dataclass(frozen=True)
class Architecture:
    """A network with an optimizer that suits it: what is healthy before a fault is put in."""

    name: str
    settings: Mapping[str, Any]

    @property
    def network(self) -> dict[str, Any]:
        """The settings of the network; empty where it is a module of its own."""
        return dict(self.settings.get("network", {}))


@dataclass(frozen=True)
class Draw:
    """What faults are drawn from: chance, and the architecture to be spoilt."""

    chance: np.random.Generator
    architecture: Architecture

    def number(self, low: float, high: float) -> float:
        """Return a number whose logarithm is even between two bounds."""
        return float(f"{np.exp(self.chance.uniform(np.log(low), np.log(high))):.2g}")

    @property
    def of_one_unit(self) -> str:
        """The normalisation, or none where it compares the units of a layer: one cannot be compared."""
        found = str(self.architecture.network.get("normalization", "none"))
        return "none" if found == "layer" else found

    def network(self, **changes: Any) -> Changes:
        """Return the network with some settings changed."""
        return {"network": {**self.architecture.network, **changes}}

    def deep(self, fewest: int, most: int) -> tuple[int, ...]:
        """Return a number of layers as wide as the widest of the architecture."""
        return (max(self.architecture.network["hidden"]),) * int(self.chance.integers(fewest, most + 1))


Fault = Callable[[Draw], Changes]

FAULTS: Mapping[str, Fault] = {
    "Adam far too fast": lambda draw: adam(draw.number(0.3, 3)),
    "SGD far too fast": lambda draw: sgd(draw.number(3, 30), momentum=0.9),
    "Adam far too slow": lambda draw: adam(draw.number(1e-8, 3e-6)),
    "SGD far too slow": lambda draw: sgd(draw.number(1e-6, 3e-5)),
    "clipped to almost nothing": lambda draw: {**sgd(0.05), "gradient_clip": draw.number(1e-5, 3e-4)},
    "huge epsilon": lambda draw: adam(3e-3, epsilon=draw.number(3, 100)),
    "rate that collapses": lambda draw: {
        "schedule": {"kind": "step", "every": draw.number(0.02, 0.04), "gamma": 0.1}
    },
    "strong decay": lambda draw: adam(1e-2, weight_decay=draw.number(5, 20)),
    "raw inputs": lambda draw: {**sgd(draw.number(0.01, 0.1)), "preparation": {"scaling": "none"}},
    "a single epoch": lambda draw: {"epochs": 1, "batch_size": 128},
    "almost all dropped": lambda draw: draw.network(dropout=round(draw.chance.uniform(0.9, 0.97), 2)),
    "a layer of one unit": lambda draw: draw.network(
        hidden=(48, 1, 48), residual=False, normalization=draw.of_one_unit
    ),
    "two hidden units": lambda draw: draw.network(hidden=(2,), residual=False, normalization="none"),
    "deep and sigmoid": lambda draw: draw.network(
        hidden=draw.deep(7, 11), activation="sigmoid", normalization="none", residual=False
    ),
    "deep from tiny weights": lambda draw: draw.network(
        hidden=draw.deep(7, 9), initialization="normal", normalization="none", residual=False
    ),
    "wild weights": lambda draw: {
        **draw.network(
            hidden=draw.deep(4, 6), initialization="uniform", normalization="none", residual=False
        ),
        **sgd(0.01),
    },
}
"""Faults by name: what is changed."""

OF_NETWORKS = frozenset(
    {
        "almost all dropped",
        "a layer of one unit",
        "two hidden units",
        "deep and sigmoid",
        "deep from tiny weights",
        "wild weights",
    }
)
"""Faults that lie in the network, which a module of one's own cannot have."""

DATA: Mapping[Drawn, tuple[str, ...]] = {
    "development": ("bank", "energy", "iris", "churn", "robot", "clouds", "yacht", "titanic"),
    "fresh": ("letters", "concrete", "connections", "bike", "mnist", "power plant", "spoken", "compas"),
    "sealed": ("hinges", "satellite", "impedance", "adult", "shells", "air", "chi square", "uneven"),
}

ARCHITECTURES: Mapping[Drawn, tuple[Architecture, ...]] = {
    "development": (
        Architecture("tanh", {**mlp(48, 48, activation="tanh"), **adam(2e-3)}),
        Architecture(
            "GELU, layer normalisation",
            {**mlp(64, 64, activation="gelu", normalization="layer"), **adam(2e-3)},
        ),
        Architecture("ReLU, SGD with momentum", {**mlp(64, 32), **sgd(0.03, momentum=0.9)}),
    ),
    "fresh": (
        Architecture("ELU, narrowing", {**mlp(96, 48, 24, activation="elu"), **adam(3e-3)}),
        Architecture(
            "SiLU, residual, batch normalisation",
            {**mlp(64, 64, 64, activation="silu", normalization="batch", residual=True), **adam(3e-3)},
        ),
        Architecture(
            "leaky ReLU, RMSProp",
            {**mlp(80, 40, activation="leaky_relu"), "optimizer": {"kind": "rmsprop", "learning_rate": 1e-3}},
        ),
        Architecture("a module of its own", adam(3e-3)),
    ),
    "sealed": (
        Architecture("ReLU, layer normalisation", {**mlp(72, 36, normalization="layer"), **adam(2e-3)}),
        Architecture(
            "GELU, widening, Nesterov",
            {**mlp(32, 64, 96, activation="gelu"), **sgd(0.05, momentum=0.9, nesterov=True)},
        ),
        Architecture(
            "tanh, batch normalisation",
            {**mlp(56, 56, activation="tanh", normalization="batch"), **adam(4e-3)},
        ),
    ),
}

ROUNDS: Mapping[Drawn, int] = {"development": 2, "fresh": 2, "sealed": 1}
"""How often each fault is drawn."""


def drawn_cases(part: Drawn) -> Iterator[RecipeCase]:
    """Yield every fault on data sets and networks drawn by chance, then each data set's healthy training."""
    chance = np.random.default_rng(zlib.crc32(part.encode()))
    data = _shuffled(chance, DATA[part], ROUNDS[part] * len(FAULTS))
    for number, (name, fault) in enumerate([*FAULTS.items()] * ROUNDS[part]):
        fitting = [one for one in ARCHITECTURES[part] if one.network or name not in OF_NETWORKS]
        architecture = fitting[int(chance.integers(len(fitting)))]
        changes = fault(Draw(chance, architecture))
        yield _case(part, name, data[number], architecture, changes)
    for number, one in enumerate(DATA[part]):
        yield _case(part, "sound", one, ARCHITECTURES[part][number % len(ARCHITECTURES[part])], {})


def _shuffled(chance: np.random.Generator, names: tuple[str, ...], count: int) -> list[str]:
    """Return names, each as often as the others, in an order drawn by chance."""
    rounds = -(-count // len(names))
    return [str(name) for _ in range(rounds) for name in chance.permutation(np.array(names))][:count]


def _case(
    part: Drawn, name: str, data: str, architecture: Architecture, changes: Mapping[str, Any]
) -> RecipeCase:
    sound = {**HEALTHY, **architecture.settings}
    if not architecture.network:
        sound["network"] = own_network(data)
    healthy = Recipe(**sound)
    recipe = Recipe(**{**sound, **changes}) if changes else healthy
    return RecipeCase(f"{name} ({data}, {architecture.name})", data, recipe, healthy, part)
