"""`netwright embed` and `netwright similar`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netwright.cli.app import perform
from netwright.errors import RunError

TEXT = "The king sat on the throne. The queen sat on the throne. We bake bread in an oven. " * 40


def test_vectors_are_written_and_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus, out = tmp_path / "corpus.txt", tmp_path / "vectors.nw"
    corpus.write_text(TEXT)
    assert (
        perform(["embed", str(corpus), "--out", str(out), "--dimension", "8", "--epochs", "2", "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["words"], told["dimension"], len(told["loss"])) == (12, 8, 2)
    assert perform(["similar", str(out), "king", "--without", "bread", "--count", "2", "--json"]) == 0
    near = json.loads(capsys.readouterr().out)["similar"]
    assert len(near) == 2
    assert "king" not in [one["word"] for one in near]
    with pytest.raises(RunError, match="--force"):
        perform(["embed", str(corpus), "--out", str(out)])


def test_the_text_format_works_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "corpus.txt").write_text(TEXT)
    out = tmp_path / "vectors.txt"
    perform(["embed", str(tmp_path / "corpus.txt"), "--out", str(out), "--epochs", "1", "--cbow"])
    assert "12 words" in capsys.readouterr().out
    assert perform(["similar", str(out), "king"]) == 0
    assert "cosine" in capsys.readouterr().out
