"""Single recordings over the API: told, watched, read by players, shared and deleted."""

import json
import time
from typing import Any

import pytest
from django.test import Client

from hedgerow.access.models import AccessControl
from hedgerow.activity.models import ActivityLog
from hedgerow.exports.models import ExportedAsset
from hedgerow.persons.models import Person
from hedgerow.recordings.blocks import blocks_of
from hedgerow.recordings.models import RemovedRecording
from hedgerow.work.worker import do_waiting_jobs
from tests.accounts import denied, error
from tests.queries.asking import make_api, make_project
from tests.recordings.recorder import Recorder, read
from tests.recordings.spooling import START, act, click, console, visit

pytestmark = pytest.mark.django_db

NOT_FOUND = error("not_found", "Recording not found", type="invalid_request")
FULL = {"type": 2, "timestamp": START, "data": {"node": {"type": 0}}}


def test_a_recording_is_told_with_what_happened_in_it_and_whose_it_is(recorder: Recorder) -> None:
    person = recorder.person("ann", email="ann@example.com")
    recorder.record(
        "s-1", visit(0, "https://tea.example/a"), FULL, click(1_000), act(2_000, 5), console(2_500, "error")
    )
    recorder.record("s-1", click(20_000), console(20_500, "warn"), act(21_900, 1))

    told = recorder.get("s-1").json()

    facts = {
        "id": "s-1",
        "distinct_id": "ann",
        "recording_duration": 21,
        "active_seconds": 2,
        "inactive_seconds": 19,
        "click_count": 2,
        "keypress_count": 1,
        "mouse_activity_count": 3,
        "console_log_count": 0,
        "console_warn_count": 1,
        "console_error_count": 1,
        "start_url": "https://tea.example/a",
        "snapshot_source": "web",
        "viewed": False,
        "viewers": [],
        "retention_period_days": 30,
        "recording_ttl": 29,
        "has_summary": False,
        "summary_outcome": None,
        "external_references": [],
        "matches_filters": True,
    }
    assert {name: told[name] for name in facts} == facts
    assert set(told) == {
        *facts,
        *("start_time", "end_time", "expiry_time", "snapshot_library", "person", "activity_score", "ongoing"),
    }
    assert told["person"]["uuid"] == str(person.uuid)
    assert told["person"]["name"] == "ann@example.com"
    assert 0 < told["activity_score"] < 100


def test_a_recording_goes_on_for_five_minutes_after_its_last_data(recorder: Recorder) -> None:
    now = int(time.time() * 1000)
    recorder.record("s-1", {**click(0), "timestamp": now})
    recorder.record("s-2", {**click(0), "timestamp": now - 301_000})
    assert [recorder.get(session).json()["ongoing"] for session in ("s-1", "s-2")] == [True, False]


def test_recordings_of_nobody_known_and_unknown_ones(recorder: Recorder) -> None:
    recorder.record("s-1", click(0), distinct_id="stranger")
    assert recorder.get("s-1").json()["person"] is None
    other = recorder.beside(make_project())
    for reader, session in ((recorder, "s-2"), (other, "s-1"), (other, "s-1/snapshots")):
        answer = reader.get(session)
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert other.listed() == []


def test_who_has_watched_a_recording(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    recorder.record("s-2", click(0))
    colleague = recorder.beside(recorder.api.project)
    assert recorder.send("PATCH", "s-1", {"viewed": True, "player_metadata": {"speed": 2}}).json() == {"success": True}
    assert recorder.send("PUT", "s-1", {"viewed": True}).status_code == 200
    assert recorder.send("PATCH", "s-2", {"analyzed": True}).json() == {"success": True}
    for nothing in ({}, {"viewed": False}):
        refused = recorder.send("PATCH", "s-1", nothing)
        assert refused.json() == error(
            "invalid_input", "At least one of 'viewed' or 'analyzed' must be provided.", None
        )
    assert recorder.send("PATCH", "s-3", {"viewed": True}).json() == NOT_FOUND

    assert recorder.get("s-1/viewed").json() == {"viewed": True, "other_viewers": 0}
    assert recorder.get("s-2/viewed").json() == {"viewed": False, "other_viewers": 0}
    assert colleague.get("s-1/viewed").json() == {"viewed": False, "other_viewers": 1}
    assert colleague.get("s-1").json()["viewers"] == [recorder.user.email]
    assert recorder.listed(hide_viewed_recordings=True) == ["s-2"]
    assert sorted(colleague.listed(hide_viewed_recordings=True)) == ["s-1", "s-2"]


def test_many_at_once(recorder: Recorder) -> None:
    for session in ("s-1", "s-2"):
        recorder.record(session, click(0))
    three = {"session_recording_ids": ["s-1", "s-2", "s-3"]}
    assert recorder.send("POST", "batch_check_exists", {"session_ids": ["s-1", "s-3"]}).json() == {
        "results": {"s-1": True, "s-3": False}
    }
    assert recorder.send("POST", "bulk_viewed", three).json() == {
        "success": True,
        "viewed_count": 2,
        "total_requested": 3,
    }
    assert recorder.send("POST", "bulk_not_viewed", {"session_recording_ids": ["s-2", "s-3"]}).json() == {
        "success": True,
        "not_viewed_count": 1,
        "total_requested": 2,
    }
    assert recorder.send("POST", "bulk_delete", three).json() == {
        "success": True,
        "deleted_count": 2,
        "total_requested": 3,
        "failed_ids": ["s-3"],
    }
    assert recorder.listed() == []


def test_how_many_at_once(recorder: Recorder) -> None:
    empty = "session_recording_ids must be provided as a non-empty array"
    for path, most in (("bulk_delete", 100), ("bulk_viewed", 20), ("bulk_not_viewed", 20)):
        for body in ({}, {"session_recording_ids": []}, {"session_recording_ids": "s-1"}):
            assert recorder.send("POST", path, body).json()["detail"] == empty
        answer = recorder.send("POST", path, {"session_recording_ids": [str(each) for each in range(most + 1)]})
        assert answer.status_code == 400
        assert answer.json()["detail"] == f"Cannot process more than {most} recordings at once"


def test_players_read_blocks_in_their_order(recorder: Recorder) -> None:
    later = [click(20_000), {"type": 6, "timestamp": START + 21_000, "data": {"payload": ["\\ud800"]}}]
    recorder.record("s-1", *later, window="w2")
    recorder.record("s-1", visit(0, "https://tea.example/"), FULL, window="w1")

    sources = recorder.get("s-1/snapshots").json()["sources"]

    assert [each["blob_key"] for each in sources] == ["0", "1"]
    assert {each["source"] for each in sources} == {"blob_v2"}
    assert sources[0]["end_timestamp"] < sources[1]["start_timestamp"] < sources[1]["end_timestamp"]
    answer = recorder.get("s-1/snapshots", source="blob_v2", start_blob_key="0", end_blob_key="1")
    assert answer.headers["Content-Type"] == "application/jsonl"
    assert answer.headers["Cache-Control"] == "max-age=3600"
    assert answer.headers["Content-Disposition"] == "inline"
    body = read(answer)
    assert not body.endswith(b"\n")
    lines = [json.loads(line) for line in body.split(b"\n")]
    assert lines == [
        ["w1", visit(0, "https://tea.example/")],
        ["w1", FULL],
        *(["w2", each] for each in later),
    ]
    second = recorder.get("s-1/snapshots", source="blob_v2", start_blob_key="1", end_blob_key="1", decompress="false")
    assert [json.loads(line)[0] for line in read(second).split(b"\n")] == ["w2", "w2"]


def test_blocks_that_cannot_be_read(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    for source, first, last, status, detail in (
        ("realtime", "", "", 400, "Invalid source must be one of [blob_v2, blob_v2_ts, None]"),
        ("blob_v2", "", "", 400, "Must provide both start blob key and end blob key"),
        ("blob_v2", "0", "", 400, "Must provide both start blob key and end blob key"),
        ("blob_v2", "a", "1", 400, "Blob keys must be integers"),
        ("blob_v2", "-1", "1", 400, "Blob keys must count up from 0"),
        ("blob_v2", "0", "21", 400, "Cannot request more than 20 blob keys at once"),
        ("blob_v2", "0", "1", 404, "Block index out of range"),
    ):
        answer = recorder.get("s-1/snapshots", source=source, start_blob_key=first, end_blob_key=last)
        assert (answer.status_code, answer.json()["detail"]) == (status, detail)


def test_people_may_read_more_blocks_at_once_than_keys(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    browser = Client()
    browser.force_login(recorder.user)
    span = {"source": "blob_v2", "start_blob_key": "0"}
    far = browser.get(recorder.address("s-1/snapshots"), {**span, "end_blob_key": "100"})
    too_far = browser.get(recorder.address("s-1/snapshots"), {**span, "end_blob_key": "101"})
    assert far.status_code == 404
    assert too_far.json()["detail"] == "Cannot request more than 100 blob keys at once"


@pytest.mark.django_db(transaction=True)
def test_a_deleted_recording_is_gone_for_good(recorder: Recorder) -> None:
    project = recorder.api.project
    recorder.record("s-1", click(0))
    recorder.send("PATCH", "s-1", {"viewed": True})
    answer = recorder.send("DELETE", "s-1")
    assert (answer.status_code, answer.content) == (204, b"")

    assert recorder.get("s-1").json() == NOT_FOUND
    assert recorder.send("DELETE", "s-1").status_code == 404
    assert recorder.listed() == []
    recorder.finish()
    assert blocks_of(project.pk, "s-1") == []
    gone = recorder.get("s-1/snapshots")
    removal = RemovedRecording.objects.get(project=project)
    assert gone.status_code == 410
    assert gone.json() == {
        "error": "recording_deleted",
        "message": "This recording has been permanently deleted",
        "deleted_at": removal.removed_at.isoformat().replace("+00:00", "Z"),
        "deleted_by": recorder.user.email,
    }
    entry = ActivityLog.objects.get(project=project, scope="Replay")
    assert (entry.activity, entry.item_id, entry.user) == ("deleted", "s-1", recorder.user)


def test_what_comes_in_of_a_deleted_recording_stays_hidden(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    recorder.send("DELETE", "s-1")
    recorder.finish()
    recorder.record("s-1", click(5_000))
    assert recorder.listed(session_ids=["s-1"]) == []
    assert recorder.get("s-1/snapshots").status_code == 410


def test_recordings_of_deleted_persons(recorder: Recorder) -> None:
    person = recorder.person("ann", "ann-2")
    recorder.record("s-1", click(0), distinct_id="ann")
    recorder.record("s-2", click(0), distinct_id="ann-2")
    recorder.record("s-3", click(0), distinct_id="bob")

    answer = recorder.api.send("POST", f"persons/{person.uuid}/delete_recordings/")
    assert answer.status_code == 202
    recorder.finish()

    assert recorder.listed() == ["s-3"]
    assert Person.objects.filter(pk=person.pk).exists()
    assert recorder.get("s-1/snapshots").status_code == 410
    recorder.record("s-4", click(0), distinct_id="ann")
    assert sorted(recorder.listed()) == ["s-3", "s-4"]
    recorder.api.send("DELETE", f"persons/{person.uuid}/?delete_recordings=true")
    recorder.finish()
    assert recorder.listed() == ["s-3"]


def test_a_share_opens_one_recording(recorder: Recorder) -> None:
    for session in ("s-1", "s-2"):
        recorder.record(session, visit(0, "https://tea.example/"), FULL, click(2_400))
    token = recorder.send("PATCH", "s-1/sharing", {"enabled": True}).json()["access_token"]
    visitor = Client()

    def visit_with(path: str, token: str = token, **query: str) -> Any:
        return visitor.get(recorder.address(path), {"sharing_access_token": token, **query})

    told = visit_with("s-1").json()
    assert (told["id"], told["recording_duration"]) == ("s-1", 2)
    assert set(told) == {"id", "recording_duration", "start_time", "end_time"}
    assert len(visit_with("s-1/snapshots").json()["sources"]) == 1
    lines = read(visit_with("s-1/snapshots", source="blob_v2", start_blob_key="0", end_blob_key="0"))
    assert len(lines.split(b"\n")) == 3
    for closed in ("s-2", "s-2/snapshots", "s-3"):
        assert visit_with(closed).status_code == 404, closed
    for refused in ("", "s-1/viewed", "matching_events"):
        assert visit_with(refused).status_code == 403, refused
    deleting = visitor.delete(recorder.address("s-1") + f"?sharing_access_token={token}")
    assert deleting.json()["detail"] == "Sharing access token can only be used for GET requests."

    new = recorder.send("POST", "s-1/sharing/refresh").json()["access_token"]
    assert visit_with("s-1", token).status_code == visit_with("s-1", new).status_code == 200
    recorder.send("PATCH", "s-1/sharing", {"enabled": False})
    assert visit_with("s-1", new).status_code == 401


def test_the_share_of_a_deleted_recording_leads_nowhere(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    token = recorder.send("PATCH", "s-1/sharing", {"enabled": True}).json()["access_token"]
    assert Client().get(f"/shared/{token}.json").json()["recording"]["has_snapshots"] is True
    recorder.send("DELETE", "s-1")
    assert Client().get(f"/shared/{token}.json").status_code == 404
    assert recorder.get("s-1/sharing").status_code == 404


def test_a_recording_is_exported_as_players_open_it(recorder: Recorder) -> None:
    recorder.record("s-1", visit(0, "https://tea.example/"), FULL, window="w 1")
    recorder.record("s-1", click(5_000))
    body = {"export_format": "application/json", "export_context": {"session_recording_id": "s-1"}}
    made = recorder.api.send("POST", "exports/", body).json()["id"]
    do_waiting_jobs()
    content = recorder.api.send("GET", f"exports/{made}/content/")
    file = json.loads(read(content))
    assert file["version"] == "2023-04-28"
    assert (file["data"]["id"], file["data"]["click_count"], file["data"]["person"]) == ("s-1", 1, None)
    assert file["data"]["snapshots"] == [
        {"windowId": "w 1", **visit(0, "https://tea.example/")},
        {"windowId": "w 1", **FULL},
        {"windowId": "w1", **click(5_000)},
    ]
    assert ExportedAsset.objects.get(pk=made).rows_done == 3
    recorder.send("DELETE", "s-1")
    assert recorder.api.send("GET", f"exports/{made}/").status_code == 404


def test_what_a_key_needs(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    reading = make_api(recorder.api.project, recorder.api.store, scopes=["session_recording:read"])
    for path in ("", "s-1", "s-1/snapshots", "s-1/viewed"):
        assert reading.send("GET", f"session_recordings/{path}").status_code == 200, path
    for method, path in (("PATCH", "s-1"), ("DELETE", "s-1"), ("POST", "bulk_delete"), ("POST", "bulk_viewed")):
        answer = reading.send(method, f"session_recordings/{path}", {"viewed": True})
        assert answer.json() == denied("API key missing required scope 'session_recording:write'"), path
    other = make_api(recorder.api.project, recorder.api.store, scopes=["query:read"])
    assert other.send("GET", "session_recordings/").status_code == 403


def test_what_rules_about_recordings_say(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    export = {"export_format": "application/json", "export_context": {"session_recording_id": "s-1"}}
    made = recorder.api.send("POST", "exports/", export).json()["id"]
    rule = AccessControl.objects.create(
        project=recorder.api.project, resource="session_recording", access_level="viewer"
    )

    browser = Client()
    browser.force_login(recorder.user)
    pages = f"/project/{recorder.api.project.pk}/replay"

    def statuses() -> list[int]:
        return [
            browser.get(pages).status_code,
            browser.get(f"{pages}/s-1").status_code,
            browser.post(f"{pages}/s-1/delete").status_code,
            recorder.get("s-1/snapshots").status_code,
            recorder.send("PATCH", "s-1/sharing", {"enabled": True}).status_code,
            recorder.send("DELETE", "s-1").status_code,
            recorder.api.ask({"kind": "RecordingsQuery"}).status_code,
            recorder.api.send("POST", "exports/", export).status_code,
            recorder.api.send("GET", f"exports/{made}/").status_code,
        ]

    assert statuses() == [200, 200, 404, 200, 403, 403, 200, 201, 200]
    rule.access_level = "none"
    rule.save()
    assert statuses() == [404, 404, 404, 403, 404, 403, 403, 403, 404]


def test_who_may_only_view_recordings_marks_what_they_watched(recorder: Recorder) -> None:
    recorder.record("s-1", click(0))
    AccessControl.objects.create(project=recorder.api.project, resource="session_recording", access_level="viewer")
    ids = {"session_recording_ids": ["s-1"]}
    assert recorder.send("POST", "bulk_viewed", ids).json()["viewed_count"] == 1
    assert recorder.send("POST", "bulk_not_viewed", ids).json()["not_viewed_count"] == 1
    for method in ("PATCH", "PUT"):
        assert recorder.send(method, "s-1", {"viewed": True}).json() == {"success": True}
    assert recorder.get("s-1/viewed").json()["viewed"] is True
    found = recorder.send("POST", "batch_check_exists", {"session_ids": ["s-1"]})
    assert found.json() == {"results": {"s-1": True}}
    assert recorder.send("POST", "bulk_delete", ids).status_code == 403
