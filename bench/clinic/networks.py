"""The networks: a trunk and a head, small enough to train in a second."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import blind_networks, last_networks, more_networks, unseen_networks
from .setting import Setting

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "identity": nn.Identity,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": nn.Softplus,
}


class Network(nn.Module):
    """A trunk, a head and what stands behind it; the path between them may be cut by mistake."""

    def __init__(self, trunk: nn.Module, head: nn.Module, output: str, cut: bool) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = head
        self.output = {
            "softmax": nn.Softmax(dim=1),
            "relu": nn.ReLU(),
            "sigmoid": nn.Sigmoid(),
            "cold": Scale(10.0),
        }.get(output, nn.Identity())
        self._cut = cut

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.trunk(inputs)
        if self._cut:
            hidden = hidden.detach()
        answer = self.output(self.head(hidden))
        return answer.transpose(1, 2) if answer.ndim == 3 else answer


class Scale(nn.Module):
    """Multiplies by a fixed number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs * self.factor


class Residual(nn.Module):
    """x + scale · f(x), with the scale learnt."""

    def __init__(self, inner: nn.Module, scale: float) -> None:
        super().__init__()
        self.inner = inner
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, inputs: Tensor) -> Tensor:
        branch: Tensor = self.inner(inputs)
        return inputs + self.scale * branch


class Recurrent(nn.Module):
    """Reads a sequence; answers with its last state, or with every state."""

    def __init__(self, kind: str, inputs: int, width: int, every: bool) -> None:
        super().__init__()
        self.cell = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind](inputs, width, batch_first=True)
        self._every = every

    def forward(self, inputs: Tensor) -> Tensor:
        states, _ = self.cell(inputs)
        return states if self._every else states[:, -1]


class Block(nn.Module):
    """Attention and two dense layers, each with a skip connection and a normalisation before or after."""

    def __init__(self, width: int, setting: Setting, causal: bool) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, 2, dropout=setting.dropout, batch_first=True)
        self.dense = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop = nn.Dropout(setting.dropout)
        self._before, self._causal = setting.before, causal

    def forward(self, inputs: Tensor) -> Tensor:
        if self._before:
            inputs = inputs + self.drop(self._attend(self.first(inputs)))
            return inputs + self.drop(self.dense(self.second(inputs)))
        inputs = self.first(inputs + self.drop(self._attend(inputs)))
        return self.second(inputs + self.drop(self.dense(inputs)))

    def _attend(self, inputs: Tensor) -> Tensor:
        places = inputs.shape[1]
        mask = torch.ones(places, places, dtype=torch.bool).triu(1) if self._causal else None
        return self.attention(inputs, inputs, inputs, attn_mask=mask, need_weights=False)[0]


class Transformer(nn.Module):
    """Blocks over a sequence; answers with the mean of all places, or with every place."""

    def __init__(self, inputs: int, places: int, setting: Setting, every: bool) -> None:
        super().__init__()
        width = setting.widths[0]
        self.enter = nn.Linear(inputs, width)
        self.places = nn.Parameter(torch.randn(places, width) * 0.1) if setting.positions else None
        self.blocks = nn.ModuleList(
            Block(width, setting, causal=every and setting.causal) for _ in setting.widths
        )
        self.last = nn.LayerNorm(width) if setting.before else nn.Identity()
        self._every = every

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.enter(inputs)
        if self.places is not None:
            hidden = hidden + self.places[: hidden.shape[1]]
        for block in self.blocks:
            hidden = block(hidden)
        hidden = self.last(hidden)
        return hidden if self._every else hidden.mean(dim=1)


def build(setting: Setting, shape: tuple[int, ...], outputs: int, tokens: int = 0) -> Network:
    """Return the network of a setting.

    Args:
        setting: what to build.
        shape: of one row.
        outputs: units of the head.
        tokens: size of the vocabulary where inputs are tokens; the network then answers at every place.
    """
    trunk, width = _trunk(setting, shape, tokens)
    network = Network(trunk, nn.Linear(width, outputs), setting.output, "cut path" in setting.wiring)
    start(network, *setting.start)
    if "frozen trunk" in setting.wiring:
        for parameter in network.trunk.parameters():
            parameter.requires_grad_(False)
    return network


def start(network: Network, how: str, value: float) -> None:
    """Overwrite the initial weights of dense and convolutional layers."""
    for name, layer in network.named_modules():
        if how and isinstance(layer, Residual):
            nn.init.constant_(layer.scale, value if how == "residual" else 1.0)
        if not isinstance(layer, nn.Linear | nn.Conv2d):
            continue
        if how == "normal":
            nn.init.normal_(layer.weight, std=value)
        elif how == "constant":
            nn.init.constant_(layer.weight, value)
        if how in ("normal", "constant") and layer.bias is not None:
            nn.init.zeros_(layer.bias)
        if how == "bias" and name != "head" and layer.bias is not None:
            nn.init.constant_(layer.bias, value)


def _trunk(setting: Setting, shape: tuple[int, ...], tokens: int) -> tuple[nn.Module, int]:
    if setting.network == "wide":
        deep, deepest = _trunk(setting.but({"network": "mlp"}), shape, tokens)
        return more_networks.Wide(deep), deepest + int(torch.Size(shape).numel())
    if setting.network in ("mlp", "residual"):
        layers: list[nn.Module] = [nn.Flatten()]
        width = int(torch.Size(shape).numel())
        for index, units in enumerate(setting.widths):
            dense = _dense(setting, width, units)
            skips = setting.network == "residual" and index > 0
            layers.append(Residual(dense, 1.0) if skips else dense)
            width = units
        return nn.Sequential(*layers), width
    if setting.network == "gated":
        deep = last_networks.Gated(int(torch.Size(shape).numel()), setting.widths, setting.dropout)
        return deep, setting.widths[-1]
    if setting.network in blind_networks.DENSE:
        rows = blind_networks.DENSE[setting.network](
            int(torch.Size(shape).numel()), setting.widths, setting.dropout
        )
        return rows, rows.width
    if setting.network == "crossed":
        columns = int(torch.Size(shape).numel())
        crossed = unseen_networks.Crossed(columns, setting.widths, setting.dropout)
        return crossed, setting.widths[-1]
    if setting.network == "separable":
        return unseen_networks.Separable(setting.widths, setting.dropout), setting.widths[-1]
    if setting.network == "cnn":
        return _convolutions(setting, shape)
    return _reader(setting, shape, tokens)


def _reader(setting: Setting, shape: tuple[int, ...], tokens: int) -> tuple[nn.Module, int]:
    every, inputs = tokens > 0, shape[-1] if not tokens else setting.widths[0]
    reader: nn.Module
    width = setting.widths[0]
    if setting.network == "pooled":
        reader, width = last_networks.Pooled(inputs, setting.widths, setting.dropout), setting.widths[-1]
    elif setting.network == "stacked":
        reader = last_networks.Stacked(inputs, width, every)
    elif setting.network == "attentive":
        reader = blind_networks.Attentive(inputs, width)
    elif setting.network == "spaces":
        reader = unseen_networks.Spaces(inputs, setting.widths, setting.dropout, every)
    elif setting.network in more_networks.SEQUENCES:
        reader, width = more_networks.reader_of(setting, inputs, shape[0], every)
    elif setting.network == "transformer":
        reader = Transformer(inputs, shape[0], setting, every)
    else:
        reader = Recurrent(setting.network, inputs, setting.widths[0], every)
    if tokens:
        sparse = "sparse embedding" in setting.wiring
        reader = nn.Sequential(nn.Embedding(tokens, inputs, sparse=sparse), reader)
    return reader, width


def _dense(setting: Setting, inputs: int, units: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Linear(inputs, units)]
    if setting.normalization:
        layers.append({"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}[setting.normalization](units))
    layers.append(ACTIVATIONS[setting.activation]())
    if setting.dropout:
        layers.append(nn.Dropout(setting.dropout))
    return nn.Sequential(*layers)


def _convolutions(setting: Setting, shape: tuple[int, ...]) -> tuple[nn.Module, int]:
    layers: list[nn.Module] = [nn.Unflatten(1, (1, shape[0]))]
    channels, side = 1, shape[0]
    for units in setting.widths:
        layers.append(nn.Conv2d(channels, units, 3, padding=1))
        if setting.normalization == "batch":
            layers.append(nn.BatchNorm2d(units))
        layers += [ACTIVATIONS[setting.activation](), nn.MaxPool2d(2)]
        channels, side = units, side // 2
    layers.append(nn.Flatten())
    if setting.dropout:
        layers.append(nn.Dropout(setting.dropout))
    return nn.Sequential(*layers), channels * side * side
