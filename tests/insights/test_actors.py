"""Clicking any number of a lifecycle, of stickiness or of a retention table gives exactly that many actors."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import lifecycle, retention, stickiness
from hedgerow.insights.actors import Point
from tests.insights.actors_asking import eventful, found_actors
from tests.insights.histories import (
    CLOCKS,
    PERSONS,
    SEEDS,
    Merge,
    days_around,
    local,
    run,
    store_created,
    store_personless,
    stored_history,
)

ONLY_WHAT_IS_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
INTERVALS = st.sampled_from(["hour", "day", "day", "week", "month"])


class Range:
    """A range of some intervals around a day on which clocks may change, with a history in and around it."""

    def __init__(self, event_store: EventStore, data: st.DataObject, interval: str, clock: tuple[str, date]) -> None:
        zone, day = clock
        self.date_from, self.date_to = map(str, days_around(day, interval))
        self.first = local(zone, f"{self.date_from} 00:00")
        self.last = local(zone, f"{self.date_to} 23:59:59.999999")
        self.events = eventful(data.draw(SEEDS), self.first - timedelta(days=3), self.last + timedelta(hours=2))
        merges = data.draw(st.sampled_from([[], [Merge("cleo", "ann")]]))
        week_start_day = data.draw(st.integers(0, 1))
        self.context: ProjectContext = stored_history(
            event_store, self.events, merges, timezone=zone, week_start_day=week_start_day
        )
        self.asked: dict[str, Any] = {"dateRange": {"date_from": self.date_from, "date_to": self.date_to}}

    def moment(self, data: st.DataObject) -> datetime:
        """Some time of the range."""
        return self.first + data.draw(st.floats(-0.2, 1)) * (self.last - self.first)


@settings(max_examples=20, deadline=None, suppress_health_check=ONLY_WHAT_IS_SLOW)
@given(data=st.data(), clock=CLOCKS, interval=INTERVALS, of_groups=st.booleans())
def test_lifecycle(
    event_store: EventStore, data: st.DataObject, clock: tuple[str, date], interval: str, of_groups: bool
) -> None:
    asked = Range(event_store, data, interval, clock)
    names, index = (["acme", "umbrella"], 0) if of_groups else (PERSONS, None)
    store_created(event_store, asked.context, {name: asked.moment(data) for name in names}, index)
    store_personless(event_store, asked.context, "view", "nobody", asked.moment(data))
    query = lifecycle.LifecycleQuery.model_validate(
        {
            **asked.asked,
            "series": [{"kind": "EventsNode", "event": "view"}],
            "interval": interval,
            "aggregation_group_type_index": index,
        }
    )
    answer = run(event_store, asked.context, lifecycle.answer(query, asked.context, asked.last))
    points = [
        (result["status"], day, abs(number))
        for result in answer["results"]
        for day, number in zip(result["days"], result["data"], strict=True)
        if result["days"].count(day) == 1  # an hour that the clock shows twice has one name
    ]
    for status, day, number in sorted(data.draw(st.permutations(points)), key=lambda each: not each[2])[:6]:
        point = Point(day=day, status=status)
        found = found_actors(event_store, asked.context, lifecycle.actors(query, point, asked.context, asked.last))
        assert len(found) == number
        assert all(bool(row["event_count"]) == (status != "dormant") for row in found)


@settings(max_examples=20, deadline=None, suppress_health_check=ONLY_WHAT_IS_SLOW)
@given(data=st.data(), clock=CLOCKS, interval=INTERVALS, cumulative=st.booleans(), compare=st.booleans())
def test_stickiness(
    event_store: EventStore,
    data: st.DataObject,
    clock: tuple[str, date],
    interval: str,
    cumulative: bool,
    compare: bool,
) -> None:
    asked = Range(event_store, data, interval, clock)
    maths = [{}, {"math": "unique_group", "math_group_type_index": 0}, {"math": "hogql", "math_hogql": "$session_id"}]
    query = stickiness.StickinessQuery.model_validate(
        {
            **asked.asked,
            "series": [
                {"kind": "EventsNode", "event": "other"},
                {"kind": "EventsNode", "event": "view", **data.draw(st.sampled_from(maths))},
            ],
            "interval": interval,
            "intervalCount": data.draw(st.integers(1, 2)) if interval != "week" else 1,
            "compareFilter": {"compare": compare},
            "stickinessFilter": {
                "stickinessCriteria": {
                    "operator": data.draw(st.sampled_from(["gte", "gte", "lte", "exact"])),
                    "value": data.draw(st.integers(1, 2)),
                },
                "computedAs": "cumulative" if cumulative else "non_cumulative",
            },
        }
    )
    answer = run(event_store, asked.context, stickiness.answer(query, asked.context, asked.last))
    points = [
        (result["action"]["order"], result.get("compare_label", "current"), day, number)
        for result in answer["results"]
        for day, number in zip(result["days"], result["data"], strict=True)
    ]
    for series, period, day, number in sorted(data.draw(st.permutations(points)), key=lambda each: not each[3])[:6]:
        point = Point(series=series, compare=period, day=day)
        found = found_actors(event_store, asked.context, stickiness.actors(query, point, asked.context, asked.last))
        assert len(found) == number


BREAKDOWNS: list[dict[str, Any] | None] = [
    None,
    {"breakdown": "browser", "breakdown_limit": 1},
    {"breakdowns": [{"property": "browser"}, {"property": "price", "histogram_bin_count": 2}], "breakdown_limit": 2},
    {"breakdown": "all", "breakdown_type": "cohort"},
]


@settings(max_examples=25, deadline=None, suppress_health_check=ONLY_WHAT_IS_SLOW)
@given(
    data=st.data(),
    clock=CLOCKS,
    period=st.sampled_from(["Hour", "Day", "Day", "Week", "Month"]),
    kind=st.sampled_from(["retention_recurring", "retention_first_time", "retention_first_ever_occurrence"]),
    breakdown=st.sampled_from(BREAKDOWNS),
    cumulative=st.booleans(),
)
def test_retention(
    event_store: EventStore,
    data: st.DataObject,
    clock: tuple[str, date],
    period: str,
    kind: str,
    breakdown: dict[str, Any] | None,
    cumulative: bool,
) -> None:
    asked = Range(event_store, data, period.lower(), clock)
    is_dear = {"key": "price", "value": 2, "operator": "gt"}
    query = retention.RetentionQuery.model_validate(
        {
            **asked.asked,
            "breakdownFilter": breakdown,
            "aggregation_group_type_index": data.draw(st.sampled_from([None, 0])),
            "retentionFilter": {
                "period": period,
                "totalIntervals": 6,
                "retentionType": kind,
                "cumulative": cumulative,
                "timeWindowMode": None if cumulative else data.draw(st.sampled_from([None, "24_hour_windows"])),
                "minimumOccurrences": data.draw(st.integers(1, 2)),
                "retentionCustomBrackets": data.draw(st.sampled_from([None, [1, 2]])),
                "targetEntity": {"id": "view", "properties": data.draw(st.sampled_from([[], [is_dear]]))},
                "returningEntity": {"id": data.draw(st.sampled_from(["view", None]))},
            },
        }
    )
    answer = run(event_store, asked.context, retention.answer(query, asked.context, asked.last))
    rows = [
        (int(each["label"].split()[1]), each["breakdown_value"], [cell["count"] for cell in each["values"]])
        for each in answer["results"]
    ]
    for row, value, counts in sorted(data.draw(st.permutations(rows)), key=lambda each: not each[2][0])[:5]:
        point = Point(interval=row, breakdown=value)
        found = found_actors(event_store, asked.context, retention.actors(query, point, asked.context, asked.last))
        assert len(found) == counts[0]
        assert [sum(each[f"day_{column}"] for each in found) for column in range(len(counts))] == counts
        for each in found:
            assert each["appearances"] == [column for column in range(len(counts)) if each[f"day_{column}"]]
            assert each["event_count"] > 0
