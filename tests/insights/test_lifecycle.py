"""Lifecycle: who is new, returning, resurrecting and dormant."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import lifecycle
from hedgerow.insights.errors import InsightError
from tests.insights.asking import Event, at
from tests.insights.histories import Merge, local, run, store_created, store_personless, stored_history

NOW = datetime(2024, 11, 5, 15, 30, tzinfo=UTC)
FIVE_DAYS = {"date_from": "2024-11-01", "date_to": "2024-11-05"}


def ask(event_store: EventStore, context: ProjectContext, **query: Any) -> dict[str, Any]:
    asked = {"series": [{"kind": "EventsNode", "event": "view"}], "dateRange": FIVE_DAYS, **query}
    return run(event_store, context, lifecycle.answer(lifecycle.LifecycleQuery.model_validate(asked), context, NOW))


def data(event_store: EventStore, context: ProjectContext, **query: Any) -> dict[str, list[float]]:
    return {each["status"]: each["data"] for each in ask(event_store, context, **query)["results"]}


def views(*days: int, person: str = "ann") -> list[Event]:
    return [Event("view", at(f"2024-11-{day:02} 10:00"), person) for day in days]


def test_one_person_over_five_days(event_store: EventStore) -> None:
    context = stored_history(event_store, views(1, 2, 4))
    store_created(event_store, context, {"ann": at("2024-11-01 10:00")})
    assert data(event_store, context) == {
        "new": [1, 0, 0, 0, 0],
        "returning": [0, 1, 0, 0, 0],
        "resurrecting": [0, 0, 0, 1, 0],
        "dormant": [0, 0, -1, 0, -1],
    }


def test_the_four_results_in_full(event_store: EventStore) -> None:
    context = stored_history(event_store, views(1, 2, 4))
    store_created(event_store, context, {"ann": at("2024-11-01 10:00")})
    answer = ask(event_store, context)
    new, returning, resurrecting, dormant = answer["results"]
    assert dormant == {
        "action": {"id": "view", "name": "view", "type": "events", "order": 0, "math": "total"},
        "data": [0.0, 0.0, -1.0, 0.0, -1.0],
        "count": -2.0,
        "labels": ["1-Nov-2024", "2-Nov-2024", "3-Nov-2024", "4-Nov-2024", "5-Nov-2024"],
        "days": ["2024-11-01", "2024-11-02", "2024-11-03", "2024-11-04", "2024-11-05"],
        "label": "view - dormant",
        "status": "dormant",
    }
    assert [each["label"] for each in (new, returning, resurrecting)] == [
        "view - new",
        "view - returning",
        "view - resurrecting",
    ]
    assert all(isinstance(number, float) for number in [*new["data"], new["count"]])
    assert answer["resolved_date_range"] == {
        "date_from": "2024-11-01T00:00:00Z",
        "date_to": "2024-11-05T23:59:59.999999Z",
    }


def test_the_day_before_the_range_decides_who_returns(event_store: EventStore) -> None:
    before = [Event("view", at("2024-10-31 23:59")), Event("view", at("2024-10-31 10:00"), "bob")]
    context = stored_history(event_store, [*before, *views(1)])
    found = data(event_store, context)
    assert found["returning"] == [1, 0, 0, 0, 0]
    assert found["dormant"] == [-1, -1, 0, 0, 0]
    assert found["new"] == found["resurrecting"] == [0, 0, 0, 0, 0]


def test_only_who_was_created_in_the_interval_is_new(event_store: EventStore) -> None:
    """A person whose record is gone, or who was created before, is resurrecting when first seen."""
    context = stored_history(event_store, [*views(2), *views(2, person="bob"), *views(2, person="cleo")])
    store_created(event_store, context, {"ann": at("2024-11-02 23:00"), "bob": at("2024-11-01 10:00")})
    found = data(event_store, context)
    assert found["new"] == [0, 1, 0, 0, 0]
    assert found["resurrecting"] == [0, 2, 0, 0, 0]


def test_events_without_a_profile_do_not_count(event_store: EventStore) -> None:
    context = stored_history(event_store, views(2))
    store_personless(event_store, context, "view", "ann", at("2024-11-01 10:00"))
    found = data(event_store, context)
    assert found["returning"] == [0, 0, 0, 0, 0]
    assert found["resurrecting"] == [0, 1, 0, 0, 0]


def test_merged_persons_are_one(event_store: EventStore) -> None:
    context = stored_history(event_store, [*views(1), *views(2, person="bob")], [Merge("bob", "ann")])
    store_created(event_store, context, {"ann": at("2024-11-01 10:00")})
    found = data(event_store, context)
    assert found["new"] == [1, 0, 0, 0, 0]
    assert found["returning"] == [0, 1, 0, 0, 0]
    assert found["dormant"] == [0, 0, -1, 0, 0]


def test_groups_in_place_of_persons(event_store: EventStore) -> None:
    events = [
        Event("view", at("2024-11-01 10:00"), "ann", groups={1: "acme"}),
        Event("view", at("2024-11-02 10:00"), "bob", groups={1: "acme"}),
        Event("view", at("2024-11-02 10:00"), "cleo"),
    ]
    context = stored_history(event_store, events, group_types=("team", "company"))
    store_created(event_store, context, {"acme": at("2024-11-01 08:00")}, group_type_index=1)
    store_created(event_store, context, {"acme": at("2024-11-02 08:00")}, group_type_index=0)
    found = data(event_store, context, aggregation_group_type_index=1)
    assert found["new"] == [1, 0, 0, 0, 0]
    assert found["returning"] == [0, 1, 0, 0, 0]
    assert found["resurrecting"] == [0, 0, 0, 0, 0]


def test_a_week_counts_as_a_whole(event_store: EventStore) -> None:
    """The range begins on a Friday; the week it lies in began on Sunday, in other projects on Monday."""
    context = stored_history(
        event_store, [Event("view", at("2024-10-27 00:00")), Event("view", at("2024-11-05 10:00"))]
    )
    (_, returning, resurrecting, _) = ask(event_store, context, interval="week")["results"]
    assert returning["days"] == ["2024-10-27", "2024-11-03"]
    assert returning["labels"] == ["27-Oct–2-Nov", "3–5 Nov"]
    assert (returning["data"], resurrecting["data"]) == ([0, 1], [1, 0])
    monday = stored_history(event_store, [Event("view", at("2024-10-27 00:00"))], week_start_day=1)
    found = ask(event_store, monday, interval="week")["results"]
    assert found[0]["days"] == ["2024-10-28", "2024-11-04"]
    assert found[3]["data"] == [-1, 0]


@pytest.mark.parametrize(
    ("interval", "times"),
    [
        ("minute", ["01:59", "02:00"]),
        ("hour", ["00:30", "01:30", "02:30"]),
        ("day", ["2024-11-02", "2024-11-03", "2024-11-04"]),
        ("week", ["2024-10-27", "2024-11-03", "2024-11-10"]),
        ("month", ["2024-09-30", "2024-10-01", "2024-11-30"]),
    ],
)
def test_every_interval_follows_the_one_before(event_store: EventStore, interval: str, times: list[str]) -> None:
    """Across the end of summer time: on 3 November there are two hours that begin at 1 o'clock."""
    moments = [f"2024-11-03 {time}" if ":" in time else f"{time} 23:30" for time in times]
    events = [Event("view", local("America/New_York", moment)) for moment in moments]
    if interval == "hour":
        events.insert(2, Event("view", events[1].at.replace(fold=1)))
    if interval == "minute":
        events[0] = Event("view", events[0].at.replace(fold=1))
    context = stored_history(event_store, events, timezone="America/New_York")
    store_created(event_store, context, {"ann": events[0].at})
    dates = {"date_from": events[0].at.isoformat(), "date_to": events[-1].at.isoformat(), "explicitDate": True}
    found = data(event_store, context, interval=interval, dateRange=dates)
    later = [0] * (len(events) - 1)
    assert found["new"] == [1, *later]
    assert found["returning"] == [0, *(1 for _ in later)]
    assert found["dormant"] == found["resurrecting"] == [0, *later]


def test_filters_and_test_accounts(event_store: EventStore) -> None:
    events = [
        Event("view", at("2024-11-01 10:00"), "ann", {"plan": "pro"}),
        Event("view", at("2024-11-01 10:00"), "bob", {"plan": "free"}),
        Event("view", at("2024-11-01 10:00"), "cleo", {"plan": "pro", "internal": True}),
    ]
    context = stored_history(event_store, events)
    pro = [{"key": "plan", "value": "pro", "type": "event"}]
    assert data(event_store, context, properties=pro)["resurrecting"][0] == 2
    of_series = [{"kind": "EventsNode", "event": None, "properties": pro}]
    assert data(event_store, context, series=of_series)["resurrecting"][0] == 2
    query = lifecycle.LifecycleQuery.model_validate(
        {"series": of_series, "dateRange": FIVE_DAYS, "filterTestAccounts": True}
    )
    ours = [{"key": "internal", "type": "event", "operator": "is_not_set"}]
    answer = run(event_store, context, lifecycle.answer(query, context, NOW, ours))
    assert answer["results"][2]["data"][0] == 1
    assert answer["results"][2]["label"] == "All events - resurrecting"


def test_all_time_begins_with_the_first_event(event_store: EventStore) -> None:
    context = stored_history(event_store, [*views(3), Event("other", at("2024-11-02 10:00"))])
    (new, *_) = ask(event_store, context, dateRange={"date_from": "all"})["results"]
    assert new["days"] == ["2024-11-02", "2024-11-03", "2024-11-04", "2024-11-05"]


def test_what_is_asked_of_nothing(event_store: EventStore) -> None:
    context = stored_history(event_store, views(1))
    assert ask(event_store, context, series=[])["results"] == []
    backwards = {"date_from": "2024-11-05", "date_to": "2024-11-01"}
    found = ask(event_store, context, dateRange=backwards)["results"]
    assert [(each["data"], each["count"], each["days"]) for each in found] == [([], 0, [])] * 4
    assert data(event_store, stored_history(event_store, []))["new"] == [0, 0, 0, 0, 0]


def test_more_than_one_series_is_refused(event_store: EventStore) -> None:
    context = stored_history(event_store, [])
    with pytest.raises(InsightError, match="one series"):
        ask(event_store, context, series=[{"kind": "EventsNode"}, {"kind": "EventsNode"}])


def test_another_projects_events_and_persons_do_not_count(event_store: EventStore) -> None:
    other = stored_history(event_store, views(1, 2))
    store_created(event_store, other, {"ann": at("2024-11-02 10:00")})
    context = stored_history(event_store, views(2))
    found = data(event_store, context)
    assert found["new"] == found["returning"] == [0, 0, 0, 0, 0]
    assert found["resurrecting"] == [0, 1, 0, 0, 0]
