"""What all tests share: one thread a process, no display, and no GPU test without a GPU."""

from __future__ import annotations

import os

# Before PyTorch and Matplotlib are imported anywhere, and inherited by the processes that tests start:
# small networks gain nothing from threads, and several test processes would fight over the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

from collections.abc import Iterator

import pytest
from hypothesis import settings

# The time a property takes on a busy machine says nothing about the property.
settings.register_profile("netwright", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("netwright")


@pytest.fixture
def two_processes() -> Iterator[int]:
    """Return a number of jobs for joblib; its processes end with the test.

    Else those that were idle for minutes end by themselves, and one may do so just when it gets work: the
    test then waits for ever.
    """
    from joblib.externals.loky import get_reusable_executor

    yield 2
    get_reusable_executor().shutdown(wait=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name parameters the same in every process: bytes and addresses tell a reader nothing anyway."""
    return argname if isinstance(val, bytes) or " at 0x" in repr(val) else None
