"""Whatever is sent: never a 5xx, and what was accepted is on disk, one line an event, each line right."""

import base64
import gzip
import json
from typing import Any

import httpx
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lzstring import LZString

from hedgerow.capture.capture_v0 import DISCARDED
from hedgerow.capture.replay import SNAPSHOT
from tests.capture.process import TOKEN, CaptureProcess

any_text = st.text(st.characters(exclude_categories=[]), max_size=30)
numbers = st.integers() | st.floats() | st.integers(-(10**400), 10**400)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | any_text | st.just("\0"),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(any_text, inner, max_size=5),
    max_leaves=20,
)
property_names = st.sampled_from(
    [
        *("$set", "$set_once", "$unset", "$groups", "$ip", "$elements", "$process_person_profile", "$os_name", "$lib"),
        *("$heatmap_data", "$ignore_sent_at", "$cookieless_mode", "token", "$session_id", "$ai_input_tokens"),
        "distinct_id",
    ]
)
names = st.sampled_from(
    [
        *(
            "$pageview",
            "$identify",
            "$create_alias",
            "$groupidentify",
            "$exception",
            "$ai_generation",
            "$set",
            "bought",
        ),
        *("$feature_flag_called", "$autocapture", "$performance_event", "$snapshot", "$$heatmap"),
    ]
)
event = st.fixed_dictionaries(
    {"event": names | any_text, "distinct_id": any_text | anything},
    optional={
        "properties": st.dictionaries(property_names | any_text, anything, max_size=6) | anything,
        "uuid": st.uuids().map(str) | any_text,
        "timestamp": st.datetimes().map(lambda moment: moment.isoformat()) | any_text,
        "offset": numbers,
        "$set": anything | st.dictionaries(any_text, anything, max_size=3),
        "$set_once": st.dictionaries(any_text, anything, max_size=3),
        "token": st.just(TOKEN) | anything,
    },
)
readable_event = st.fixed_dictionaries(
    {"event": names | any_text, "distinct_id": any_text | anything},
    optional={
        "properties": st.dictionaries(property_names | any_text, anything, max_size=6),
        "uuid": st.uuids().map(str),
        "timestamp": st.datetimes().map(lambda moment: moment.isoformat()) | any_text,
        "offset": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "$set": st.dictionaries(any_text, anything, max_size=3),
        "$set_once": st.dictionaries(any_text, anything, max_size=3),
    },
)
readable_batch = st.fixed_dictionaries(
    {"api_key": st.just(TOKEN), "batch": st.lists(readable_event, min_size=1, max_size=5)},
    optional={"sent_at": st.datetimes().map(str) | anything, "historical_migration": st.booleans()},
)
batch = st.fixed_dictionaries(
    {"api_key": st.just(TOKEN), "batch": st.lists(event, max_size=5)},
    optional={"sent_at": st.datetimes().map(str) | anything, "historical_migration": st.just(False) | anything},
)
deep = st.integers(1, 3000).map(lambda depth: "[" * depth + "]" * depth)
documents = batch | event | st.lists(event, max_size=3) | anything


def written(document: Any) -> str:
    """JSON as careless senders write it: with NaN, and with lone surrogates escaped."""
    return json.dumps(document)


def wrapped(text: str, how: str) -> bytes:
    """A text as some SDK would send it."""
    data = text.encode("utf-8", "surrogatepass")
    match how:
        case "gzip":
            return gzip.compress(data)
        case "broken gzip":
            return gzip.compress(data)[:-5]
        case "base64":
            return base64.b64encode(data)
        case "form":
            return b"data=" + base64.b64encode(data)
        case "lz64":
            return LZString().compressToBase64(text.encode("utf-8", "replace").decode()).encode()
        case "truncated":
            return data[: len(data) // 2]
    return data


bodies = st.one_of(
    st.binary(max_size=300),
    any_text.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.builds(
        wrapped,
        documents.map(written)
        | documents.map(lambda document: json.dumps(document, ensure_ascii=False, indent=1))
        | deep,
        st.sampled_from(["plain", "gzip", "broken gzip", "base64", "form", "lz64", "truncated"]),
    ),
)
relaxed = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check_answer(response: httpx.Response) -> None:
    """An answer in the form of the API."""
    assert response.status_code < 500, response.text
    if response.status_code >= 400 and response.content:
        assert isinstance(response.json(), dict)


@relaxed
@given(
    body=bodies,
    path=st.sampled_from(["/e/", "/batch/", "/engage/", "/i/v0/e/", "/s/"]),
    compression=st.sampled_from(["", "gzip", "gzip-js", "base64", "lz64", "what"]),
    content_type=st.sampled_from(["text/plain", "application/json", "application/x-www-form-urlencoded", ""]),
)
def test_any_body(capture: CaptureProcess, body: bytes, path: str, compression: str, content_type: str) -> None:
    response = capture.http.post(
        path, content=body, params={"compression": compression}, headers={"content-type": content_type}
    )
    check_answer(response)
    check_lines(capture)


@relaxed
@given(document=readable_batch)
def test_accepted_events_are_stored_or_told_about(capture: CaptureProcess, document: dict[str, Any]) -> None:
    response = capture.http.post("/batch/", content=written(document))
    check_answer(response)
    lines = check_lines(capture)
    if response.status_code == 200:
        counted = [sent for sent in document["batch"] if sent["event"] not in {*DISCARDED, SNAPSHOT}]
        assert sum(line.k > 0 or line.drop for line in lines) == len(counted)
    else:
        assert lines == []


def check_lines(capture: CaptureProcess) -> list[Any]:
    """The new lines, each of which reads as the loader will read it."""
    lines = capture.new_lines() + capture.new_lines("historical")
    for line in lines:
        assert line.t == 7
        assert len(line.now) == 26
        if line.k:
            assert isinstance(msgspec.json.decode(line.p), dict)
            json.loads(bytes(line.p).decode())
            assert line.e and line.d and line.u
            assert len(line.ts) == 26
            assert b"\\u0000" not in bytes(line.p)
        else:
            assert line.r
            assert isinstance(msgspec.json.decode(line.w), dict)
    return lines


@relaxed
@given(
    batch=st.lists(
        st.fixed_dictionaries(
            {"uuid": st.uuids().map(str)},
            optional={
                "event": names | anything,
                "distinct_id": any_text | anything,
                "timestamp": st.just("2025-01-01T00:00:00Z") | anything,
                "properties": st.dictionaries(property_names | any_text, anything, max_size=5) | anything,
                "options": st.dictionaries(
                    st.sampled_from(["cookieless_mode", "process_person_profile", "product_tour_id"]), anything
                )
                | anything,
                "session_id": anything,
            },
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda sent: sent["uuid"],
    )
)
def test_every_uuid_gets_a_result(capture: CaptureProcess, batch: list[dict[str, Any]]) -> None:
    response = capture.http.post(
        "/i/v1/analytics/events",
        content=written({"created_at": "2025-01-01T00:00:00Z", "batch": batch}),
        headers={
            "authorization": f"Bearer {TOKEN}",
            "posthog-sdk-info": "x/1",
            "posthog-attempt": "1",
            "posthog-request-id": "bd161be6-9990-45d5-84f4-574ff53a7bc9",
            "posthog-request-timestamp": "2025-01-01T00:00:00Z",
            "content-type": "application/json",
        },
    )
    check_answer(response)
    lines = check_lines(capture)
    if response.status_code == 200:
        results = response.json()["results"]
        assert list(results) == [sent["uuid"] for sent in batch]
        stored = {line.u for line in lines if line.k}
        noted = {sent["uuid"] for sent in batch if sent.get("event") == "$$client_ingestion_warning"}
        assert not stored & noted
        assert stored == {uuid for uuid, result in results.items() if result["result"] == "ok"} - noted
        dropped = {line.u for line in lines if line.drop}
        silent = {sent["uuid"] for sent in batch if sent.get("event") in ("$performance_event", "$snapshot")}
        assert dropped | stored | silent | noted == set(results)


@relaxed
@given(body=bodies, path=st.sampled_from(["/s/", "/flags/?v=2", "/decide/?v=3", "/i/v0/ai", "/i/v1/logs", "/report"]))
def test_any_body_elsewhere(capture: CaptureProcess, body: bytes, path: str) -> None:
    check_answer(capture.http.post(path, content=body))
