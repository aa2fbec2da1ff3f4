"""Texts: accuracy in a given time beside TF-IDF with logistic regression, and tokens a second.

    python bench/text.py --data FOLDER [--only trec polarity spam speed] [--seeds 3]

Times include loading. `--fraction 0.1` gives every training a tenth of its time, to try the script out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from torch.nn import functional

import netwright as nw
from common import perform, row
from netwright.data.items import TextRows, objects
from netwright.data.text import Texts

Part = tuple[list[str], np.ndarray]

SECONDS = 120.0

SPEED_EPOCHS = 3
"""Epochs that speed is measured over: what comes once, such as the clinic's first look, is part of it."""


def main() -> int:
    """Measure what was asked for; return 1 if a bound was missed."""
    return perform(__doc__ or "", "texts", "text", BENCHES)


def trec(place: Path, seeds: int, fraction: float) -> bool:
    """Six kinds of questions, official split."""
    accuracy, _ = _measured("TREC", lambda: _questions(place / "trec_questions"), seeds, fraction)
    return row("TREC, 2 minutes: accuracy", accuracy, at_least=0.90, digits=4)


def polarity(place: Path, seeds: int, fraction: float) -> bool:
    """Sentences of film reviews, good or bad; every fifth kept for the test."""
    accuracy, _ = _measured("polarity", lambda: _polarity(place / "mr_sentence_polarity"), seeds, fraction)
    return row("sentence polarity, 2 minutes: accuracy", accuracy, at_least=0.775, digits=4)


def spam(place: Path, seeds: int, fraction: float) -> bool:
    """Short messages, spam or not; every fifth kept for the test."""
    accuracy, macro = _measured("SMS spam", lambda: _messages(place / "sms_spam.tsv"), seeds, fraction)
    first = row("SMS spam: accuracy", accuracy, at_least=0.985, digits=4)
    return row("SMS spam: macro F1", macro, at_least=0.965, digits=4) and first


def speed(place: Path, seeds: int, fraction: float) -> bool:
    """The same LSTM and batches, here and in a loop of ten lines."""
    (texts, truth), _ = _polarity(place / "mr_sentence_polarity")
    network = nw.nets.TextRNN(cell="lstm", hidden=64, token_dropout=0, embedding_dropout=0, dropout=0)
    ratios = []
    for seed in range(seeds):
        ours, tokens = _our_speed(network, texts, truth, seed)
        plain = _plain_speed(network, texts, truth)
        print(f"   seconds for {tokens:,} tokens: netwright {ours:.1f}, a loop {plain:.1f}", flush=True)
        ratios.append(plain / ours)
    return row("LSTM tokens a second, times those of a loop", ratios, at_least=0.95)


def _measured(
    name: str, load: Callable[[], tuple[Part, Part]], seeds: int, fraction: float
) -> tuple[list[float], list[float]]:
    """Return accuracy and macro F1 on the test part for every seed; prints the classical model's as well."""
    (texts, truth), (test, answers) = load()
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    classical = make_pipeline(words, LogisticRegression(C=10, max_iter=1000)).fit(texts, truth).predict(test)
    told = f"accuracy {np.mean(classical == answers):.4f}, macro F1 {_macro(answers, classical):.4f}"
    print(f"   {name}: TF-IDF and logistic regression {told}", flush=True)
    accuracy, macro = [], []
    for seed in range(seeds):
        begun = time.perf_counter()
        (texts, truth), (test, answers) = load()
        left = SECONDS * fraction - (time.perf_counter() - begun)
        model = nw.Classifier(time=max(2.0, left), seed=seed, progress=False).fit(texts, truth)
        spent = time.perf_counter() - begun
        found = model.predict(test)
        accuracy.append(float(np.mean(found == answers)))
        macro.append(_macro(answers, found))
        curve = ", ".join(f"{one.seconds:.0f} s {one.validation['loss']:.4f}" for one in model.history_)
        told = f"accuracy {accuracy[-1]:.4f}, macro F1 {macro[-1]:.4f} after {spent:.0f} s"
        print(f"   seed {seed}: {told}; validation loss {curve}", flush=True)
    return accuracy, macro


def _macro(truth: np.ndarray, answers: np.ndarray) -> float:
    return float(f1_score(truth, answers, average="macro"))


def _our_speed(network: nw.nets.TextRNN, texts: list[str], truth: np.ndarray, seed: int) -> tuple[float, int]:
    model = nw.Classifier(
        network=network,
        preparation=Texts(spelling=False),
        epochs=SPEED_EPOCHS,
        batch_size=64,
        averaging=None,
        early_stopping=None,
        seed=seed,
        progress=False,
    ).fit(texts, truth)
    tokens = sum(len(model.preparation_.tokens.split(text)) for text in texts)
    return model.outcome_.seconds, SPEED_EPOCHS * tokens


def _plain_speed(network: nw.nets.TextRNN, texts: list[str], truth: np.ndarray) -> float:
    rows = TextRows(objects(list(texts)))
    preparation = Texts(spelling=False).fit(rows)
    tokens, lengths = preparation.transform(rows)
    module = network.build(preparation.shape, 1, (tokens, lengths)).train()
    optimizer = torch.optim.AdamW(module.parameters(), 2e-3, weight_decay=0.03, fused=True)
    wanted = torch.from_numpy(truth).float()
    begun = time.perf_counter()
    for batch in (rows for _ in range(SPEED_EPOCHS) for rows in torch.randperm(len(texts)).split(64)):
        answers = module(tokens[batch], lengths[batch]).squeeze(1)
        functional.binary_cross_entropy_with_logits(answers, wanted[batch]).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return time.perf_counter() - begun


def _questions(place: Path) -> tuple[Part, Part]:
    def read(name: str) -> Part:
        lines = (place / name).read_text(encoding="latin-1").splitlines()
        pairs = [line.partition(" ")[::2] for line in lines if line]
        return [text for _, text in pairs], np.array([label.partition(":")[0] for label, _ in pairs])

    return read("TREC.train.all"), read("TREC.test.all")


def _polarity(place: Path) -> tuple[Part, Part]:
    sides = [
        (place / f"rt-polarity.{side}").read_text(encoding="latin-1").splitlines() for side in ("neg", "pos")
    ]
    return _divided([*sides[0], *sides[1]], np.repeat([0, 1], [len(side) for side in sides]))


def _messages(path: Path) -> tuple[Part, Part]:
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return _divided([line[1] for line in lines], np.array([line[0] for line in lines]))


def _divided(texts: list[str], truth: np.ndarray) -> tuple[Part, Part]:
    train, test, known, asked = train_test_split(texts, truth, test_size=0.2, random_state=0, stratify=truth)
    return (train, known), (test, asked)


BENCHES: dict[str, Callable[[Path, int, float], bool]] = {
    "trec": trec,
    "polarity": polarity,
    "spam": spam,
    "speed": speed,
}

if __name__ == "__main__":
    sys.exit(main())
