"""Steps of a tape gathered into layers: weights, the normalisation after them, the activation after that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torch import nn

from netwright.errors import UserError, did_you_mean, listing
from netwright.nets.activations import ACTIVATIONS
from netwright.nets.members import MemberLinear
from netwright.nets.normalization import BatchNormalization, GroupNormalization
from netwright.trace.tape import Step, Tape, refs_in

DENSE = (nn.Linear, MemberLinear)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
CELLS = (nn.RNNCellBase,)
RECURRENT = (nn.RNNBase, *CELLS)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
INSTANCE_NORMS = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
NORMALIZATIONS = (*BATCH_NORMS, *INSTANCE_NORMS, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_CHANNELS_SECOND = (*CONVOLUTIONS, *_TRANSPOSED, *BATCH_NORMS, *INSTANCE_NORMS, nn.GroupNorm)
_POINTWISE = (
    *(nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish, nn.ReLU6, nn.CELU, nn.LogSigmoid, nn.Softsign),
    *(nn.Softshrink, nn.Hardshrink, nn.Tanhshrink, nn.Threshold),
)
_ACTIVATIONS = tuple(type(entry.make()) for entry in ACTIVATIONS.values() if entry.name != "identity")
_ACTIVATION_NAMES = {
    *("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus"),
    *("sigmoid", "tanh", "softsign", "hardtanh", "hardsigmoid", "hardswish", "logsigmoid"),
    *("hardshrink", "softshrink", "tanhshrink", "threshold"),
}


@dataclass(frozen=True)
class Layer:
    """Steps that belong together, one after another.

    Attributes:
        name: such as "hidden.1".
        kind: "dense", "convolution", "recurrent", "attention", "normalisation", "activation", "layer" for
            a module of another kind, or "operation" for what happens between modules.
        steps: the weights first, then normalisation and activation where they follow directly.
    """

    name: str
    kind: str
    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        """The step that gives the layer its kind."""
        return self.steps[0]

    @property
    def output(self) -> int:
        """The number of the value that the layer makes."""
        return self.steps[-1].makes[0]

    @property
    def operations(self) -> tuple[str, ...]:
        """What its steps are, in words, such as ("Linear", "ReLU")."""
        return tuple(step.name if step.module is None else type(step.module).__name__ for step in self.steps)


def kind_of(step: Step) -> str:
    """Return what kind of layer a step is."""
    if step.module is None:
        return "activation" if step.name in _ACTIVATION_NAMES else "operation"
    kinds = {
        "dense": DENSE,
        "convolution": CONVOLUTIONS,
        "recurrent": RECURRENT,
        "attention": (nn.MultiheadAttention,),
        "normalisation": NORMALIZATIONS,
        "activation": (*_ACTIVATIONS, *_POINTWISE),
    }
    return next((kind for kind, types in kinds.items() if isinstance(step.module, types)), "layer")


def unit_axis(step: Step) -> int:
    """Return the axis of a step's output that counts units: 1 for channels, -1 elsewhere."""
    channels_last = isinstance(step.module, (BatchNormalization, GroupNormalization))
    return 1 if isinstance(step.module, _CHANNELS_SECOND) and not channels_last else -1


def layers_of(tape: Tape) -> list[Layer]:
    """Return the steps of a tape as layers, in the order in which they are performed."""
    readers = _readers(tape)
    taken: set[int] = set()
    chains = []
    for step in tape.steps:
        if step.number in taken:
            continue
        chain = tuple(_chain(step, readers))
        taken.update(link.number for link in chain)
        chains.append(chain)
    weighted = [chain[0].name for chain in chains if kind_of(chain[0]) not in ("activation", "operation")]
    return [Layer(_name(chain[0], weighted), kind_of(chain[0]), chain) for chain in chains]


def find_layer(layers: list[Layer], name: str, use: int | None = None) -> Layer:
    """Return the layer of a name.

    Args:
        layers: of a network.
        name: of a layer, of the module with its weights, or of a block that holds one layer with weights.
        use: which use is meant of a layer that is used several times in one pass, from 0.

    Raises:
        UserError: for a name that is unknown or stands for several layers.
    """
    modules = [layer for layer in layers if layer.first.module is not None]
    # A step inside a chain, such as a normalisation, can be looked at on its own.
    inner = [
        Layer(step.name, kind_of(step), layer.steps[place + 1 :])
        for layer in modules
        for place, step in enumerate(layer.steps[1:])
        if step.module is not None
    ]
    found = [layer for layer in modules if name in (layer.name, layer.first.name)]
    found = found or [layer for layer in inner if layer.name == name]
    if not found:
        inside = [layer for layer in modules if layer.first.name.startswith(f"{name}.")]
        found = [layer for layer in inside if layer.kind not in ("activation", "normalisation")] or inside
    names = list(dict.fromkeys(layer.name for layer in modules))
    if not found:
        raise UserError(f"trace: there is no layer {name!r}. {did_you_mean(name, names)}")
    several = list(dict.fromkeys(layer.first.name for layer in found))
    if len(several) > 1:
        raise UserError(f"trace: {name!r} holds several layers. Say which: {listing(several)}.")
    if len(found) == 1 and use in (None, 0):
        return found[0]
    if use is None or not 0 <= use < len(found):
        raise UserError(
            f"trace: layer {name!r} is used {len(found)} times in one pass, with the same weights. "
            f"Say which use is meant: use=0 to use={len(found) - 1}."
        )
    return found[use]


def place_of(layers: Sequence[Layer], name: str) -> int:
    """Return the place of a layer among all, by name; its first use if it is used several times."""
    found = find_layer(list(layers), name, 0)
    return next(place for place, layer in enumerate(layers) if found.first in layer.steps)


def _readers(tape: Tape) -> dict[int, list[Step | None]]:
    """Return which steps read each value; the caller, who reads what the network returns, is None."""
    readers: dict[int, list[Step | None]] = {}
    for step in tape.steps:
        for number in step.reads:
            readers.setdefault(number, []).append(step)
    for number in refs_in(tape.output):
        readers.setdefault(number, []).append(None)
    return readers


def _chain(step: Step, readers: dict[int, list[Step | None]]) -> Iterator[Step]:
    """Yield a step with weights, then the normalisation and the activation that alone read it."""
    yield step
    wanted = ["normalisation", "activation"]
    if kind_of(step) in ("activation", "operation", "recurrent"):
        return
    while len(readers.get(step.makes[0], [])) == 1:
        follower = readers[step.makes[0]][0]
        kind = "" if follower is None else kind_of(follower)
        if follower is None or kind not in wanted or len(follower.reads) != 1:
            return
        wanted = wanted[wanted.index(kind) + 1 :]
        step = follower
        yield step


def _name(step: Step, weighted: Iterable[str]) -> str:
    """Return a step's name, shortened to the block around it while that holds nothing else with weights."""
    name, others = step.name, [other for other in weighted if other != step.name]
    while step.module is not None and "." in name:
        block = name.rpartition(".")[0]
        if any(other.startswith(f"{block}.") for other in others):
            break
        name = block
    return name
