"""Who takes part in `engine.py`: each prepares itself and returns what trains, by batch size and epochs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import cache

import numpy as np

Train = Callable[[int, int], object]

PLAIN = "plain PyTorch loop, fused AdamW"
OURS = "netwright, history of every layer recorded"
RATE = 1e-3


@cache
def tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return 40,000 training rows of 54 numbers, their classes by a random network, and 10,000 others."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(50_000, 54)).astype(np.float32)
    hidden = np.maximum(X @ generator.normal(size=(54, 32)), 0)
    scores = hidden @ generator.normal(size=(32, 7))
    y = (scores + generator.normal(size=scores.shape)).argmax(axis=1)
    return X[:40_000], y[:40_000], X[40_000:], y[40_000:]


def classifier(batch: int, epochs: int, **settings: object):
    """Return our estimator with the same network and optimizer as everyone's."""
    import netwright as nw

    common = {
        "network": nw.nets.MLP(hidden=(256, 256, 256), dropout=0),
        "optimizer": nw.optimizers.AdamW(learning_rate=RATE),
        "schedule": nw.schedules.Constant(),
        "preparation": {"scaling": "none"},
        **{"averaging": None, "gradient_clip": None, "early_stopping": None, "progress": False},
    }
    return nw.Classifier(**{**common, "batch_size": batch, "epochs": epochs, **settings})


def accuracy_of(precision: str, seed: int, batch: int) -> float:
    """Train in a precision and return the accuracy on rows held out."""
    X, y, held, truth = tables()
    return classifier(batch, 20, precision=precision, seed=seed).fit(X, y).score(held, truth)


def ours() -> Train:
    X, y, _, _ = tables()
    return lambda batch, epochs: classifier(batch, epochs, precision="float32").fit(X, y)


def ours_auto() -> Train:
    X, y, _, _ = tables()
    return lambda batch, epochs: classifier(batch, epochs).fit(X, y)


def network():
    """Return the network in plain PyTorch."""
    from torch import nn

    hidden = [nn.Linear(54, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(256, 7))


def plain(fused: bool = True) -> Train:
    import torch

    X, y = (torch.from_numpy(array) for array in tables()[:2])

    def train(batch: int, epochs: int) -> None:
        model = network()
        optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, fused=fused)
        for _ in range(epochs):
            order = torch.randperm(len(X))
            features, target = X[order], y[order]
            for start in range(0, len(X), batch):
                output = model(features[start : start + batch])
                loss = torch.nn.functional.cross_entropy(output, target[start : start + batch])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()

    return train


def scikit_learn() -> Train:
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")
    X, y, _, _ = tables()

    def train(batch: int, epochs: int) -> None:
        settings = {"batch_size": batch, "max_iter": epochs, "tol": 0.0, "n_iter_no_change": epochs + 1}
        MLPClassifier((256, 256, 256), learning_rate_init=RATE, **settings).fit(X, y)

    return train


def skorch(tuned: bool) -> Train:
    import torch
    from skorch import NeuralNetClassifier

    X, y, _, _ = tables()
    extra = {"callbacks": "disable", "optimizer__fused": True} if tuned else {}

    def train(batch: int, epochs: int) -> None:
        NeuralNetClassifier(
            network(),
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=torch.optim.AdamW,
            lr=RATE,
            batch_size=batch,
            max_epochs=epochs,
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
            **extra,
        ).fit(X, y)

    return train


def lightning(tuned: bool) -> Train:
    import logging

    import torch
    from lightning.pytorch import LightningModule, Trainer

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    data = torch.utils.data.TensorDataset(*(torch.from_numpy(array) for array in tables()[:2]))

    class Module(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network()

        def training_step(self, batch, index):
            return torch.nn.functional.cross_entropy(self.network(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=RATE, fused=tuned)

    def train(batch: int, epochs: int) -> None:
        # Tuned: whole batches are cut out of the tensors, and nothing is logged or kept.
        sampler = torch.utils.data.BatchSampler(torch.utils.data.RandomSampler(data), batch, drop_last=False)
        whole = torch.utils.data.DataLoader(data, sampler=sampler, batch_size=None)
        single = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)
        quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        settings = {"barebones": True} if tuned else {**quiet, "enable_model_summary": False}
        trainer = Trainer(max_epochs=epochs, accelerator="cpu", **settings)
        trainer.fit(Module(), whole if tuned else single)

    return train


def fastai() -> Train:
    import fastai.callback.progress  # noqa: F401  gives a learner its no_bar
    import torch
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner

    data = torch.utils.data.TensorDataset(*(torch.from_numpy(array) for array in tables()[:2]))

    def train(batch: int, epochs: int) -> None:
        # A learner cannot do without validation rows: ten, which cost nothing.
        few = DataLoader(torch.utils.data.Subset(data, range(10)), bs=10, num_workers=0)
        loaders = DataLoaders(DataLoader(data, bs=batch, shuffle=True, num_workers=0), few)
        learner = Learner(loaders, network(), loss_func=torch.nn.CrossEntropyLoss(), lr=RATE)
        with learner.no_bar(), learner.no_logging():
            learner.fit(epochs)

    return train


def keras(backend: str) -> Train:
    os.environ["KERAS_BACKEND"] = backend
    import keras as library

    X, y, _, _ = tables()

    def train(batch: int, epochs: int) -> None:
        layers = [library.layers.Dense(256, "relu") for _ in range(3)]
        model = library.Sequential([library.Input((54,)), *layers, library.layers.Dense(7)])
        loss = library.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(library.optimizers.AdamW(RATE), loss)
        model.fit(X, y, batch_size=batch, epochs=epochs, verbose=0)

    return train


CONTENDERS: dict[str, Callable[[], Train]] = {
    PLAIN: plain,
    OURS: ours,
    "netwright, precision auto": ours_auto,
    "plain PyTorch loop, default AdamW": lambda: plain(fused=False),
    "scikit-learn MLPClassifier": scikit_learn,
    "skorch, tuned": lambda: skorch(tuned=True),
    "skorch, default": lambda: skorch(tuned=False),
    "Lightning, tuned": lambda: lightning(tuned=True),
    "Lightning, default": lambda: lightning(tuned=False),
    "fastai": fastai,
    "Keras on JAX": lambda: keras("jax"),
    "Keras on PyTorch": lambda: keras("torch"),
}
