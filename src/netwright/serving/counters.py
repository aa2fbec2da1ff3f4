"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

from typing import Any

from netwright.errors import needing
from netwright.serving.drift import Drift, Seen

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Counters:
    """The counters of one server; another server in the same process has its own."""

    def __init__(self, drift: Drift, columns: tuple[str, ...], labels: tuple[str, ...]) -> None:
        prometheus = prometheus_package()
        self.registry = prometheus.CollectorRegistry()
        kept = {"namespace": "netwright", "registry": self.registry}
        self.requests = prometheus.Counter("requests", "Requests answered.", ["path", "status"], **kept)
        self.seconds = prometheus.Histogram(
            "request_seconds", "Time of requests.", ["path"], buckets=SECONDS, **kept
        )
        self.batches = prometheus.Histogram("batch_rows", "Rows computed together.", buckets=ROWS, **kept)
        self.rows = prometheus.Counter("rows", "Rows answered.", **kept)
        self.answers = prometheus.Counter("answers", "Rows by the class answered.", ["answer"], **kept)
        self._kinds = {
            "missing": prometheus.Counter("missing_values", "Values that were missing.", ["column"], **kept),
            "unseen": prometheus.Counter(
                "unseen_categories", "Categories never seen in training.", ["column"], **kept
            ),
            "outside": prometheus.Counter(
                "outside_values", "Numbers beyond those of the training.", ["column"], **kept
            ),
        }
        for counter in self._kinds.values():
            for column in columns:
                counter.labels(column)
        for label in labels:
            self.answers.labels(label)
        drifts = prometheus.Gauge(
            "drift", "Population stability index of recent rows against the training.", ["column"], **kept
        )
        for name, watched in drift.columns.items():
            drifts.labels(name).set_function(lambda watched=watched: watched.index)

    def see(self, seen: Seen) -> None:
        """Count what was noticed in a batch."""
        for kind, counter in self._kinds.items():
            for column, count in getattr(seen, kind).items():
                counter.labels(column).inc(count)

    def text(self) -> bytes:
        """Return everything in the text format."""
        written: bytes = prometheus_package().generate_latest(self.registry)
        return written


def prometheus_package() -> Any:
    """Return the package `prometheus_client`.

    Raises:
        MissingExtraError: when it is not installed.
    """
    with needing("prometheus_client", "serve", "counting requests"):
        import prometheus_client
    return prometheus_client
