"""The transfer of `images.py` with fastai: the same network, the same pictures, its own way to train.

    PYTHON-WITH-FASTAI bench/transfer_peer.py --data FOLDER [--counts 10 100 500] [--divisions 0 1]

The body is trained for two epochs with `fit_one_cycle`; then, for each number of labelled pictures, a fresh
network is trained with `fit_one_cycle` and the body, under a new last layer, in two ways: as a whole with
`fit_one_cycle`, and with `fine_tune` (frozen first, then lower rates below), each for 500 steps with
`aug_transforms` and the usual rates. What is gained is told for the better of the two.
"""

from __future__ import annotations

import argparse
import copy
import os
import statistics
import sys
import types
from pathlib import Path

import numpy as np
import torch
from torch import nn

from transfer_draws import draw, read_idx

# Operators for boxes, which torchvision declares when imported, are missing where it was built for another
# PyTorch; none is used here.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("_meta_registrations"))

from fastai import __version__ as fastai_version  # noqa: E402
from fastai.vision.all import (  # noqa: E402
    ConvLayer,
    CrossEntropyLossFlat,
    DataLoaders,
    Learner,
    TensorCategory,
    TensorImage,
    TfmdDL,
    aug_transforms,
    params,
)

BODY_EPOCHS = 2
STEPS = 500


def main() -> int:
    """Print accuracies from scratch and from the body, for each division and number of labelled pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NETWRIGHT_DATA"))
    parser.add_argument("--counts", type=int, nargs="*", default=[10, 100, 500])
    parser.add_argument("--divisions", type=int, nargs="*", default=[0, 1])
    asked = parser.parse_args()
    print(f"fastai {fastai_version}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    (train, truth), (test, answers) = read_idx(Path(asked.data) / "images" / "fashion_mnist")
    gains: dict[int, list[float]] = {count: [] for count in asked.counts}
    for seed in asked.divisions:
        torch.manual_seed(seed)
        drawn = draw(seed, truth, answers, tuple(asked.counts))
        body = _network()
        rows = drawn.known_rows
        learner = _learner(body, train[rows], truth[rows], 128)
        learner.fit_one_cycle(BODY_EPOCHS, 3e-3)
        for count, few in drawn.few.items():
            size = 16 if count < 250 else 32
            epochs = max(1, round(STEPS * size / count))
            found = {
                "from scratch": _learner(_network(), train[few], truth[few], size),
                "whole": _learner(_with_new_head(body), train[few], truth[few], size),
                "fine_tune": _learner(_with_new_head(body), train[few], truth[few], size),
            }
            found["from scratch"].fit_one_cycle(epochs, 3e-3)
            found["whole"].fit_one_cycle(epochs, 3e-3)
            most = max(1, round(0.95 * epochs))
            found["fine_tune"].fine_tune(most, 2e-3, freeze_epochs=max(1, epochs - most))
            scores = {name: _accuracy(one, test, answers, drawn.asked) for name, one in found.items()}
            best = max(scores["whole"], scores["fine_tune"])
            gains[count].append(100 * (best - scores["from scratch"]))
            kinds = ", ".join(map(str, drawn.new.tolist()))
            told = ", ".join(f"{name} {score:.4f}" for name, score in scores.items())
            print(f"   classes {kinds} from {count} pictures: {told}", flush=True)
    for count, points in gains.items():
        spread = f"{min(points):.1f} to {max(points):.1f}"
        mean = statistics.fmean(points)
        print(f"{count} pictures: fastai gains {mean:.1f} points (n={len(points)}, {spread})")
    return 0


def _network() -> nn.Sequential:
    """Return the plain network that netwright chooses for these pictures, body and head apart."""
    stages: list[nn.Module] = []
    before = 1
    for number, width in enumerate((32, 64, 128)):
        stages += [nn.MaxPool2d(2)] if number else []
        stages += [ConvLayer(before, width), ConvLayer(width, width)]
        before = width
    return nn.Sequential(nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten()), _head())


def _with_new_head(body: nn.Sequential) -> nn.Sequential:
    return nn.Sequential(copy.deepcopy(body[0]), _head())


def _head() -> nn.Sequential:
    # Outputs for all ten classes: those that never occur do not matter.
    return nn.Sequential(nn.Dropout(0.1), nn.Linear(128, 10))


def _learner(network: nn.Sequential, pixels: np.ndarray, truth: np.ndarray, size: int) -> Learner:
    rows = torch.from_numpy(pixels).float().div(255).sub(0.2860).div(0.3530).unsqueeze(1)
    pairs = [(TensorImage(x), TensorCategory(y)) for x, y in zip(rows, torch.from_numpy(truth), strict=True)]
    changes = aug_transforms(size=None, max_lighting=0.0, max_warp=0.0, pad_mode="zeros")
    loader = TfmdDL(
        pairs, bs=min(size, len(pairs)), shuffle=True, drop_last=True, num_workers=0, after_batch=changes
    )
    learner = Learner(
        DataLoaders(loader, loader),
        network,
        loss_func=CrossEntropyLossFlat(),
        splitter=lambda model: [params(model[0]), params(model[1])],
    )
    learner.remove_cbs([one for one in learner.cbs if one.name in ("progress", "recorder")])
    return learner


@torch.no_grad()
def _accuracy(learner: Learner, pixels: np.ndarray, truth: np.ndarray, asked: np.ndarray) -> float:
    network = learner.model.eval()
    rows = torch.from_numpy(pixels[asked]).float().div(255).sub(0.2860).div(0.3530).unsqueeze(1)
    answers = torch.cat([network(part).argmax(1) for part in rows.split(500)])
    return float((answers.numpy() == truth[asked]).mean())


if __name__ == "__main__":
    sys.exit(main())
