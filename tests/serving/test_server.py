"""The server: right requests are answered as the model does, wrong ones are told where they are wrong."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.verbs.small import classifier, people, regressor

from netwright.errors import UserError
from netwright.serving.batching import Batcher
from netwright.serving.drift import Drift
from netwright.serving.limits import Limits, RefusedError

pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")
pytest.importorskip("prometheus_client")

from netwright.serving.server import make_application  # noqa: E402


def ask(application: Any, *requests: tuple[str, str, dict[str, Any]]) -> list[Any]:
    """Send requests to an application at once, and return the answers."""

    async def all_of_them() -> list[Any]:
        transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return list(await asyncio.gather(*(client.request(m, p, **kw) for m, p, kw in requests)))

    return asyncio.run(all_of_them())


def predict(application: Any, data: Any, **named: Any) -> Any:
    return ask(application, ("POST", "/predict", {"json": data, **named}))[0]


@pytest.fixture(params=["onnx", "torch"])
def application(request: pytest.FixtureRequest) -> Any:
    if request.param == "onnx":
        pytest.importorskip("onnxruntime")
    return make_application(classifier(), "small", engine=request.param, limits=Limits(body=20_000, rows=50))


def rows(count: int = 3) -> list[dict[str, Any]]:
    return people(count, seed=5).select("age", "job", "code").to_dicts()


def test_answers_are_those_of_the_model(application: Any) -> None:
    given = rows(9)
    answer = predict(application, {"rows": given})
    assert answer.status_code == 200
    found = [one["probabilities"]["yes"] for one in answer.json()["predictions"]]
    frame = pl.DataFrame(given, schema_overrides={"age": pl.Float64})
    np.testing.assert_allclose(found, classifier().predict_proba(frame)[:, 1], rtol=1e-4, atol=1e-6)


def test_requests_at_once_get_their_own_answers(application: Any) -> None:
    given = rows(30)
    answers = ask(application, *[("POST", "/predict", {"json": {"row": one}}) for one in given])
    found = [one.json()["predictions"][0]["probabilities"]["yes"] for one in answers]
    alone = predict(application, {"rows": given}).json()["predictions"]
    np.testing.assert_allclose(found, [one["probabilities"]["yes"] for one in alone], rtol=1e-5)


def test_csv_in_and_out(application: Any) -> None:
    table = "code,age,job\n007,41.5,cook\n012,,smith\n"
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    answer = ask(application, ("POST", "/predict", {"content": table, "headers": headers}))[0]
    assert answer.text.splitlines()[0] == "prediction,probability_no,probability_yes"
    assert len(answer.text.splitlines()) == 3


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"age": "old"}, "age"),
        ({"age": [1]}, "age"),
        ({"age": {"a": 1}}, "age"),
        ({"job": [None]}, "job"),
    ],
)
def test_a_wrong_value_is_named(application: Any, change: dict[str, Any], column: str) -> None:
    answer = predict(application, {"rows": [rows(1)[0], {**rows(1)[0], **change}]})
    assert answer.status_code == 422
    assert answer.json()["column"] == column
    assert answer.json()["row"] == 2


def test_a_missing_column_is_named(application: Any) -> None:
    answer = predict(application, {"row": {"age": 3, "jobs": "cook", "code": "007"}})
    assert (answer.status_code, answer.json()["column"]) == (422, "job")
    assert "jobs" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 15_000, 400),
        (b"[]", 422),
        (b'{"rows": []}', 422),
        (b'{"rows": [1]}', 422),
        (b'{"row": {"age": NaN, "job": "a", "code": "b"}}', 422),
        (b'{"row": {"age": 1e999, "job": "a", "code": "b"}}', 422),
        (b"x" * 30_000, 413),
        (json.dumps({"rows": rows(51)}).encode(), 413),
    ],
    ids=["empty", "open", "bytes", "deep", "list", "none", "number", "nan", "infinite", "long", "many"],
)
def test_malformed_bodies(application: Any, content: bytes, status: int) -> None:
    headers = {"content-type": "application/json"}
    assert (
        ask(application, ("POST", "/predict", {"content": content, "headers": headers}))[0].status_code
        == status
    )


def test_other_content_types_are_refused(application: Any) -> None:
    headers = {"content-type": "application/xml"}
    answer = ask(application, ("POST", "/predict", {"content": b"<a/>", "headers": headers}))[0]
    assert answer.status_code == 415


def test_the_example_works_and_everything_describes_itself(application: Any) -> None:
    schema, page, health, openapi = ask(
        application, *[("GET", path, {}) for path in ("/schema", "/", "/health", "/openapi.json")]
    )
    assert predict(application, {"row": schema.json()["example"]}).status_code == 200
    body = openapi.json()["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert predict(application, body["application/json"]["example"]).status_code == 200
    assert health.json()["status"] == "ok"
    assert "label" in page.text


def test_counters_tell_of_gaps_unseen_words_and_statuses(application: Any) -> None:
    predict(application, {"row": {"age": None, "job": "astronaut", "code": "007"}})
    predict(application, {"row": {}})
    text = ask(application, ("GET", "/metrics", {}))[0].text
    assert 'netwright_missing_values_total{column="age"} 1.0' in text
    assert 'netwright_unseen_categories_total{column="job"} 1.0' in text
    assert 'netwright_requests_total{path="/predict",status="422"} 1.0' in text


def test_a_token_is_asked_for_everywhere_but_health() -> None:
    application = make_application(regressor(), "small", engine="torch", token="secret")
    wrong, right, health = ask(
        application,
        ("GET", "/schema", {}),
        ("GET", "/schema", {"headers": {"authorization": "Bearer secret"}}),
        ("GET", "/health", {}),
    )
    assert (wrong.status_code, right.status_code, health.status_code) == (401, 200, 200)


def test_numbers_are_answered_in_their_unit() -> None:
    application = make_application(regressor(), "small", engine="torch")
    answer = predict(application, {"row": rows(1)[0]}).json()["predictions"][0]["prediction"]
    frame = pl.DataFrame(rows(1), schema_overrides={"age": pl.Float64})
    assert answer == pytest.approx(float(regressor().predict(frame)[0]), rel=1e-5)


def test_a_failing_batch_fails_alone_and_time_is_limited() -> None:
    def compute(given: list[dict[str, Any]]) -> np.ndarray:
        if given[0]["x"] == "bad":
            raise UserError("bad")
        return np.ones((len(given), 1))

    async def story() -> None:
        batcher = Batcher(compute, Limits(waiting=3))
        with pytest.raises(UserError):
            await batcher.answers([{"x": "bad"}])
        assert len(await batcher.answers([{"x": 1}])) == 1
        with pytest.raises(RefusedError) as refused:
            await batcher.answers([{"x": 1}] * 4)
        assert refused.value.status == 503
        await batcher.close()

    asyncio.run(story())


def test_what_was_accepted_is_answered_before_the_end() -> None:
    async def story() -> None:
        batcher = Batcher(lambda given: np.arange(len(given))[:, None], Limits(batch=2))
        asked = [asyncio.create_task(batcher.answers([{"x": 1}])) for _ in range(7)]
        await asyncio.sleep(0)
        await batcher.close()
        assert [len(one) for one in await asyncio.gather(*asked)] == [1] * 7

    asyncio.run(story())


def test_at_the_end_answers_close_their_connection() -> None:
    application = make_application(classifier(), "small", engine="torch")
    assert "connection" not in predict(application, {"row": rows(1)[0]}).headers
    application.ending = True
    answer = predict(application, {"row": rows(1)[0]})
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")


def test_moved_numbers_are_drift_and_the_same_are_not() -> None:
    model = classifier()
    ages = people().get_column("age").drop_nulls().to_list()
    still, moved = Drift([model.preparation_]), Drift([model.preparation_])
    still.see([{"age": age, "job": "cook", "code": "007"} for age in ages])
    moved.see([{"age": age + 30, "job": "cook", "code": "007"} for age in ages])
    assert still.columns["age"].index < 0.1
    assert moved.columns["age"].index > 0.25
