from __future__ import annotations

from pathlib import Path

import pytest
from tests.verbs.small import classifier, people

from netwright.errors import ArtifactError, RunError
from netwright.run import Run
from netwright.verbs.model import open_model


def test_a_model_file_and_a_run_folder_give_the_same_model(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", {})
    classifier().save(run.path / "model.nw")
    expected = classifier().predict_proba(people(9)).tolist()
    for place in (run.path, run.path / "model.nw"):
        assert open_model(place).predict_proba(people(9)).tolist() == expected


def test_nothing_there_names_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "breast_cancer").mkdir()
    with pytest.raises(RunError, match=r"no run folder or model file.*Did you mean .*breast_cancer\?"):
        open_model(tmp_path / "breast_cancr")
    with pytest.raises(RunError, match="no run folder or model file"):
        open_model(tmp_path / "nowhere" / "at_all")


def test_other_folders_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        open_model(tmp_path)
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ArtifactError, match=r"table\.csv"):
        open_model(tmp_path / "table.csv")
