"""The medical record of a training: what was seen of it, as plain data that rules can read.

Whoever watches a training writes it, rules only read it. Nothing here holds a tensor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from netwright.clinic.row_facts import CheapScore, DataFacts

LayerKind = Literal[
    "dense", "convolution", "recurrent", "attention", "normalization", "embedding", "activation", "other"
]

Answer = Literal["classes", "two classes", "several labels", "numbers", "unknown"]


@dataclass(frozen=True)
class LayerFacts:
    """One layer with parameters, or one activation.

    Attributes:
        name: as in `named_modules`.
        kind: what it does.
        activation: the nonlinearity that follows it directly, such as "relu", or "".
        depth: its place in the order in which layers were first called, from 0.
        parameters: entries of its weights and biases.
        trainable: whether any of its parameters asks for a gradient.
        optimized: whether any optimizer holds its parameters.
        sparse: whether its gradients are sparse, or rows of it are rarely used (embeddings).
        residual: whether it lies on a branch that a skip connection goes around.
        weight_deviation: standard deviation of its weight matrix before the first step.
        twin_units: share of its units whose weights are copies of another unit's, before the first step.
        bias_mean: mean of its biases before the first step.
        inputs: entries that each of its units reads (the fan in).
    """

    name: str
    kind: LayerKind
    activation: str = ""
    depth: int = 0
    parameters: int = 0
    trainable: bool = True
    optimized: bool = True
    sparse: bool = False
    residual: bool = False
    weight_deviation: float | None = None
    twin_units: float = 0.0
    bias_mean: float | None = None
    inputs: int = 0


@dataclass(frozen=True)
class OptimizerFacts:
    """One optimizer as it stood before the first step: its first parameter group speaks for all.

    Attributes:
        name: class name, such as "AdamW".
        learning_rate: of the first group.
        momentum: of SGD, or the first beta of Adam and its kin.
        weight_decay: of the first group.
        epsilon: the number that keeps the division of Adam and its kin from zero, or None.
        maximize: whether it climbs.
    """

    name: str
    learning_rate: float
    momentum: float = 0.0
    weight_decay: float = 0.0
    epsilon: float | None = None
    maximize: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known before the first step.

    Attributes:
        layers: in the order in which they were first called.
        optimizers: all that were named.
        loss: name of the loss function, lower case without underscores, such as "crossentropyloss".
        answer: what kind of answer the loss asks for.
        batch_rows: rows of the first batch.
        steps_planned: steps the whole training will have, where known.
        seconds_planned: seconds that the training may take at most, where it has such a limit.
        loss_may_rise: declared: the loss is negative or rises by design (GAN, KL, contrastive).
        frozen_on_purpose: declared: parameters that get no update are meant to.
        accumulation: declared: batches whose gradients are added up before each update.
        dropout: largest share that a dropout layer drops.
        precision: of the forward pass, such as "float32" or "float16"; "" where not known.
        linear: whether nothing that bends stands between inputs and outputs; None where that was not heard.
        loss_scaled: whether a gradient scaler works against underflow; None where not known.
        stops_early: whether the training is known to end for lack of progress, with its best weights.
        data: what is known of the rows.
    """

    layers: tuple[LayerFacts, ...] = ()
    optimizers: tuple[OptimizerFacts, ...] = ()
    loss: str = ""
    answer: Answer = "unknown"
    batch_rows: int = 0
    steps_planned: int | None = None
    seconds_planned: float | None = None
    loss_may_rise: bool = False
    frozen_on_purpose: bool = False
    accumulation: int = 1
    dropout: float = 0.0
    precision: str = ""
    linear: bool | None = None
    loss_scaled: bool | None = None
    stops_early: bool = False
    data: DataFacts = field(default_factory=DataFacts)

    def layer(self, name: str) -> LayerFacts | None:
        """Return the layer of this name, or None."""
        return next((layer for layer in self.layers if layer.name == name), None)


@dataclass(frozen=True)
class Wiring:
    """Answers to small experiments on model and loss, made without changing either; None is not tried.

    Attributes:
        initial_loss: loss of the untrained model on a batch.
        expected_loss: loss of the best constant answer: entropy of the classes, variance of the target.
        doubled_batch_ratio: loss of the batch written twice over the loss of the batch: 1 for a mean, 2 for
            a sum.
        broadcast: shapes of output and target, when the loss stretches one over the other and so compares
            every row with every other.
        mixes_rows: number of a row whose answer changes, in evaluation mode, when another row does.
        outputs_are_probabilities: whether outputs are never negative and add up to 1 a row.
        outputs_nonnegative: whether no output is ever negative.
        output_range: smallest and largest output of the untrained model.
        target_range: smallest and largest target.
        output_is_constant: whether all rows get the same answer.
        pairing: why loss and output, or loss and target, do not fit together; "" when they do.
        order_matters: for token sequences: whether the answer depends on their order at all.
        sees_the_future: for models that answer every step of a sequence: whether an answer depends on
            later steps.
        padding_counts: whether padded places count in the loss.
        overfits_one_batch: loss after a short training on one batch over the loss before; near 0 is well.
        untouched: parameters that got no gradient in a backward pass.
    """

    initial_loss: float | None = None
    expected_loss: float | None = None
    doubled_batch_ratio: float | None = None
    broadcast: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    mixes_rows: int | None = None
    outputs_are_probabilities: bool | None = None
    outputs_nonnegative: bool | None = None
    output_range: tuple[float, float] | None = None
    target_range: tuple[float, float] | None = None
    output_is_constant: bool | None = None
    pairing: str = ""
    order_matters: bool | None = None
    sees_the_future: bool | None = None
    padding_counts: bool | None = None
    overfits_one_batch: float | None = None
    untouched: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerReading:
    """Sizes of one layer's numbers at one step.

    Attributes:
        gradient: root mean square of the gradient's entries, after unscaling, before clipping.
        weight: Euclidean norm of the parameters.
        update: Euclidean norm of the change that the step made, over `weight`.
        zero_gradients: share of the gradient's entries that are exactly zero.
        missing_gradient: whether there was no gradient at all.
        finite: whether gradient and parameters are finite.
    """

    gradient: float
    weight: float
    update: float
    zero_gradients: float = 0.0
    missing_gradient: bool = False
    finite: bool = True


@dataclass(frozen=True)
class Observation:
    """One step that was looked at.

    Attributes:
        step: updates made so far, this one included, from 1.
        epoch: visits of all training rows so far; the number of the epoch where rows are not known.
        loss: of the step's batch.
        learning_rate: of the first parameter group.
        layers: by name.
        gradient_norm: Euclidean norm of the whole gradient before clipping.
        clipped_to: norm after clipping, when it was clipped, else None.
        stale_gradients: whether gradients of an earlier update still stood when this backward pass
            began: they were never set to zero.
        training_mode: whether the model was in training mode during the forward pass.
        output_attached: whether the loss was connected to the parameters at all.
        batch_entropy: entropy of the batch's classes over the entropy of all classes seen so far.
        batch_rows: rows of the batch.
        rows_per_normalization: smallest number of values that a batch normalisation averaged over.
    """

    step: int
    epoch: float
    loss: float
    learning_rate: float
    layers: Mapping[str, LayerReading] = field(default_factory=dict)
    gradient_norm: float | None = None
    clipped_to: float | None = None
    stale_gradients: bool = False
    training_mode: bool = True
    output_attached: bool = True
    batch_entropy: float | None = None
    batch_rows: int = 0
    rows_per_normalization: int | None = None


@dataclass(frozen=True)
class UnitReading:
    """The units of one activation on the fixed probe rows.

    Attributes:
        dead: share of units that are silent, or lie on a flat tail, for every probe row.
        saturated: share of entries at which the slope is under a twentieth of its largest.
        deviation: standard deviation of the activations.
    """

    dead: float = 0.0
    saturated: float = 0.0
    deviation: float = 0.0


@dataclass(frozen=True)
class Probe:
    """A look at fixed rows, without any change to the training.

    Attributes:
        step: updates made so far, 0 before the first.
        units: by name of the activation or layer.
        loss: on the probe rows in evaluation mode, None without targets.
        training_mode_loss: the same rows in training mode; None for networks that behave alike.
        shuffled_loss: evaluation loss with answers and targets paired at random.
        accuracy: share of right classes, or the coefficient of determination for numbers.
        trivial_accuracy: the same for the best constant answer.
        constant_outputs: whether all rows get the same answer.
        normalization_moved: whether running statistics of batch normalisation changed since the start;
            None without any.
        class_recall: share of right answers by class, most frequent class first.
    """

    step: int
    units: Mapping[str, UnitReading] = field(default_factory=dict)
    loss: float | None = None
    training_mode_loss: float | None = None
    shuffled_loss: float | None = None
    accuracy: float | None = None
    trivial_accuracy: float | None = None
    constant_outputs: bool | None = None
    normalization_moved: bool | None = None
    class_recall: tuple[float, ...] = ()


@dataclass(frozen=True)
class Epoch:
    """The end of an epoch, or of a round of many steps.

    Attributes:
        step: updates made so far.
        epoch: visits of all training rows so far.
        train_loss: mean over the steps since the last one.
        validation_loss: in evaluation mode, None without held-out rows.
        train_score: accuracy or coefficient of determination on training rows in evaluation mode.
        validation_score: the same on held-out rows.
        validation_trivial: the same for the best constant answer on held-out rows.
        validation_recall: share of right answers by class on held-out rows, most frequent first.
        validation_sure: share of right answers among the held-out rows that the model is surest of.
        validation_sure_answers: for each class, as above, the same among the answers that name it.
        training_mode: whether the user's own validation ran in training mode, None when not seen.
    """

    step: int
    epoch: float
    train_loss: float
    validation_loss: float | None = None
    train_score: float | None = None
    validation_score: float | None = None
    validation_trivial: float | None = None
    validation_recall: tuple[float, ...] = ()
    validation_sure: float | None = None
    validation_sure_answers: tuple[float, ...] = ()
    training_mode: bool | None = None


@dataclass(frozen=True)
class Breakdown:
    """Numbers that were no longer finite.

    Attributes:
        step: the first step that was hit.
        layer: the first layer whose output, gradient or weight was hit, "" when not known.
        what: "input", "target", "output", "loss", "gradient" or "weight".
    """

    step: int
    layer: str
    what: Literal["input", "target", "output", "loss", "gradient", "weight"]


@dataclass
class Record:
    """All that was seen of one training, oldest first.

    Attributes:
        facts: what was known before the first step.
        wiring: small experiments on model and loss.
        losses: loss of every step so far, exact.
        observations: steps that were looked at.
        probes: looks at the fixed rows.
        epochs: ends of epochs.
        breakdown: where numbers stopped being finite, or None.
        finished: whether the training is over.
        gaps: what could not be seen, and why, one sentence each.
    """

    facts: Facts = field(default_factory=Facts)
    wiring: Wiring = field(default_factory=Wiring)
    losses: list[float] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    breakdown: Breakdown | None = None
    finished: bool = False
    gaps: list[str] = field(default_factory=list)

    @property
    def cheap(self) -> CheapScore | None:
        """What cheap models get out of the rows, None where none was tried."""
        return self.facts.data.cheap

    @property
    def step(self) -> int:
        """Updates made so far."""
        return len(self.losses)

    @property
    def progress(self) -> float | None:
        """The share of the planned steps that is done, None where the plan is not known."""
        if self.finished:
            return 1.0
        return min(1.0, self.step / self.facts.steps_planned) if self.facts.steps_planned else None
