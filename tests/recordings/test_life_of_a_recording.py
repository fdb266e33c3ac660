"""A session that posthog-js recorded: found, read, watched, shared and deleted."""

import gzip
import json
import time
from typing import Any

import pytest
from django.test import Client

from tests.capture.test_recorded_requests import SAMPLES
from tests.recordings.recorder import Recorder, read

pytestmark = pytest.mark.django_db


def items_of_the_browser() -> list[dict[str, Any]]:
    """What posthog-js sent in one request, as if it had been a minute ago."""
    sample = json.loads((SAMPLES / "js-1.449.2-s-snapshot-gzip.json").read_text())
    items: list[dict[str, Any]] = sample["body"][0]["properties"]["$snapshot_data"]
    late = int(time.time() * 1000) - 60_000 - items[0]["timestamp"]
    return [{**item, "timestamp": item["timestamp"] + late} for item in items]


def test_the_life_of_a_recording(recorder: Recorder) -> None:
    items = items_of_the_browser()
    recorder.record("s-1", *items, window="w1", distinct_id="user_1")

    (told,) = recorder.get().json()["results"]
    milliseconds = max(item["timestamp"] for item in items) - min(item["timestamp"] for item in items)
    assert (told["id"], told["distinct_id"], told["click_count"]) == ("s-1", "user_1", 2)
    assert told["recording_duration"] == milliseconds // 1000
    assert told["start_url"].startswith("http://127.0.0.1")

    (source,) = recorder.get("s-1/snapshots").json()["sources"]
    key = source["blob_key"]
    text = read(recorder.get("s-1/snapshots", source=source["source"], start_blob_key=key, end_blob_key=key))
    lines = [json.loads(line) for line in text.split(b"\n")]
    assert [line[0] for line in lines] == ["w1"] * len(items)
    assert sorted((line[1] for line in lines), key=str) == sorted(items, key=str), "as they were sent"
    full = next(line[1] for line in lines if line[1]["type"] == 2)
    assert "node" in json.loads(gzip.decompress(full["data"].encode("latin-1")))

    assert recorder.send("PATCH", "s-1", {"viewed": True}).json() == {"success": True}
    assert recorder.get("s-1").json()["viewed"] is True

    old = recorder.send("PATCH", "s-1/sharing", {"enabled": True}).json()["access_token"]
    new = recorder.send("POST", "s-1/sharing/refresh").json()["access_token"]
    for token in (old, new):
        shared = Client().get(recorder.address("s-1/snapshots"), {"sharing_access_token": token})
        assert shared.json()["sources"] == [source]
    recorder.send("PATCH", "s-1/sharing", {"password_required": True})
    password = recorder.send("POST", "s-1/sharing/passwords", {"note": "for Bo"}).json()["id"]
    assert recorder.send("DELETE", f"s-1/sharing/passwords/{password}").status_code == 204
    assert recorder.send("DELETE", f"s-1/sharing/passwords/{password}").status_code == 404

    assert recorder.send("DELETE", "s-1").status_code == 204
    assert recorder.get("s-1/snapshots").status_code == 410
    assert recorder.listed() == []
