from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cli.command import netwright
from tests.verbs.small import people

import netwright as nw
from netwright.trace import neuron


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model of one network and the rows that it was trained on."""
    folder = tmp_path_factory.mktemp("trace")
    rows = people().drop("amount")
    rows.write_csv(folder / "rows.csv")
    network = nw.nets.MLP(hidden=(8, 8))
    nw.Classifier(network=network, epochs=2, progress=False).fit(rows, "label").save(folder / "model.nw")
    return folder


def test_all_layers_of_a_row(place: Path) -> None:
    outcome = netwright("trace", place / "model.nw", place / "rows.csv", "--row", 3)
    assert outcome.status == 0
    assert "hidden.1" in outcome.out
    assert outcome.err == ""


def test_one_unit_is_the_one_that_python_sees(place: Path) -> None:
    words = ("trace", place / "model.nw", place / "rows.csv", "--row", 3, "--layer", "hidden.1", "--unit", 7)
    expected = neuron(nw.load(place / "model.nw"), "hidden.1", 7, people()[2:3])
    answer = netwright(*words, "--json").answer
    assert answer["row"] == 3
    np.testing.assert_allclose(answer["activation"], expected.activation)
    np.testing.assert_allclose(answer["weights"], expected.weights)
    assert netwright(*words).out.strip() == expected.table().strip()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--row", 0), "numbered from 1; there is no row 0"),
        (("--row", 121), "has 120 rows"),
        (("--layer", "hidden.1"), "Give --layer and --unit"),
        (("--layer", "hiden.1", "--unit", 0), "Did you mean 'hidden.1'"),
        (("--layer", "hidden.1", "--unit", 99), "there is no unit 99"),
    ],
)
def test_mistakes_are_explained(place: Path, words: tuple[object, ...], message: str) -> None:
    outcome = netwright("trace", place / "model.nw", place / "rows.csv", *words)
    assert outcome.status == 2
    assert message in outcome.err
