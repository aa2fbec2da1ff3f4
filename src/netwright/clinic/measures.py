"""Numbers that several rules read off a record: windows of the loss, sizes of updates, gradient profiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from netwright.clinic.record import Epoch, LayerFacts, Observation, Probe, Record

GROWING = 6
WEIGHT_KINDS = ("dense", "convolution", "recurrent", "attention")


def finite(values: Iterable[float | None]) -> list[float]:
    """Return the values that are finite numbers.

    >>> finite([1.0, None, float("nan"), 2.0])
    [1.0, 2.0]
    """
    return [float(value) for value in values if value is not None and math.isfinite(value)]


def middle(values: Iterable[float | None]) -> float | None:
    """Return the median of the finite values, None without any."""
    kept = finite(values)
    return median(kept) if kept else None


def shown(value: float) -> str:
    """Write a number with three figures, as people read it.

    >>> shown(0.123456), shown(12345.6), shown(2e-7)
    ('0.123', '12,346', '2e-07')
    """
    if math.isfinite(value) and 1000 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """Write a share as a percentage.

    >>> percent(0.8312), percent(0.0004)
    ('83 %', '0.04 %')
    """
    return f"{100 * share:.0f} %" if share == 0 or abs(share) >= 0.01 else f"{shown(100 * share)} %"


def weight_layers(record: Record) -> list[LayerFacts]:
    """Return the layers that hold trainable weight matrices, in the order in which they are called."""
    layers = [layer for layer in record.facts.layers if layer.kind in WEIGHT_KINDS and layer.trainable]
    return sorted(layers, key=lambda layer: layer.depth)


def hidden_layers(record: Record) -> list[LayerFacts]:
    """Return the weight layers but the last one."""
    return weight_layers(record)[:-1]


def early(record: Record, until: int) -> list[Observation]:
    """Return the observations of the first `until` steps."""
    return [observation for observation in record.observations if observation.step <= until]


def largest_update(observation: Observation, names: Sequence[str]) -> float | None:
    """Return the largest relative update ‖Δw‖/‖w‖ over the named layers, None where none was seen."""
    seen = finite(
        reading.update for name, reading in observation.layers.items() if name in names or not names
    )
    return max(seen) if seen else None


def update_sizes(record: Record, observations: Iterable[Observation]) -> list[float]:
    """Return, for each observation, the largest relative update over layers with weights."""
    names = [layer.name for layer in weight_layers(record)]
    return finite(largest_update(observation, names) for observation in observations)


def recent_update(record: Record) -> float | None:
    """Return the median over the last ten observations of the largest relative update."""
    return middle(update_sizes(record, record.observations[-10:]))


def updates_grow(record: Record) -> bool:
    """Tell whether each of the last updates was larger than the one before it."""
    sizes = update_sizes(record, record.observations[-GROWING:])
    return len(sizes) == GROWING and all(later > before for before, later in pairwise(sizes))


def pace(record: Record) -> float | None:
    """Return the mean over all steps so far of the largest relative update, None where none was seen.

    Between two observations it is taken to change evenly.
    """
    names = [layer.name for layer in weight_layers(record)]
    seen = [(o.step, size) for o in record.observations if (size := largest_update(o, names)) is not None]
    if not seen:
        return None
    total = seen[0][1]
    for (start, first), (end, last) in pairwise(seen):
        total += (end - start) * (first + last) / 2
    return total / max(1, 1 + seen[-1][0] - seen[0][0])


def warming_up(record: Record) -> bool:
    """Tell whether the learning rate still rises, or each step is larger than the one before (RAdam)."""
    rates = [observation.learning_rate for observation in record.observations[-20:]]
    if len(rates) >= 2 and rates[-1] > 1.02 * rates[0]:
        return True
    own = any(optimizer.name.lower() == "radam" for optimizer in record.facts.optimizers)
    return own and not record.finished and updates_grow(record)


def reads_sequences(record: Record) -> bool:
    """Tell whether the network reads sequences: such often stand on a plateau before they begin to learn."""
    return any(layer.kind in ("attention", "recurrent") for layer in record.facts.layers)


def score_rising(epochs: Sequence[Epoch]) -> bool:
    """Tell whether the score on training rows still goes up from epoch to epoch."""
    scores = [epoch.train_score for epoch in epochs[-4:] if epoch.train_score is not None]
    return len(scores) >= 2 and scores[-1] > scores[0] + 0.01


def gradient_profile(record: Record, until: int = 5) -> dict[str, float]:
    """Return the typical gradient entry of each weight layer in the first steps, first layer first.

    Layers on a branch that a skip connection goes around are left out: the gradient has another way.
    """
    observations = early(record, until)
    profile = {}
    for layer in weight_layers(record):
        readings = [o.layers[layer.name] for o in observations if layer.name in o.layers]
        seen = middle(reading.gradient for reading in readings if not reading.missing_gradient)
        if seen is not None and not layer.residual and not layer.sparse:
            profile[layer.name] = seen
    return profile


def profile_ratio(profile: dict[str, float]) -> float | None:
    """Return the smallest over the largest gradient of a profile, None with fewer than two layers."""
    if len(profile) < 2 or max(profile.values()) <= 0:
        return None
    return min(profile.values()) / max(profile.values())


def last_probe(record: Record) -> Probe | None:
    """Return the newest look at the probe rows."""
    return record.probes[-1] if record.probes else None


def dead_share(probe: Probe | None) -> tuple[str, float]:
    """Return the activation with the largest share of dead units, and that share."""
    units = probe.units if probe else {}
    if not units:
        return "", 0.0
    name = max(units, key=lambda key: units[key].dead)
    return name, units[name].dead


def saturated_share(probe: Probe | None) -> tuple[str, float]:
    """Return the activation with the largest share of saturated entries, and that share."""
    units = probe.units if probe else {}
    if not units:
        return "", 0.0
    name = max(units, key=lambda key: units[key].saturated)
    return name, units[name].saturated


def initial_gain(layer: LayerFacts) -> float | None:
    """Return the standard deviation of the initial weights times √inputs: .58 by default, 1.4 after He."""
    if layer.weight_deviation is None or not layer.inputs:
        return None
    return layer.weight_deviation * math.sqrt(layer.inputs)


def expected_entropy(counts: Sequence[int], rows: int) -> float | None:
    """Return the entropy that a random batch of `rows` rows has, over the entropy of all classes.

    A small batch cannot hold every class: by Miller and Madow it misses (K - 1)/(2 rows) nats, and it
    never has more than ln(rows).

    >>> round(expected_entropy((50, 50), 1000), 2)
    1.0
    """
    total = sum(counts)
    shares = [count / total for count in counts if count] if total else []
    entropy = -sum(share * math.log(share) for share in shares)
    if entropy <= 0 or rows < 2:
        return None
    missing = (len(shares) - 1) / (2 * rows)
    return max(0.0, min(entropy - missing, math.log(rows))) / entropy
