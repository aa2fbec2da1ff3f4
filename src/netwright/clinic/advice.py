"""What to do about a cause: a sentence, and the change as lines of a diff."""

from __future__ import annotations

import math
from collections.abc import Mapping

from netwright.clinic.causes import Cause
from netwright.clinic.measures import early, recent_update, shown, update_sizes
from netwright.clinic.record import OptimizerFacts, Record

# For each cause: the advice, and the lines of the change. {…} is filled in from the record.
ADVICE: Mapping[Cause, tuple[str, str]] = {
    Cause.NONFINITE_DATA: (
        "Fill in or leave out the rows with NaN or infinite entries.",
        "+ keep = torch.isfinite(X).all(dim=1)\n+ X, y = X[keep], y[keep]",
    ),
    Cause.UNSCALED_INPUTS: (
        "Scale every feature to mean 0 and deviation 1, with the numbers of the training rows; divide "
        "images by 255.",
        "+ mean, deviation = X_train.mean(0), X_train.std(0).clamp_min(1e-8)\n- network(X)\n"
        "+ network((X - mean) / deviation)",
    ),
    Cause.UNSCALED_TARGETS: (
        "Train on targets of mean 0 and deviation 1, and turn the answers back afterwards.",
        "- loss(network(X), y)\n+ loss(network(X), (y - y_train.mean()) / y_train.std())",
    ),
    Cause.WRONG_LABELS: (
        "Look first at the rows that are listed here or by `netwright check`, and correct their labels; no "
        "change of the network mends them.",
        "",
    ),
    Cause.UNRELATED_LABELS: (
        "Check that inputs and labels were joined row by row: they look shuffled against each other.",
        "",
    ),
    Cause.IMBALANCE: (
        "Draw rare classes more often, or weigh their loss more.",
        "- balanced_sampling: false\n+ balanced_sampling: true",
    ),
    Cause.SHARED_ROWS: (
        "Take these rows out of the held-out part, and keep what belongs together on one side. The honest "
        "score will be lower; that is success.",
        "- train_test_split(X, y)\n+ GroupShuffleSplit().split(X, y, groups)",
    ),
    Cause.LEAK: (
        "Leave the feature out, unless it is known when the answer is needed.",
        "- X\n+ X.drop({column!r})",
    ),
    Cause.DIFFERENT_VALIDATION: (
        "Prepare held-out rows with the very transform that was fitted on training rows.",
        "- scaler.fit_transform(X_validation)\n+ scaler.transform(X_validation)",
    ),
    Cause.ORDERED_DATA: (
        "Shuffle the rows anew for each epoch.",
        "- DataLoader(rows, batch_size={batch})\n+ DataLoader(rows, batch_size={batch}, shuffle=True)",
    ),
    Cause.PAIRING: (
        "Let the last layer give plain numbers, and let the loss apply its own activation.",
        "- return activation(self.last(x))\n+ return self.last(x)",
    ),
    Cause.REDUCTION: (
        "Average the loss over rows.",
        '- reduction="sum"\n+ reduction="mean"',
    ),
    Cause.BROADCAST: (
        "Give output and target the same shape.",
        "- loss(network(X), y)\n+ loss(network(X).squeeze(-1), y)",
    ),
    Cause.NOT_OPTIMIZED: (
        "Hand all parameters to the optimizer, or declare that these are frozen on purpose.",
        "- {optimizer}(head.parameters(), …)\n+ {optimizer}(network.parameters(), …)",
    ),
    Cause.CUT_GRADIENT: (
        "Remove what cuts the path: detach(), .item(), .data, torch.no_grad() or a trip through NumPy.",
        "- features = trunk(x).detach()\n+ features = trunk(x)",
    ),
    Cause.KEPT_GRADIENTS: (
        "Set gradients to zero before each backward pass, or declare how many batches you add up.",
        "+ optimizer.zero_grad()\n  loss.backward()",
    ),
    Cause.MIXED_ROWS: (
        "Find the operation that runs over the first axis; nn.MultiheadAttention wants batch_first=True.",
        "- x.softmax(dim=0)\n+ x.softmax(dim=-1)",
    ),
    Cause.ASCENT: (
        "Turn the sign: the optimizer makes the loss smaller by itself.",
        "- (-loss).backward()\n+ loss.backward()",
    ),
    Cause.EVALUATION_MODE: (
        "Switch to training mode at the start of every epoch.",
        "+ network.train()\n  for x, y in batches:",
    ),
    Cause.TRAINING_MODE: (
        "Switch to evaluation mode before validating, and back afterwards.",
        "+ network.eval()\n+ with torch.no_grad():\n      score = validate(network)\n+ network.train()",
    ),
    Cause.MASK: (
        "Give the attention a causal mask, and let no row of a mask hide everything.",
        "- scaled_dot_product_attention(q, k, v)\n+ scaled_dot_product_attention(q, k, v, is_causal=True)",
    ),
    Cause.PADDING: (
        "Leave padded places out of the loss.",
        "- CrossEntropyLoss()\n+ CrossEntropyLoss(ignore_index=padding)",
    ),
    Cause.POSITIONS: (
        "Add an encoding of positions to the embedded tokens.",
        "- x = self.embed(tokens)\n+ x = self.embed(tokens) + self.position(torch.arange(tokens.shape[1]))",
    ),
    Cause.RATE_TOO_HIGH: (
        "Lower the learning rate.",
        "- learning_rate: {rate}\n+ learning_rate: {lower}",
    ),
    Cause.RATE_TOO_LOW: (
        "Raise the learning rate.",
        "- learning_rate: {rate}\n+ learning_rate: {higher}",
    ),
    Cause.CLIP_TOO_TIGHT: (
        "Raise the clip to about the usual norm of the gradient, or leave it out.",
        "- gradient_clip: {clip}\n+ gradient_clip: {norm}",
    ),
    Cause.EPSILON_TOO_LARGE: (
        "Put epsilon back to its default.",
        "- epsilon: {epsilon}\n+ epsilon: 1e-08",
    ),
    Cause.EARLY_DECAY: (
        "Let the schedule span the whole training; one that counts epochs must not be stepped every batch.",
        "  for x, y in batches:\n      optimizer.step()\n-     scheduler.step()\n+ scheduler.step()",
    ),
    Cause.NO_WARMUP: (
        "Let the learning rate rise over the first tenth of the steps, or normalise before attention.",
        "+ LinearLR(optimizer, start_factor=0.01, total_iters={tenth})",
    ),
    Cause.VANISHING: (
        "Use ReLU or GELU with He initialisation, add normalisation or skip connections, or take out layers.",
        "- {activation}\n+ nn.LayerNorm(width), nn.ReLU()",
    ),
    Cause.EXPLODING: (
        "Clip the gradient at its usual norm, and lower the learning rate if that is not enough.",
        "- gradient_clip: null\n+ gradient_clip: {norm}",
    ),
    Cause.WEIGHTS_TOO_SMALL: (
        "Begin with weights that keep the size of the signal.",
        "- nn.init.normal_(weight, std={deviation})\n+ nn.init.kaiming_normal_(weight, nonlinearity='relu')",
    ),
    Cause.WEIGHTS_TOO_LARGE: (
        "Begin with weights that keep the size of the signal.",
        "- nn.init.normal_(weight, std={deviation})\n+ nn.init.kaiming_normal_(weight, nonlinearity='relu')",
    ),
    Cause.CONSTANT_WEIGHTS: (
        "Begin with random weights.",
        "- nn.init.constant_(weight, value)\n+ nn.init.kaiming_normal_(weight, nonlinearity='relu')",
    ),
    Cause.DEAD_UNITS: (
        "Begin with biases of 0, and use a leaky activation if units still die.",
        "- nn.ReLU()\n+ nn.LeakyReLU()",
    ),
    Cause.SATURATION: (
        "Scale inputs, begin with smaller weights, or use ReLU with normalisation.",
        "- {activation}\n+ nn.LayerNorm(width), nn.ReLU()",
    ),
    Cause.SMALL_NORMALIZATION_BATCH: (
        "Use larger batches, or a normalisation that does not look at the batch.",
        "- nn.BatchNorm1d(width)\n+ nn.LayerNorm(width)",
    ),
    Cause.LOW_PRECISION: (
        "Scale the loss, or train in bfloat16 or float32.",
        "- precision: float16\n+ precision: bfloat16",
    ),
    Cause.STRONG_DROPOUT: (
        "Drop less.",
        "- dropout: {dropout}\n+ dropout: {less}",
    ),
    Cause.STRONG_DECAY: (
        "Lower the weight decay.",
        "- weight_decay: {decay}\n+ weight_decay: {weaker}",
    ),
    Cause.OVERFITTING: (
        "Keep the weights of the best epoch, and get more rows, a smaller network, dropout or weight decay.",
        "- early_stopping: null\n+ early_stopping: {{patience: 5}}",
    ),
    Cause.TOO_SMALL: (
        "Make the network wider or deeper, with an activation between its layers.",
        "- network: {{width: …}}\n+ network: {{width: four times as much}}",
    ),
    Cause.TOO_SHORT: (
        "Train longer, with smaller batches where an epoch has only a few of them.",
        "- epochs: {epochs}\n+ epochs: {more}",
    ),
}


STOPPED_EARLY: Mapping[bool, tuple[str, str]] = {
    False: (
        "The weights of the best epoch were kept already. What helps is more rows, dropout, weight decay or "
        "a smaller network.",
        "- dropout: {dropout}\n+ dropout: 0.2",
    ),
    True: (
        "The weights of the best epoch were kept already. What helps is more rows, weight decay or a smaller "
        "network.",
        "- weight_decay: {decay}\n+ weight_decay: {stronger}",
    ),
}
"""The advice on overfitting where early stopping is on, by whether the network drops units already."""

OUT_OF_TIME = (
    "Give it more time: that ended the training after {share:.0%} of its epochs.",
    "- time: {seconds}\n+ time: {longer}",
)
"""The advice on a training that is too short where its time ended it: more epochs would change nothing."""

ALL_EPOCHS = 0.98
"""Share of the planned steps from which on a training is taken to have gone through all of them."""


def advise(cause: Cause, record: Record, columns: tuple[str, ...] = ()) -> tuple[str, str]:
    """Return what to do about a cause in this training: a sentence, and the lines of the change."""
    remedy, change = ADVICE[cause]
    if cause is Cause.OVERFITTING and record.facts.stops_early:
        remedy, change = STOPPED_EARLY[record.facts.dropout >= 0.1]
    planned, seconds = record.facts.steps_planned, record.facts.seconds_planned
    gone = record.step / planned if planned else 1.0
    if cause is Cause.TOO_SHORT and seconds is not None and gone < ALL_EPOCHS:
        remedy, change = OUT_OF_TIME
    optimizer = (
        record.facts.optimizers[0] if record.facts.optimizers else OptimizerFacts("the optimizer", 0.0)
    )
    norms = sorted(o.gradient_norm for o in record.observations if o.gradient_norm is not None)
    clips = [o.clipped_to for o in record.observations if o.clipped_to is not None]
    deviations = [x.weight_deviation for x in record.facts.layers if x.weight_deviation is not None]
    epochs = max(1, math.ceil(record.epochs[-1].epoch)) if record.epochs else 1
    filled = {
        "activation": _activation(record),
        "rate": shown(optimizer.learning_rate),
        "lower": shown(lower_rate(record, optimizer.learning_rate)),
        "higher": shown(higher_rate(record, optimizer)),
        "optimizer": optimizer.name,
        "batch": record.facts.batch_rows or 64,
        "column": columns[0] if columns else "the feature",
        "norm": shown(norms[len(norms) * 9 // 10]) if norms else "1",
        "clip": shown(clips[-1]) if clips else "too small",
        "epsilon": shown(optimizer.epsilon or 0.0),
        "tenth": max(1, (record.facts.steps_planned or 1000) // 10),
        "deviation": shown(deviations[0]) if deviations else "…",
        "dropout": shown(record.facts.dropout),
        "less": shown(0.2 if record.facts.dropout > 0.2 else record.facts.dropout / 2),
        "decay": shown(optimizer.weight_decay),
        "weaker": shown(0.01 if optimizer.weight_decay > 0.01 else optimizer.weight_decay / 10),
        "stronger": shown(0.1 if optimizer.weight_decay < 0.1 else 3 * optimizer.weight_decay),
        "epochs": epochs,
        "more": 4 * epochs,
        "share": gone,
        "seconds": math.ceil(seconds or 0),
        "longer": 4 * math.ceil(seconds or 0),
    }
    return remedy.format_map(filled), change.format_map(filled)


def _activation(record: Record) -> str:
    """Return the usual activation of the hidden layers as code."""
    names = [layer.activation for layer in record.facts.layers if layer.activation]
    usual = max(names, key=names.count, default="")
    return {"relu": "nn.ReLU()", "sigmoid": "nn.Sigmoid()", "tanh": "nn.Tanh()"}.get(usual, usual or "…")


def lower_rate(record: Record, rate: float) -> float:
    """Return a tenth of the rate, or less where early steps were so large that a tenth is too much."""
    largest = max(update_sizes(record, early(record, 50)), default=0.1)
    return rate / 10.0 ** max(1, min(4, math.ceil(math.log10(min(max(largest, 1e-6), 1e9) / 0.05))))


def higher_rate(record: Record, optimizer: OptimizerFacts) -> float:
    """Return ten times the rate, or more where steps are so small that ten times is too little.

    Adam and its kin are not sent beyond .01, and plain gradient descent not beyond 1.
    """
    size, rate = recent_update(record) or 1e-4, optimizer.learning_rate
    higher = rate * 10.0 ** max(1, min(5, round(math.log10(5e-3 / max(size, 1e-9)))))
    return max(min(higher, 1.0 if optimizer.epsilon is None else 0.01), 2 * rate)
