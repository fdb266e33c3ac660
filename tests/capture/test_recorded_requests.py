"""Requests recorded from released SDKs, byte for byte, and the lines they become."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from hedgerow.spool.lines import NOT_AN_EVENT, PERSONLESS, Line
from tests.capture.process import PROJECT_ID, CaptureProcess, properties

SAMPLES = Path(__file__).parent / "requests"
CAPTURE_PATHS = ("/e", "/i/v0/e", "/batch", "/i/v0/ai/batch", "/i/v1/analytics/events")
NOT_STORED = {"$$heatmap"}
ADDED = {"$ip", "$set", "$set_once", "$lib", "$lib_version", "$session_id", "$process_person_profile"} | {
    "$elements",
    "$elements_chain",
}


def samples(*paths: str) -> list[Any]:
    """The recorded requests to one of the paths."""
    found = []
    for path in sorted(SAMPLES.glob("*.json")):
        sample = json.loads(path.read_text())
        if sample["path"].rstrip("/") in paths:
            found.append(pytest.param(sample, id=path.stem))
    assert found
    return found


def body_of(sample: dict[str, Any]) -> bytes:
    """The bytes as recorded; those left out of a recording are made from what they meant."""
    if sample["body_base64"] is not None:
        return base64.b64decode(sample["body_base64"])
    if sample["body"] is None:
        return b""
    text = json.dumps(sample["body"]).encode()
    return gzip.compress(text) if "gzip" in sample["decoded_via"] else text


def replay(capture: CaptureProcess, sample: dict[str, Any]) -> Any:
    """Send a recorded request."""
    headers = {name: value for name, value in sample["headers"].items() if name not in ("host", "content-length")}
    return capture.http.request(
        sample["method"], sample["path"], params=sample["query"], headers=headers, content=body_of(sample)
    )


def events_of(sample: dict[str, Any]) -> list[dict[str, Any]]:
    """The events a request meant to send."""
    body = sample["body"]
    events = body if isinstance(body, list) else body.get("batch") or [body]
    return [event for event in events if event["event"] not in NOT_STORED]


@pytest.mark.parametrize("sample", samples(*CAPTURE_PATHS))
def test_events_are_stored_as_sent(capture: CaptureProcess, sample: dict[str, Any]) -> None:
    historical = len(capture.lines("historical"))
    response = replay(capture, sample)
    assert response.status_code == (204 if sample["query"].get("beacon") else 200), response.text
    lines = capture.new_lines() + capture.lines("historical")[historical:]
    stored = [line for line in lines if line.k != NOT_AN_EVENT]
    sent = events_of(sample)
    assert [line.e for line in stored] == [event["event"] for event in sent]
    for line, event in zip(stored, sent, strict=True):
        check_line(line, event)


def check_line(line: Line, event: dict[str, Any]) -> None:
    """A line says what the event said."""
    sent = event.get("properties") or {}
    stored = properties(line)
    assert line.t == PROJECT_ID
    assert line.d == event.get("distinct_id", sent.get("distinct_id"))
    if "uuid" in event:
        assert line.u == event["uuid"]
    assert {key: value for key, value in stored.items() if key not in ADDED} == {
        key: value for key, value in sent.items() if key not in ADDED
    }
    for name in ("$set", "$set_once"):
        expected = {**sent.get(name, {}), **event.get(name, {})} if line.k != PERSONLESS else {}
        assert stored.get(name, {}) == expected
    assert stored["$ip"] == sent.get("$ip", "127.0.0.1")
    assert line.g == (sent.get("$groups") or None if line.k != PERSONLESS else None)


def test_a_backfill_goes_to_its_own_lane(capture: CaptureProcess) -> None:
    (sample,) = [param.values[0] for param in samples("/batch") if "historical" in param.id]
    historical = len(capture.lines("historical"))
    assert replay(capture, sample).status_code == 200
    assert capture.new_lines() == []
    assert len(capture.lines("historical")) - historical == len(events_of(sample))


@pytest.mark.parametrize(
    "sample",
    samples(
        *("/flags", "/decide", "/s", "/array/phc_test_token/config.js"),
        *("/api/surveys", "/api/early_access_features", "/api/web_experiments"),
    ),
)
def test_everything_else_is_answered(capture: CaptureProcess, sample: dict[str, Any]) -> None:
    response = replay(capture, sample)
    assert response.status_code == 200, response.text
    if "json" in response.headers["content-type"]:
        assert isinstance(response.json(), dict)
    assert capture.new_lines() == []
