"""`netwright export`: a model as files for other machines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netwright.cli import options
from netwright.cli.output import note, print_json, print_table, say

EXAMPLES = """Examples:

netwright export runs/breast_cancer --to onnx --out device/

netwright export runs/breast_cancer --to onnx --quantize int8 --out device/"""


def export(
    model: options.Model,
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")],
    to: Annotated[str, typer.Option("--to", help="Targets: onnx, tensorrt, litert, coreml.")] = "onnx",
    rows: Annotated[
        Path | None,
        typer.Option("--rows", help="Rows to check on, best with their true answers."),
    ] = None,
    quantize: Annotated[
        str | None,
        typer.Option("--quantize", help="int8, int8-dynamic, int8-static or float16."),
    ] = None,
    max_loss: Annotated[
        float, typer.Option("--max-loss", help="Points of accuracy that quantisation may cost.")
    ] = 1.0,
    install: Annotated[
        bool,
        typer.Option("--install", help="Make the environment of a converter that is not installed (1 GB)."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
    as_json: options.Json = False,
) -> None:
    """Export a model, its preparation inside, and check each file on rows against the model."""
    from netwright.verbs.export import export as verb

    done = verb(
        model,
        out,
        to=to,
        rows=rows,
        quantize=quantize,
        max_loss=max_loss,
        install=install,
        force=force,
        told=note,
    )
    if as_json:
        print_json({"folder": str(done.path), **done.manifest})
        return
    table = []
    for entry in done.manifest["targets"]:
        parity, speed, cost = entry["parity"], entry["latency_ms"], entry["cost"]
        checked = f"{parity['error']:.1e}" if parity else "-"
        lost = f"{cost['points']:.2f} points" if cost else "-"
        row = f"{speed['median']:.3f} ms" if speed else "-"
        table.append((entry["target"], entry["file"], f"{entry['bytes']:,}", checked, lost, row))
    heads = ("target", "file", "bytes", "largest difference", "accuracy lost", "one row")
    print_table(sys.stdout, heads, table)
    say(f"{done.path}: see card.md")
