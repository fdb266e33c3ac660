"""Pieces of session recordings: checked, kept as they were sent, or thrown away where a project wants none."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from hedgerow.spool.recording_lines import RecordingLine
from tests.capture.process import RECORDING_PROJECT_ID, RECORDING_TOKEN, TOKEN, CaptureProcess
from tests.capture.test_recorded_requests import SAMPLES, body_of

SNAPSHOT: dict[str, Any] = {"$session_id": "0190a1b2-0000-7000", "$snapshot_data": [{"type": 2, "timestamp": 1}]}


def snapshot(token: str = RECORDING_TOKEN, **changed: Any) -> dict[str, Any]:
    """A piece of a recording; a property that is None is not there."""
    values = {name: value for name, value in {**SNAPSHOT, **changed}.items() if value is not None}
    return {"event": "$snapshot", "properties": {"token": token, "distinct_id": "ada", **values}}


def record(capture: CaptureProcess, headers: Mapping[str, str] | None = None, **changed: Any) -> httpx.Response:
    return capture.send([snapshot(**changed)], path="/s/", headers=headers)


def recorded(capture: CaptureProcess) -> RecordingLine:
    """The one piece that came in since the last look."""
    (line,) = capture.new_recordings()
    return line


def items(line: RecordingLine) -> Any:
    return json.loads(bytes(line.i))


@pytest.mark.parametrize("path", ["/s/", "/s"])
def test_a_piece_is_kept_as_it_was_sent(capture: CaptureProcess, path: str) -> None:
    sent = snapshot(**{"$window_id": "w-1", "$snapshot_source": "mobile", "$lib": "posthog-ios"})
    response = capture.send([sent], path=path)
    assert (response.status_code, response.json()) == (200, {"status": "Ok"})
    line = recorded(capture)
    assert (line.t, line.s, line.w, line.d) == (RECORDING_PROJECT_ID, "0190a1b2-0000-7000", "w-1", "ada")
    assert (line.src, line.lib, line.u) == ("mobile", "posthog-ios", "")
    assert items(line) == [{"type": 2, "timestamp": 1}]
    assert capture.new_lines() == []


def test_what_need_not_be_said(capture: CaptureProcess) -> None:
    assert record(capture, {"user-agent": "posthog-android/3.1"}, **{"$snapshot_data": {"type": 4}}).status_code == 200
    line = recorded(capture)
    assert (line.w, line.src, line.lib) == (line.s, "web", "posthog-android")
    assert items(line) == [{"type": 4}]
    assert record(capture, {"user-agent": "Mozilla/5.0"}).status_code == 200
    assert recorded(capture).lib == "web"


def test_a_recording_by_the_browser_sdk(capture: CaptureProcess) -> None:
    sample = json.loads((SAMPLES / "js-1.449.2-s-snapshot-gzip.json").read_text())
    text = gzip.decompress(body_of(sample)).replace(TOKEN.encode(), RECORDING_TOKEN.encode())
    response = capture.http.post("/s/", content=gzip.compress(text), headers={"content-type": "text/plain"})
    assert response.status_code == 200
    sent = json.loads(text)
    lines = capture.new_recordings()
    assert [line.u for line in lines] == [each["uuid"] for each in sent]
    assert [items(line) for line in lines] == [each["properties"]["$snapshot_data"] for each in sent]
    compressed = next(item for item in items(lines[0]) if item.get("cv") == "2024-10")
    assert b"childNodes" in gzip.decompress(compressed["data"].encode("latin-1"))


def test_each_piece_keeps_its_window_and_session(capture: CaptureProcess) -> None:
    pieces = [snapshot(**{"$session_id": f"s-{n}", "$window_id": f"w-{n}"}) for n in range(3)]
    body = {"api_key": RECORDING_TOKEN, "batch": pieces}
    assert capture.send(body, path="/s/").status_code == 200
    assert [(line.s, line.w) for line in capture.new_recordings()] == [(f"s-{n}", f"w-{n}") for n in range(3)]


def test_text_that_is_no_strict_json_is_mended_without_harm_to_compressed_parts(capture: CaptureProcess) -> None:
    piece = msgspec.json.encode(snapshot()).decode().replace('{"type":2,', '{"type":2,"a":"\\u0000\\ud800","b":NaN,')
    assert capture.http.post("/s/", content=f"[{piece}]").status_code == 200
    assert items(recorded(capture))[0] == {"type": 2, "a": "\0�", "b": None, "timestamp": 1}


def test_a_piece_written_over_several_lines_is_one_line(capture: CaptureProcess) -> None:
    text = json.dumps([snapshot()], indent=2).replace("\n", "\r\n")
    assert capture.http.post("/s/", content=text).status_code == 200
    assert items(recorded(capture)) == SNAPSHOT["$snapshot_data"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"$session_id": None}, "replay event submitted without session id"),
    ({"$session_id": "x" * 71}, "replay event has invalid session id"),
    ({"$session_id": "a b"}, "replay event has invalid session id"),
    ({"$session_id": 5}, "replay event has invalid session id"),
    ({"$snapshot_data": None}, "replay event submitted without snapshot data"),
    ({"$snapshot_data": "text"}, "replay event submitted without snapshot data"),
    ({"distinct_id": None}, "event submitted without a distinct_id"),
]


@pytest.mark.parametrize("token", [TOKEN, RECORDING_TOKEN])
@pytest.mark.parametrize(("changed", "detail"), WRONG)
def test_wrong_recordings(capture: CaptureProcess, changed: dict[str, Any], detail: str, token: str) -> None:
    sent = snapshot(token, **changed)
    if "distinct_id" in changed:
        del sent["properties"]["distinct_id"]
    response = capture.send([sent], path="/s/")
    assert (response.status_code, response.json()["detail"]) == (400, detail)
    assert capture.new_recordings() == []


def test_what_is_wrong_among_others_is_refused_alone(capture: CaptureProcess) -> None:
    assert capture.send([snapshot(**{"$session_id": "?"}), snapshot()], path="/s/").status_code == 200
    refused, kept = capture.new_recordings()
    assert (refused.r, kept.r) == ("invalid_session_id", "")
    assert json.loads(refused.raw)["properties"]["$session_id"] == "?"


def test_recordings_that_nobody_wants_are_discarded(capture: CaptureProcess) -> None:
    response = capture.send([snapshot(TOKEN)], path="/s/")
    assert (response.status_code, response.json()) == (200, {"status": "Ok"})
    assert capture.send({"api_key": TOKEN, **snapshot(TOKEN)}).status_code == 200
    assert capture.new_recordings() == []
    assert capture.new_lines() == []


@pytest.mark.parametrize("path", ["/e/", "/batch/"])
def test_recordings_among_events(capture: CaptureProcess, path: str) -> None:
    event = {"event": "seen", "distinct_id": "ada", "properties": {"text": "a\0b"}}
    body = {"api_key": RECORDING_TOKEN, "batch": [event, snapshot(**{"$snapshot_data": [{"cv": "\0"}]})]}
    assert capture.send(body, path=path).status_code == 200
    assert items(recorded(capture)) == [{"cv": "\0"}]
    assert json.loads(bytes(capture.stored_event().p))["text"] == "a�b"


def test_a_beacon_needs_no_answer(capture: CaptureProcess) -> None:
    assert capture.send([snapshot()], path="/s/?beacon=1").status_code == 204
    assert recorded(capture).d == "ada"


def test_recordings_need_a_project(capture: CaptureProcess) -> None:
    assert record(capture, token="phc_unknown").status_code == 401


def test_recordings_have_a_larger_limit(capture: CaptureProcess) -> None:
    assert record(capture, **{"$snapshot_data": ["x" * 22_000_000]}).status_code == 200
    assert len(bytes(recorded(capture).i)) > 22_000_000
    assert record(capture, **{"$snapshot_data": ["x" * 27_000_000]}).status_code == 413


def test_sdks_are_told_whether_to_record(capture: CaptureProcess) -> None:
    def told(token: str) -> Any:
        flags = capture.send({"token": token, "distinct_id": "ada"}, path="/flags/?v=2&config=true").json()
        config = capture.http.get(f"/array/{token}/config").json()
        assert flags["sessionRecording"] == config["sessionRecording"]
        return config["sessionRecording"]

    assert told(TOKEN) is False
    assert told(RECORDING_TOKEN) == {"endpoint": "/s/", "sampleRate": None}


def test_recordings_that_pile_up_keep_no_event_out(tmp_path: Path) -> None:
    limits = {"HEDGEROW_RECORDING_SPOOL_MAX_BYTES": "1000", "HEDGEROW_RECORDING_BLOCK_SECONDS": "600"}
    with CaptureProcess(tmp_path, limits) as capture:
        assert record(capture, **{"$snapshot_data": ["x" * 2000]}).status_code == 200
        refused = record(capture)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert capture.event().status_code == 200
        assert len(capture.new_recordings()) == 1, "one block, open until its time is over"
