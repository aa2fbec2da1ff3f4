from __future__ import annotations

from pathlib import Path

import pytest
from tests.verbs.small import classifier

from netwright.errors import RunError
from netwright.run import Run
from netwright.verbs.show import reasons_in, show


def test_a_run_that_has_only_begun(tmp_path: Path) -> None:
    place = tmp_path / "my run"
    Run.create(place, {"source": "/data/a.csv", "target": "y"})
    overview = show(place)
    assert (overview.status, overview.source, overview.target) == ("started", "/data/a.csv", "y")
    assert overview.headline == "Not finished: the run is started, after 0 rounds of training."
    assert overview.next == (f"netwright train --resume '{place}'",)
    assert (overview.metrics, overview.verdict, overview.recipe, overview.files) == ({}, None, {}, {})


def test_an_interrupted_run_with_a_model_can_be_used(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", {"source": "a.csv", "target": "label"})
    classifier().save(run.path / "model.nw")
    run.write_json("history.json", [one.to_json() for one in classifier().history_])
    finding = {
        "rule": "leak",
        "severity": "alarm",
        "message": "M.",
        "remedy": "R.",
        "columns": ["a"],
        "rows": [1],
    }
    run.write_json("findings.json", [finding | {"evidence": {"score": 1.0}}])
    run.write_text("recipe.yaml", "# 90 rows\nepochs: 3\nseed: 0\n")
    run.mark("interrupted")
    overview = show(run.path)
    assert overview.rounds == 3
    assert overview.files["model.nw"] == str(run.path / "model.nw")
    assert [words.split()[1] for words in overview.next] == ["train", "predict", "evaluate"]
    assert str(overview.findings[0]) == "M. R."
    assert overview.findings[0].columns == ("a",)
    assert overview.recipe == {"epochs": 3, "seed": 0}
    assert overview.reasons == {"epochs": "90 rows"}
    assert overview.to_json()["findings"][0]["rule"] == "leak"


def test_reasons_belong_to_the_setting_below_them() -> None:
    text = "# why a\na: {kind: x}\nb:\n  # not a reason\n  c: 1\n# why d\nd: 2\n"
    assert reasons_in(text) == {"a": "why a", "d": "why d"}
    assert reasons_in("") == {}


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run folder"):
        show(tmp_path / "none")
    run = Run.create(tmp_path / "run", {})
    (run.path / "recipe.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(RunError, match=r"recipe\.yaml is damaged"):
        show(run.path)
