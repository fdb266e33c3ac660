"""What of an event is stored: names, ids, properties, and what becomes of events that are not quite right."""

import uuid

import pytest

from hedgerow.capture.projects import PublishedProject
from hedgerow.spool.lines import NOT_AN_EVENT
from tests.capture.process import PROJECT_ID, TOKEN, CaptureProcess, properties


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"distinct_id": "root", "$distinct_id": "b", "properties": {"distinct_id": "c"}}, "root"),
        ({"$distinct_id": "dollar", "properties": {"distinct_id": "c"}}, "dollar"),
        ({"properties": {"distinct_id": "inner"}}, "inner"),
        ({"distinct_id": None, "properties": {"distinct_id": "inner"}}, "inner"),
        ({"distinct_id": 23}, "23"),
        ({"distinct_id": {"b": 1, "a": [2]}}, '{"a":[2],"b":1}'),
        ({"distinct_id": True}, "true"),
        ({"distinct_id": " padded "}, " padded "),
        ({"distinct_id": "é" * 300}, "é" * 200),
    ],
)
def test_distinct_id(capture: CaptureProcess, fields: dict[str, object], expected: str) -> None:
    assert capture.send({"api_key": TOKEN, "event": "x", **fields}).status_code == 200
    assert capture.stored_event().d == expected


def test_a_long_name_is_cut(capture: CaptureProcess) -> None:
    capture.event("n" * 300)
    assert capture.stored_event().e == "n" * 200


def test_the_uuid_is_kept_in_its_usual_form(capture: CaptureProcess) -> None:
    sent = uuid.uuid4()
    capture.event(uuid=str(sent).upper())
    capture.event(uuid=sent.hex)
    assert [line.u for line in capture.stored()] == [str(sent), str(sent)]


def test_without_a_uuid_one_is_made(capture: CaptureProcess) -> None:
    capture.event()
    capture.event(uuid="")
    first, second = capture.stored()
    assert first.u != second.u
    assert uuid.UUID(first.u).version == uuid.UUID(second.u).version == 7


def test_set_at_the_root_moves_into_the_properties_and_wins(capture: CaptureProcess) -> None:
    capture.event(properties={"$set": {"a": 1, "b": 1}, "n": 1}, **{"$set": {"b": 2}, "$set_once": {"first": "x"}})
    stored = properties(capture.stored_event())
    assert stored["$set"] == {"a": 1, "b": 2}
    assert stored["$set_once"] == {"first": "x"}
    assert stored["n"] == 1


def test_the_ip_is_added_unless_the_event_has_one(capture: CaptureProcess) -> None:
    capture.event()
    capture.event(properties={})
    capture.event(properties={"a": 1})
    capture.event(properties={"$ip": "8.8.8.8"})
    capture.event(properties={"$ip": None})
    assert [properties(line)["$ip"] for line in capture.stored()] == ["127.0.0.1"] * 3 + ["8.8.8.8", "127.0.0.1"]


def test_a_project_that_anonymizes_ips_stores_none(capture: CaptureProcess) -> None:
    capture.publish(
        PublishedProject(id=PROJECT_ID, token=TOKEN), PublishedProject(id=8, token="phc_quiet", anonymize_ips=True)
    )
    capture.event(api_key="phc_quiet")
    capture.event(api_key="phc_quiet", properties={"$ip": "8.8.8.8", "a": 1})
    first, second = capture.stored()
    assert (first.t, properties(first)) == (8, {})
    assert properties(second) == {"a": 1}


def test_a_project_published_later_is_known_at_once(capture: CaptureProcess) -> None:
    assert capture.event(api_key="phc_new").status_code == 401
    capture.publish(PublishedProject(id=PROJECT_ID, token=TOKEN), PublishedProject(id=9, token="phc_new"))
    assert capture.event(api_key="phc_new").status_code == 200
    assert capture.stored_event().t == 9


def test_a_token_may_have_spaces_around_it(capture: CaptureProcess) -> None:
    assert capture.event(api_key=f" {TOKEN}\n").status_code == 200
    assert capture.stored_event().t == PROJECT_ID


def test_groups_become_texts(capture: CaptureProcess) -> None:
    capture.event(properties={"$groups": {"company": "acme", "team": 5, "float": 2.0, "empty": "", "none": None}})
    capture.event(properties={"$groups": {}})
    capture.event(properties={"$groups": "acme"})
    first, second, third = capture.stored()
    assert first.g == {"company": "acme", "team": "5", "float": "2"}
    assert second.g is third.g is None


def test_elements_become_a_chain(capture: CaptureProcess) -> None:
    capture.event("$autocapture", properties={"$elements": [{"tag_name": "a", "$el_text": "Go"}], "n": 1})
    stored = properties(capture.stored_event())
    assert stored["$elements_chain"] == 'a:text="Go"'
    assert "$elements" not in stored
    assert stored["n"] == 1


def test_engage_needs_no_event_name(capture: CaptureProcess) -> None:
    response = capture.send({"api_key": TOKEN, "distinct_id": "ada", "$set": {"plan": "pro"}}, path="/engage/")
    assert response.status_code == 200
    line = capture.stored_event()
    assert (line.e, properties(line)["$set"]) == ("$identify", {"plan": "pro"})


def test_old_performance_events_and_recordings_are_left_out(capture: CaptureProcess) -> None:
    batch = [{"event": name, "distinct_id": "a"} for name in ("$performance_event", "kept", "$snapshot")]
    assert capture.send({"api_key": TOKEN, "batch": batch}).status_code == 200
    assert capture.send({"api_key": TOKEN, "batch": batch[:1]}).status_code == 200
    assert [line.e for line in capture.new_lines()] == ["kept"]


def test_good_events_of_a_batch_are_kept_and_bad_ones_told_about(capture: CaptureProcess) -> None:
    batch = [
        {"event": "first", "distinct_id": "a"},
        {"distinct_id": "nameless", "properties": {"kept": "for the dead letter"}},
        {"event": "", "distinct_id": "a"},
        {"event": "whose", "distinct_id": "  "},
        {"event": "whom", "distinct_id": "a", "properties": {"$cookieless_mode": "yes"}},
        {"event": "last", "distinct_id": "a"},
    ]
    assert capture.send({"api_key": TOKEN, "batch": batch}).status_code == 200
    lines = capture.new_lines()
    assert [line.e for line in lines if line.k != NOT_AN_EVENT] == ["first", "last"]
    dropped = [line for line in lines if line.k == NOT_AN_EVENT]
    assert [line.r for line in dropped] == [
        "missing_event_name",
        "missing_event_name",
        "missing_distinct_id",
        "invalid_cookieless_mode",
    ]
    assert all(line.drop and line.t == PROJECT_ID for line in dropped)
    assert "for the dead letter" in dropped[0].raw


def test_an_event_too_large_is_refused_alone_and_dropped_among_others(capture: CaptureProcess) -> None:
    large = {"event": "large", "distinct_id": "a", "properties": {"text": "x" * 1_000_000}}
    small = {"event": "small", "distinct_id": "a"}
    alone = capture.send({"api_key": TOKEN, "batch": [large]})
    assert alone.status_code == 413
    assert alone.json()["detail"].startswith("maximum event size exceeded: ")
    assert capture.new_lines() == []
    assert capture.send({"api_key": TOKEN, "batch": [large, small]}).status_code == 200
    dropped, stored = capture.new_lines()
    assert (dropped.r, dropped.drop, stored.e) == ("message_size_too_large", True, "small")
    assert len(dropped.raw) < 100_000


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"event": "x", "properties": {"$groups": {"company": "k" * 401}}}, "group_key_too_long"),
        (
            {"event": "$groupidentify", "properties": {"$group_type": "company", "$group_key": "k" * 401}},
            "group_key_too_long",
        ),
        ({"event": "x", "properties": {"$cookieless_mode": True}}, "cookieless_mode_disabled"),
        ({"event": "$$heatmap", "properties": {"$heatmap_data": {}}}, "heatmap_not_recorded"),
        (
            {"event": "$identify", "properties": {"$process_person_profile": False}},
            "invalid_event_when_process_person_profile_is_false",
        ),
    ],
)
def test_events_that_are_accepted_and_not_stored(
    capture: CaptureProcess, event: dict[str, object], reason: str
) -> None:
    assert capture.send({"api_key": TOKEN, "distinct_id": "ada", **event}).status_code == 200
    (line,) = capture.new_lines()
    assert (line.k, line.r, line.drop, line.d, line.e) == (NOT_AN_EVENT, reason, True, "ada", event["event"])


def test_a_warning_of_the_sdk_is_a_warning_and_no_event(capture: CaptureProcess) -> None:
    capture.event("$$client_ingestion_warning", properties={"$$client_ingestion_warning_message": "something was cut"})
    (line,) = capture.new_lines()
    assert (line.k, line.r, line.drop) == (NOT_AN_EVENT, "client_ingestion_warning", False)
    assert bytes(line.w) == b'{"message":"something was cut"}'


def test_heatmap_data_on_other_events_is_left_out(capture: CaptureProcess) -> None:
    capture.event("$pageview", properties={"$heatmap_data": {"u": []}, "a": 1, "$ip": "1.1.1.1"})
    assert properties(capture.stored_event()) == {"a": 1, "$ip": "1.1.1.1"}


def test_token_counts_of_ai_events_must_be_numbers(capture: CaptureProcess) -> None:
    capture.event("$ai_generation", properties={"$ai_input_tokens": "many", "$ai_output_tokens": 4})
    warning, event = capture.new_lines()
    assert (warning.r, warning.drop, warning.u) == ("invalid_ai_token_property", False, event.u)
    assert properties(event) == {"$ip": "127.0.0.1", "$ai_output_tokens": 4}


def test_events_older_than_the_project_wants_are_dropped(capture: CaptureProcess) -> None:
    capture.publish(
        PublishedProject(id=PROJECT_ID, token=TOKEN),
        PublishedProject(id=10, token="phc_recent", drop_events_older_than=3600),
    )
    capture.event(api_key="phc_recent", timestamp="2020-01-01T00:00:00Z")
    capture.event("now", api_key="phc_recent")
    dropped, stored = capture.new_lines()
    assert (dropped.r, stored.e) == ("event_dropped_too_old", "now")
