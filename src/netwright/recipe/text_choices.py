"""What is chosen for texts where a recipe says "auto", each choice with its reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from netwright.data.text import Texts
from netwright.nets.mlp import MLP
from netwright.nets.text_beside_table import TextBesideTable
from netwright.nets.text_cnn import TextCNN
from netwright.nets.text_ensemble import PHRASES, SPELLING, WORDS, TextEnsemble
from netwright.recipe.facts import Facts
from netwright.recipe.recipe import Recipe
from netwright.training.early_stopping import EarlyStopping
from netwright.training.optimizers import AdamW

FILTERS = ((2, 3, 4), (1, 3, 5), (1, 2, 3), (2, 3, 5), (3, 4, 5))
CNNS = {"quick": 1, "standard": 2, "thorough": 5}
EPOCHS = {"quick": 12, "standard": 40, "thorough": 60}


def preparation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose words and letters."""
    if facts.preparation is not None:
        return facts.preparation
    return Texts(), "words, and their characters"


def network(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose bags of n-grams, which learn fast, beside text CNNs, which see phrases."""
    texts = getattr(recipe.preparation, "texts", recipe.preparation)
    spelled = getattr(texts, "spelling", True)
    bags = (WORDS, PHRASES, *([SPELLING] if spelled else []))
    cnns = tuple(TextCNN(widths=widths) for widths in FILTERS[: CNNS[recipe.effort]])
    told = f"{len(bags)} bags of n-grams and {len(cnns)} text CNN{'s' if len(cnns) > 1 else ''}, averaged"
    return TextEnsemble(networks=(*bags, *cnns)), f"{told}: each errs in its own way"


def mixed_network(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose the same for the texts, and a perceptron for the columns beside them."""
    text, told = network(recipe, facts)
    bins = min(32, max(4, facts.rows // 20))
    table = MLP(hidden=(64, 64), number_embedding="piecewise_linear", bins=bins, initialization="pytorch")
    return TextBesideTable(
        text=text, table=table
    ), f"for the texts {told}; for the other columns a perceptron"


def optimizer(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose a slower rate than for tables: with a vector for every word there is much to learn by heart."""
    return AdamW(learning_rate=2e-3, weight_decay=0.03), "a slow rate: texts are soon learnt by heart"


def batch_size(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose fewer rows a step for few texts."""
    size = 2 ** min(6, max(4, round(math.log2(max(facts.rows, 1) / 24))))
    return min(size, facts.rows), f"for {facts.rows:,} training texts"


def epochs(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose an upper bound; early stopping ends most trainings before."""
    return EPOCHS[recipe.effort], f"at most; for {recipe.effort} effort"


def early_stopping(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose a short patience: texts are learnt in few passes."""
    return EarlyStopping(patience=4), "stops when held-out texts gain no more; the best weights are kept"


CHOICES: dict[str, Callable[[Recipe, Facts], tuple[Any, str]]] = {
    "preparation": preparation,
    "network": network,
    "optimizer": optimizer,
    "batch_size": batch_size,
    "epochs": epochs,
    "early_stopping": early_stopping,
}

MIXED_CHOICES = {**CHOICES, "network": mixed_network}
