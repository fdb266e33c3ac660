"""The overview of random visits, against counting it by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.insights.web import overview
from tests.insights.asking import Event
from tests.insights.histories import CLOCKS, SEEDS, Merge, local, run, stored_history
from tests.insights.visits import GOAL, VIEWS, made_visits, mean, persons_of, sessions_of


def counted(
    events: list[Event], first: datetime, last: datetime, merges: list[Merge], browser: str | None, goal: bool
) -> list[float | None]:
    """The values of the overview in their order."""
    sessions = {id: session for id, session in sessions_of(events).items() if first <= session.start <= last}
    kept = [
        event
        for event in events
        if event.session in sessions
        and (event.event in VIEWS or (goal and event.event == GOAL))
        and browser in (None, event.properties.get("$browser"))
    ]
    visitors = persons_of(kept, merges)
    if goal:
        conversions = [event for event in kept if event.event == GOAL]
        converted = persons_of(conversions, merges)
        return [
            *(len(visitors), len(conversions), len(converted)),
            100 * len(converted) / len(visitors) if visitors else None,
        ]
    seen = [sessions[id] for id in {event.session for event in kept}]
    bounced = mean(session.bounced for session in seen)
    return [
        *(len(visitors), len(kept), len(seen)),
        mean(session.seconds for session in seen),
        100 * bounced if bounced is not None else None,
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=SEEDS,
    clock=CLOCKS,
    browser=st.sampled_from([None, "Chrome"]),
    goal=st.booleans(),
    merges=st.sampled_from([[], [Merge("cleo", "ann")]]),
)
def test_as_counted_by_hand(
    event_store: EventStore,
    seed: int,
    clock: tuple[str, date],
    browser: str | None,
    goal: bool,
    merges: list[Merge],
) -> None:
    zone, day = clock
    first, last = local(zone, f"{day} 00:00"), local(zone, f"{day + timedelta(days=1)} 23:59:59.999999")
    before = local(zone, f"{day - timedelta(days=2)} 00:00")
    events = made_visits(seed, [before, first, last])
    context = stored_history(event_store, events, merges, timezone=zone)
    query: dict[str, Any] = {
        "dateRange": {"date_from": str(day), "date_to": str(day + timedelta(days=1))},
        "compareFilter": {"compare": True},
        "properties": [{"key": "$browser", "value": browser}] if browser else [],
        "conversionGoal": {"customEventName": GOAL} if goal else None,
    }
    asking = overview.answer(overview.WebOverviewQuery.model_validate(query), context, last)
    found = run(event_store, context, asking)
    current = counted(events, first, last, merges, browser, goal)
    previous = counted(events, before, first - timedelta(microseconds=1), merges, browser, goal)
    assert [item["value"] for item in found["results"]] == [pytest.approx(value) for value in current]
    assert [item["previous"] for item in found["results"]] == [pytest.approx(value) for value in previous]
    for item in found["results"]:
        if item["value"] is None or not item["previous"]:
            assert item["changeFromPreviousPct"] is None
        else:
            exact = (item["value"] - item["previous"]) / item["previous"] * 100
            assert item["changeFromPreviousPct"] == pytest.approx(exact, abs=0.5)
