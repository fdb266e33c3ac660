"""Who is behind a point of a trend, by example."""

from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import trends
from hedgerow.insights.actors import Point
from hedgerow.insights.breakdowns import NONE, OTHER
from hedgerow.insights.errors import InsightError
from tests.insights.actors_asking import found_actors
from tests.insights.asking import NOW, Event, at, new_context, person_id, store_events

NAMES = {person_id(name): name for name in ("ann", "bob", "cleo", "dan")}


def behind(
    event_store: EventStore, context: ProjectContext, point: Point, math: str = "dau", **asked: Any
) -> dict[str, int]:
    """Who is behind the point, with the number of events."""
    series = [{"kind": "EventsNode", "event": "view", "math": math}]
    query = trends.TrendsQuery.model_validate({"series": series, **asked})
    found = found_actors(event_store, context, trends.actors(query, point, context, NOW))
    return {NAMES[row["actor_id"]]: row["event_count"] for row in found}


@pytest.fixture
def week(event_store: EventStore) -> ProjectContext:
    """Some days of views, up to 5 November 2024."""
    context = new_context()
    events = [
        Event("view", at("2024-11-05 10:00"), "ann", {"browser": "Chrome", "price": 1}),
        Event("view", at("2024-11-05 11:00"), "ann", {"browser": "Firefox", "price": 2}),
        Event("view", at("2024-11-04 23:59"), "bob", {"browser": "Chrome", "price": 30}),
        Event("view", at("2024-10-30 12:00"), "cleo", {"browser": "Safari", "price": 40}),
        Event("view", at("2024-10-29 12:00"), "dan"),
        Event("other", at("2024-11-05 10:00"), "bob"),
        Event("view", at("2024-10-20 12:00"), "bob"),
    ]
    store_events(event_store, context, events)
    return context


def test_a_day(event_store: EventStore, week: ProjectContext) -> None:
    assert behind(event_store, week, Point(day="2024-11-05")) == {"ann": 2}
    assert behind(event_store, week, Point(day="2024-11-05T00:00:00Z")) == {"ann": 2}
    assert behind(event_store, week, Point(day="2024-11-04")) == {"bob": 1}
    assert behind(event_store, week, Point(day="2024-11-03")) == {}


def test_the_whole_range(event_store: EventStore, week: ProjectContext) -> None:
    everyone = {"ann": 2, "bob": 1, "cleo": 1, "dan": 1}
    assert behind(event_store, week, Point()) == everyone
    number = {"trendsFilter": {"display": "BoldNumber"}}
    assert behind(event_store, week, Point(day="2024-11-05"), **number) == everyone


def test_a_day_outside_of_the_range(event_store: EventStore, week: ProjectContext) -> None:
    assert behind(event_store, week, Point(day="2024-10-20")) == {"bob": 1}


def test_active_users_look_back(event_store: EventStore, week: ProjectContext) -> None:
    # Six days before 5 November is 30 October; the day before that does not count.
    assert behind(event_store, week, Point(day="2024-11-05"), "weekly_active") == {"ann": 2, "bob": 1, "cleo": 1}
    assert behind(event_store, week, Point(day="2024-11-05"), "monthly_active") == {
        "ann": 2,
        "bob": 2,
        "cleo": 1,
        "dan": 1,
    }


def test_everyone_up_to_a_day_of_a_running_sum(event_store: EventStore, week: ProjectContext) -> None:
    running = {"trendsFilter": {"display": "ActionsLineGraphCumulative"}}
    assert behind(event_store, week, Point(day="2024-11-04"), **running) == {"bob": 1, "cleo": 1, "dan": 1}


def test_the_first_time(event_store: EventStore, week: ProjectContext) -> None:
    assert behind(event_store, week, Point(day="2024-11-04"), "first_time_for_user") == {}
    assert behind(event_store, week, Point(day="2024-11-05"), "first_time_for_user") == {"ann": 1}


def test_values_of_a_breakdown(event_store: EventStore, week: ProjectContext) -> None:
    by_browser = {"breakdownFilter": {"breakdown": "browser", "breakdown_limit": 1}}
    assert behind(event_store, week, Point(breakdown="Chrome"), **by_browser) == {"ann": 1, "bob": 1}
    assert behind(event_store, week, Point(breakdown=NONE), **by_browser) == {"dan": 1}
    assert behind(event_store, week, Point(breakdown=OTHER), **by_browser) == {"ann": 1, "cleo": 1}
    by_both = {"breakdownFilter": {"breakdowns": [{"property": "browser"}, {"property": "price"}]}}
    assert behind(event_store, week, Point(breakdown=["Chrome", "30"]), **by_both) == {"bob": 1}
    assert behind(event_store, week, Point(breakdown=[None, NONE]), **by_both) == {"dan": 1}
    by_range = {"breakdownFilter": {"breakdowns": [{"property": "price", "histogram_bin_count": 2}]}}
    assert behind(event_store, week, Point(breakdown=["[16,40.01]"]), **by_range) == {"bob": 1, "cleo": 1}


def test_the_period_compared_with(event_store: EventStore, week: ProjectContext) -> None:
    compared = {"compareFilter": {"compare": True, "compare_to": "-16d"}}
    assert behind(event_store, week, Point(day="2024-10-20", compare="previous"), **compared) == {"bob": 1}
    # A day of the current period stands for the one at its place.
    assert behind(event_store, week, Point(day="2024-11-05", compare="previous"), **compared) == {"bob": 1}
    assert behind(event_store, week, Point(day="2024-11-05", compare="current"), **compared) == {"ann": 2}


def test_points_that_are_not_there(event_store: EventStore, week: ProjectContext) -> None:
    broken_down = {"breakdownFilter": {"breakdowns": [{"property": "browser"}, {"property": "price"}]}}
    for point, asked, reason in (
        (Point(series=1), {}, "There is no series 1: the insight has 1."),
        (Point(compare="previous"), {}, "There is no previous period: the insight does not compare."),
        (Point(breakdown="Chrome"), broken_down, "The breakdown needs 2 values."),
    ):
        with pytest.raises(InsightError) as refused:
            behind(event_store, week, point, **asked)
        assert refused.value.detail == reason


def test_an_hour_that_is_cut_by_a_change_of_the_clocks(event_store: EventStore) -> None:
    # On Lord Howe Island the clocks went back by half an hour at 02:00, to 01:30.
    context = new_context(timezone="Australia/Lord_Howe")
    store_events(
        event_store,
        context,
        [
            Event("view", at("2024-04-07 01:45+11:00"), "ann"),
            Event("view", at("2024-04-07 01:45+10:30"), "bob"),
        ],
    )
    hours = {"interval": "hour", "dateRange": {"date_from": "2024-04-07", "date_to": "2024-04-07"}}
    for day, expected in (
        ("2024-04-07T01:00:00+11:00", {"ann": 1}),
        ("2024-04-07T01:30:00+11:00", {"bob": 1}),
        ("2024-04-07T02:00:00+10:30", {}),
    ):
        assert behind(event_store, context, Point(day=day), **hours) == expected
