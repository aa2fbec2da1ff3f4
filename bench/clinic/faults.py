"""The faults themselves, a line or two each."""

from __future__ import annotations

from typing import Any

from netwright.clinic.causes import Cause

from .cases import Fault

SGD = {"optimizer": "sgd"}
HIGH, LOW = (Cause.RATE_TOO_HIGH,), (Cause.RATE_TOO_LOW,)
BLOWN = (Cause.RATE_TOO_HIGH, Cause.EXPLODING)
FADED = (Cause.VANISHING, Cause.WEIGHTS_TOO_SMALL)
LABELS = (Cause.UNRELATED_LABELS, Cause.WRONG_LABELS)
DROPPED = {"normalization": "batch", "dropout": 0.4}


def fault(
    number: int, name: str, causes: tuple[Cause, ...], bases: str, common: Any = None, **changes: Any
) -> Fault:
    """Write a fault in one line; bases are divided by commas."""
    measure = changes.pop("measure", "score")
    return Fault(
        number, name, frozenset(causes), changes, tuple(bases.split(", ")), common or {}, measure=measure
    )


def does(*wiring: str) -> frozenset[str]:
    """Name what the loop does otherwise."""
    return frozenset(wiring)


RATES = [
    fault(1, "SGD at rate 20", BLOWN, "digits sgd, fashion sgd, letters sgd, news sgd",
         rate=20.0, momentum=0.0),
    fault(2, "Adam at rate 1", BLOWN, "digits, fashion, questions, news", rate=1.0),
    fault(3, "Adam at .3 on a CNN", BLOWN, "digits cnn, fashion cnn", rate=0.3),
    fault(4, "SGD at 3 with momentum .9", BLOWN, "digits sgd, fashion sgd, shells sgd", rate=3.0),
    fault(
        5,
        "Adam at .3 on attention",
        (*BLOWN, Cause.NO_WARMUP),
        "digits transformer, text transformer, shakespeare transformer",
        rate=0.3,
    ),
    fault(
        6,
        "SGD at 5 on a recurrent network",
        BLOWN,
        "digits rnn, digits gru, power days rnn",
        {"rate": 0.1, "momentum": 0.9, **SGD, "clip": 1.0},
        rate=5.0,
        clip=0.0,
    ),
    fault(
        7,
        "loss summed over the batch",
        (Cause.REDUCTION, *HIGH),
        "digits sgd, fashion sgd",
        {"momentum": 0.0, "rate": 0.1},
        loss="cross-entropy sum",
    ),
    fault(8, "Adam at 1e-7", LOW, "digits, fashion, churn, titanic, connections, glands", rate=1e-7),
    fault(9, "SGD at 1e-5", LOW, "digits sgd, fashion sgd, churn sgd, news sgd", rate=1e-5),
    fault(10, "Adam at 1e-6 on a CNN", LOW, "digits cnn, fashion cnn, spoken cnn", rate=1e-6),
    fault(11, "Adam at 1e-5",
         LOW, "digits lstm, digits gru, digits transformer, spoken gru, order dilated", rate=1e-5),
    fault(12, "gradients clipped to 1e-4",
         (Cause.CLIP_TOO_TIGHT,), "digits sgd, fashion sgd, letters sgd, shells sgd",
          clip=1e-4),
    fault(13, "epsilon of Adam 10", (Cause.EPSILON_TOO_LARGE,), "digits, california, power plant, impedance",
          epsilon=10.0),
    fault(14, "rate divided by ten each epoch", (Cause.EARLY_DECAY,), "mnist, fashion",
          schedule="collapse"),
    fault(
        15,
        "six blocks, normalised after, no warm-up",
        (Cause.NO_WARMUP, *HIGH),
        "digits transformer",
        {"widths": (32,) * 6, "before": False, "batch": 64, "rate": 6e-3, "schedule": "warm-up"},
        schedule="",
    ),
    fault(65, "schedule stepped at every batch", (Cause.EARLY_DECAY,), "digits, wine, concrete, air",
          schedule="per batch"),
    fault(71, "gradients lost in half precision", (Cause.LOW_PRECISION,), "digits, fashion",
          {"wiring": does("tiny loss"), "epsilon": 1e-12}, precision="float16"),
    fault(72, "two epochs of large batches",
         (Cause.TOO_SHORT, Cause.RATE_TOO_LOW), "digits, wine, letters, shells",
          {}, epochs=2, batch=256),
]  # fmt: skip

INPUTS = [
    fault(16, "inputs times 1000", (Cause.UNSCALED_INPUTS,), "digits, fashion, chi square",
          spoils=[("inputs_times", 1000.0)]),
    fault(17, "raw table", (Cause.UNSCALED_INPUTS,), "cancer, concrete",
          {**SGD, "rate": 0.01}, preparation="raw"),
    fault(18, "raw table of few rows", (Cause.UNSCALED_INPUTS,), "wine", {**SGD, "rate": 0.01},
          preparation="raw"),
    fault(19, "pixels from 0 to 255", (Cause.UNSCALED_INPUTS,), "mnist cnn, fashion cnn",
          {**SGD, "rate": 0.05, "momentum": 0.9, "preparation": "unit"}, preparation="raw"),
    fault(20, "validation rows not standardised",
         (Cause.DIFFERENT_VALIDATION,), "cancer, wine, connections, cardio",
          spoils=[("validation_shifted", 5.0)], measure="slander"),
    fault(21, "validation rows times 20",
         (Cause.DIFFERENT_VALIDATION,), "digits lstm, california, air hours dilated",
          spoils=[("validation_times", 20.0)], measure="slander"),
    fault(22, "targets in thousands", (Cause.UNSCALED_TARGETS,), "diabetes, california, power plant, air",
          spoils=[("targets_times", 1000.0)]),
    fault(59, "one NaN among the inputs", (Cause.NONFINITE_DATA,), "digits, wine, churn, bike, colic",
          spoils=[("nan_rows", 1.0)]),
]  # fmt: skip

WEIGHTS = [
    fault(23, "ten sigmoid layers", (Cause.VANISHING, Cause.SATURATION), "digits, fashion, letters, shells",
          {"widths": (64,) * 10, "network": "residual"}, network="mlp", activation="sigmoid"),
    fault(24, "eight tanh layers from N(0, .01)", FADED, "digits, fashion",
          {"widths": (64,) * 8, "activation": "tanh"}, start=("normal", 0.01)),
    fault(25, "eight ReLU layers from N(0, .02)", FADED, "digits, fashion, letters, news",
          {"widths": (64,) * 8}, start=("normal", 0.02)),
    fault(26, "all weights zero",
          (Cause.CONSTANT_WEIGHTS, Cause.WEIGHTS_TOO_SMALL), "digits, wine, churn, questions, messages",
          start=("constant", 0.0)),
    fault(27, "all weights .02", (Cause.CONSTANT_WEIGHTS,), "digits, fashion", start=("constant",
          0.02)),
    fault(28, "tanh from N(0, 3)", (Cause.WEIGHTS_TOO_LARGE, Cause.SATURATION), "digits, fashion, chi square",
          {"activation": "tanh"}, start=("normal", 3.0)),
    fault(29, "five ReLU layers from N(0, 1)",
          (Cause.WEIGHTS_TOO_LARGE, Cause.EXPLODING), "digits, fashion, spoken, shells",
          {"widths": (64,) * 5}, start=("normal", 1.0)),
    fault(30, "biases of −8", (Cause.DEAD_UNITS,), "digits, fashion, churn, robot, bike, glands",
          start=("bias", -8.0)),
    fault(31, "biases of −4 in four layers", (Cause.DEAD_UNITS,), "digits, fashion",
          {"widths": (64,) * 4}, start=("bias", -4.0)),
    fault(32, "deep ReLU dies at SGD .5",
         (Cause.DEAD_UNITS, *BLOWN), "digits sgd, fashion sgd, letters sgd, shells sgd",
          {"widths": (64,) * 6, "rate": 0.02}, rate=0.5),
]  # fmt: skip

LOSSES = [
    fault(33, "softmax before cross-entropy", (Cause.PAIRING,), "digits, fashion, letters, shells",
         output="softmax"),
    fault(34, "ReLU on logits", (Cause.PAIRING,), "digits, fashion", output="relu"),
    fault(35, "sigmoid and squared error for classes",
          (Cause.PAIRING, *LOW), "digits sgd, fashion sgd",
          {"momentum": 0.0}, output="sigmoid", loss="squared one hot"),
    fault(36, "sigmoid output for numbers", (Cause.PAIRING,), "diabetes, california, power plant, air",
          output="sigmoid"),
    fault(37, "softmax over one unit", (Cause.PAIRING,), "diabetes, california", output="softmax"),
    fault(38, "outputs (n, 1) against targets (n)",
         (Cause.BROADCAST,), "diabetes, california, concrete, impedance",
          loss="squared flat"),
    fault(39, "likelihood of logits", (Cause.PAIRING,), "digits, wine", loss="likelihood of logits"),
    fault(69, "padding counted in the loss", (Cause.PADDING,), "sentences lstm, sentences gru",
          {"loss": "without padding"}, loss="cross-entropy"),
]  # fmt: skip

LABELS_AND_ROWS = [
    fault(40, "labels shuffled", LABELS, "digits, fashion, churn, titanic, questions, news",
          spoils=[("labels_shuffled", 1.0)]),
    fault(41, "40 % of labels wrong", (Cause.WRONG_LABELS,), "digits, fashion, shells",
          {"epochs": 20}, spoils=[("labels_wrong", 0.4)]),
    fault(42, "20 % of labels wrong", (Cause.WRONG_LABELS,), "digits, wine, letters, order dilated",
          spoils=[("labels_wrong", 0.2)]),
    fault(43, "two classes confused", (Cause.WRONG_LABELS,), "digits, mnist cnn, wine",
          spoils=[("pair_wrong", 0.4)]),
    fault(44, "1:50 imbalance", (Cause.IMBALANCE,), "digits, fashion, letters, shells", spoils=[("imbalanced",
          50.0)]),
    fault(45, "inputs slipped against labels", LABELS, "cancer, fashion cnn, churn, connections, cardio",
          spoils=[("inputs_misaligned", 7.0)]),
    fault(57, "rows sorted by class", (Cause.ORDERED_DATA,), "digits sgd, fashion sgd, letters sgd, news sgd",
          spoils=[("sorted_rows", 0.0)], wiring=does("no shuffle")),
    fault(60, "training rows among validation rows",
         (Cause.SHARED_ROWS,), "diabetes, fashion, concrete, impedance",
          {"widths": (128, 64), "epochs": 30}, spoils=[("shared_rows", 0.54)], measure="flattery"),
    fault(61, "target among the inputs", (Cause.LEAK,), "cancer, wine, questions, cardio", spoils=[("leak",
         10.0)]),
    fault(62, "noisy copies on both sides", (Cause.SHARED_ROWS,), "diabetes, fashion",
          {"widths": (128, 64), "epochs": 30}, spoils=[("near_copies", 0.05)], measure="flattery"),
]  # fmt: skip

WIRING = [
    fault(46, "no zero_grad, SGD",
         (Cause.KEPT_GRADIENTS,), "digits sgd, fashion sgd, letters sgd, shells sgd",
          {"momentum": 0.0},
          wiring=does("keep gradients")),
    fault(47, "no zero_grad, Adam", (Cause.KEPT_GRADIENTS,), "digits, digits gru, spoken gru, air hours both",
          wiring=does("keep gradients")),
    fault(48, "trunk not in the optimizer",
         (Cause.NOT_OPTIMIZED,), "digits, digits gru, letters, order dilated",
          wiring=does("head only")),
    fault(49, "trunk detached", (Cause.CUT_GRADIENT,), "digits, fashion cnn, spoken cnn, order mixer",
          wiring=does("cut path")),
    fault(50, "gradient ascent", (Cause.ASCENT,), "digits sgd, california, bike, air", wiring=does("ascent")),
    fault(63, "training in evaluation mode", (Cause.EVALUATION_MODE,), "mnist cnn, fashion",
          {"normalization": "batch", "preparation": "unit"}, wiring=does("evaluation mode")),
    fault(64, "validation in training mode", (Cause.TRAINING_MODE,), "digits, fashion, letters, news",
         DROPPED,
          wiring=does("validate in training mode"), measure="slander"),
    fault(66, "encoder frozen at random", (Cause.NOT_OPTIMIZED, Cause.CUT_GRADIENT),
          "digits cnn, digits transformer", wiring=does("frozen trunk")),
    fault(67, "no gradient through the encoder",
          (Cause.CUT_GRADIENT,), "text lstm, text gru",
          wiring=does("cut path")),
    fault(68, "no causal mask",
         (Cause.MASK,), "text transformer, shakespeare transformer, speeches transformer", causal=False),
    fault(70, "no positions", (Cause.POSITIONS,), "digits transformer",
          positions=False),
]  # fmt: skip

CAPACITY = [
    fault(51, "dropout .95", (Cause.STRONG_DROPOUT,), "digits, fashion, letters, shells", dropout=0.95),
    fault(52, "weight decay 5", (Cause.STRONG_DECAY,), "digits, fashion, shells",
          {"optimizer": "adamw", "rate": 1e-2}, decay=5.0),
    fault(53, "40 rows, 512-512, 300 epochs", (Cause.OVERFITTING,), "digits, fashion, spoken, news",
          {}, spoils=[("few_rows", 40.0)], widths=(512, 512), epochs=200, dropout=0.0),
    fault(54, "256-256 on few numbers", (Cause.OVERFITTING,), "diabetes", widths=(256, 256), epochs=100),
    fault(55, "a layer of one unit", (Cause.TOO_SMALL,), "digits, fashion, letters, shells",
         widths=(64, 1, 64)),
    fault(56, "two hidden units without activation", (Cause.TOO_SMALL,), "digits, fashion, shells",
          widths=(2,), activation="identity"),
    fault(58, "batch normalisation of two rows",
          (Cause.SMALL_NORMALIZATION_BATCH,), "digits, fashion",
          {"normalization": "batch", "epochs": 2}, batch=2),
]  # fmt: skip

FAULTS: list[Fault] = sorted(
    [*RATES, *INPUTS, *WEIGHTS, *LOSSES, *LABELS_AND_ROWS, *WIRING, *CAPACITY], key=lambda one: one.number
)
