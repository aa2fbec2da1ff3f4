"""Settings of the recipe and options that are wrong."""

from __future__ import annotations

import pytest
from tests.bad_input.refusal import LABEL, labelled, refused, write

TRAIN = ("train", "table.csv", "--target", "label")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--set", "optimiser.learning_rate=0.1"], ["'optimiser'", "Did you mean 'optimizer'"]),
        (["--set", "optimizer.learning_rat=0.1"], ["learning_rat", "Did you mean 'learning_rate'"]),
        (["--set", "optimizer=rmsprob"], ["'rmsprob'", "Did you mean 'rmsprop'"]),
        (["--set", "epochs"], ["--set 'epochs'", "expected name=value"]),
        (["--set", "=3"], ["expected name=value"]),
        (["--set", "epochs=many"], ["epochs", "'many'"]),
        (["--set", "epochs=0"], ["epochs", "0"]),
        (["--set", "network.hidden=[0]"], ["hidden", "at least 1 unit"]),
        (["--set", "network.hidden=[64"], ["network.hidden", "YAML"]),
        (["--set", "epochs.x=1"], ["epochs"]),
        (["--seed", "1", "--set", "seed=2"], ["seed is given twice", "--seed"]),
        (["--seed", "-1"], ["seed", "-1"]),
        (["--time", "soon"], ["time", "'soon'", "60s"]),
        (["--time", "0s"], ["time", "above 0"]),
        (["--effort", "high"], ["effort", "'high'", "thorough"]),
        (["--task", "binari"], ["'binari'", "Did you mean 'binary'"]),
        (["--column", "age=numbr"], ["'age'", "Did you mean 'number'"]),
        (["--column", "age"], ["--column 'age'", "name=kind"]),
        (["--column", "agee=number"], ["'agee'", "Did you mean 'age'"]),
        (["--ignore", "job,agee"], ["'agee'", "Did you mean 'age'"]),
        (["--ignore", "age,job", "--ignore", "code"], ["No input column can be used", "at least one"]),
        (["--ignore", "label"], ["'label'", "target"]),
        (["--group", "jobb"], ["'jobb'", "Did you mean 'job'"]),
        (["--group", "label"], ["'label' is the target"]),
        (["--order-by", "age", "--group", "job"], ["choose one"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and value[0].startswith("-") else "",
)
def test_a_wrong_setting_is_named_with_what_is_right(words: list[str], expected: list[str]) -> None:
    write(labelled().write_csv())
    message = refused(*TRAIN, *words)
    for word in expected:
        assert word in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epochs: 3\noptimiser: sgd\n", ["'optimiser'", "Did you mean 'optimizer'"]),
        ("epochs: [3\n", ["recipe.yaml", "not valid YAML", "line"]),
        ("- epochs\n", ["recipe.yaml", "expected lines like 'epochs: 20'"]),
        ("network: {kind: mlp, hiden: [4]}\n", ["hiden", "Did you mean 'hidden'"]),
    ],
)
def test_a_wrong_recipe_file(text: str, expected: list[str]) -> None:
    write(labelled().write_csv())
    message = refused(*TRAIN, "--recipe", write(text, "recipe.yaml"))
    for word in expected:
        assert word in message


def test_a_recipe_that_is_not_there() -> None:
    write(labelled().write_csv())
    assert "recip.yaml" in refused(*TRAIN, "--recipe", "recip.yaml")


def test_a_test_file_that_does_not_match() -> None:
    write(labelled().write_csv())
    write(labelled().drop("job").write_csv(), "test.csv")
    message = refused(*TRAIN, "--test", "test.csv")
    assert "test.csv lacks the column 'job'" in message
    assert "tset.csv" in refused(*TRAIN, "--test", "tset.csv")


def test_nothing_to_train_on() -> None:
    write(labelled().write_csv())
    assert "--target" in refused("train", "table.csv")
    assert "netwright train" in refused("train", "--target", "label")
    assert "--set" in refused("train", "--resume", "runs/table", *LABEL)
