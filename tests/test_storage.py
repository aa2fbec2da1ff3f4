from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from netwright.errors import ArtifactError
from netwright.storage import load_tree, pack, save_tree, unpack

VALUES = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text()
TREES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 9), inner),
    max_leaves=20,
)


@given(TREES)
def test_packing_and_unpacking_is_the_identity(tree: object) -> None:
    assert unpack(*pack(tree)) == tree


def test_tensors_of_every_type_survive(tmp_path: Path) -> None:
    tree = {
        "optimizer": {0: {"step": torch.tensor(3.0), "average": torch.randn(3, 2)}},
        "random": torch.get_rng_state(),
        "empty": torch.zeros(0, 4),
        "half": [torch.ones(2, dtype=torch.bfloat16), "text", None],
    }
    save_tree(tmp_path / "tree", tree)
    read = load_tree(tmp_path / "tree")
    assert torch.equal(read["optimizer"][0]["average"], tree["optimizer"][0]["average"])
    assert torch.equal(read["random"], tree["random"])
    assert read["empty"].shape == (0, 4)
    assert read["half"][0].dtype == torch.bfloat16
    assert read["half"][1:] == ["text", None]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    save_tree(tmp_path / "tree", {"w": torch.ones(100)})
    (tmp_path / "tree").write_bytes((tmp_path / "tree").read_bytes()[:-50])
    with pytest.raises(ArtifactError, match="damaged"):
        load_tree(tmp_path / "tree")
