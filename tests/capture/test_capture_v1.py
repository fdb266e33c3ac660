"""The newer capture endpoint: a result for every event."""

import gzip
import json
import uuid
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import brotli
import httpx
import pytest
import zstandard

from hedgerow.spool.lines import NOT_AN_EVENT, PERSON, PERSON_CHANGE, PERSONLESS
from tests.capture.process import TOKEN, CaptureProcess, properties

PATH = "/i/v1/analytics/events"


def headers(**changed: str | None) -> dict[str, str]:
    """Right headers, with some changed or left out (None)."""
    all_headers: dict[str, str | None] = {
        "authorization": f"Bearer {TOKEN}",
        "posthog-sdk-info": "posthog-python/7.91.1",
        "posthog-attempt": "1",
        "posthog-request-id": "bd161be6-9990-45d5-84f4-574ff53a7bc9",
        "posthog-request-timestamp": datetime.now(UTC).isoformat(),
        "content-type": "application/json",
        "user-agent": "posthog-python/7.91.1",
    }
    all_headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in all_headers.items() if value is not None}


def event(**fields: Any) -> dict[str, Any]:
    """A right event."""
    return {
        "event": "bought",
        "uuid": str(uuid.uuid4()),
        "distinct_id": "ada",
        "timestamp": "2025-01-02T03:04:05Z",
        "properties": {"amount": 5},
        **fields,
    }


def send(capture: CaptureProcess, *events: Any, path: str = PATH, **changed: str | None) -> httpx.Response:
    """Send a batch."""
    body = {"created_at": "2025-01-01T00:00:00Z", "batch": list(events)}
    return httpx.post(f"{capture.http.base_url}{path}", content=json.dumps(body), headers=headers(**changed))


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Status and tag of a refusal, which has the endpoint's own shape."""
    assert set(response.json()) == {"error", "error_description", "error_uri"}
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize("path", [PATH, PATH + "/", "/i/v1/ai/events"])
def test_a_right_batch(capture: CaptureProcess, path: str) -> None:
    first, second = event(), event(event="left", options=None, properties=None)
    response = send(capture, first, second, path=path)
    assert response.status_code == 200
    assert response.json() == {"results": {first["uuid"]: {"result": "ok"}, second["uuid"]: {"result": "ok"}}}
    assert response.headers["posthog-request-id"] == "bd161be6-9990-45d5-84f4-574ff53a7bc9"
    assert "retry-after" not in response.headers
    stored = capture.stored()
    assert [(line.u, line.e, line.d, line.k) for line in stored] == [
        (first["uuid"], "bought", "ada", PERSON),
        (second["uuid"], "left", "ada", PERSON),
    ]
    assert properties(stored[0]) == {
        "$ip": "127.0.0.1",
        "amount": 5,
        "$lib": "posthog-python",
        "$lib_version": "7.91.1",
    }


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("identity", bytes),
    ],
)
def test_encodings(capture: CaptureProcess, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    url = f"{capture.http.base_url}{PATH}"
    text = json.dumps({"created_at": "2025-01-01T00:00:00Z", "batch": [event()] * 1}).encode()
    response = httpx.post(url, content=compress(text), headers=headers(content_encoding=encoding))
    assert response.status_code == 200
    assert capture.stored_event().e == "bought"
    broken = httpx.post(url, content=b"{" + compress(text)[:-9], headers=headers(content_encoding=encoding))
    expected = "request_parsing_error" if encoding == "identity" else "request_decoding_error"
    assert error_of(broken) == (400, expected)
    large = compress(b" " * 30_000_000)
    assert error_of(httpx.post(url, content=large, headers=headers(content_encoding=encoding))) == (
        413,
        "payload_too_large",
    )


@pytest.mark.parametrize(
    ("changed", "status", "tag"),
    [
        ({"authorization": None}, 401, "missing_authorization"),
        ({"authorization": None, "posthog_attempt": None}, 401, "missing_authorization"),
        ({"authorization": "Basic x"}, 401, "missing_authorization"),
        ({"authorization": "Bearer phx_x"}, 401, "invalid_api_token"),
        ({"authorization": "Bearer phc_unknown"}, 401, "invalid_api_token"),
        ({"posthog_attempt": None}, 400, "missing_required_headers"),
        ({"content_type": None}, 400, "missing_required_headers"),
        ({"posthog_attempt": "0"}, 400, "invalid_header_value"),
        ({"posthog_attempt": "one"}, 400, "invalid_header_value"),
        ({"posthog_request_id": "x"}, 400, "invalid_header_value"),
        ({"posthog_request_timestamp": "2025-01-01T00:00:00"}, 400, "invalid_header_value"),
        ({"content_type": "text/plain"}, 415, "unsupported_content_type"),
        ({"content_encoding": "lz4"}, 415, "unsupported_encoding"),
    ],
)
def test_wrong_headers(capture: CaptureProcess, changed: dict[str, str | None], status: int, tag: str) -> None:
    response = send(capture, event(), **changed)
    assert error_of(response) == (status, tag)
    assert "retry-after" not in response.headers
    assert capture.new_lines() == []


def test_all_missing_headers_are_named_together(capture: CaptureProcess) -> None:
    response = send(capture, event(), posthog_attempt=None, posthog_sdk_info=None)
    assert "PostHog-Sdk-Info, PostHog-Attempt" in response.json()["error_description"]


def test_tolerated_headers(capture: CaptureProcess) -> None:
    response = send(
        capture,
        event(),
        authorization=f"bearer  {TOKEN}",
        content_type="application/json; charset=utf-8",
        posthog_sdk_info="unversioned",
    )
    assert response.status_code == 200
    assert "$lib" not in properties(capture.stored_event())


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("", "empty_body"),
        ("{", "request_parsing_error"),
        ("[]", "request_parsing_error"),
        ('{"batch":[5],"created_at":"2025-01-01T00:00:00Z"}', "request_parsing_error"),
        ('{"batch":[{}]}', "invalid_batch"),
        ('{"batch":[{}],"created_at":"2025-01-01"}', "invalid_batch"),
        ('{"batch":[],"created_at":"2025-01-01T00:00:00Z"}', "empty_batch"),
        ('{"batch":[{}],"created_at":"2025-01-01T00:00:00Z"}', "missing_event_uuid"),
        ('{"batch":[{"uuid":"x"}],"created_at":"2025-01-01T00:00:00Z"}', "invalid_event_uuid"),
    ],
)
def test_wrong_bodies(capture: CaptureProcess, body: str, tag: str) -> None:
    response = httpx.post(f"{capture.http.base_url}{PATH}", content=body, headers=headers())
    assert error_of(response) == (400, tag)


def test_the_same_uuid_twice(capture: CaptureProcess) -> None:
    once = event()
    twice = event(uuid=once["uuid"].upper())
    assert error_of(send(capture, once, twice)) == (400, "duplicate_event_uuid")
    assert capture.new_lines() == []


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({"event": ""}, "missing_event_name"),
        ({"event": None}, "missing_event_name"),
        ({"event": 5}, "missing_event_name"),
        ({"event": "n" * 201}, "event_name_too_long"),
        ({"distinct_id": " "}, "missing_distinct_id"),
        ({"distinct_id": "é" * 101}, "distinct_id_too_large"),
        ({"timestamp": "2025-01-01T00:00:00"}, "invalid_event_timestamp"),
        ({"timestamp": None}, "invalid_event_timestamp"),
        ({"properties": []}, "malformed_event_properties"),
        ({"properties": "x"}, "malformed_event_properties"),
        ({"options": {"process_person_profile": "maybe"}}, "invalid_options"),
        ({"options": {"product_tour_id": 1.5}}, "invalid_options"),
        ({"options": []}, "invalid_options"),
        ({"properties": {"text": "x" * 1_000_000}}, "event_too_big"),
    ],
)
def test_events_that_are_not_stored(capture: CaptureProcess, fields: dict[str, Any], details: str) -> None:
    good, bad = event(), event(**fields)
    response = send(capture, bad, good)
    assert response.json()["results"] == {
        bad["uuid"]: {"result": "drop", "details": details},
        good["uuid"]: {"result": "ok"},
    }
    dropped, stored = capture.new_lines()
    assert (dropped.k, dropped.r, dropped.drop, dropped.u) == (NOT_AN_EVENT, details, True, bad["uuid"])
    assert stored.u == good["uuid"]


def test_old_performance_events_are_dropped_without_a_trace(capture: CaptureProcess) -> None:
    old = event(event="$performance_event")
    assert send(capture, old).json()["results"] == {
        old["uuid"]: {"result": "drop", "details": "dropped_performance_event"}
    }
    assert capture.new_lines() == []


def test_recordings_have_an_endpoint_of_their_own(capture: CaptureProcess) -> None:
    snapshot = event(event="$snapshot")
    assert send(capture, snapshot).json()["results"] == {
        snapshot["uuid"]: {"result": "drop", "details": "recording_at_wrong_endpoint"}
    }
    assert capture.new_lines() == []


def test_a_warning_of_the_sdk_is_a_warning_and_no_event(capture: CaptureProcess) -> None:
    warning = event(event="$$client_ingestion_warning", properties={"$$client_ingestion_warning_message": "cut"})
    assert send(capture, warning).json()["results"] == {warning["uuid"]: {"result": "ok"}}
    (line,) = capture.new_lines()
    assert (line.k, line.r, line.drop, bytes(line.w)) == (
        NOT_AN_EVENT,
        "client_ingestion_warning",
        False,
        b'{"message":"cut"}',
    )


@pytest.mark.parametrize("distinct_id", ["undefined", "Guest", "[object Object]", "'null'", "system", '"USER"', "0"])
def test_ids_that_many_share_are_stored_without_a_person(capture: CaptureProcess, distinct_id: str) -> None:
    shared = event(distinct_id=distinct_id)
    assert send(capture, shared).json()["results"] == {
        shared["uuid"]: {"result": "ok", "details": "person_processing_disabled"}
    }
    line = capture.stored_event()
    assert (line.k, line.d) == (PERSONLESS, distinct_id)


@pytest.mark.parametrize("distinct_id", ["NULL", "none of them", "'", "00", "[OBJECT Object]"])
def test_ids_that_only_look_like_those(capture: CaptureProcess, distinct_id: str) -> None:
    own = event(distinct_id=distinct_id)
    assert send(capture, own).json()["results"] == {own["uuid"]: {"result": "ok"}}
    assert capture.stored_event().k == PERSON


def test_an_id_that_many_share_is_not_identified(capture: CaptureProcess) -> None:
    shared = event(event="$identify", distinct_id="null", properties={"$anon_distinct_id": "visitor"})
    assert send(capture, shared).json()["results"] == {
        shared["uuid"]: {"result": "ok", "details": "person_processing_disabled"}
    }
    warning, stored = capture.new_lines()
    assert (warning.r, warning.drop, warning.u) == ("cannot_merge_with_illegal_distinct_id", False, stored.u)
    assert (stored.k, stored.e, stored.d) == (PERSONLESS, "$identify", "null")


def test_a_group_is_identified_whoever_sends_it(capture: CaptureProcess) -> None:
    group = {"$group_type": "company", "$group_key": "acme", "$group_set": {"name": "Acme"}}
    send(capture, event(event="$groupidentify", distinct_id="anonymous", properties=group))
    assert capture.stored_event().k == PERSON_CHANGE


def test_options_become_properties(capture: CaptureProcess) -> None:
    sent = event(
        session_id="s1",
        window_id="w1",
        options={"process_person_profile": "0", "product_tour_id": 7, "unknown": 1, "cookieless_mode": None},
    )
    send(capture, sent)
    line = capture.stored_event()
    stored = properties(line)
    assert line.k == PERSONLESS
    assert (stored["$session_id"], stored["$window_id"]) == ("s1", "w1")
    assert (stored["$process_person_profile"], stored["$product_tour_id"]) == (False, 7)
    assert "$cookieless_mode" not in stored


def test_the_senders_clock_is_corrected_unless_that_is_switched_off(capture: CaptureProcess) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    timestamp = (ahead - timedelta(seconds=10)).isoformat()
    send(
        capture,
        event(timestamp=timestamp),
        event(timestamp="2025-01-02T03:04:05Z", options={"disable_skew_correction": True}),
        posthog_request_timestamp=ahead.isoformat(),
    )
    corrected, given = capture.stored()
    happened = datetime.strptime(corrected.ts, "%Y-%m-%d %H:%M:%S.%f")
    assert datetime.strptime(corrected.now, "%Y-%m-%d %H:%M:%S.%f") - happened == timedelta(seconds=10)
    assert given.ts == "2025-01-02 03:04:05.000000"


def test_ids_are_trimmed(capture: CaptureProcess) -> None:
    sent = event(distinct_id=" ada ")
    sent["uuid"] = f" {sent['uuid']} "
    assert list(send(capture, sent).json()["results"]) == [sent["uuid"].strip()]
    line = capture.stored_event()
    assert (line.u, line.d) == (sent["uuid"].strip(), "ada")


def test_a_backfill_goes_to_its_own_lane(capture: CaptureProcess) -> None:
    before = len(capture.lines("historical"))
    body = {"created_at": "2025-01-01T00:00:00Z", "historical_migration": True, "batch": [event()]}
    url = f"{capture.http.base_url}{PATH}"
    assert httpx.post(url, content=json.dumps(body), headers=headers()).status_code == 200
    assert capture.new_lines() == []
    assert len(capture.lines("historical")) == before + 1
