"""Rules on how network, loss and target fit together, answered by small experiments before training."""

from __future__ import annotations

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import constant_loss, course
from netwright.clinic.measures import dead_share, hidden_layers, shown, weight_layers
from netwright.clinic.record import Record
from netwright.clinic.rules.base import Need, Rule, found
from netwright.findings import Finding

LARGE_START = 3.0


def _harm(record: Record) -> tuple[bool, str]:
    now = course(record)
    if now and now.hurt:
        return True, " " + now.sentence()
    return False, " So far it does no visible harm." if now else ""


def pairing(record: Record) -> Finding | None:
    """Look for a last activation that does not fit the loss."""
    wiring, facts = record.wiring, record.facts
    logits = "crossentropy" in facts.loss or "withlogits" in facts.loss
    certain = False
    if logits and wiring.outputs_are_probabilities:
        # It may cost little, but what comes out as probabilities is wrong in any case.
        certain = True
        message = (
            "The outputs are probabilities already, and the loss applies a soft-max to them once more: it "
            "can never get near 0, gradients fade as answers get right, and the probabilities mean nothing."
        )
    elif logits and wiring.outputs_nonnegative:
        certain = True
        message = "No output is ever negative: an activation stands before a loss that needs free numbers."
    elif wiring.pairing:
        certain = True
        message = wiring.pairing.rstrip(".") + "."
        message = message[0].upper() + message[1:]
    elif _range_too_small(record) and wiring.output_range and wiring.target_range:
        low, high = wiring.output_range
        message = (
            f"The outputs stay between {shown(low)} and {shown(high)}, but targets run from "
            f"{shown(wiring.target_range[0])} to {shown(wiring.target_range[1])}."
        )
    else:
        return None
    now = course(record)
    hurt, harm = (True, " " + now.sentence()) if now and now.poor else _harm(record)
    return found(
        "pairing",
        Cause.PAIRING,
        message + ("" if certain else harm),
        alarm=certain or hurt,
        confidence=0.95 if certain else 0.8,
        step=0 if certain else record.step,
    )


def _range_too_small(record: Record) -> bool:
    """Tell whether the last activation bounds the answers of a regression."""
    layers, outputs = weight_layers(record), record.wiring.output_range
    last = layers[-1] if layers else None
    bounded = last is not None and last.activation in ("sigmoid", "tanh", "relu", "softmax")
    target = record.wiring.target_range
    if not bounded or last is None or target is None or record.facts.answer != "numbers":
        return False
    low, high = {"tanh": (-1.0, 1.0), "relu": (0.0, float("inf"))}.get(last.activation, (0.0, 1.0))
    if outputs is None or outputs[0] < low - 1e-6 or outputs[1] > high + 1e-6:
        return False
    return target[0] < low - 0.01 or target[1] > high + 0.01


def broadcast(record: Record) -> Finding | None:
    """Look for a loss that compares every answer with every target."""
    shapes = record.wiring.broadcast
    if shapes is None:
        return None
    return found(
        "broadcast",
        Cause.BROADCAST,
        f"The loss gets outputs of shape {shapes[0]} and targets of shape {shapes[1]}, and stretches one "
        "over the other: every row is compared with every other, and the best answer is one constant.",
        alarm=True,
        confidence=0.99,
        step=0,
        evidence={"output": shapes[0], "target": shapes[1]},
    )


def reduction(record: Record) -> Finding | None:
    """Look for a loss that adds up rows instead of averaging them."""
    ratio = record.wiring.doubled_batch_ratio
    if ratio is None or not 1.5 < ratio < 3 or record.facts.loss_may_rise:
        return None
    hurt, harm = _harm(record)
    return found(
        "reduction",
        Cause.REDUCTION,
        f"A batch written twice has {shown(ratio)} times the loss: rows are added up, so the size of a step "
        f"grows with the batch ({record.facts.batch_rows or 'unknown'} rows).{harm}",
        alarm=hurt,
        confidence=0.9,
        step=record.step if hurt else 0,
        evidence={"loss of the doubled batch over the loss": ratio},
    )


def initial_loss(record: Record) -> Finding | None:
    """Look for a first loss far above that of a constant answer."""
    start, expected = record.wiring.initial_loss, next(iter(constant_loss(record)), 0.0)
    if start is None or expected <= 0 or start <= LARGE_START * expected:
        return None
    if record.facts.loss_may_rise:
        return None
    hurt, harm = _harm(record)
    return found(
        "initial-loss",
        Cause.WEIGHTS_TOO_LARGE,
        f"The untrained network has a loss of {shown(start)}, {shown(start / expected)} times that of a "
        f"constant answer ({shown(expected)}): it begins with strong and wrong opinions.{harm}",
        alarm=hurt,
        confidence=0.5,
        step=record.step if hurt else 0,
        evidence={"initial loss": start, "expected": expected},
    )


def mixed_rows(record: Record) -> Finding | None:
    """Look for answers that depend on the other rows of the batch."""
    row = record.wiring.mixes_rows
    if row is None:
        return None
    return found(
        "mixed-rows",
        Cause.MIXED_ROWS,
        f"The answer to row {row + 1} changes when another row of the batch changes, in evaluation mode: "
        "a reshape, a soft-max or an attention runs over the wrong axis.",
        alarm=True,
        confidence=0.97,
        rows=(row,),
        step=0,
    )


def constant_output(record: Record) -> Finding | None:
    """Look for a network that cannot tell rows apart."""
    if not record.wiring.output_is_constant:
        return None
    layers = weight_layers(record)
    hidden = hidden_layers(record)
    alike = any(layer.weight_deviation == 0 or layer.twin_units > 0.9 for layer in hidden)
    if not alike and layers and layers[-1].weight_deviation == 0:
        return None  # a last layer that begins at zero is a choice
    first = record.probes[0] if record.probes else None
    dead = first is not None and first.step == 0 and dead_share(first)[1] > 0.9
    bounded = sum(layer.activation in ("sigmoid", "tanh") for layer in hidden)
    if alike:
        cause, sure = Cause.CONSTANT_WEIGHTS, 0.95
    elif dead:
        cause, sure = Cause.DEAD_UNITS, 0.9
    elif record.wiring.pairing:
        cause, sure = Cause.PAIRING, 0.95
    else:
        cause, sure = (Cause.VANISHING, 0.8) if bounded else (Cause.WEIGHTS_TOO_SMALL, 0.6)
    return found(
        "constant-output",
        cause,
        "The untrained network gives all rows the same answer, whatever their inputs.",
        alarm=True,
        confidence=sure,
        step=0,
    )


def one_batch(record: Record) -> Finding | None:
    """Look for a network that cannot even learn a single batch by heart."""
    share = record.wiring.overfits_one_batch
    if share is None or share <= 0.5:
        return None
    hurt, harm = _harm(record)
    return found(
        "one-batch",
        Cause.TOO_SMALL,
        f"Trained on a single batch alone, the loss only falls to {shown(share)} of where it began; a "
        f"network that can learn gets near 0.{harm}",
        alarm=False,
        confidence=0.5,
        step=0,
        evidence={"loss after over before": share, "hurt": hurt},
    )


def _not_declared(record: Record) -> bool:
    return not record.facts.loss_may_rise


_LOSS = Need(lambda r: r.wiring.initial_loss is not None, "the loss was not tried before training")
RULES = (
    Rule(
        "pairing",
        Stage.WIRING,
        (Cause.PAIRING,),
        "probabilities or numbers that are never negative before a loss that takes logits; bounded outputs "
        "for targets beyond the bound, which is an alarm only once it hurts",
        "NeuraLint (TOSEM 2021), UMLAUT (CHI 2021)",
        "before the first step",
        (_LOSS,),
        pairing,
    ),
    Rule(
        "broadcast",
        Stage.WIRING,
        (Cause.BROADCAST,),
        "output and target have different shapes that stretch over each other",
        "TheDeepChecker (TOSEM 2022)",
        "before the first step",
        (_LOSS,),
        broadcast,
    ),
    Rule(
        "reduction",
        Stage.WIRING,
        (Cause.REDUCTION,),
        "loss of a batch written twice over its loss between 1.5 and 3; an alarm once it hurts",
        "TheDeepChecker (TOSEM 2022)",
        "before the first step as a note",
        (
            Need(
                lambda r: r.wiring.doubled_batch_ratio is not None,
                "the loss was not tried on a doubled batch",
            ),
        ),
        reduction,
        _not_declared,
    ),
    Rule(
        "initial-loss",
        Stage.WIRING,
        (Cause.WEIGHTS_TOO_LARGE,),
        "loss before training > 3 times that of the best constant answer; an alarm once it hurts",
        "Karpathy, A recipe for training neural networks (2019)",
        "before the first step as a note",
        (
            Need(
                lambda r: r.wiring.expected_loss is not None,
                "the loss of a constant answer is not known here",
            ),
        ),
        initial_loss,
        _not_declared,
    ),
    Rule(
        "mixed-rows",
        Stage.WIRING,
        (Cause.MIXED_ROWS,),
        "an answer changes, in evaluation mode, when another row of the batch does",
        "Karpathy, A recipe for training neural networks (2019)",
        "before the first step",
        (_LOSS,),
        mixed_rows,
    ),
    Rule(
        "constant-output",
        Stage.WIRING,
        (
            Cause.DEAD_UNITS,
            Cause.CONSTANT_WEIGHTS,
            Cause.PAIRING,
        ),
        "the untrained network answers all rows alike, its last layer not being zero on purpose",
        "TheDeepChecker (TOSEM 2022)",
        "before the first step",
        (Need(lambda r: r.wiring.output_is_constant is not None, "the network was not tried on a batch"),),
        constant_output,
    ),
    Rule(
        "one-batch",
        Stage.WIRING,
        (Cause.TOO_SMALL,),
        "loss after training on one batch alone > half of the loss before; evidence for other rules, no "
        "alarm",
        "Karpathy, A recipe for training neural networks (2019)",
        "before the first step",
        (Need(lambda r: r.wiring.overfits_one_batch is not None, "a single batch was not trained on"),),
        one_batch,
    ),
)
