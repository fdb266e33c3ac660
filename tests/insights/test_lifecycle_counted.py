"""The lifecycle of random small histories, against counting them by hand."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.insights import lifecycle
from tests.insights.histories import (
    CLOCKS,
    PERSONS,
    SEEDS,
    Merge,
    bucket,
    buckets,
    days_around,
    local,
    made_events,
    owner,
    run,
    store_created,
    stored_history,
)


def counted(
    active: dict[str, set[date | datetime]], born: dict[str, date | datetime], keys: Sequence[date | datetime]
) -> dict[str, list[float]]:
    """The four results for intervals `keys`, of which the first is the one before the range."""
    results = {status: [0.0] * (len(keys) - 1) for status in ("new", "returning", "resurrecting", "dormant")}
    for actor, seen in active.items():
        for place in range(1, len(keys)):
            before, now = keys[place - 1], keys[place]
            if now in seen:
                status = "new" if born.get(actor) == now else "returning" if before in seen else "resurrecting"
                results[status][place - 1] += 1
            elif before in seen:
                results["dormant"][place - 1] -= 1
    return results


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), clock=CLOCKS, week_start_day=st.integers(0, 1))
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_as_counted_by_hand(
    event_store: EventStore, interval: str, data: st.DataObject, clock: tuple[str, date], week_start_day: int
) -> None:
    zone, day = clock
    date_from, date_to = map(str, days_around(day, interval))
    first = local(zone, f"{date_from} 00:00")
    last = local(zone, f"{date_to} 23:59:59.999999")
    long_before = first - timedelta(days={"hour": 1, "day": 3, "week": 20, "month": 60}[interval])
    draw: Any = data.draw
    events = made_events(draw(SEEDS), long_before, last + timedelta(days=1), ["view", "view", "view", "other"])
    times = st.sampled_from([long_before, *(event.at for event in events)])
    created = draw(st.dictionaries(st.sampled_from(PERSONS), times))
    merges = draw(st.sampled_from([[], [Merge("cleo", "ann")]]))
    context = stored_history(event_store, events, merges, timezone=zone, week_start_day=week_start_day)
    store_created(event_store, context, created)

    def key(at: datetime) -> date | datetime:
        return bucket(at, zone, interval, week_start_day)

    earlier = buckets(long_before, first, zone, interval, week_start_day)[:-1]
    keys = [earlier[-1], *buckets(first, last, zone, interval, week_start_day)]
    active: dict[str, set[date | datetime]] = {}
    for event in events:
        if event.event == "view" and event.at <= last:
            active.setdefault(owner(event, merges), set()).add(key(event.at))
    expected = counted(active, {name: key(at) for name, at in created.items()}, keys)

    query = lifecycle.LifecycleQuery.model_validate(
        {
            "series": [{"kind": "EventsNode", "event": "view"}],
            "interval": interval,
            "dateRange": {"date_from": date_from, "date_to": date_to},
        }
    )
    answer = run(event_store, context, lifecycle.answer(query, context, last))
    assert {each["status"]: each["data"] for each in answer["results"]} == expected
