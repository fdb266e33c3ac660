"""Trends against the same numbers computed by plain Python from a list of events: time zones, intervals, maths."""

import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil, floor
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from tests.insights.asking import Event, ask, new_context, store_events

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo"]
DATE_FROM, DATE_TO = "2024-10-04", "2024-11-05"
BROWSERS = ["Chrome", "Safari", "Firefox", "", None]

Bucket = str
Picked = Callable[[Event], Any]


def _random_events() -> list[Event]:
    # The clocks change on Lord Howe on 6 October, in Cairo on 31 October and in New York on 3 November.
    chance = random.Random(20241105)
    events = []
    for _ in range(900):
        moment = datetime(2024, 9, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(66 * 86400))
        if chance.random() < 0.2:
            changes = [(10, 5, 10), (10, 31, 16), (11, 3, 1)]
            moment = datetime(2024, *chance.choice(changes), tzinfo=UTC) + timedelta(minutes=chance.randrange(12 * 60))
        price: Any = chance.choice(
            [chance.randrange(100), chance.random() * 50, str(chance.randrange(50)), "free", None]
        )
        days = (moment - datetime(2024, 9, 1, tzinfo=UTC)).days
        person = f"person{chance.randrange(10 + days // 3)}"
        events.append(
            Event(
                chance.choice(["view", "view", "buy"]),
                moment + timedelta(microseconds=chance.randrange(1_000_000)),
                person,
                {"browser": chance.choice(BROWSERS), "price": price, "paid": chance.random() < 0.5},
                session=chance.choice(["", f"{person}-{chance.randrange(3)}"]),
                groups={0: chance.choice(["", "acme", "tiny"])},
            )
        )
    return events


EVENTS = _random_events()


@pytest.fixture(scope="module")
def project_events(event_store: EventStore) -> ProjectContext:
    """A project with EVENTS; another one has the same events shifted, so that a mix-up would show."""
    context, other = new_context(), new_context()
    store_events(event_store, context, EVENTS)
    store_events(event_store, other, [replace(each, person=each.person + "x") for each in EVENTS])
    return context


def in_zone(context: ProjectContext, timezone: str, week_start_day: int = 0) -> ProjectContext:
    return replace(context, timezone=timezone, week_start_day=week_start_day)


def local_day(event: Event, zone: str) -> date:
    return event.at.astimezone(ZoneInfo(zone)).date()


def bucket_of(event: Event, interval: str, zone: str, week_start_day: int = 0) -> Bucket:
    local = event.at.astimezone(ZoneInfo(zone))
    day = local.date()
    if interval == "week":
        while day.isoweekday() % 7 != week_start_day:
            day -= timedelta(days=1)
    if interval == "month":
        day = day.replace(day=1)
    # The start of an hour is as many minutes back as the clock shows, though the clocks may have changed meanwhile.
    hour = (event.at - timedelta(minutes=local.minute)).astimezone(ZoneInfo(zone))
    return f"{hour:%Y-%m-%d %H:%M}:00" if interval == "hour" else str(day)


def in_range(zone: str, interval: str = "day") -> list[Event]:
    first = date(2024, 10, 1) if interval == "month" else date.fromisoformat(DATE_FROM)
    return [each for each in EVENTS if first <= local_day(each, zone) <= date.fromisoformat(DATE_TO)]


def question(series: dict[str, Any] | list[dict[str, Any]], interval: str = "day", **more: Any) -> dict[str, Any]:
    series = series if isinstance(series, list) else [series]
    return {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "view", **each} for each in series],
        "interval": interval,
        "dateRange": {"date_from": DATE_FROM, "date_to": DATE_TO},
        **more,
    }


def by_day(result: dict[str, Any]) -> dict[str, float]:
    """The result's numbers that are not 0; hours that the clocks repeat are added up."""
    found: dict[str, float] = defaultdict(float)
    for day, number in zip(result["days"], result["data"], strict=True):
        found[day] += number
    return {day: number for day, number in found.items() if number}


def tallied(events: Iterable[Event], key: Picked, number: Callable[[list[Event]], float]) -> dict[Any, float]:
    grouped: dict[Any, list[Event]] = defaultdict(list)
    for each in events:
        grouped[key(each)].append(each)
    return {group: value for group, members in grouped.items() if (value := number(members))}


def persons(events: Iterable[Event]) -> int:
    return len({each.person for each in events})


def prices(events: Iterable[Event]) -> list[float]:
    found = []
    for each in events:
        try:
            found.append(float(each.properties["price"]))
        except (TypeError, ValueError):
            continue
    return found


def percentile(numbers: Sequence[float], level: float) -> float:
    ordered = sorted(numbers)
    if not ordered:
        return 0
    place = level * (len(ordered) - 1)
    low, high = floor(place), ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def views(events: Iterable[Event]) -> list[Event]:
    return [each for each in events if each.event == "view"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
@pytest.mark.parametrize(("math", "number"), [("total", len), ("dau", persons)])
def test_counts_by_interval_and_time_zone(
    event_store: EventStore, project_events: ProjectContext, zone: str, interval: str, math: str, number: Any
) -> None:
    answer = ask(event_store, in_zone(project_events, zone), question({"math": math}, interval))
    expected_of = {"dau": persons, "total": len}[math]
    if interval == "hour" and math == "dau":
        # A repeated hour is two buckets of which each has its persons.
        key: Picked = lambda each: (bucket_of(each, interval, zone), each.at.astimezone(ZoneInfo(zone)).utcoffset())  # noqa: E731
        expected: dict[str, float] = defaultdict(float)
        for (bucket, _), value in tallied(views(in_range(zone, interval)), key, expected_of).items():
            expected[bucket] += value
    else:
        expected = tallied(views(in_range(zone, interval)), lambda each: bucket_of(each, interval, zone), number)
    (result,) = answer["results"]
    assert by_day(result) == dict(expected)
    assert result["count"] == sum(expected.values())


@pytest.mark.parametrize("week_start_day", [0, 1])
def test_weeks_begin_on_the_projects_day(
    event_store: EventStore, project_events: ProjectContext, week_start_day: int
) -> None:
    zone = "America/New_York"
    context = in_zone(project_events, zone, week_start_day)
    (result,) = ask(event_store, context, question({}, "week"))["results"]
    assert by_day(result) == tallied(
        views(in_range(zone)), lambda each: bucket_of(each, "week", zone, week_start_day), len
    )


@pytest.mark.parametrize(
    ("series", "number"),
    [
        ({"math": "sum", "math_property": "price"}, lambda events: sum(prices(events))),
        ({"math": "avg", "math_property": "price"}, lambda events: statistics.fmean(prices(events) or [0])),
        ({"math": "min", "math_property": "price"}, lambda events: min(prices(events), default=0)),
        ({"math": "max", "math_property": "price"}, lambda events: max(prices(events), default=0)),
        ({"math": "median", "math_property": "price"}, lambda events: percentile(prices(events), 0.5)),
        ({"math": "p75", "math_property": "price"}, lambda events: percentile(prices(events), 0.75)),
        ({"math": "p90", "math_property": "price"}, lambda events: percentile(prices(events), 0.9)),
        ({"math": "p95", "math_property": "price"}, lambda events: percentile(prices(events), 0.95)),
        ({"math": "p99", "math_property": "price"}, lambda events: percentile(prices(events), 0.99)),
        ({"math": "avg"}, len),
        ({"math": "sum", "math_property": "price", "math_multiplier": 2}, lambda events: 2 * sum(prices(events))),
        ({"math": "unique_session"}, lambda events: len({e.session for e in events} - {""})),
        (
            {"math": "unique_group", "math_group_type_index": 0},
            lambda events: len({e.groups[0] for e in events} - {""}),
        ),
        (
            {"math": "hogql", "math_hogql": "count() * 2 + count(distinct person_id)"},
            lambda events: 2 * len(events) + persons(events),
        ),
        (
            {"math": "avg_count_per_actor"},
            lambda events: len(events) / persons(events),
        ),
        (
            {"math": "max_count_per_actor"},
            lambda events: max(tallied(events, lambda e: e.person, len).values()),
        ),
        (
            {"math": "p90_count_per_actor"},
            lambda events: percentile(list(tallied(events, lambda e: e.person, len).values()), 0.9),
        ),
    ],
)
@pytest.mark.parametrize("display", ["ActionsLineGraph", "BoldNumber"])
def test_each_maths(
    event_store: EventStore, project_events: ProjectContext, series: dict[str, Any], number: Any, display: str
) -> None:
    zone = "America/New_York"
    asked = question(series, trendsFilter={"display": display})
    (result,) = ask(event_store, in_zone(project_events, zone), asked)["results"]
    if display == "BoldNumber":
        assert result["aggregated_value"] == pytest.approx(number(views(in_range(zone))))
        assert (result["data"], result["days"], result["count"]) == ([], [], 0)
    else:
        expected = tallied(views(in_range(zone)), lambda each: bucket_of(each, "day", zone), number)
        assert by_day(result) == pytest.approx(expected)


@pytest.mark.parametrize(("math", "days"), [("weekly_active", 7), ("monthly_active", 30)])
@pytest.mark.parametrize("zone", ZONES)
def test_active_persons_look_back_before_the_range(
    event_store: EventStore, project_events: ProjectContext, math: str, days: int, zone: str
) -> None:
    (result,) = ask(event_store, in_zone(project_events, zone), question({"math": math}))["results"]
    for day, number in zip(result["days"], result["data"], strict=True):
        last = date.fromisoformat(day)
        active = [each for each in views(EVENTS) if last - timedelta(days=days) < local_day(each, zone) <= last]
        assert number == persons(active), day
    total = question({"math": math}, trendsFilter={"display": "BoldNumber"})
    (result,) = ask(event_store, in_zone(project_events, zone), total)["results"]
    end = date.fromisoformat(DATE_TO)
    active = [each for each in views(EVENTS) if end - timedelta(days=days) < local_day(each, zone) <= end]
    assert result["aggregated_value"] == persons(active)


def test_active_persons_of_longer_intervals_are_its_unique_persons(
    event_store: EventStore, project_events: ProjectContext
) -> None:
    for math, interval in (("weekly_active", "week"), ("weekly_active", "month"), ("monthly_active", "month")):
        (active,) = ask(event_store, project_events, question({"math": math}, interval))["results"]
        (unique,) = ask(event_store, project_events, question({"math": "dau"}, interval))["results"]
        assert active["data"] == unique["data"]


def test_active_persons_by_hour_are_those_of_the_day(event_store: EventStore, project_events: ProjectContext) -> None:
    (hours,) = ask(event_store, project_events, question({"math": "weekly_active"}, "hour"))["results"]
    (days,) = ask(event_store, project_events, question({"math": "weekly_active"}))["results"]
    of_day = dict(zip(days["days"], days["data"], strict=True))
    assert all(number == of_day[hour[:10]] for hour, number in zip(hours["days"], hours["data"], strict=True))


@pytest.mark.parametrize("math", ["first_time_for_user", "first_matching_event_for_user"])
@pytest.mark.parametrize("display", ["ActionsLineGraph", "BoldNumber"])
def test_first_events_of_persons(
    event_store: EventStore, project_events: ProjectContext, math: str, display: str
) -> None:
    zone = "America/New_York"
    paid = {"key": "paid", "value": "true"}
    asked = question({"math": math, "properties": [paid]}, trendsFilter={"display": display})
    (result,) = ask(event_store, in_zone(project_events, zone), asked)["results"]
    firsts: dict[str, Event] = {}
    for each in sorted(views(EVENTS), key=lambda event: event.at):
        if math == "first_time_for_user" or each.properties["paid"]:
            firsts.setdefault(each.person, each)
    counted = [each for each in in_range(zone) if each in firsts.values() and each.properties["paid"]]
    if display == "BoldNumber":
        assert result["aggregated_value"] == len(counted)
    else:
        assert by_day(result) == tallied(counted, lambda each: bucket_of(each, "day", zone), len)


def test_cumulative_numbers_count_each_person_once(event_store: EventStore, project_events: ProjectContext) -> None:
    zone, shown = "Asia/Kolkata", {"trendsFilter": {"display": "ActionsLineGraphCumulative"}}
    context = in_zone(project_events, zone)
    for math, number in (("total", len), ("dau", persons)):
        (result,) = ask(event_store, context, question({"math": math}, **shown))["results"]
        for day, value in zip(result["days"], result["data"], strict=True):
            until = [each for each in views(in_range(zone)) if str(local_day(each, zone)) <= day]
            assert value == number(until)
        assert result["count"] == result["data"][-1]


def label_of(event: Event, name: str = "browser") -> str:
    value = event.properties[name]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value not in ("", None) else "$$_posthog_breakdown_null_$$"


@pytest.mark.parametrize("zone", ["UTC", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    ("math", "number"),
    [
        ("total", len),
        ("dau", persons),
        ("sum", lambda e: sum(prices(e))),
        ("p90", lambda e: percentile(prices(e), 0.9)),
    ],
)
@pytest.mark.parametrize("limit", [2, 25])
@pytest.mark.parametrize("display", ["ActionsLineGraph", "ActionsBarValue"])
def test_breakdowns_and_what_lies_beyond_their_limit(
    event_store: EventStore, project_events: ProjectContext, zone: str, math: str, number: Any, limit: int, display: str
) -> None:
    series = {"math": math, "math_property": "price"} if math in ("sum", "p90") else {"math": math}
    broken_down = {"breakdowns": [{"property": "browser", "type": "event"}], "breakdown_limit": limit}
    asked = question(series, breakdownFilter=broken_down, trendsFilter={"display": display})
    answer = ask(event_store, in_zone(project_events, zone), asked)

    def key(event: Event) -> str:
        return "all" if display == "ActionsBarValue" else bucket_of(event, "day", zone)

    events = views(in_range(zone))
    sums = {
        label: sum(tallied([each for each in events if label_of(each) == label], key, number).values())
        for label in {label_of(each) for each in events}
    }
    named = sorted((label for label in sums if not label.startswith("$$")), key=lambda label: (-sums[label], label))
    shown = [*named[:limit], "$$_posthog_breakdown_null_$$"]
    has_others = len(named) > limit
    if has_others:
        shown.append("$$_posthog_breakdown_other_$$")
    assert [result["breakdown_value"] for result in answer["results"]] == [[label] for label in shown]
    assert [result["label"] for result in answer["results"]] == shown
    assert answer["hasMore"] is has_others
    for result, label in zip(answer["results"], shown, strict=True):
        members = [each for each in events if (label_of(each) if label_of(each) in shown else shown[-1]) == label]
        expected = tallied(members, key, number)
        if display == "ActionsBarValue":
            assert result["aggregated_value"] == pytest.approx(expected["all"])
        else:
            assert by_day(result) == pytest.approx(expected)


@pytest.mark.parametrize(
    "math", ["weekly_active", "first_time_for_user", "unique_session", "avg_count_per_actor", "hogql"]
)
def test_every_maths_can_be_broken_down(event_store: EventStore, project_events: ProjectContext, math: str) -> None:
    series = {"math": math, "math_hogql": "uniq(person_id)"}
    everything = question(series, breakdownFilter={"breakdown": "paid", "breakdown_type": "event"})
    answer = ask(event_store, project_events, everything)
    if math != "first_time_for_user":
        for result in answer["results"]:
            paid = {"key": "paid", "value": result["breakdown_value"]}
            (alone,) = ask(event_store, project_events, question({**series, "properties": [paid]}))["results"]
            assert result["data"] == alone["data"]
    assert {result["breakdown_value"] for result in answer["results"]} == {"true", "false"}


def test_several_breakdowns_at_once(event_store: EventStore, project_events: ProjectContext) -> None:
    asked = question({}, breakdownFilter={"breakdowns": [{"property": "browser"}, {"property": "paid"}]})
    answer = ask(event_store, project_events, asked)
    expected = tallied(views(in_range("UTC")), lambda each: (label_of(each), label_of(each, "paid")), len)
    assert {tuple(result["breakdown_value"]): result["count"] for result in answer["results"]} == expected
    assert all(result["label"] == "::".join(result["breakdown_value"]) for result in answer["results"])


def test_the_other_project_has_its_own_numbers(event_store: EventStore, project_events: ProjectContext) -> None:
    other = replace(project_events, team_id=project_events.team_id + 1)
    person = {"type": "event_metadata", "key": "distinct_id", "value": "person1"}
    for asked in (question({"properties": [person]}), question({"properties": [person]}, properties=[person])):
        (mine,) = ask(event_store, project_events, asked)["results"]
        (theirs,) = ask(event_store, other, asked)["results"]
        assert (mine["count"] > 0, theirs["count"]) == (True, 0)
