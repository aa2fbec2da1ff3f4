"""Pictures: accuracy in a given time, transfer, and pictures a second against a loop written by hand.

    python bench/images.py --data FOLDER [--only mnist fashion cifar transfer speed] [--seeds 3]

Times include loading. `--fraction 0.1` gives every training a tenth of its time, to try the script out.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

import netwright as nw
from common import perform, row
from netwright.data.picture_folders import read_pictures
from netwright.data.pictures import decode
from netwright.nets.network import ImageShape
from transfer_draws import Part, draw, read_idx

DIVISIONS = 5
"""Divisions of the classes into known and new ones: which five they are decides more than anything else."""

BODY_EPOCHS = 2
"""Of the body of each division; the peer in `transfer_peer.py` gets as many."""

COUNTS = (100, 10, 500)
"""Labelled pictures."""

SPEED_EPOCHS = 3
"""Epochs that speed is measured over: what comes once, such as the clinic's first look, is part of it."""


def main() -> int:
    """Measure what was asked for; return 1 if a bound was missed."""
    return perform(__doc__ or "", "pictures", "images", BENCHES)


def mnist(place: Path, seeds: int, fraction: float) -> bool:
    """Digits in three minutes."""
    return _timed("MNIST, 3 minutes: accuracy", place / "mnist", 180 * fraction, 0.993, seeds)


def fashion(place: Path, seeds: int, fraction: float) -> bool:
    """Clothes in five minutes."""
    return _timed("Fashion-MNIST, 5 minutes: accuracy", place / "fashion_mnist", 300 * fraction, 0.925, seeds)


def cifar(place: Path, seeds: int, fraction: float) -> bool:
    """Ten thousand photographs from an archive in ten minutes."""
    archive = place / "cifar10_10k_2k_jpeg_folders.zip"
    return _timed("CIFAR-10, 10,000 JPEG, 10 minutes: accuracy", archive, 600 * fraction, 0.72, seeds)


def transfer(place: Path, seeds: int, fraction: float) -> bool:
    """A few labelled pictures of five kinds of clothes, after training on the five others.

    Each division draws five of the ten classes for the body; the other five are learnt anew and tested.
    """
    place = place / "fashion_mnist"
    if _absent(place):
        return True
    (train, truth), (test, answers) = read_idx(place)
    gains: dict[int, list[float]] = {count: [] for count in COUNTS}
    for seed in range(max(DIVISIONS, seeds)):
        drawn = draw(seed, truth, answers, COUNTS)
        body = nw.Classifier(epochs=BODY_EPOCHS, seed=seed, progress=False)
        body.fit(train[drawn.known_rows], truth[drawn.known_rows])
        for count, few in drawn.few.items():
            scratch, moved = (
                nw.Classifier(body=start, seed=seed, early_stopping=None, progress=False)
                .fit(train[few], truth[few])
                .score(test[drawn.asked], answers[drawn.asked])
                for start in (None, body)
            )
            gains[count].append(100 * (moved - scratch))
            kinds = ", ".join(map(str, drawn.new.tolist()))
            told = f"from scratch {scratch:.4f}, from the body {moved:.4f}"
            print(f"   classes {kinds} from {count} pictures: {told}", flush=True)
    name = "pictures: points gained by transfer, mean"
    for count in COUNTS[1:]:
        row(f"{count} {name}", gains[count], digits=1, middle=statistics.fmean)
    return row(f"100 {name}", gains[100], at_least=5.0, digits=1, middle=statistics.fmean)


def speed(place: Path, seeds: int, fraction: float) -> bool:
    """The same network, batches and arithmetic, here and in a loop of ten lines."""
    pixels = np.random.default_rng(0).integers(0, 256, (12_800, 28, 28), dtype=np.uint8)
    labels = np.arange(12_800) % 10
    network = nw.nets.CNN()
    ratios = []
    for seed in range(seeds):
        ours = _our_speed(network, pixels, labels, seed)
        plain = _plain_speed(network, pixels, labels, half=True)
        usual = _plain_speed(network, pixels, labels, half=False)
        print(
            f"   pictures a second: netwright {ours:,.0f}, a loop in 16 bits {plain:,.0f}, in 32 {usual:,.0f}"
        )
        ratios.append(ours / plain)
    return row("pictures a second, times those of a loop in 16 bits", ratios, at_least=0.95)


def _our_speed(network: nw.nets.CNN, pixels: np.ndarray, labels: np.ndarray, seed: int) -> float:
    model = nw.Classifier(
        network=network,
        epochs=SPEED_EPOCHS,
        batch_size=128,
        augmentation=None,
        early_stopping=None,
        seed=seed,
    ).fit(pixels, labels)
    return SPEED_EPOCHS * len(pixels) / model.outcome_.seconds


def _plain_speed(network: nw.nets.CNN, pixels: np.ndarray, labels: np.ndarray, half: bool) -> float:
    rows, truth = torch.from_numpy(pixels)[:, None], torch.from_numpy(labels)
    module = network.build(ImageShape(1, 28, 28), 10, (rows,)).train()
    optimizer = torch.optim.AdamW(module.parameters(), 6e-3, weight_decay=0.05, fused=True)
    begun = time.perf_counter()
    for batch in (part for _ in range(SPEED_EPOCHS) for part in torch.randperm(len(rows)).split(128)):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = functional.cross_entropy(module(rows[batch]).float(), truth[batch], label_smoothing=0.05)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return SPEED_EPOCHS * len(rows) / (time.perf_counter() - begun)


def _timed(name: str, place: Path, seconds: float, bound: float, seeds: int) -> bool:
    """Train for so long, loading included, and print the accuracy on the test part."""
    if _absent(place):
        return True
    scores = []
    for seed in range(seeds):
        begun = time.perf_counter()
        (train, truth), (test, answers) = _loaded(place)
        loading = time.perf_counter() - begun
        model = nw.Classifier(time=max(5.0, seconds - loading), seed=seed, progress=False).fit(train, truth)
        spent = time.perf_counter() - begun
        scores.append(float(model.score(test, answers)))
        speed = model.outcome_.steps * model.recipe_.batch_size / model.outcome_.seconds
        curve = ", ".join(f"{one.seconds:.0f} s {one.validation['accuracy']:.4f}" for one in model.history_)
        print(
            f"   seed {seed}: {scores[-1]:.4f} after {spent:.0f} s, {speed:,.0f} pictures a second; {curve}",
            flush=True,
        )
    return row(name, scores, at_least=bound, digits=4)


def _loaded(place: Path) -> tuple[Part, Part]:
    """Return pictures and classes of the training part and of the test part."""
    table = read_pictures(place)
    size = (28, 28, 1) if place.is_dir() else (32, 32, 3)
    pixels, broken = decode(table.frame["image"].to_list(), *size)
    assert not broken
    truth = table.frame["label"].to_numpy()
    return (pixels[~table.test], truth[~table.test]), (pixels[table.test], truth[table.test])


def _absent(place: Path) -> bool:
    if not place.exists():
        print(f"   skipped: {place} is not there")
    return not place.exists()


BENCHES: dict[str, Callable[[Path, int, float], bool]] = {
    "mnist": mnist,
    "fashion": fashion,
    "cifar": cifar,
    "transfer": transfer,
    "speed": speed,
}

if __name__ == "__main__":
    sys.exit(main())
