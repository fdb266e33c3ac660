"""Stickiness: on how many intervals actors were active."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError
from hedgerow.insights import stickiness
from hedgerow.insights.errors import InsightError
from tests.insights.asking import Event, at
from tests.insights.histories import Merge, local, run, stored_history

NOW = datetime(2024, 11, 5, 15, 30, tzinfo=UTC)
THREE_DAYS = {"date_from": "2024-11-03", "date_to": "2024-11-05"}


def ask(event_store: EventStore, context: ProjectContext, now: datetime = NOW, **query: Any) -> dict[str, Any]:
    asked = {"series": [{"kind": "EventsNode", "event": "view"}], "dateRange": THREE_DAYS, **query}
    return run(event_store, context, stickiness.answer(stickiness.StickinessQuery.model_validate(asked), context, now))


def data(event_store: EventStore, context: ProjectContext, **query: Any) -> list[int]:
    (result,) = ask(event_store, context, **query)["results"]
    found: list[int] = result["data"]
    return found


def series(**fields: Any) -> list[dict[str, Any]]:
    return [{"kind": "EventsNode", "event": "view", **fields}]


def views(person: str, *times: str, **fields: Any) -> list[Event]:
    return [Event("view", at(f"2024-11-{time}"), person, **fields) for time in times]


@pytest.fixture(scope="module")
def one_two_two(event_store: EventStore) -> ProjectContext:
    """Persons active on one, two and two of three days, with more events outside of the range."""
    ann = views("ann", "03 00:00", "03 12:00", "03 13:00", "02 23:59")
    bob = views("bob", "03 10:00", "05 10:00", "05 11:00")
    cleo = views("cleo", "04 10:00", "05 23:59", "06 00:00")
    return stored_history(event_store, [*ann, *bob, *cleo, Event("other", at("2024-11-04 10:00"), "dora")])


def test_active_on_one_two_and_two_of_three_days(event_store: EventStore, one_two_two: ProjectContext) -> None:
    answer = ask(event_store, one_two_two)
    assert answer["results"] == [
        {
            "action": {"order": 0, "type": "events", "name": "view", "id": "view", "custom_name": None},
            "label": "view",
            "count": 3,
            "data": [1, 2, 0],
            "days": [1, 2, 3],
            "labels": ["1 day", "2 days", "3 days"],
        }
    ]
    assert answer["resolved_date_range"]["date_from"] == "2024-11-03T00:00:00Z"
    assert answer["resolved_compare_date_range"] is None


def test_cumulative_counts_who_was_active_more_often_too(event_store: EventStore, one_two_two: ProjectContext) -> None:
    (result,) = ask(event_store, one_two_two, stickinessFilter={"computedAs": "cumulative"})["results"]
    assert result["data"] == [3, 2, 0]
    assert result["labels"] == ["1 day or more", "2 days or more", "3 days or more"]
    assert result["count"] == 3


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("gte", 2, [2, 0, 0]),
        ("lte", 1, [1, 1, 0]),
        ("exact", 1, [1, 1, 0]),
        ("exact", 3, [1, 0, 0]),
        ("gte", 4, [0] * 3),
    ],
)
def test_criteria_for_an_active_day(
    event_store: EventStore, one_two_two: ProjectContext, operator: str, value: int, expected: list[int]
) -> None:
    criteria = {"stickinessCriteria": {"operator": operator, "value": value}}
    assert data(event_store, one_two_two, stickinessFilter=criteria) == expected


def test_several_series_and_all_events(event_store: EventStore, one_two_two: ProjectContext) -> None:
    asked = [*series(custom_name="Views"), {"kind": "EventsNode", "event": None}, {"kind": "EventsNode", "event": "no"}]
    first, second, third = ask(event_store, one_two_two, series=asked)["results"]
    assert first["action"]["custom_name"] == "Views"
    assert (second["label"], second["data"], second["action"]["order"]) == ("All events", [2, 2, 0], 1)
    assert (third["data"], third["count"]) == ([0, 0, 0], 0)


def test_compared_with_the_period_before(event_store: EventStore, one_two_two: ProjectContext) -> None:
    asked = [*series(), {"kind": "EventsNode", "event": "other"}]
    answer = ask(event_store, one_two_two, series=asked, compareFilter={"compare": True})
    shown = [(each["compare_label"], each["label"], each["data"]) for each in answer["results"]]
    assert shown == [
        ("current", "view", [1, 2, 0]),
        ("current", "other", [1, 0, 0]),
        ("previous", "view", [1, 0, 0]),
        ("previous", "other", [0, 0, 0]),
    ]
    assert all(each["compare"] is True for each in answer["results"])
    assert answer["resolved_compare_date_range"]["date_from"] == "2024-10-31T00:00:00Z"
    everything = ask(event_store, one_two_two, dateRange={"date_from": "all"}, compareFilter={"compare": True})
    assert "compare" not in everything["results"][0]
    assert everything["results"][0]["days"] == [1, 2, 3, 4]


def test_groups_in_place_of_persons(event_store: EventStore) -> None:
    acme, other = {"groups": {0: "acme"}}, {"groups": {0: "other", 1: "acme"}}
    events = [
        *views("ann", "03 10:00", **acme),
        *views("bob", "04 10:00", **acme),
        *views("ann", "04 10:00", **other),
        *views("cleo", "05 10:00"),
    ]
    context = stored_history(event_store, events, group_types=("company", "team"))
    assert data(event_store, context, series=series(math="unique_group", math_group_type_index=0)) == [1, 1, 0]
    with pytest.raises(InsightError, match="group type"):
        ask(event_store, context, series=series(math="unique_group"))


def test_values_of_an_expression_in_place_of_persons(event_store: EventStore) -> None:
    events = [
        *views("ann", "03 10:00", "04 10:00", properties={"plan": "pro"}),
        *views("bob", "05 10:00", properties={"plan": "pro"}),
        *views("bob", "05 10:00", properties={"plan": "free"}),
        *views("cleo", "05 10:00"),
    ]
    context = stored_history(event_store, events)
    assert data(event_store, context, series=series(math="hogql", math_hogql="properties.plan")) == [1, 0, 1]
    with pytest.raises(InsightError, match="math_hogql"):
        ask(event_store, context, series=series(math="hogql"))
    with pytest.raises(HogQLError):
        ask(event_store, context, series=series(math="hogql", math_hogql="properties.("))


def test_merged_persons_are_one(event_store: EventStore) -> None:
    events = [*views("ann", "03 10:00"), *views("bob", "04 10:00")]
    assert data(event_store, stored_history(event_store, events)) == [2, 0, 0]
    assert data(event_store, stored_history(event_store, events, [Merge("bob", "ann")])) == [0, 1, 0]


def test_two_days_taken_as_one(event_store: EventStore) -> None:
    """Five days from the first on are three intervals, the last of one day only."""
    context = stored_history(
        event_store, [*views("ann", "01 10:00", "02 10:00"), *views("bob", "02 10:00", "03 10:00")]
    )
    dates = {"date_from": "2024-11-01", "date_to": "2024-11-05"}
    (result,) = ask(event_store, context, dateRange=dates, intervalCount=2)["results"]
    assert (result["days"], result["data"]) == ([1, 2, 3], [1, 1, 0])
    with pytest.raises(InsightError, match="Weeks cannot be taken together"):
        ask(event_store, context, interval="week", intervalCount=2)


def test_days_are_days_of_the_projects_zone(event_store: EventStore) -> None:
    """On the day summer time ends, 25 hours long, both hours at 1 o'clock are one interval each when hours count."""
    zone = "America/New_York"
    start = local(zone, "2024-11-03 00:00")
    first, again = local(zone, "2024-11-03 01:30"), local(zone, "2024-11-03 01:30").replace(fold=1)
    late = local(zone, "2024-11-03 23:59:59.999999")
    context = stored_history(event_store, [Event("view", each) for each in (start, first, again, late)], timezone=zone)
    day = {"date_from": "2024-11-03", "date_to": "2024-11-03"}
    assert data(event_store, context, dateRange=day) == [1]
    (result,) = ask(event_store, context, dateRange=day, interval="hour")["results"]
    assert len(result["data"]) == 25
    assert result["data"][3] == 1
    assert result["labels"][:2] == ["1 hour", "2 hours"]


def test_hours_where_the_clocks_change_by_half_an_hour(event_store: EventStore) -> None:
    """On Lord Howe Island it is 1:30 again when it has become 2 o'clock: hours do not begin an hour apart then."""
    zone = "Australia/Lord_Howe"
    one, half_past = local(zone, "2024-04-07 01:00"), local(zone, "2024-04-07 01:30").replace(fold=1)
    views_at = [one, half_past, local(zone, "2024-04-07 02:00"), local(zone, "2024-04-07 23:30")]
    context = stored_history(event_store, [Event("view", each) for each in views_at], timezone=zone)
    day = {"date_from": "2024-04-07", "date_to": "2024-04-07"}
    (result,) = ask(event_store, context, dateRange=day, interval="hour")["results"]
    assert (len(result["data"]), result["data"][3]) == (25, 1)


def test_weeks_and_months(event_store: EventStore) -> None:
    """A range that begins in the middle of a week has no events of before; the first month counts as a whole."""
    context = stored_history(
        event_store, [Event("view", at(f"2024-{day} 10:00")) for day in ("10-01", "10-28", "11-05")]
    )
    dates = {"date_from": "2024-10-28", "date_to": "2024-11-05"}
    (weeks,) = ask(event_store, context, dateRange=dates, interval="week")["results"]
    assert (weeks["data"], weeks["labels"]) == ([0, 1], ["1 week", "2 weeks"])
    (months,) = ask(event_store, context, dateRange={**dates, "date_from": "2024-10-30"}, interval="month")["results"]
    assert (months["data"], months["labels"]) == ([0, 1], ["1 month", "2 months"])


def test_filters_and_test_accounts(event_store: EventStore) -> None:
    pro = [{"key": "plan", "value": "pro", "type": "event"}]
    context = stored_history(
        event_store,
        [
            *views("ann", "03 10:00", properties={"plan": "pro"}),
            *views("bob", "03 10:00", properties={"plan": "free"}),
            *views("cleo", "03 10:00", properties={"plan": "pro", "internal": True}),
        ],
    )
    assert data(event_store, context, properties=pro) == [2, 0, 0]
    assert data(event_store, context, series=series(properties=pro)) == [2, 0, 0]
    asked = {"series": series(), "dateRange": THREE_DAYS, "filterTestAccounts": True}
    query = stickiness.StickinessQuery.model_validate(asked)
    ours = [{"key": "internal", "type": "event", "operator": "is_not_set"}]
    assert run(event_store, context, stickiness.answer(query, context, NOW, ours))["results"][0]["data"] == [2, 0, 0]


def test_what_is_asked_of_nothing(event_store: EventStore, one_two_two: ProjectContext) -> None:
    assert ask(event_store, one_two_two, series=[])["results"] == []
    backwards = {"date_from": "2024-11-05", "date_to": "2024-11-03"}
    (result,) = ask(event_store, one_two_two, dateRange=backwards)["results"]
    assert (result["data"], result["days"], result["count"]) == ([], [], 0)


def test_another_projects_events_do_not_count(event_store: EventStore, one_two_two: ProjectContext) -> None:
    context = stored_history(event_store, views("ann", "04 10:00"))
    assert data(event_store, context) == [1, 0, 0]
