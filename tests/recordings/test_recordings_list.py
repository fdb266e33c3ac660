"""The list of recordings: which fit a question, in which order, page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.actions.models import Action
from hedgerow.recordings.models import RemovedRecording
from tests.recordings.recorder import Recorder
from tests.recordings.spooling import START, act, click, console, visit

pytestmark = pytest.mark.django_db


def moment(after: int) -> datetime:
    return datetime.fromtimestamp((START + after) / 1000, UTC)


def iso(after: int) -> str:
    return moment(after).isoformat()


def prop(key: str, value: Any, operator: str = "exact", type: str = "event", **more: Any) -> dict[str, Any]:
    return {"key": key, "value": value, "operator": operator, "type": type, **more}


@pytest.fixture
def three(recorder: Recorder) -> Recorder:
    """Ann clicks and sees an error for eight seconds, Bob types on another page for two, a stranger only looks."""
    recorder.record("s-ann", visit(0, "https://tea.example/green"), click(1_000), console(2_000, "error"), click(8_900))
    recorder.record(
        "s-bob", visit(10_000, "https://tea.example/black"), act(11_000, 5), act(12_500, 5), distinct_id="bob"
    )
    recorder.record("s-eve", visit(20_000, "https://cake.example/"), console(20_000, "info"), distinct_id="eve")
    recorder.person("ann", "ann-home", plan="pro")
    recorder.person("bob", plan="free")
    recorder.api.store_events(
        [
            {
                "event": "$pageview",
                "distinct_id": "ann",
                "$session_id": "s-ann",
                "timestamp": moment(0),
                "properties": {"$browser": "Firefox", "$current_url": "https://tea.example/green"},
            },
            {
                "event": "paid",
                "distinct_id": "ann",
                "$session_id": "s-ann",
                "timestamp": moment(5_000),
                "properties": {"amount": 7, "$browser": "Firefox"},
            },
            {
                "event": "paid",
                "distinct_id": "bob",
                "$session_id": "s-bob",
                "timestamp": moment(11_000),
                "properties": {"amount": 3, "$browser": "Safari"},
            },
        ]
    )
    return recorder


def test_the_newest_first_and_in_other_orders(three: Recorder) -> None:
    assert three.listed() == ["s-eve", "s-bob", "s-ann"]
    assert three.listed(order="start_time", order_direction="ASC") == ["s-ann", "s-bob", "s-eve"]
    assert three.listed(order="duration") == ["s-ann", "s-bob", "s-eve"]
    assert three.listed(order="click_count", limit=1) == ["s-ann"]
    assert three.listed(order="keypress_count", limit=1) == ["s-bob"]
    assert three.listed(order="console_error_count", limit=1) == ["s-ann"]
    assert three.listed(order="activity_score", order_direction="ASC", limit=1) == ["s-eve"]
    assert three.listed(order="active_seconds", limit=1) == ["s-bob"]
    assert three.listed(order="inactive_seconds", limit=1) == ["s-ann"]
    assert three.listed(order="mouse_activity_count", limit=1) == ["s-ann"]


def test_page_by_page(three: Recorder) -> None:
    for order in ("start_time", "duration", "mouse_activity_count", "activity_score"):
        whole = three.listed(order=order)
        first = three.get(order=order, limit=2).json()
        assert (first["has_next"], first["version"]) == (True, 4)
        last = three.get(order=order, limit=2, after=first["next_cursor"]).json()
        assert [each["id"] for each in first["results"] + last["results"]] == whole, order
        assert last["has_next"] is False
        assert "next_cursor" not in last
        assert three.listed(order=order, limit=2, offset=1) == whole[1:]
    for cursor in ("nonsense", "WzEsMl0", first["next_cursor"]):
        answer = three.get(after=cursor)
        assert (answer.status_code, answer.json()["detail"]) == (400, "Invalid cursor."), cursor


def test_when_they_began(three: Recorder) -> None:
    old = START - 4 * 24 * 3600 * 1000
    three.record("s-old", {"type": 4, "timestamp": old, "data": {}})
    assert "s-old" not in three.listed()
    assert three.listed(date_from="-5d", date_to="-3d") == ["s-old"]
    assert three.listed(date_from="all")[-1] == "s-old"
    assert three.listed(date_from=iso(5_000), date_to=iso(15_000)) == ["s-bob"]
    assert three.listed(date_from=(moment(0) + timedelta(days=2)).isoformat()) == []


def test_named_ones_in_the_order_given(three: Recorder) -> None:
    three.record("s-old", {"type": 4, "timestamp": START - 5 * 24 * 3600 * 1000, "data": {}})
    assert three.listed(session_ids=["s-bob", "s-old", "nobody", "s-ann"]) == ["s-bob", "s-old", "s-ann"]
    first = three.get(session_ids=["s-bob", "s-old", "s-ann"], limit=2).json()
    rest = three.listed(session_ids=["s-bob", "s-old", "s-ann"], limit=2, after=first["next_cursor"])
    assert rest == ["s-ann"]
    assert three.listed(session_ids=[]) == []
    assert three.listed(session_ids=["s-bob", "s-ann"], distinct_ids=["ann"]) == ["s-ann"]


def test_one_that_is_asked_for_by_its_id_comes_first(three: Recorder) -> None:
    def asked(**query: Any) -> list[tuple[str, bool]]:
        found = three.get(**query).json()["results"]
        return [(each["id"], each["matches_filters"]) for each in found]

    assert asked(session_recording_id="s-ann")[0] == ("s-ann", True)
    assert len(asked(session_recording_id="s-ann")) == 3
    only_bobs = {"distinct_ids": ["bob"], "session_recording_id": "s-ann"}
    assert asked(**only_bobs) == [("s-ann", False), ("s-bob", True)]
    assert asked(distinct_ids=["bob"], session_recording_id="nobody") == [("s-bob", True)]


def test_whose_they_are(three: Recorder) -> None:
    person = three.get("s-ann").json()["person"]["uuid"]
    three.record("s-home", click(30_000), distinct_id="ann-home")
    assert three.listed(person_uuid=person) == ["s-home", "s-ann"]
    assert three.listed(distinct_ids=["bob", "eve"]) == ["s-eve", "s-bob"]
    assert three.listed(properties=[prop("plan", "pro", type="person")]) == ["s-home", "s-ann"]
    not_pro = three.listed(properties=[prop("plan", "pro", "is_not", type="person")])
    assert not_pro == ["s-eve", "s-bob"], "also of those who are nobody known"


def test_what_happened_meanwhile(three: Recorder) -> None:
    action = Action.objects.create(
        project=three.api.project, name="Big", steps=[{"event": "paid", "properties": [prop("amount", 5, "gt")]}]
    )
    paid, seen = {"id": "paid", "type": "events"}, {"id": "$pageview", "type": "events"}
    assert three.listed(events=[paid]) == ["s-bob", "s-ann"]
    assert three.listed(events=[paid, seen]) == ["s-ann"]
    assert three.listed(events=[paid, seen], operand="OR") == ["s-bob", "s-ann"]
    assert three.listed(events=[{**paid, "properties": [prop("amount", 5, "lt")]}]) == ["s-bob"]
    assert three.listed(events=[{"kind": "EventsNode", "event": "$pageview"}]) == ["s-ann"]
    assert three.listed(actions=[{"id": action.pk, "type": "actions"}]) == ["s-ann"]
    assert three.listed(properties=[prop("$browser", "Safari")]) == ["s-bob"]
    assert three.listed(properties=[prop("$browser", "Safari", "is_not")]) == ["s-eve", "s-ann"]
    either = [prop("$browser", "Safari"), prop("amount", 5, "gt")]
    assert three.listed(properties=either) == []
    assert three.listed(properties=either, operand="OR") == ["s-bob", "s-ann"]
    assert three.listed(properties={"type": "OR", "values": either}) == ["s-bob", "s-ann"]
    assert three.listed(properties=[prop("$session_duration", 3, "gt", type="session")]) == ["s-ann"]
    assert three.listed(properties=[prop("event = 'paid' and toFloat(properties.amount) > 5", None, type="hogql")]) == [
        "s-ann"
    ]


def test_what_is_known_of_the_recording(three: Recorder) -> None:
    def having(*filters: dict[str, Any]) -> list[str]:
        return three.listed(having_predicates=list(filters))

    assert having(prop("duration", 5, "gt", type="recording")) == ["s-ann"]
    assert having(prop("duration", 1, "gt", type="recording"), prop("keypress_count", 1, "gte", type="recording")) == [
        "s-bob"
    ]
    assert having(prop("click_count", [0, 2], "between", type="recording"))[-1] == "s-ann"
    tea = prop("visited_page", "tea.example", "icontains", type="recording")
    assert three.listed(properties=[tea]) == ["s-bob", "s-ann"]
    assert three.listed(properties=[{**tea, "operator": "not_icontains"}]) == ["s-eve"]
    assert three.listed(properties=[prop("snapshot_source", ["web"], type="recording")])[-1] == "s-ann"
    assert three.listed(console_log_filters=[prop("level", ["error"], type="log_entry")]) == ["s-ann"]
    assert three.listed(console_log_filters=[prop("level", ["error", "info"], type="log_entry")]) == ["s-eve", "s-ann"]


def test_without_those_of_the_projects_own_people(three: Recorder) -> None:
    project = three.api.project
    project.test_account_filters = [prop("plan", "pro", "is_not", type="person")]
    project.save()
    assert three.listed(filter_test_accounts=True) == ["s-eve", "s-bob"]
    assert len(three.listed(filter_test_accounts=False)) == 3


def test_removed_ones_are_hidden_however_they_are_asked_for(three: Recorder) -> None:
    RemovedRecording.objects.create(project=three.api.project, session_id="s-ann")
    for query in ({}, {"session_ids": ["s-ann"]}, {"session_recording_id": "s-ann"}, {"distinct_ids": ["ann"]}):
        assert "s-ann" not in three.listed(**query)


def test_the_events_that_were_looked_for(three: Recorder) -> None:
    def matching(**query: Any) -> Any:
        return three.get("matching_events", **query)

    found = matching(session_ids=["s-ann"], events=[{"id": "paid", "type": "events"}]).json()["results"]
    assert [set(each) for each in found] == [{"uuid", "timestamp"}]
    assert found[0]["timestamp"].startswith(moment(5_000).strftime("%Y-%m-%dT%H:%M:%S"))
    assert len(matching(session_ids=["s-ann"], properties=[prop("$browser", "Firefox")]).json()["results"]) == 2
    two = matching(session_ids=["s-ann", "s-bob"], events=[{"id": "paid", "type": "events"}])
    assert (two.status_code, two.json()["detail"]) == (400, "Must specify exactly one session_id")
    assert matching(session_ids=["s-ann"]).status_code == 400


def test_what_cannot_be_asked_is_said_with_its_reason(recorder: Recorder) -> None:
    for query, reason in (
        ({"limit": 0}, "limit: Input should be greater than or equal to 1"),
        ({"events": [{"id": "x", "type": "data_warehouse"}]}, "events.0: only events and actions can be looked for"),
        ({"date_from": "yesterday"}, "'yesterday' is not a date."),
        ({"person_uuid": "x"}, "person_uuid: Input should be a valid UUID"),
        ({"order": "name"}, "order: Input should be 'start_time'"),
        ({"having_predicates": [prop("size", 5, "gt", type="recording")]}, "Recordings have no property 'size'."),
        ({"console_log_filters": [prop("message", "x", type="log_entry")]}, "Of the console's messages only the level"),
        ({"console_log_filters": [prop("level", "loud", type="log_entry")]}, "'loud' is not a level of the console"),
        ({"properties": [prop("a", 1, type="span")]}, "The 'span' property filter does not work"),
        ({"properties": [prop("nothing(", None, type="hogql")]}, "Syntax error"),
        ({"properties": [prop("id", 99, type="cohort")]}, "Cohort 99 does not exist"),
        ({"comment_text": "nice"}, "Recordings have no comments here."),
    ):
        answer = recorder.get(**query)
        assert answer.status_code == 400, answer.content.decode()
        assert answer.json()["type"] == "validation_error"
        assert answer.json()["detail"].startswith(reason)


def test_as_a_query(three: Recorder) -> None:
    three.send("PATCH", "s-bob", {"viewed": True})
    question = {"kind": "RecordingsQuery", "events": [{"id": "paid", "type": "events"}], "limit": 1}
    answer = three.api.answer(question)
    assert [each["id"] for each in answer["results"]] == ["s-bob"]
    assert answer["results"][0] == three.get("s-bob").json()
    assert answer["has_next"] is True
    rest = three.api.answer({**question, "after": answer["next_cursor"]})
    assert [(each["id"], each["viewed"]) for each in rest["results"]] == [("s-ann", False)]
    assert three.api.fault({"kind": "RecordingsQuery", "limit": 0})["detail"]
    assert three.api.fault({"kind": "RecordingsQuery", "date_from": "yesterday"})["detail"].startswith("'yesterday'")
