"""A model behind HTTP: predictions a second under load, and whether requests at random bring it down.

    python bench/serve.py            # 16 clients for 60 s, then 10,000 fuzzed requests with schemathesis

schemathesis runs in the environment that SCHEMATHESIS names (its `st` command), where it is installed.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from common import announce, arguments, data_file, program, row

CLIENTS = 16
LEAST_PER_SECOND, MOST_P99 = 1_500, 50.0
FUZZED = 10_000
MOST_GROWTH = 30.0
"""MiB that the memory may grow while requests are fuzzed: allocators keep some."""


def start(model: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server and return it with its address."""
    command = [program(), "serve", str(model), "--port", "0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if " answers" not in line:
        raise SystemExit(f"the server did not start: {line}{process.stdout.read()}")
    return process, line.split(" answers")[0]


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout=60)
    # uvicorn answers what it accepted, closes, and then lets the signal end the process.
    return 0 if status == -signal.SIGTERM else status


def get(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address) as answer:
        return json.loads(answer.read())


def none(name: str, count: int) -> bool:
    """Print a count that must be 0."""
    print(f"{name:<44} {count:>12,}; bound 0: {'met' if count == 0 else 'NOT MET'}", flush=True)
    return count == 0


def memory(process: subprocess.Popen[str]) -> float:
    """Return the resident memory of a process in MiB."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


async def client(host: str, port: int, bodies: list[bytes], end: float, took: list[float]) -> int:
    """Ask one row after another over one connection until the end; return how many answers were not 200."""
    reader, writer = await asyncio.open_connection(host, port)
    wrong = turn = 0
    while time.perf_counter() < end:
        body = bodies[turn % len(bodies)]
        turn += 1
        begun = time.perf_counter()
        writer.write(body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
        wrong += not head.startswith(b"HTTP/1.1 200")
    writer.close()
    return wrong


async def load(address: str, rows: list[dict[str, Any]], seconds: float) -> tuple[list[float], int]:
    """Return the seconds of every request of 16 clients, and how many failed."""
    host, port = address.removeprefix("http://").split(":")
    bodies = []
    for one in rows:
        text = json.dumps({"row": one}).encode()
        head = f"POST /predict HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        bodies.append(f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text)
    took: list[float] = []
    end = time.perf_counter() + seconds
    each = [client(host, int(port), bodies[place::CLIENTS], end, took) for place in range(CLIENTS)]
    return took, sum(await asyncio.gather(*each))


def measure_load(address: str, rows: list[dict[str, Any]], seconds: float, repeats: int) -> bool:
    asyncio.run(load(address, rows, 3))
    speeds, p99, failed = [], [], 0
    for _ in range(repeats):
        took, wrong = asyncio.run(load(address, rows, seconds / repeats))
        speeds.append(len(took) / (seconds / repeats))
        p99.append(1000 * statistics.quantiles(took, n=100)[-1])
        failed += wrong
    met = row(
        f"one row a request, {CLIENTS} clients: predictions",
        speeds,
        "/s",
        at_least=LEAST_PER_SECOND,
        digits=0,
    )
    met &= row("the same: 99th percentile", p99, "ms", at_most=MOST_P99)
    return met & none(f"errors in {seconds:g} s", failed)


def measure_fuzz(process: subprocess.Popen[str], address: str, requests: int) -> bool:
    """Send requests made of the OpenAPI schema, right and wrong ones, and count answers above 499."""
    command = os.environ.get("SCHEMATHESIS") or shutil.which("st")
    if command is None:
        print("schemathesis: skipped, not installed. Name its command in SCHEMATHESIS.")
        return True
    paths = ["/predict", "/explain", "/schema", "/health", "/metrics"]
    for path, examples in (("/predict", 200), ("/explain", 20)):  # what is allocated once is allocated now
        fuzz(command, address, path, examples, seed=0)
    before, seed = memory(process), 1
    while answered(address) < requests:
        for path in paths:
            fuzz(command, address, path, 20 if path == "/explain" else 1_000, seed)
        seed += 1
        print(f"after {answered(address):,} requests: {memory(process):.0f} MiB")
    growth = memory(process) - before
    counts = statuses(address)
    total, broken = sum(counts.values()), sum(n for status, n in counts.items() if status >= 500)
    print("answers by status: " + ", ".join(f"{status}: {n:,}" for status, n in sorted(counts.items())))
    met = none(f"answers above 499 of {total:,} fuzzed requests", broken)
    return met & row(
        f"growth of the memory from {before:.0f} MiB", [growth], "MiB", at_most=MOST_GROWTH, digits=1
    )


def fuzz(command: str, address: str, path: str, examples: int, seed: int) -> None:
    words = [
        command,
        "run",
        f"{address}/openapi.json",
        "--include-path",
        path,
        "--checks",
        "not_a_server_error",
    ]
    words += ["--max-examples", str(examples), "--seed", str(seed), "--mode", "all", "--no-color"]
    with tempfile.TemporaryDirectory() as place:  # it leaves its examples where it stands
        answer = subprocess.run(words, capture_output=True, text=True, cwd=place)
    if answer.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)} ended with {answer.returncode}:\n{answer.stdout}{answer.stderr}")
    if "Server error" in answer.stdout:
        print(answer.stdout)


def statuses(address: str) -> dict[int, int]:
    """Return how many answers had each status, as the server counted them."""
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    counts: dict[int, int] = {}
    for line in lines:
        if line.startswith("netwright_requests_total"):
            status = int(line.split('status="')[1].split('"')[0])
            counts[status] = counts.get(status, 0) + int(float(line.rsplit(" ", 1)[1]))
    return counts


def answered(address: str) -> int:
    return sum(statuses(address).values())


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--seconds", type=float, default=60, help="of load; 0 leaves it out")
    parser.add_argument("--fuzzed", type=int, default=FUZZED, help="requests; 0 leaves them out")
    options = parser.parse_args()
    announce("A model behind HTTP")
    train, test = (data_file(options.data, f"tabular/adult_{part}.csv") for part in ("train", "test"))
    if train is None or test is None:
        return
    import polars as pl

    import netwright as nw

    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "adult.nw"
        frame = pl.read_csv(train)
        nw.Classifier(network="mlp", epochs=3, progress=False).fit(frame, "income").save(model)
        rows = pl.read_csv(test).drop("income").head(2_000).to_dicts()
        met = True
        if options.seconds:
            process, address = start(model)
            print(f"engine: {get(f'{address}/health')['engine']}")
            met = measure_load(address, rows, options.seconds, 5)
            met &= none("the server ends in peace: exit status", stop(process))
        if options.fuzzed:
            process, address = start(model)
            met &= measure_fuzz(process, address, options.fuzzed)
            stop(process)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
