"""Retention: who came back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import retention
from hedgerow.insights.errors import InsightError
from tests.insights.asking import Event, at, store_persons
from tests.insights.histories import Merge, local, run, stored_history

NOW = datetime(2024, 11, 5, 15, 30, tzinfo=UTC)
NONE, OTHER = "$$_posthog_breakdown_null_$$", "$$_posthog_breakdown_other_$$"

PROPERTY = [{"key": "plan", "value": "pro", "type": "event"}]


def ask(
    event_store: EventStore, context: ProjectContext, fields: dict[str, Any] | None = None, **asked: Any
) -> dict[str, Any]:
    """The answer for views and views three days long, unless `asked` (of the filter) and `fields` say otherwise."""
    view = {"id": "view", "type": "events"}
    query = retention.RetentionQuery.model_validate(
        {
            "retentionFilter": {"totalIntervals": 3, "targetEntity": view, "returningEntity": view, **asked},
            **(fields or {}),
        }
    )
    return run(event_store, context, retention.answer(query, context, NOW))


def table(
    event_store: EventStore, context: ProjectContext, fields: dict[str, Any] | None = None, **asked: Any
) -> list[list[int]]:
    rows = ask(event_store, context, fields, **asked)["results"]
    return [[cell["count"] for cell in row["values"]] for row in rows]


def by_value(
    event_store: EventStore, context: ProjectContext, breakdown: dict[str, Any], **asked: Any
) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = {}
    for row in ask(event_store, context, {"breakdownFilter": breakdown}, **asked)["results"]:
        found.setdefault(row["breakdown_value"], []).append([cell["count"] for cell in row["values"]])
    return found


def views(person: str, *days: str, **fields: Any) -> list[Event]:
    return [
        Event("view", at(f"2024-{day} 10:00" if len(day) == 5 else f"2024-{day}"), person, **fields) for day in days
    ]


FIVE_DAYS = {"dateRange": {"date_from": "2024-11-01", "date_to": "2024-11-05"}}


@pytest.fixture(scope="module")
def days_0_1_3(event_store: EventStore) -> ProjectContext:
    """A person active on the days 0, 1 and 3 of the five."""
    return stored_history(event_store, views("ann", "11-01", "11-02", "11-04"))


def test_active_on_two_of_three_days(event_store: EventStore) -> None:
    context = stored_history(event_store, views("ann", "11-03", "11-04"))
    answer = ask(event_store, context)
    assert answer["results"] == [
        {
            "values": [{"count": count, "label": f"Day {day}"} for day, count in enumerate(counts)],
            "label": f"Day {row}",
            "date": f"2024-11-0{3 + row}T00:00:00Z",
            "breakdown_value": None,
        }
        for row, counts in enumerate([[1, 1, 0], [1, 0, 0], [0, 0, 0]])
    ]
    assert answer["resolved_date_range"] == {
        "date_from": "2024-11-03T00:00:00Z",
        "date_to": "2024-11-05T23:59:59.999999Z",
    }


def test_recurring_is_in_every_row_first_time_in_one(event_store: EventStore, days_0_1_3: ProjectContext) -> None:
    recurring = table(event_store, days_0_1_3, FIVE_DAYS, totalIntervals=5)
    assert recurring == [[1, 1, 0, 1, 0], [1, 0, 1, 0, 0], [0] * 5, [1, 0, 0, 0, 0], [0] * 5]
    assert table(event_store, days_0_1_3, FIVE_DAYS, totalIntervals=5, retentionType="retention_recurring") == recurring
    first = table(event_store, days_0_1_3, FIVE_DAYS, totalIntervals=5, retentionType="retention_first_time")
    assert first == [[1, 1, 0, 1, 0], [0] * 5, [0] * 5, [0] * 5, [0] * 5]


def test_rows_are_of_the_range_columns_are_as_many_as_asked_for(
    event_store: EventStore, days_0_1_3: ProjectContext
) -> None:
    """What lies after the range does not count as a return either."""
    assert table(event_store, days_0_1_3, FIVE_DAYS, totalIntervals=2) == [[1, 1], [1, 0], [0, 0], [1, 0], [0, 0]]
    short = {"dateRange": {"date_from": "2024-11-01", "date_to": "2024-11-02"}}
    assert table(event_store, days_0_1_3, short, totalIntervals=4) == [[1, 1, 0, 0], [1, 0, 0, 0]]
    ending = {"dateRange": {"date_to": "2024-11-04"}}
    assert table(event_store, days_0_1_3, ending, totalIntervals=4) == [
        [1, 1, 0, 1],
        [1, 0, 1, 0],
        [0] * 4,
        [1, 0, 0, 0],
    ]


def test_first_time_before_the_range_is_in_no_row(event_store: EventStore, days_0_1_3: ProjectContext) -> None:
    later = {"dateRange": {"date_from": "2024-11-02", "date_to": "2024-11-04"}}
    assert table(event_store, days_0_1_3, later, retentionType="retention_first_time") == [[0, 0, 0]] * 3
    assert table(event_store, days_0_1_3, later) == [[1, 0, 1], [0, 0, 0], [1, 0, 0]]


def test_first_time_with_filters_and_first_ever(event_store: EventStore) -> None:
    """Ann's first view has not the plan, Bob's has; Cleo's two at the same moment, of which one has it, will do."""
    pro, free = {"properties": {"plan": "pro"}}, {"properties": {"plan": "free"}}
    events = [
        *views("ann", "11-03", **free),
        *views("ann", "11-04", **pro),
        *views("bob", "11-04", **pro),
        *views("cleo", "11-04", **pro),
        *views("cleo", "11-04", **free),
        *views("bob", "11-05", **free),
    ]
    context = stored_history(event_store, events)
    asked = {"targetEntity": {"id": "view", "type": "events", "properties": PROPERTY}}
    first = table(event_store, context, retentionType="retention_first_time", **asked)
    assert first == [[0, 0, 0], [3, 1, 0], [0, 0, 0]]
    ever = table(event_store, context, retentionType="retention_first_ever_occurrence", **asked)
    assert ever == [[0, 0, 0], [2, 1, 0], [0, 0, 0]]
    of_all = {"retentionType": "retention_first_ever_occurrence"}
    assert table(event_store, context, {"properties": PROPERTY}, **of_all) == [[0, 0, 0], [2, 0, 0], [0, 0, 0]]


def test_other_target_and_returning_events(event_store: EventStore) -> None:
    events = [Event("signup", at("2024-11-03 10:00")), *views("ann", "11-03", "11-05"), *views("bob", "11-04")]
    context = stored_history(event_store, events)
    signup, everything = {"id": "signup", "type": "events"}, {"id": None, "type": "events"}
    assert table(event_store, context, targetEntity=signup) == [[1, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert table(event_store, context, returningEntity=signup) == [[1, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert table(event_store, context, targetEntity=everything) == [[1, 0, 1], [1, 0, 0], [1, 0, 0]]
    page = [Event("$pageview", at("2024-11-04 10:00"))]
    neither = {"targetEntity": None, "returningEntity": None}
    assert table(event_store, stored_history(event_store, page), **neither) == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_minimum_occurrences(event_store: EventStore) -> None:
    """They are asked of those who come back, not of those who begin."""
    context = stored_history(event_store, views("ann", "11-03", "11-04", "11-05 10:00", "11-05 10:00"))
    assert table(event_store, context, minimumOccurrences=2) == [[1, 0, 1], [1, 1, 0], [1, 0, 0]]
    assert table(event_store, context, minimumOccurrences=3) == [[1, 0, 0]] * 3


def test_cumulative(event_store: EventStore, days_0_1_3: ProjectContext) -> None:
    """Who came back later counts in all columns before, also if that is beyond the last column."""
    found = table(event_store, days_0_1_3, FIVE_DAYS, totalIntervals=5, cumulative=True)
    assert found == [[1, 1, 1, 1, 0], [1, 1, 1, 0, 0], [0] * 5, [1, 0, 0, 0, 0], [0] * 5]
    assert table(event_store, days_0_1_3, FIVE_DAYS, totalIntervals=2, cumulative=True)[:2] == [[1, 1], [1, 1]]


def test_windows_of_24_hours(event_store: EventStore) -> None:
    """They begin with the person's first target event in the row, wherever days begin."""
    events = views("ann", "11-01 20:00", "11-01 22:00", "11-02 19:59", "11-02 21:00", "11-04 20:00")
    context = stored_history(event_store, events)
    windows = {"timeWindowMode": "24_hour_windows", "totalIntervals": 5}
    assert table(event_store, context, FIVE_DAYS, **windows) == [
        [1, 1, 0, 1, 0],
        [1, 0, 1, 0, 0],
        [0] * 5,
        [1, 0, 0, 0, 0],
        [0] * 5,
    ]
    first = table(event_store, context, FIVE_DAYS, retentionType="retention_first_time", **windows)
    assert first == [[1, 1, 0, 1, 0], *[[0] * 5] * 4]
    often = table(
        event_store, stored_history(event_store, [*events, *events]), FIVE_DAYS, minimumOccurrences=4, **windows
    )
    assert often == [[1, 0, 0, 0, 0]] * 2 + [[0] * 5] + [[1, 0, 0, 0, 0], [0] * 5]
    brackets = table(event_store, context, FIVE_DAYS, **{**windows, "retentionCustomBrackets": [1, 3]})
    assert brackets[:2] == [[1, 1, 1], [1, 0, 1]]
    # The clocks are set back in between, so that these are 24.5 hours apart.
    zone = "America/New_York"
    autumn = [Event("view", local(zone, "2024-11-02 18:30")), Event("view", local(zone, "2024-11-03 18:00"))]
    in_zone = stored_history(event_store, autumn, timezone=zone)
    assert table(event_store, in_zone, FIVE_DAYS, **windows)[1] == [1, 1, 0, 0, 0]


def test_custom_brackets(event_store: EventStore, days_0_1_3: ProjectContext) -> None:
    """Two returns within a bracket count once."""
    rows = ask(event_store, days_0_1_3, FIVE_DAYS, retentionCustomBrackets=[1, 3])["results"]
    assert [cell["label"] for cell in rows[0]["values"]] == ["Day 0", "Day 1", "Day 2-4"]
    assert [[cell["count"] for cell in row["values"]] for row in rows][:2] == [[1, 1, 1], [1, 0, 1]]
    assert table(event_store, days_0_1_3, FIVE_DAYS, retentionCustomBrackets=[4])[0] == [1, 1]
    assert table(event_store, days_0_1_3, FIVE_DAYS, retentionCustomBrackets=[2])[1] == [1, 1]
    assert table(event_store, days_0_1_3, FIVE_DAYS, retentionCustomBrackets=[1, 1], cumulative=True)[0] == [1, 1, 1]


@pytest.mark.parametrize(
    ("period", "dates"),
    [
        ("Hour", ["2024-11-05T08:00:00-05:00", "2024-11-05T09:00:00-05:00", "2024-11-05T10:00:00-05:00"]),
        ("Day", ["2024-11-03T00:00:00-04:00", "2024-11-04T00:00:00-05:00", "2024-11-05T00:00:00-05:00"]),
        ("Week", ["2024-10-20T00:00:00-04:00", "2024-10-27T00:00:00-04:00", "2024-11-03T00:00:00-04:00"]),
        ("Month", ["2024-09-01T00:00:00-04:00", "2024-10-01T00:00:00-04:00", "2024-11-01T00:00:00-04:00"]),
    ],
)
def test_periods_by_the_projects_clock(event_store: EventStore, period: str, dates: list[str]) -> None:
    """The clocks change on 3 November; an event at the very start of each interval is in it."""
    zone = "America/New_York"
    context = stored_history(
        event_store, [Event("view", datetime.fromisoformat(each)) for each in dates], timezone=zone
    )
    rows = ask(event_store, context, period=period)["results"]
    assert [row["date"] for row in rows] == dates
    assert [row["label"] for row in rows] == [f"{period} {row}" for row in range(3)]
    assert [[cell["count"] for cell in row["values"]] for row in rows] == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]


def test_the_last_moment_of_a_day(event_store: EventStore) -> None:
    zone = "America/New_York"
    events = [Event("view", local(zone, "2024-11-03 23:59:59.999999")), Event("view", local(zone, "2024-11-03 00:00"))]
    context = stored_history(event_store, events, timezone=zone)
    assert table(event_store, context) == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_weeks_begin_when_the_project_says(event_store: EventStore) -> None:
    context = stored_history(event_store, views("ann", "11-03"), week_start_day=1)
    rows = ask(event_store, context, period="Week")["results"]
    assert [(row["date"], row["values"][0]["count"]) for row in rows][1:] == [
        ("2024-10-28T00:00:00Z", 1),
        ("2024-11-04T00:00:00Z", 0),
    ]


def test_groups_in_place_of_persons(event_store: EventStore) -> None:
    acme = {"groups": {0: "acme"}}
    events = [*views("ann", "11-03", **acme), *views("bob", "11-04", **acme), *views("cleo", "11-03", "11-04")]
    context = stored_history(event_store, events, group_types=("company",))
    found = table(event_store, context, {"aggregation_group_type_index": 0})
    assert found == [[1, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_merged_persons_are_one(event_store: EventStore) -> None:
    events = [*views("ann", "11-03"), *views("bob", "11-04")]
    merged = stored_history(event_store, events, [Merge("bob", "ann")])
    assert table(event_store, merged) == [[1, 1, 0], [1, 0, 0], [0, 0, 0]]
    first = table(event_store, merged, retentionType="retention_first_time")
    assert first == [[1, 1, 0], [0, 0, 0], [0, 0, 0]]


@pytest.fixture(scope="module")
def plans(event_store: EventStore) -> ProjectContext:
    """Ann goes from free to pro, Bob is pro, Cleo has the plan `other`, Dora none."""
    events = [
        *views("ann", "11-03", properties={"plan": "free", "seats": 1}),
        *views("ann", "11-04", "11-05", properties={"plan": "pro", "seats": 2}),
        *views("bob", "11-03", "11-05", properties={"plan": "pro", "seats": 3}),
        *views("cleo", "11-04", properties={"plan": "other", "seats": "5"}),
        *views("dora", "11-04", properties={"seats": "many"}),
    ]
    context = stored_history(event_store, events)
    store_persons(event_store, context, {"ann": {"team": "a", "age": 30}, "bob": {"team": "b", "age": 40}})
    return context


def test_breakdown_by_a_property_of_the_target_event(event_store: EventStore, plans: ProjectContext) -> None:
    """The largest first; Ann begins with one plan on the first day and with another on the days after."""
    found = by_value(event_store, plans, {"breakdowns": [{"property": "plan", "type": "event"}]})
    assert list(found.items()) == [
        ("pro", [[1, 0, 1], [1, 1, 0], [2, 0, 0]]),
        (NONE, [[0, 0, 0], [1, 0, 0], [0, 0, 0]]),
        ("free", [[1, 1, 1], [0, 0, 0], [0, 0, 0]]),
        ("other", [[0, 0, 0], [1, 0, 0], [0, 0, 0]]),
    ]
    first = by_value(event_store, plans, {"breakdown": "plan"}, retentionType="retention_first_time")
    assert first["pro"] == [[1, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert first["free"] == [[1, 1, 1], [0, 0, 0], [0, 0, 0]]


def test_breakdown_by_persons_and_by_several(event_store: EventStore, plans: ProjectContext) -> None:
    found = by_value(event_store, plans, {"breakdown": "team", "breakdown_type": "person"})
    assert found["a"] == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]
    assert found[NONE] == [[0, 0, 0], [2, 0, 0], [0, 0, 0]]
    both = [{"property": "plan", "type": "event"}, {"property": "team", "type": "person"}]
    found = by_value(event_store, plans, {"breakdowns": both})
    assert set(found) == {"pro::a", "pro::b", "free::a", f"other::{NONE}", f"{NONE}::{NONE}"}


def test_what_lies_beyond_the_limit_is_counted_as_one(event_store: EventStore, plans: ProjectContext) -> None:
    """Each actor once in a row, and last; who has no value takes no place."""
    found = by_value(event_store, plans, {"breakdown": "plan", "breakdown_limit": 1})
    assert list(found) == ["pro", NONE, OTHER]
    assert found[OTHER] == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    hidden = {"breakdown": "plan", "breakdown_limit": 1, "breakdown_hide_other_aggregation": True}
    assert list(by_value(event_store, plans, hidden)) == ["pro", NONE]


def test_breakdown_by_ranges_of_numbers_and_by_everyone(event_store: EventStore, plans: ProjectContext) -> None:
    histogram = {"breakdowns": [{"property": "seats", "type": "event", "histogram_bin_count": 2}]}
    found = by_value(event_store, plans, histogram)
    assert sorted(found) == [NONE, "[1,2.5]", "[2.5,5.01]"]
    assert found["[1,2.5]"] == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]
    everyone = by_value(event_store, plans, {"breakdown": ["all"], "breakdown_type": "cohort"})
    assert everyone == {"all": table(event_store, plans)}


def test_sums_and_averages(event_store: EventStore, plans: ProjectContext) -> None:
    """In column 0 of the target events, in the others of the returning ones; text that is a number counts."""

    def amounts(kind: str, **asked: Any) -> list[list[float]]:
        rows = ask(event_store, plans, **{"aggregationType": kind, "aggregationProperty": "seats", **asked})["results"]
        return [[cell["aggregation_value"] for cell in row["values"]] for row in rows]

    assert amounts("sum") == [[4, 2, 5], [7, 2, 0], [5, 0, 0]]
    assert amounts("avg") == [[2, 2, 2.5], [3.5, 2, 0], [2.5, 0, 0]]
    assert amounts("sum", cumulative=True) == [[4, 7, 5], [7, 2, 0], [5, 0, 0]]
    assert amounts("sum", retentionType="retention_first_time") == [[4, 2, 5], [5, 0, 0], [0, 0, 0]]
    assert amounts("sum", retentionCustomBrackets=[2]) == [[4, 7], [7, 2], [5, 0]]
    ages = amounts("sum", aggregationPropertyType="person", aggregationProperty="age")
    assert ages == [[70, 30, 70], [30, 30, 0], [70, 0, 0]]
    counted = ask(event_store, plans, aggregationType="count")["results"][0]["values"][0]
    assert counted == {"count": 2, "label": "Day 0"}
    broken_down = {"breakdownFilter": {"breakdown": "plan"}}
    rows = ask(event_store, plans, broken_down, aggregationType="sum", aggregationProperty="seats")["results"]
    shown = [row["values"][0]["aggregation_value"] for row in rows if row["breakdown_value"] == "pro"]
    assert shown == [3, 2, 5]


def test_all_time_begins_with_the_first_event(event_store: EventStore, days_0_1_3: ProjectContext) -> None:
    rows = ask(event_store, days_0_1_3, {"dateRange": {"date_from": "all"}})["results"]
    assert (len(rows), rows[0]["date"], len(rows[0]["values"])) == (5, "2024-11-01T00:00:00Z", 3)


def test_filters_and_test_accounts(event_store: EventStore, plans: ProjectContext) -> None:
    assert table(event_store, plans, {"properties": PROPERTY}) == [[1, 0, 1], [1, 1, 0], [2, 0, 0]]
    query = retention.RetentionQuery.model_validate(
        {
            "retentionFilter": {"totalIntervals": 1, "targetEntity": {"id": None}},
            "dateRange": {"date_to": "2024-11-04"},
            "filterTestAccounts": True,
        }
    )
    ours = [{"key": "plan", "type": "event", "operator": "is_set"}]
    answer = run(event_store, plans, retention.answer(query, plans, NOW, ours))
    assert answer["results"][0]["values"] == [{"count": 2, "label": "Day 0"}]


def test_nothing_to_count(event_store: EventStore, plans: ProjectContext) -> None:
    empty = stored_history(event_store, [])
    assert table(event_store, empty) == [[0, 0, 0]] * 3
    assert ask(event_store, empty, {"breakdownFilter": {"breakdown": "plan"}})["results"] == []
    backwards = {"dateRange": {"date_from": "2024-11-05", "date_to": "2024-11-01"}}
    assert ask(event_store, plans, backwards)["results"] == []


def test_what_cannot_be_answered(event_store: EventStore, plans: ProjectContext) -> None:
    windows: Any = {"timeWindowMode": "24_hour_windows"}
    with pytest.raises(InsightError, match=r"^Cumulative retention is not supported for 24 hour windows\.$"):
        ask(event_store, plans, cumulative=True, **windows)
    with pytest.raises(InsightError, match="aggregationProperty"):
        ask(event_store, plans, aggregationType="sum")
    with pytest.raises(InsightError, match="not the id of an action"):
        ask(event_store, plans, targetEntity={"id": "view", "type": "actions"})
    with pytest.raises(InsightError, match="cells"):
        ask(event_store, plans, {"dateRange": {"date_from": "-1000d"}}, totalIntervals=1000)


def test_another_projects_events_do_not_count(event_store: EventStore, plans: ProjectContext) -> None:
    context = stored_history(event_store, views("ann", "11-04"))
    assert table(event_store, context) == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]


SEEN = {"ann": [0, 9], "bob": [0, 40], "cleo": [9], "before": [40]}
"""The days on which they were seen, besides the last one."""


@pytest.mark.parametrize("days", [64, 65])
@pytest.mark.parametrize("kind", ["retention_recurring", "retention_first_time"])
def test_as_many_intervals_as_a_number_has_bits_and_one_more(event_store: EventStore, days: int, kind: str) -> None:
    first = datetime(2024, 11, 5, 10, tzinfo=UTC) - timedelta(days=days - 1)
    seen = [
        Event("view", first + timedelta(days=day), person) for person, on in SEEN.items() for day in [*on, days - 1]
    ]
    context = stored_history(event_store, [*seen, Event("view", first - timedelta(days=9), "before")])
    found = table(event_store, context, totalIntervals=days, retentionType=kind)
    assert (found[0][0], found[0][9], found[0][40], found[0][-1]) == (2, 1, 1, 2)
    # Where only the first time counts, whoever was there before the range is in none of the rows.
    is_recurring = kind == "retention_recurring"
    assert (found[9][0], found[40][0], found[-1][0]) == ((2, 2, 4) if is_recurring else (1, 0, 0))
