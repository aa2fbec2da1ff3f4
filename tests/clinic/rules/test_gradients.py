from __future__ import annotations

from dataclasses import replace

from tests.clinic.rules.records import falling, flat, layers, reading, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import LayerFacts
from netwright.clinic.rules.gradients import exploding, lost_precision, twin_units, vanishing, weights_size


def test_a_gradient_lost_on_its_way() -> None:
    finding = vanishing(training(flat(5), gradients=[1e-9, 1e-6, 1e-2]))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.VANISHING
    assert finding.layer == "layers.0"


def test_larger_gradients_in_the_last_layer_are_usual() -> None:
    assert vanishing(training(flat(5), gradients=[1e-4, 1e-3, 1e-2])) is None
    weak = vanishing(training(falling(200), gradients=[5e-6, 1e-3, 1e-2]))
    assert weak is not None
    assert weak.severity == "note"


def test_skip_connections_carry_the_gradient() -> None:
    branches = layers(residual=True)
    assert vanishing(training(flat(60), facts={"layers": branches}, gradients=[1e-9, 1e-9, 1e-2])) is None


def test_a_gradient_that_grows() -> None:
    record = training(flat(60, 2.6))
    record.observations = [replace(o, gradient_norm=0.5 * 1.2**o.step) for o in record.observations]
    finding = exploding(record)
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.EXPLODING


def test_heavy_tails_and_growth_in_a_training_that_learns_are_no_alarm() -> None:
    record = training(falling(400))
    record.observations = [
        replace(o, gradient_norm=0.5 * (40.0 if o.step % 7 == 0 else 1.0)) for o in record.observations
    ]
    finding = exploding(record)
    assert finding is None or finding.severity == "note"
    assert exploding(training(falling(200))) is None


def test_units_that_begin_alike() -> None:
    for same in (layers(twin_units=1.0), layers(weight_deviation=0.0)):
        finding = twin_units(training([], facts={"layers": same}))
        assert finding is not None
        assert finding.severity == "alarm"
        assert finding.cause == Cause.CONSTANT_WEIGHTS


def test_a_zero_head_and_zero_branches_are_chosen_so() -> None:
    head = (*layers()[:2], replace(layers()[2], weight_deviation=0.0, twin_units=1.0))
    assert twin_units(training([], facts={"layers": head})) is None
    branch = (replace(layers()[0], residual=True, weight_deviation=0.0), *layers()[1:])
    assert twin_units(training([], facts={"layers": branch})) is None


def test_first_weights_of_the_wrong_size() -> None:
    large = weights_size(training(flat(60), facts={"layers": layers(weight_deviation=3.0)}))
    small = weights_size(training(flat(60), facts={"layers": layers(count=5, weight_deviation=0.01)}))
    assert large is not None
    assert small is not None
    assert (large.cause, small.cause) == (Cause.WEIGHTS_TOO_LARGE, Cause.WEIGHTS_TOO_SMALL)
    assert large.severity == small.severity == "alarm"
    fine = weights_size(training(falling(200), facts={"layers": layers(weight_deviation=0.01)}))
    assert fine is not None
    assert fine.severity == "note"
    assert weights_size(training(flat(60))) is None


def test_gradients_lost_in_half_precision() -> None:
    record = training(flat(60), facts={"precision": "float16", "loss_scaled": False})
    lost = {layer.name: reading(zero_gradients=0.9) for layer in record.facts.layers}
    record.observations = [replace(o, layers=lost) for o in record.observations]
    finding = lost_precision(record)
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.LOW_PRECISION
    record.facts = replace(record.facts, precision="float32")  # rectifiers are silent half of the time
    assert lost_precision(record) is None


def test_rows_of_an_embedding_that_are_never_used_are_no_loss() -> None:
    words = LayerFacts("embed", "embedding", parameters=10_000, sparse=True)
    record = training(flat(60), facts={"precision": "float16", "layers": (words, *layers())})
    for o in record.observations:
        assert isinstance(o.layers, dict)
        o.layers["embed"] = reading(zero_gradients=0.999)
    assert lost_precision(record) is None
