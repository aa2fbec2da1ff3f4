"""The training engine against a loop written by hand, and against the packages that people use instead.

One network, 54 → 256 → 256 → 256 → 7 with ReLU and AdamW, on 40,000 rows. Every contender lives in a process
of its own, is warmed up, and takes its turn in every round; packages that are not installed are skipped.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable

from common import announce, arguments, row, seconds_of
from engine_contenders import CONTENDERS, OURS, PLAIN, accuracy_of, tables

BATCHES = (32, 256, 1024)
MANY_ROWS = 1_000_000


class Worker:
    """A contender in its own process, which answers one line for each line it is sent."""

    def __init__(self, name: str) -> None:
        self.name = name
        command = [sys.executable, __file__, "--worker", name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.why_not = self._read().get("why_not")

    def seconds(self, batch: int, epochs: int) -> float:
        """Return how long a whole training takes."""
        assert self._process.stdin is not None
        print(json.dumps({"batch": batch, "epochs": epochs}), file=self._process.stdin, flush=True)
        return self._read()["seconds"]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _read(self) -> dict:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith('{"engine"'):
                return json.loads(line)["engine"]
        raise SystemExit(f"{self.name} ended before it answered.")


def work(name: str) -> None:
    """Train as the parent process asks for."""
    try:
        train = CONTENDERS[name]()
    except ImportError as error:
        return print(json.dumps({"engine": {"why_not": str(error)}}), flush=True)
    print(json.dumps({"engine": {}}), flush=True)
    for line in sys.stdin:
        wish = json.loads(line)
        seconds = seconds_of(lambda wish=wish: train(wish["batch"], wish["epochs"]))
        print(json.dumps({"engine": {"seconds": seconds}}), flush=True)
    return None


def race(names: list[str], epochs: int, repeats: int) -> None:
    """Time whole trainings, taking turns."""
    workers = [Worker(name) for name in names]
    for worker in workers:
        if worker.why_not:
            print(f"{worker.name}: skipped, {worker.why_not}")
    workers = [worker for worker in workers if not worker.why_not]
    for batch in BATCHES:
        times: dict[str, list[float]] = {worker.name: [] for worker in workers}
        for worker in workers:
            worker.seconds(batch, 1)
        for _ in range(repeats):
            for worker in workers:
                times[worker.name].append(worker.seconds(batch, epochs))
        for name, seconds in times.items():
            row(f"batch {batch}: {name}", seconds, "s")
        for name, seconds in times.items():
            if not name.startswith("netwright"):
                ratios = [ours / theirs for ours, theirs in zip(times[OURS], seconds, strict=True)]
                row(f"  ours / {name}", ratios, "×", at_most=1.05 if name == PLAIN else 1.0)
    for worker in workers:
        worker.close()


def half_precision(repeats: int) -> None:
    """Compare bfloat16 with float32 at the largest batch: time of a training, and accuracy."""
    from netwright.device import has_bfloat16

    if not has_bfloat16():
        return print("bfloat16: skipped, this processor has no units for it.")
    scores: dict[str, list[float]] = {"float32": [], "bfloat16": []}
    seconds: dict[str, list[float]] = {"float32": [], "bfloat16": []}
    for seed in range(repeats):
        for precision in scores:
            found = {}
            seconds[precision].append(
                seconds_of(lambda p=precision, s=seed, f=found: f.update(a=accuracy_of(p, s, BATCHES[-1])))
            )
            scores[precision].append(found["a"])
    for precision in scores:
        row(f"batch {BATCHES[-1]}, 20 epochs, {precision}", seconds[precision], "s")
        row("  accuracy on rows held out", scores[precision])
    gains = [slow / fast for slow, fast in zip(seconds["float32"], seconds["bfloat16"], strict=True)]
    row("  float32 / bfloat16", gains, "×", at_least=1.4)
    return None


def predicting(repeats: int) -> None:
    """Compare predict on raw rows with a loop over prepared tensors."""
    import numpy as np
    import torch

    from engine_contenders import classifier

    X, y, _, _ = tables()
    rows = np.random.default_rng(1).normal(size=(MANY_ROWS, X.shape[1])).astype(np.float32)
    models = {
        scaling: classifier(256, 1, preparation={"scaling": scaling}).fit(X, y)
        for scaling in ("none", "standard", "quantile")
    }
    network, prepared = models["none"].network_.eval(), torch.from_numpy(rows)

    def plain() -> None:
        with torch.inference_mode():
            torch.cat([network(part).softmax(1).argmax(1) for part in prepared.split(8192)]).numpy()

    ways: dict[str, Callable[[], object]] = {
        "plain loop on prepared tensors": plain,
        **{f"predict, scaling {name}": lambda m=model: m.predict(rows) for name, model in models.items()},
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + 1):
        for name, way in ways.items():
            seconds = seconds_of(way)
            if repeat:
                times[name].append(seconds)
    for name, seconds in times.items():
        row(f"{MANY_ROWS:,} rows: {name}", seconds, "s")
    base = statistics.median(times["plain loop on prepared tensors"])
    for name in ("none", "standard"):
        ratios = [seconds / base for seconds in times[f"predict, scaling {name}"]]
        row(f"  predict, scaling {name} / plain loop", ratios, "×", at_most=1.05)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=list(CONTENDERS), help="race these only")
    parser.add_argument("--worker", choices=list(CONTENDERS), help="be this contender, in this process")
    options = parser.parse_args()
    if options.worker:
        return work(options.worker)
    announce("Engine")
    race(options.only or list(CONTENDERS), options.epochs, options.repeats)
    half_precision(options.repeats)
    return predicting(options.repeats)


if __name__ == "__main__":
    main()
