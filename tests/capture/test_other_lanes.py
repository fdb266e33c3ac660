"""AI events of several parts, and what is taken only to be thrown away."""

import json

import pytest

from tests.capture.process import TOKEN, CaptureProcess, properties


def test_an_ai_event_of_several_parts(capture: CaptureProcess) -> None:
    response = capture.http.post(
        "/i/v0/ai",
        headers={"authorization": f"Bearer {TOKEN}"},
        files={
            "event": (None, json.dumps({"event": "$ai_generation", "distinct_id": "ada"}), "application/json"),
            "event.properties": (None, json.dumps({"$ai_model": "m"}), "application/json"),
            "event.properties.$ai_input": ("input", json.dumps([{"role": "user"}]), "application/json"),
            "event.properties.note": ("note", "grüße", "text/plain; charset=utf-8"),
            "event.properties.image": ("image", b"\x89PNG\r\n", "image/png"),
        },
    )
    assert response.status_code == 200, response.text
    line = capture.stored_event()
    assert (line.e, line.d) == ("$ai_generation", "ada")
    assert properties(line) == {
        "$ip": "127.0.0.1",
        "$ai_model": "m",
        "$ai_input": [{"role": "user"}],
        "note": "grüße",
        "image": "iVBORw0K",
    }


def test_an_ai_event_that_is_no_form(capture: CaptureProcess) -> None:
    assert capture.http.post("/i/v0/ai", content="{}").status_code == 400
    assert capture.http.post("/i/v0/ai", files={"other": b"x"}).status_code == 400


def test_large_ai_events(capture: CaptureProcess) -> None:
    event = {"event": "$ai_generation", "distinct_id": "ada", "properties": {"$ai_input": "x" * 5_000_000}}
    assert capture.send({"api_key": TOKEN, "batch": [event]}, path="/i/v0/ai/batch/").status_code == 200
    assert capture.stored_event().e == "$ai_generation"
    event["properties"] = {"$ai_input": "x" * 8_400_000}
    assert capture.send({"api_key": TOKEN, "batch": [event]}, path="/i/v0/ai/batch/").status_code == 413


@pytest.mark.parametrize("path", ["/i/v1/logs?token=x", "/i/v1/metrics?token=x", "/api/push_subscriptions/"])
def test_what_there_is_no_place_for(capture: CaptureProcess, path: str) -> None:
    response = capture.http.post(path, content=b'{"resourceLogs":[]}')
    assert (response.status_code, response.json()) == (200, {})


def test_reports_of_the_browser(capture: CaptureProcess) -> None:
    assert capture.http.post(f"/report/?token={TOKEN}", content=b"{}").status_code == 204
