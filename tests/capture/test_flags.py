"""`/flags` and `/decide` in every version: no project has flags yet, and the answers say so in the form asked for."""

import base64
import json
import uuid
from typing import Any

import pytest

from tests.capture.process import TOKEN, CaptureProcess

BODY = {"token": TOKEN, "distinct_id": "ada"}


def ask(capture: CaptureProcess, path: str, body: dict[str, Any] = BODY) -> dict[str, Any]:
    """The answer, without what every answer has."""
    response = capture.send(body, path=path)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    uuid.UUID(answer.pop("requestId"))
    assert answer.pop("evaluatedAt") > 1_700_000_000_000
    assert answer.pop("errorsWhileComputingFlags") is False
    return answer


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/flags/?v=1", {"featureFlags": {}, "featureFlagPayloads": {}}),
        ("/flags/?v=x", {"featureFlags": {}, "featureFlagPayloads": {}}),
        ("/flags/?v=2", {"flags": {}}),
        ("/flags?v=3", {"flags": {}}),
        ("/flags/?v=4", {"flags": {}}),
    ],
)
def test_flags_versions(capture: CaptureProcess, path: str, expected: dict[str, Any]) -> None:
    assert ask(capture, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/decide/", {"featureFlags": []}),
        ("/decide/?v=1", {"featureFlags": []}),
        ("/decide/?v=2", {"featureFlags": {}}),
        ("/decide?v=3", {"featureFlags": {}, "featureFlagPayloads": {}}),
        ("/decide/?v=4", {"flags": {}}),
        ("/flags/", {"flags": {}}),
        ("/flags/?v=2&config=true", {"flags": {}}),
    ],
)
def test_answers_with_the_configuration(capture: CaptureProcess, path: str, expected: dict[str, Any]) -> None:
    answer = ask(capture, path)
    config = {
        name: value for name, value in answer.items() if name not in ("flags", "featureFlags", "featureFlagPayloads")
    }
    assert {name: value for name, value in answer.items() if name not in config} == expected
    assert config["supportedCompression"] == ["gzip", "gzip-js"]
    assert config["hasFeatureFlags"] is config["sessionRecording"] is config["isAuthenticated"] is False
    assert config["toolbarParams"] == {}
    assert config["config"] == {"enable_collect_everything": True}
    assert "token" not in config


@pytest.mark.parametrize(
    "body",
    [
        {"api_key": TOKEN, "$distinct_id": 5},
        {"$token": TOKEN, "distinct_id": ""},
        {"token": TOKEN, "disable_flags": True},
    ],
)
def test_other_names_of_the_fields(capture: CaptureProcess, body: dict[str, Any]) -> None:
    assert ask(capture, "/flags/?v=2", body) == {"flags": {}}


def test_the_request_id_is_the_callers(capture: CaptureProcess) -> None:
    request_id = str(uuid.uuid4())
    assert (
        capture.send(BODY, path="/flags/?v=2", headers={"x-request-id": request_id}).json()["requestId"] == request_id
    )


def test_a_form_in_base64(capture: CaptureProcess) -> None:
    data = base64.b64encode(json.dumps(BODY).encode())
    response = capture.http.post("/flags/?v=2&compression=base64", data={"data": data.decode()})
    assert response.json()["flags"] == {}


def test_text_that_is_not_quite_json(capture: CaptureProcess) -> None:
    body = b'{"token":"%b","distinct_id":"\xff","person_properties":{"a":NaN}}' % TOKEN.encode()
    assert capture.http.post("/flags/?v=2", content=body).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"content-encoding": "gzip"}, {"content-type": "application/x-www-form-urlencoded"}]
)
def test_what_the_bytes_look_like_counts(capture: CaptureProcess, headers: dict[str, str]) -> None:
    assert capture.http.post("/flags/?v=2", content=json.dumps(BODY), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 401, "No API token provided. Please include a valid API token in your request."),
        (b"{}", 401, "No API token provided. Please include a valid API token in your request."),
        (
            b'{"token":"phc_unknown","distinct_id":"a"}',
            401,
            "The provided API key is invalid or has expired. Please check your API key and try again.",
        ),
        (
            b'{"token":"phc_test_token"}',
            400,
            "The distinct_id field is missing from the request. Please include a valid identifier.",
        ),
        (
            b'{"token":',
            400,
            "Failed to decode request: invalid JSON. Please check your request format and try again.",
        ),
        (b"[1]", 400, "Failed to decode request: invalid JSON. Please check your request format and try again."),
    ],
)
def test_refusals(capture: CaptureProcess, body: bytes, status: int, detail: str) -> None:
    response = capture.http.post("/flags/?v=2", content=body, headers={"origin": "https://shop.example"})
    assert (response.status_code, response.json()["detail"]) == (status, detail)
    assert response.headers["access-control-allow-origin"] == "https://shop.example"


def test_other_methods(capture: CaptureProcess) -> None:
    got = capture.http.get("/flags/")
    assert got.json() == {
        "supportedCompression": ["gzip", "gzip-js"],
        "config": {"enable_collect_everything": True},
        "toolbarParams": {},
        "isAuthenticated": False,
        "sessionRecording": False,
    }
    assert capture.http.head("/flags/").status_code == 200
    options = capture.http.options("/flags/")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, POST, OPTIONS, HEAD")
    put = capture.http.put("/flags/")
    assert (put.status_code, put.headers["allow"]) == (405, "GET, POST, OPTIONS, HEAD")
