"""The stickiness of random small histories, against counting it by hand."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.insights import stickiness
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

MEETS = {"gte": int.__ge__, "lte": int.__le__, "exact": int.__eq__}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    data=st.data(),
    clock=CLOCKS,
    week_start_day=st.integers(0, 1),
    operator=st.sampled_from(["gte", "gte", "lte", "exact"]),
    value=st.integers(0, 3),
    together=st.integers(1, 3),
    cumulative=st.booleans(),
)
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_as_counted_by_hand(
    event_store: EventStore,
    interval: str,
    data: st.DataObject,
    clock: tuple[str, date],
    week_start_day: int,
    operator: str,
    value: int,
    together: int,
    cumulative: bool,
) -> None:
    together = 1 if interval == "week" else together
    zone, day = clock
    date_from, date_to = map(str, days_around(day, interval))
    first, last = local(zone, f"{date_from} 00:00"), local(zone, f"{date_to} 23:59:59.999999")
    draw: Any = data.draw
    earlier = first - timedelta(days=12 if interval == "month" else 1)
    events = made_events(draw(SEEDS), earlier, last + timedelta(hours=12), ["view", "view", "view", "other"])
    merges = draw(st.sampled_from([[], [Merge("cleo", "ann")]]))
    context = stored_history(event_store, events, merges, timezone=zone, week_start_day=week_start_day)

    keys = buckets(first, last, zone, interval, week_start_day)
    since = local(zone, f"{date_from[:8]}01 00:00") if interval == "month" else first
    number: Counter[tuple[str, int]] = Counter()
    for event in events:
        if event.event == "view" and since <= event.at <= last:
            place = keys.index(bucket(event.at, zone, interval, week_start_day)) // together
            number[owner(event, merges), place] += 1
    active = Counter(person for (person, _), count in number.items() if MEETS[operator](count, value))
    length = len({place // together for place in range(len(keys))})
    exactly = [sum(each == days for each in active.values()) for days in range(1, length + 1)]
    or_more = [sum(exactly[place:]) for place in range(length)]

    query = stickiness.StickinessQuery.model_validate(
        {
            "series": [{"kind": "EventsNode", "event": "view"}],
            "interval": interval,
            "intervalCount": together,
            "dateRange": {"date_from": date_from, "date_to": date_to},
            "stickinessFilter": {
                "stickinessCriteria": {"operator": operator, "value": value},
                "computedAs": "cumulative" if cumulative else "non_cumulative",
            },
        }
    )
    (result,) = run(event_store, context, stickiness.answer(query, context, last))["results"]
    assert result["data"] == (or_more if cumulative else exactly)
    assert result["count"] == sum(exactly)
