"""The exact answers to requests that are wrong, and what pages of other origins may see of them."""

import gzip
import json
from typing import Any

import pytest

from tests.capture.process import TOKEN, CaptureProcess

EVENT = {"event": "x", "distinct_id": "a", "api_key": TOKEN}
INVALID = ("validation_error", "invalid_input")
TOKEN_INVALID = ("authentication_error", "invalid_api_key")


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in EVENT.items() if key != name}


@pytest.mark.parametrize(
    ("document", "status", "detail"),
    [
        ([], 400, "request holds no event"),
        ({"api_key": TOKEN, "batch": []}, 400, "request holds no event"),
        (
            without("event"),
            400,
            "failed to hydrate events from request: non-engage request missing event name attribute",
        ),
        (
            {"batch": [EVENT]},
            400,
            "failed to hydrate events from request: non-engage request missing event name attribute",
        ),
        ({**EVENT, "event": ""}, 400, "event submitted with an empty event name"),
        ([{**EVENT, "event": ""}], 400, "event submitted with an empty event name"),
        (without("distinct_id"), 400, "event submitted without a distinct_id"),
        ({**EVENT, "distinct_id": None}, 400, "event submitted without a distinct_id"),
        ({**EVENT, "distinct_id": " \t"}, 400, "event submitted without a distinct_id"),
        ({"api_key": TOKEN, "event": ""}, 400, "event submitted with an empty event name"),
        ([without("distinct_id"), {**EVENT, "event": ""}], 400, "event submitted without a distinct_id"),
        ([{**EVENT, "event": "$performance_event"}, without("event")], 400, "event submitted with an empty event name"),
        (
            {**EVENT, "properties": {"$cookieless_mode": "yes"}},
            400,
            "event submitted with invalid cookieless mode",
        ),
        (without("api_key"), 401, "event submitted without an api_key"),
        ([EVENT, {**EVENT, "api_key": "phc_other"}], 401, "batch submitted with inconsistent api_key values"),
        ({**EVENT, "api_key": ""}, 401, "API key is not valid: empty"),
        ({**EVENT, "api_key": " "}, 401, "API key is not valid: empty"),
        ({**EVENT, "api_key": "phx_secret"}, 401, "API key is not valid: personal_api_key"),
        ({**EVENT, "api_key": "p" * 65}, 401, "API key is not valid: too_long"),
        ({**EVENT, "api_key": "phc_é"}, 401, "API key is not valid: not_ascii"),
        ({**EVENT, "api_key": "phc_\0"}, 401, "API key is not valid: null_byte"),
        ({**EVENT, "api_key": "phc_unknown"}, 401, "api_key does not resolve to a known project"),
    ],
)
def test_refusals(capture: CaptureProcess, document: Any, status: int, detail: str) -> None:
    response = capture.send(document)
    assert response.status_code == status
    kind, code = TOKEN_INVALID if status == 401 else INVALID
    assert response.json() == {"type": kind, "code": code, "detail": detail, "attr": None}
    assert capture.new_lines() == []


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "request missing data payload"),
        (b"\x1f\x8b\x08broken", "failed to decode request: invalid GZIP data"),
        (gzip.compress(b"{}" * 100, mtime=0)[:-9], "failed to decode request: invalid GZIP data"),
        (b'{"event":"\xff"}', "failed to decode request: invalid UTF8 in request payload"),
    ],
)
def test_bodies_that_cannot_be_decoded(capture: CaptureProcess, body: bytes, detail: str) -> None:
    response = capture.http.post("/e/", content=body)
    assert (response.status_code, response.json()["detail"]) == (400, detail)


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"{",
        b"nul",
        b"5",
        b'"text"',
        b"[5]",
        b"[[]]",
        b'{"api_key":"phc","batch":5}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps({**EVENT, "properties": 3}).encode(),
        json.dumps({**EVENT, "properties": []}).encode(),
        json.dumps({**EVENT, "event": 5}).encode(),
        json.dumps({**EVENT, "uuid": "no"}).encode(),
        json.dumps({**EVENT, "timestamp": 5}).encode(),
        json.dumps({**EVENT, "$set": []}).encode(),
    ],
)
def test_bodies_that_cannot_be_parsed(capture: CaptureProcess, body: bytes) -> None:
    response = capture.http.post("/e/", content=body)
    assert response.status_code == 400
    assert response.json()["detail"].startswith("failed to parse request: ")
    assert capture.new_lines() == []


@pytest.mark.parametrize("hint", [{"params": {"compression": "gzip-js"}}, {"headers": {"content-encoding": "gzip"}}])
def test_what_is_called_gzip_must_be_gzip(capture: CaptureProcess, hint: dict[str, Any]) -> None:
    response = capture.http.post("/e/", content=json.dumps(EVENT), **hint)
    assert (response.status_code, response.json()["detail"]) == (400, "failed to decode request: invalid GZIP data")


@pytest.mark.parametrize("body", ["neither=nor", json.dumps(EVENT)])
def test_a_form_must_look_like_one(capture: CaptureProcess, body: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = capture.http.post("/e/", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["detail"] == "failed to decode request: expected form data in POST request payload"


def test_other_methods_are_refused(capture: CaptureProcess) -> None:
    response = capture.http.put("/e/", content="{}")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, OPTIONS, POST"


@pytest.mark.parametrize("api_key", [TOKEN, "phc_unknown"])
def test_a_page_of_another_origin_may_read_the_answer(capture: CaptureProcess, api_key: str) -> None:
    response = capture.send({**EVENT, "api_key": api_key}, headers={"origin": "https://shop.example"})
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert response.headers["vary"] == "Origin"
    assert "access-control-allow-headers" not in response.headers


def test_preflight(capture: CaptureProcess) -> None:
    headers = {"origin": "https://shop.example", "access-control-request-headers": "x-foo, content-type"}
    response = capture.http.options("/i/v0/e/", headers=headers)
    assert (response.status_code, response.json()) == (200, {"status": "Ok"})
    assert response.headers["access-control-allow-headers"] == "x-foo, content-type"


def test_without_an_origin_nothing_is_said_about_origins(capture: CaptureProcess) -> None:
    assert not [name for name in capture.send(EVENT).headers if name.startswith("access-control")]
