"""Funnels broken down, by time to convert and over time."""

from datetime import timedelta
from typing import Any

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from tests.insights.asking import Event, at, new_context, store_events, store_group, store_persons
from tests.insights.funnels.asking import ask, exclusion, funnel, step

START = at("2024-11-04 10:00")
BY_BROWSER = {"breakdown": "browser", "breakdown_type": "event"}


def browsing(person: str, text: str) -> list[Event]:
    """A person's events from a text such as `A:Chrome B:Safari`, a minute apart."""
    parts = [part.split(":") for part in text.split()]
    return [
        Event(name, START + timedelta(minutes=minute), person, {"browser": browser} if browser else {})
        for minute, (name, browser) in enumerate(parts)
    ]


def stored(event_store: EventStore, events: list[Event], **known: Any) -> ProjectContext:
    context = new_context(**known)
    store_events(event_store, context, events)
    return context


def by_value(answer: dict[str, Any]) -> dict[str, list[int]]:
    """The counts of each breakdown value, in the order of the answer."""
    found = {}
    for each in answer["results"]:
        value = each[0]["breakdown"]
        assert all(one["breakdown"] == value for one in each)
        found["::".join(value) if isinstance(value, list) else value] = [one["count"] for one in each]
    return found


def test_attribution_of_two_values(event_store: EventStore) -> None:
    context = stored(event_store, browsing("p1", "A:Chrome B:Safari C:Safari"))

    def attributed(kind: str, **more: Any) -> dict[str, list[int]]:
        return by_value(
            ask(event_store, context, funnel("A", "B", breakdown=BY_BROWSER, breakdownAttributionType=kind, **more))
        )

    assert attributed("first_touch") == {"Chrome": [1, 1]}
    assert attributed("last_touch") == {"Safari": [1, 1]}
    assert attributed("step", breakdownAttributionValue=0) == {"Chrome": [1, 1]}
    assert attributed("step", breakdownAttributionValue=1) == {"Safari": [1, 1]}
    assert attributed("all_events") == {"Chrome": [1, 0]}


def test_missing_values_and_the_rest(event_store: EventStore) -> None:
    context = stored(
        event_store,
        [
            *browsing("p1", "A:Chrome B:Chrome"),
            *browsing("p2", "A:Chrome B:Chrome"),
            *browsing("p3", "A:Safari B:Safari"),
            *browsing("p4", "A:Firefox"),
            *browsing("p5", "A: B:"),
            *browsing("p6", "A:"),
        ],
    )
    everything = ask(event_store, context, funnel("A", "B", breakdown=BY_BROWSER))
    assert by_value(everything) == {"Chrome": [2, 2], "": [2, 1], "Safari": [1, 1], "Firefox": [1, 0]}
    limited = ask(event_store, context, funnel("A", "B", breakdown=BY_BROWSER | {"breakdown_limit": 2}))
    assert by_value(limited) == {"Chrome": [2, 2], "": [2, 1], "Other": [2, 1]}
    assert limited["results"][2][1]["average_conversion_time"] == 60.0
    assert limited["results"][2][1]["breakdown_value"] == ["Other"]


def test_a_value_called_other_is_not_the_rest(event_store: EventStore) -> None:
    context = stored(event_store, [*browsing("p1", "A:Other B:Other"), *browsing("p2", "A:Safari")])
    limited = ask(event_store, context, funnel("A", "B", breakdown=BY_BROWSER | {"breakdown_limit": 1}))
    assert [[one["count"] for one in each] for each in limited["results"]] == [[1, 1], [1, 0]]


def test_breakdowns_by_persons_groups_and_several_properties(event_store: EventStore) -> None:
    events = [
        Event(name, START + timedelta(minutes=minute), person, {"browser": "Chrome"}, groups={0: "acme"})
        for person in ("ann", "bob")
        for minute, name in enumerate("AB")
    ]
    context = stored(event_store, events, group_types=("company",))
    store_persons(event_store, context, {"ann": {"plan": "pro"}, "bob": {"plan": "free"}})
    store_group(event_store, context, 0, "acme", {"size": "small"})

    def broken_down(breakdown: dict[str, Any]) -> dict[str, Any]:
        return ask(event_store, context, funnel("A", "B", breakdown=breakdown))

    by_plan = broken_down({"breakdown": "plan", "breakdown_type": "person"})
    assert by_value(by_plan) == {"free": [1, 1], "pro": [1, 1]}
    by_size = broken_down({"breakdown": "size", "breakdown_type": "group", "breakdown_group_type_index": 0})
    assert by_value(by_size) == {"small": [2, 2]}
    assert by_size["results"][0][0]["breakdown"] == "small"
    both = [{"property": "browser", "type": "event"}, {"property": "plan", "type": "person"}]
    assert by_value(broken_down({"breakdowns": both})) == {"Chrome::free": [1, 1], "Chrome::pro": [1, 1]}
    by_hogql = broken_down({"breakdown": "upper(properties.browser)", "breakdown_type": "hogql"})
    assert by_value(by_hogql) == {"CHROME": [2, 2]}
    everyone = broken_down({"breakdown": ["all"], "breakdown_type": "cohort"})
    assert everyone["results"][0][1]["breakdown"] == "all users"
    assert [one["count"] for one in everyone["results"][0]] == [2, 2]


def test_a_histogram_of_numbers(event_store: EventStore) -> None:
    events = [
        Event(name, START + timedelta(minutes=minute), f"p{size}", {"size": size})
        for size in (1, 2, 10, 20)
        for minute, name in enumerate("AB")
    ]
    context = stored(event_store, events, event_property_types={"size": "Numeric"})
    breakdown = {"breakdown": "size", "breakdown_histogram_bin_count": 2}
    found = by_value(ask(event_store, context, funnel("A", "B", breakdown=breakdown)))
    assert sorted(found.values()) == [[2, 2], [2, 2]]


def converting(person: str, *seconds: float) -> list[Event]:
    return [
        Event(name, START + timedelta(seconds=second), person)
        for name, second in zip("ABC", (0, *seconds), strict=False)
    ]


def test_time_to_convert(event_store: EventStore) -> None:
    events = [
        event
        for person, second in enumerate((10.5, 12, 20, 39.5, 40))
        for event in converting(f"p{person}", second, 1000)
    ]
    context = stored(event_store, [*events, *converting("never")])
    query = funnel("A", "B", "C", funnelVizType="time_to_convert", funnelToStep=1)
    results = ask(event_store, context, query)["results"]
    assert results["bins"] == [[10, 3], [25, 1], [40, 1]]
    assert (results["average_conversion_time"], results["median_conversion_time"]) == (24.4, 20.0)
    three = ask(event_store, context, funnel("A", "B", "C", **{**query["funnelsFilter"], "binCount": 3}))["results"]
    assert three["bins"] == [[10, 2], [20, 1], [30, 1], [40, 1]]


def test_nobody_converted(event_store: EventStore) -> None:
    context = stored(event_store, converting("never"))
    results = ask(event_store, context, funnel("A", "B", funnelVizType="time_to_convert"))["results"]
    assert results == {"bins": [], "average_conversion_time": None, "median_conversion_time": None}


def on_days(person: str, text: str) -> list[Event]:
    """A person's events from a text such as `A@1 B@3`: names and days of November."""
    parts = [part.split("@") for part in text.split()]
    return [Event(name, at(f"2024-11-{int(day):02} 12:00"), person) for name, day in parts]


def test_conversion_over_time(event_store: EventStore) -> None:
    context = stored(
        event_store,
        [
            *on_days("p1", "A@1 B@3"),
            *on_days("p2", "A@1"),
            *on_days("p3", "A@1 A@2 B@3"),
            *on_days("p4", "A@4 B@20"),
        ],
    )
    dates = {"date_from": "2024-11-01", "date_to": "2024-11-05"}
    query = funnel("A", "B", funnelVizType="trends", dateRange=dates, funnelWindowInterval=2)
    (result,) = ask(event_store, context, query)["results"]
    assert result == {
        "count": 5,
        "data": [66.67, 100.0, 0, 0, 0],
        "days": ["2024-11-01", "2024-11-02", "2024-11-03", "2024-11-04", "2024-11-05"],
        "labels": ["1-Nov-2024", "2-Nov-2024", "3-Nov-2024", "4-Nov-2024", "5-Nov-2024"],
    }
    query["funnelsFilter"]["hideIncompleteConversionWindowPeriods"] = True
    (complete,) = ask(event_store, context, query, now=at("2024-11-05 15:30"))["results"]
    assert (complete["count"], complete["data"]) == (2, [66.67, 100.0])


def test_conversion_over_time_in_the_projects_zone(event_store: EventStore) -> None:
    events = [Event("A", at("2024-11-02 03:30"), "p1"), Event("B", at("2024-11-02 05:00"), "p1")]
    context = stored(event_store, events, timezone="America/New_York")
    query = funnel("A", "B", funnelVizType="trends", dateRange={"date_from": "2024-11-01", "date_to": "2024-11-02"})
    (result,) = ask(event_store, context, query)["results"]
    assert result["data"] == [100.0, 0]


def test_conversion_over_time_broken_down_and_with_exclusions(event_store: EventStore) -> None:
    events = [
        Event(name, at(f"2024-11-0{day} 12:00"), person, {"browser": browser})
        for person, browser, text in (
            ("p1", "Chrome", "A@1 B@2"),
            ("p2", "Chrome", "A@1"),
            ("p3", "Safari", "A@2 B@3"),
            ("p4", "Safari", "A@1 X@2 B@3"),
        )
        for name, day in (part.split("@") for part in text.split())
    ]
    context = stored(event_store, events)
    dates = {"date_from": "2024-11-01", "date_to": "2024-11-03"}
    query = funnel(
        "A",
        step("B"),
        breakdown=BY_BROWSER,
        funnelVizType="trends",
        dateRange=dates,
        exclusions=[exclusion("X", 0, 1)],
    )
    results = ask(event_store, context, query)["results"]
    assert [(each["breakdown_value"], each["data"]) for each in results] == [
        (["Chrome"], [50.0, 0, 0]),
        (["Safari"], [0, 100.0, 0]),
    ]


TWO_DAYS = {"date_from": "2024-11-03", "date_to": "2024-11-04"}
COMPARED = {"compareFilter": {"compare": True}, "dateRange": TWO_DAYS}


def two_periods(event_store: EventStore) -> ProjectContext:
    """Two persons in the first two days of November, one of whom converts; one in the next two who takes longer."""
    events = [
        *browsing_on("p1", "A:Chrome B:Chrome", 1),
        *browsing_on("p2", "A:Safari", 2),
        *browsing_on("p3", "A:Safari X B:Safari", 4),
    ]
    return stored(event_store, events)


def browsing_on(person: str, text: str, day: int) -> list[Event]:
    return [
        Event(event.event, event.at + timedelta(days=day - 4), person, event.properties)
        for event in browsing(person, text.replace("X", "X:"))
    ]


def test_steps_compared_with_the_period_before(event_store: EventStore) -> None:
    """A list of both funnels, as with a breakdown; the steps say whose range they are of."""
    answer = ask(event_store, two_periods(event_store), funnel("A", "B", **COMPARED))
    current, previous = answer["results"]
    assert [each["count"] for each in current] == [1, 1]
    assert [each["count"] for each in previous] == [2, 1]
    assert (current[1]["average_conversion_time"], previous[1]["average_conversion_time"]) == (120.0, 60.0)
    assert {(each["compare"], each["compare_label"]) for each in current} == {(True, "current")}
    assert {(each["compare"], each["compare_label"]) for each in previous} == {(True, "previous")}
    assert answer["total_median_conversion_time"] == 120.0
    assert answer["resolved_date_range"]["date_from"] == "2024-11-03T00:00:00Z"
    assert answer["resolved_compare_date_range"] == {
        "date_from": "2024-11-01T00:00:00Z",
        "date_to": "2024-11-02T23:59:59.999999Z",
    }


def test_a_compared_period_in_which_nobody_entered_is_empty(event_store: EventStore) -> None:
    earlier = {"compareFilter": {"compare": True, "compare_to": "-1m"}}
    current, previous = ask(event_store, two_periods(event_store), funnel("A", "B", **COMPARED | earlier))["results"]
    assert [each["count"] for each in current] == [1, 1]
    assert previous == []


def test_all_of_history_is_compared_with_nothing(event_store: EventStore) -> None:
    everything = {"dateRange": {"date_from": "all"}}
    answer = ask(event_store, two_periods(event_store), funnel("A", "B", **COMPARED | everything))
    assert [each["count"] for each in answer["results"]] == [3, 2]


def test_breakdowns_compared(event_store: EventStore) -> None:
    """The funnels of the current values come first, then those of the previous ones."""
    answer = ask(event_store, two_periods(event_store), funnel("A", "B", breakdown=BY_BROWSER, **COMPARED))
    assert [
        (each[0]["compare_label"], each[0]["breakdown_value"], [step["count"] for step in each])
        for each in answer["results"]
    ] == [("current", ["Safari"], [1, 1]), ("previous", ["Chrome"], [1, 1]), ("previous", ["Safari"], [1, 0])]


def test_conversion_over_time_compared(event_store: EventStore) -> None:
    answer = ask(event_store, two_periods(event_store), funnel("A", "B", funnelVizType="trends", **COMPARED))
    assert [(each["compare_label"], each["days"], each["data"]) for each in answer["results"]] == [
        ("current", ["2024-11-03", "2024-11-04"], [0, 100.0]),
        ("previous", ["2024-11-01", "2024-11-02"], [100.0, 0]),
    ]


def test_time_to_convert_compared(event_store: EventStore) -> None:
    query = funnel("A", "B", funnelVizType="time_to_convert", **COMPARED)
    current, previous = ask(event_store, two_periods(event_store), query)["results"]
    assert (current["compare_label"], current["average_conversion_time"]) == ("current", 120.0)
    assert (previous["compare_label"], previous["average_conversion_time"]) == ("previous", 60.0)
