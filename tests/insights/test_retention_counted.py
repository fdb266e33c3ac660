"""The retention of random small histories, against counting it by hand."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.insights import retention
from tests.insights.asking import Event
from tests.insights.histories import (
    CLOCKS,
    SEEDS,
    Merge,
    bucket,
    buckets,
    days_around,
    local,
    made_events,
    owner,
    run,
    stored_history,
)

NONE = "$$_posthog_breakdown_null_$$"

NAMES = ["view", "view", "view", "buy", "other"]
PROPERTIES: list[dict[str, Any]] = [
    {},
    {"plan": ""},
    {"plan": "pro", "n": 2},
    {"plan": "pro"},
    {"plan": "free", "n": "3"},
    {"n": "many"},
]
filters = st.fixed_dictionaries(
    {
        "targetEntity": st.sampled_from(
            [
                {"id": "view", "type": "events"},
                {"id": None, "type": "events"},
                {"id": "view", "type": "events", "properties": [{"key": "plan", "value": "pro", "type": "event"}]},
            ]
        ),
        "returningEntity": st.sampled_from([{"id": "view", "type": "events"}, {"id": "buy", "type": "events"}]),
        "retentionType": st.sampled_from(
            ["retention_recurring", "retention_first_time", "retention_first_ever_occurrence"]
        ),
        "totalIntervals": st.integers(1, 6),
        "minimumOccurrences": st.sampled_from([None, 1, 2]),
        "cumulative": st.booleans(),
        "timeWindowMode": st.sampled_from([None, "strict_calendar_dates", "24_hour_windows"]),
        "retentionCustomBrackets": st.sampled_from([None, None, [1, 2], [3]]),
        "aggregationType": st.sampled_from(["count", "sum", "avg"]),
    }
)

WINDOWS = {
    "hour": timedelta(hours=1),
    "day": timedelta(hours=24),
    "week": timedelta(hours=7 * 24),
    "month": timedelta(hours=30 * 24),
}

Row = tuple[str, int]
"""A value of the breakdown and the number of an interval."""


@dataclass
class Counting:
    """One history and one question, counted in plain Python."""

    asked: dict[str, Any]
    events: dict[str, list[Event]]
    """By person."""
    places: dict[date | datetime, int]
    first: datetime
    last: datetime
    clock: tuple[str, str, int]
    is_broken_down: bool
    only_pro: bool

    def number(self, event: Event) -> int:
        zone, interval, week_start_day = self.clock
        return self.places[bucket(event.at, zone, interval, week_start_day)]

    def value(self, event: Event) -> str:
        return (event.properties.get("plan") or NONE) if self.is_broken_down else ""

    def is_kept(self, event: Event) -> bool:
        return not self.only_pro or event.properties.get("plan") == "pro"

    def is_named(self, event: Event) -> bool:
        return self.asked["targetEntity"]["id"] in (None, event.event)

    def is_target(self, event: Event) -> bool:
        fits = "properties" not in self.asked["targetEntity"] or event.properties.get("plan") == "pro"
        return self.is_named(event) and fits and self.is_kept(event)

    def in_range(self, event: Event) -> bool:
        return self.first <= event.at <= self.last

    def rows(self, events: list[Event]) -> set[Row]:
        """The rows a person is in."""
        if self.asked["retentionType"] == "retention_recurring":
            return {
                (self.value(each), self.number(each)) for each in events if self.in_range(each) and self.is_target(each)
            }
        until = [each for each in events if each.at <= self.last]
        targets = [each for each in until if self.is_target(each)]
        if not targets:
            return set()
        start = min(each.at for each in targets)
        is_first_ever = self.asked["retentionType"] == "retention_first_ever_occurrence"
        if is_first_ever and start != min(each.at for each in until if self.is_named(each)):
            return set()
        earliest = [each for each in targets if each.at == start and self.in_range(each)]
        return {min((self.value(each), self.number(each)) for each in earliest)} if earliest else set()

    def begin(self, row: Row, events: list[Event]) -> datetime:
        """The moment at which a person came into a row."""
        return min(
            each.at
            for each in events
            if self.in_range(each) and self.is_target(each) and (self.value(each), self.number(each)) == row
        )

    def returns(self, row: Row, events: list[Event]) -> dict[int, list[Event]]:
        """The returning events of a person by how many intervals or windows after the row, where they are enough."""
        found = defaultdict(list)
        for each in events:
            if each.event == self.asked["returningEntity"]["id"] and self.in_range(each) and self.is_kept(each):
                distance = self.number(each) - row[1]
                if self.asked["timeWindowMode"] == "24_hour_windows":
                    distance = (each.at - self.begin(row, events)) // WINDOWS[self.clock[1]]
                found[distance].append(each)
        return {at: each for at, each in found.items() if len(each) >= (self.asked["minimumOccurrences"] or 1)}

    def distances(self) -> Iterator[tuple[int, int]]:
        """The first and the last interval of each column after the first."""
        brackets = self.asked["retentionCustomBrackets"] or [1] * (self.asked["totalIntervals"] - 1)
        first = 1
        for length in brackets:
            yield first, first + length - 1
            first += length

    def cell(self, row: Row, column: int) -> tuple[int, list[float]]:
        """How many persons are in a cell, and the amounts of the events that count for it."""
        count, amounts = 0, []
        for events in self.events.values():
            if row not in self.rows(events):
                continue
            if column == 0:
                own = [each for each in events if self.in_range(each) and self.is_target(each)]
                counted = [each for each in own if (self.value(each), self.number(each)) == row]
                count += 1
            else:
                first, last = list(self.distances())[column - 1]
                if self.asked["cumulative"]:
                    last = len(self.places)
                returns = self.returns(row, events)
                counted = [each for distance, found in returns.items() if first <= distance <= last for each in found]
                count += bool(counted)
            amounts += [float(each.properties["n"]) for each in counted if each.properties.get("n") in (2, "3")]
        return count, amounts

    def table(self) -> dict[str, list[list[tuple[int, float | None]]]]:
        """All cells by value: the number of persons, and the sum or average where asked for."""
        sizes: Counter[str] = Counter(value for events in self.events.values() for value, _ in self.rows(events))
        values = sorted(sizes, key=lambda value: (-sizes[value], value)) if self.is_broken_down else [""]
        columns = len(list(self.distances())) + 1
        return {
            value: [
                [self.shown(*self.cell((value, row), column)) for column in range(columns)]
                for row in range(len(self.places))
            ]
            for value in values
        }

    def shown(self, count: int, amounts: list[float]) -> tuple[int, float | None]:
        match self.asked["aggregationType"]:
            case "sum":
                return count, sum(amounts)
            case "avg":
                return count, sum(amounts) / len(amounts) if amounts else 0.0
        return count, None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), clock=CLOCKS, week_start_day=st.integers(0, 1), asked=filters, broken_down=st.booleans())
@pytest.mark.parametrize("period", ["Hour", "Day", "Week", "Month"])
def test_as_counted_by_hand(
    event_store: EventStore,
    period: str,
    data: st.DataObject,
    clock: tuple[str, date],
    week_start_day: int,
    asked: dict[str, Any],
    broken_down: bool,
) -> None:
    draw: Any = data.draw
    (zone, day), interval = clock, period.lower()
    if asked["timeWindowMode"] == "24_hour_windows":
        asked = {**asked, "cumulative": False}
    date_from, date_to = days_around(day, interval)
    before, after = local(zone, f"{date_from} 00:00"), local(zone, f"{date_to} 23:59:59.999999")
    longest = timedelta(days=1 if period in ("Hour", "Day") else 2)
    events = made_events(draw(SEEDS), before - longest, after + timedelta(hours=8), NAMES, PROPERTIES)
    merges = draw(st.sampled_from([[], [Merge("cleo", "ann")]]))
    context = stored_history(event_store, events, merges, timezone=zone, week_start_day=week_start_day)

    # Rows are whole intervals: from the start of the first one to the end of the last.
    longer = timedelta(days={"hour": 0, "day": 0, "week": 8, "month": 35}[interval])
    around = buckets(before - longer, after + longer, zone, interval, week_start_day)
    keys = buckets(before, after, zone, interval, week_start_day)
    following = around[around.index(keys[-1]) + 1] if longer else None
    first = before if interval in ("hour", "day") else local(zone, f"{keys[0]} 00:00")
    last = local(zone, f"{following} 00:00") - timedelta(microseconds=1) if following else after
    by_person = defaultdict(list)
    for each in events:
        by_person[owner(each, merges)].append(each)
    only_pro = draw(st.booleans())
    counting = Counting(
        asked=asked,
        events=by_person,
        places={key: place for place, key in enumerate(keys)},
        first=first,
        last=last,
        clock=(zone, interval, week_start_day),
        is_broken_down=broken_down,
        only_pro=only_pro,
    )

    query = retention.RetentionQuery.model_validate(
        {
            "retentionFilter": {**asked, "period": period, "aggregationProperty": "n"},
            "dateRange": {"date_from": str(date_from), "date_to": str(date_to)},
            "properties": [{"key": "plan", "value": "pro", "type": "event"}] if only_pro else [],
            "breakdownFilter": {"breakdown": "plan"} if broken_down else None,
        }
    )
    found: dict[str, list[list[tuple[int, float | None]]]] = {}
    for row in run(event_store, context, retention.answer(query, context, after))["results"]:
        cells = [(cell["count"], cell.get("aggregation_value")) for cell in row["values"]]
        found.setdefault(row["breakdown_value"] or "", []).append(cells)
    assert list(found.items()) == list(counting.table().items())
