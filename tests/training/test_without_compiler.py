"""Optimizers work without PyTorch's compiler, and nothing of that is left behind."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys, warnings
import numpy as np
import torch
import netwright as nw
X = np.random.default_rng(0).normal(size=(120, 3))
nw.Regressor(epochs=3, progress=False, device="cpu").fit(X, X[:, 0] + X[:, 1] ** 2)
print([name for name in ("torch._dynamo", "sympy") if name in sys.modules])
print(hasattr(torch.optim.Optimizer.zero_grad.__wrapped__, "__dynamo_disable"))
"""


def test_a_training_on_a_table_imports_no_compiler_and_leaves_nothing_behind() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[]", "False", ""]
