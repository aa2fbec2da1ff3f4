"""Models of other kinds behind HTTP: ensembles over tables, texts and pictures answer as in Python."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from tests.exporting.kinds import given, model_of
from tests.serving.test_server import ask, predict

from netwright.errors import UserError

pytest.importorskip("fastapi")
pytest.importorskip("httpx")
pytest.importorskip("prometheus_client")

from netwright.serving.server import make_application


def probabilities(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.array([list(one["probabilities"].values()) for one in answer.json()["predictions"]])


def described(application: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    schema, openapi = ask(application, ("GET", "/schema", {}), ("GET", "/openapi.json", {}))
    return schema.json(), openapi.json()["paths"]["/predict"]["post"]["requestBody"]["content"]


def picture(pixels: np.ndarray) -> bytes:
    from PIL import Image

    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_an_ensemble_answers_as_in_python(engine: str) -> None:
    if engine == "onnx":
        pytest.importorskip("onnxruntime")
    model = model_of("Ensemble")
    frame = given("tables")[0].drop("label").head(5)
    application = make_application(model, "several", engine=engine)
    rows = json.loads(json.dumps(frame.to_dicts(), default=str))
    np.testing.assert_allclose(
        probabilities(predict(application, {"rows": rows})), model.predict_proba(frame), atol=1e-5
    )
    why = ask(application, ("POST", "/explain", {"json": {"row": rows[0]}}))[0]
    assert why.status_code == 200, why.text


@pytest.mark.parametrize("kind", ["Ensemble", "text_beside_table", "text_cnn", "cnn", "gru"])
def test_the_example_of_every_kind_works(kind: str) -> None:
    application = make_application(model_of(kind), kind, engine="torch")
    schema, content = described(application)
    assert predict(application, {"row": schema["example"]}).status_code == 200
    assert predict(application, content["application/json"]["example"]).status_code == 200
    csv = content.get("text/csv")
    if csv is not None:
        headers = {"content-type": "text/csv"}
        sent = {"content": csv["example"], "headers": headers}
        assert ask(application, ("POST", "/predict", sent))[0].status_code == 200


def test_the_page_of_paths_needs_nothing_from_elsewhere() -> None:
    page = ask(make_application(model_of("cnn"), "pictures"), ("GET", "/docs", {}))[0]
    assert page.status_code == 200
    assert "POST /predict" in page.text
    assert "image/png" in page.text
    assert "https://" not in page.text


def test_pictures_in_base64_and_as_they_are() -> None:
    pytest.importorskip("PIL")
    model = model_of("cnn")
    pixels = given("pictures")[0][:3]
    files = [picture(one) for one in pixels]
    application = make_application(model, "pictures")
    name = described(application)[0]["columns"][0]["name"]
    coded = [base64.b64encode(one).decode() for one in files]
    expected = model.predict_proba(pixels)
    got = probabilities(predict(application, {"rows": [{name: one} for one in coded]}))
    np.testing.assert_allclose(got, expected, atol=1e-6)
    page = probabilities(predict(application, {"row": {name: f"data:image/png;base64,{coded[0]}"}}))
    np.testing.assert_allclose(page, expected[:1], atol=1e-6)
    sent = {"content": files[1], "headers": {"content-type": "image/png"}}
    body = ask(application, ("POST", "/predict", sent))[0]
    np.testing.assert_allclose(probabilities(body), expected[1:2], atol=1e-6)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, "expected a picture file"),
        ({"x": 3}, "base64"),
        ({"x": "§"}, "no base64"),
        ({"x": "AAAA"}, "read"),
    ],
)
def test_what_is_no_picture_is_named(row: dict[str, Any], told: str) -> None:
    application = make_application(model_of("cnn"), "pictures")
    name = described(application)[0]["columns"][0]["name"]
    sent = dict.fromkeys([name] * len(row), *row.values()) if row else {}
    good = described(application)[0]["example"]
    answer = predict(application, {"rows": [good, sent]})
    assert answer.status_code == 422
    assert (answer.json()["column"], answer.json()["row"]) == (name, 2)
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["spectrogram_convolution", "nlinear"])
def test_what_is_not_served_says_what_to_do(kind: str) -> None:
    with pytest.raises(UserError, match=r"netwright predict or netwright export|netwright predict, or"):
        make_application(model_of(kind), kind)


@pytest.mark.parametrize(
    "value", [None, 3, [], [[1.0]], [[1.0, 2.0, 3.0]], [["a", "b"]], [[1.0, 2.0], [1.0]]]
)
def test_a_sequence_that_does_not_fit_is_named(value: Any) -> None:
    application = make_application(model_of("gru"), "steps")
    name = described(application)[0]["columns"][0]["name"]
    answer = predict(application, {"row": {name: value}})
    assert (answer.status_code, answer.json()["row"]) == (422, 1), answer.text
