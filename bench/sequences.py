"""Sequences and sound: spoken digits, three archives of series, one bit remembered, and LSTM throughput."""

from __future__ import annotations

import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

import netwright as nw
from common import announce, arguments, data_file, row
from netwright.data.sequence_files import read_ts
from netwright.data.sound_folders import read_sounds

SEEDS = (0, 1, 2)
ARCHIVES = {"ArrowHead": 0.82, "BasicMotions": 0.97, "ItalyPowerDemand": 0.965}
DIGITS, LEAST_DIGITS, LEAST_NEW_SPEAKER, DIGITS_SECONDS = "free_spoken_digits_5_speakers.zip", 0.98, 0.85, 180
STEPS_REMEMBERED, LEAST_REMEMBERED = 200, 0.99
LEAST_THROUGHPUT = 0.95


def archive(folder: Path, name: str, seed: int) -> float:
    """Return the accuracy on the official test part."""
    train, test = (read_ts(folder / name / f"{name}_{part}.ts") for part in ("TRAIN", "TEST"))
    assert train.target is not None
    assert test.target is not None
    model = nw.Classifier(seed=seed, progress=False).fit(list(train.rows.values), train.target)
    return float(np.mean(model.predict(list(test.rows.values)) == test.target.to_numpy()))


def digits(folder: Path, speaker: str | None, seed: int) -> tuple[float, float]:
    """Return accuracy and seconds: of the official split, or with one speaker held out."""
    begin = time.perf_counter()
    read = read_sounds(folder)
    assert read.target is not None
    numbers = np.array([int(Path(name).stem.split("_")[2]) for name in read.names])
    test = numbers < 5 if speaker is None else np.array(read.groups) == speaker
    paths, labels = read.rows.values, read.target.to_numpy()
    model = nw.Classifier(seed=seed, time=DIGITS_SECONDS - 20, progress=False)
    model.fit(list(paths[~test]), labels[~test])
    accuracy = float(np.mean(model.predict(list(paths[test])) == labels[test]))
    return accuracy, time.perf_counter() - begin


def remembered(network: object, seed: int) -> float:
    """Return how often the first bit of a sequence of noise is told at its end."""
    generator = torch.Generator().manual_seed(seed)
    bits = torch.randint(2, (3_000,), generator=generator)
    steps = 0.3 * torch.randn(3_000, STEPS_REMEMBERED, 2, generator=generator)
    steps[:, :, 1] = 0
    steps[:, 0, 1] = 2.0 * bits - 1
    rows = list(steps.numpy())
    model = nw.Classifier(network=network, epochs=30, seed=seed, progress=False)
    model.fit(rows[:2_000], bits[:2_000].numpy())
    return float(np.mean(model.predict(rows[2_000:]) == bits[2_000:].numpy()))


def throughput(seed: int) -> float:
    """Return the steps a second of an LSTM here over those of a loop written by hand."""
    generator = torch.Generator().manual_seed(seed)
    steps = torch.randn(2_048, 100, 32, generator=generator)
    labels = torch.randint(2, (2_048,), generator=generator)
    ours, theirs = _ours(steps, labels), _by_hand(steps, labels)
    return theirs / ours


def _ours(steps: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the seconds of an epoch, without what is done once."""
    model = nw.Classifier(
        network=nw.nets.LSTM(hidden=128, dropout=0.0),
        batch_size=64,
        epochs=4,
        early_stopping=None,
        schedule="constant",
        averaging=None,
        progress=False,
    ).fit(list(steps.numpy()), labels.numpy())
    seconds = [one.seconds for one in model.history_]
    return float(np.median(np.diff(seconds)))


class _Plain(nn.Module):
    """The same network as one would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.LSTM(32, 128, batch_first=True)
        self.output = nn.Linear(128, 1)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        return self.output(self.cells(steps)[0][:, -1]).squeeze(1)


def _by_hand(steps: torch.Tensor, labels: torch.Tensor) -> float:
    network = _Plain()
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    times = []
    for _ in range(4):
        begin = time.perf_counter()
        for index in torch.randperm(len(steps)).split(64):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(
                network(steps[index]), labels[index].float()
            )
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        times.append(time.perf_counter() - begin)
    return float(np.median(times[1:]))


def main() -> None:
    """Measure what the data allows."""
    options = arguments("sequences and sound").parse_args()
    announce("sequences and sound")
    ratios = [throughput(seed) for seed in SEEDS]
    row("LSTM steps a second over a loop by hand", ratios, "x", at_least=LEAST_THROUGHPUT)
    kept = [remembered(nw.nets.LSTM(hidden=32), seed) for seed in SEEDS]
    row("one bit over 200 steps: LSTM", kept, at_least=LEAST_REMEMBERED)
    row("one bit over 200 steps: plain RNN", [remembered(nw.nets.RNN(hidden=32), seed) for seed in SEEDS])
    folder = data_file(options.data, "series/ucr_uea")
    for name, least in ARCHIVES.items() if folder is not None else ():
        assert folder is not None
        row(f"{name}: accuracy", [archive(folder, name, seed) for seed in SEEDS], at_least=least)
    packed = data_file(options.data, f"series/{DIGITS}")
    if packed is not None:
        with tempfile.TemporaryDirectory() as place:
            zipfile.ZipFile(packed).extractall(place)
            sounds = next(Path(place).rglob("*.wav")).parent
            spoken = [digits(sounds, None, seed) for seed in SEEDS]
            row("spoken digits: accuracy", [one[0] for one in spoken], at_least=LEAST_DIGITS)
            row("spoken digits: everything", [one[1] for one in spoken], "s", at_most=DIGITS_SECONDS)
            new = [digits(sounds, "lucas", seed)[0] for seed in SEEDS]
            row("spoken digits, a new speaker: accuracy", new, at_least=LEAST_NEW_SPEAKER)


if __name__ == "__main__":
    main()
