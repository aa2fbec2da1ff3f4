"""Exported files against the model: parity, size and accuracy in 8 bits, and the latency of one row."""

from __future__ import annotations

import tempfile
from pathlib import Path

from common import announce, arguments, data_file, row

ROWS = 10_000
MOST_ERROR, LEAST_EQUAL = 1e-4, 0.9999
MOST_MILLISECONDS, MOST_SHARE, MOST_POINTS = 0.3, 0.35, 1.0


def measure(model, frame, name: str, targets: list[str], latency: bool) -> bool:
    """Print parity and latency of a model's exports, and what 8 bits cost."""
    import netwright as nw

    met = True
    with tempfile.TemporaryDirectory() as folder:
        done = nw.export(model, Path(folder) / "full", to=targets, rows=frame)
        for one in done.delivered:
            print(f"{name}, {one.target}: {(done.path / one.file).stat().st_size:,} bytes")
            met &= row("  largest relative difference", [one.parity.error], at_most=MOST_ERROR, digits=7)
            met &= row("  equal classes", [one.parity.equal], at_least=LEAST_EQUAL, digits=5)
            if one.latency is not None and latency:
                bound = MOST_MILLISECONDS
                row("  one row, median", [one.latency.median], "ms")
                met &= row("  one row, 95th percentile", [one.latency.p95], "ms", at_most=bound)
        small = nw.export(model, Path(folder) / "small", rows=frame, quantize="int8", max_loss=100)
        entry = small.manifest["targets"][0]
        met &= row(
            f"  {entry['quantization']}: share of float32", [entry["share_of_float32"]], at_most=MOST_SHARE
        )
        met &= row("  accuracy lost", [entry["cost"]["points"]], "pt", at_most=MOST_POINTS)
    return met


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    announce("Exported files against the model")
    train, test = (data_file(options.data, f"tabular/adult_{part}.csv") for part in ("train", "test"))
    if train is None or test is None:
        return
    import polars as pl

    import netwright as nw

    frame, rows = pl.read_csv(train), pl.read_csv(test).head(ROWS)
    plain = nw.Classifier(network="mlp", epochs=3, progress=False).fit(frame, "income")
    met = measure(plain, rows, "MLP on adult", ["onnx", "tensorrt"], latency=True)
    chosen = nw.Classifier(epochs=3, progress=False).fit(frame, "income")
    met &= measure(chosen, rows, "the default network on adult", ["onnx", "tensorrt"], latency=False)
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
