"""Clicking any number of a trend gives exactly that many actors, or exactly that many events of theirs."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.insights import trends
from hedgerow.insights.actors import Point
from tests.insights.actors_asking import eventful, found_actors
from tests.insights.histories import (
    CLOCKS,
    SEEDS,
    Merge,
    days_around,
    local,
    run,
    stored_history,
)

ACTOR_MATHS = [
    "dau", "weekly_active", "monthly_active", "unique_group", "first_time_for_user", "first_matching_event_for_user",
]  # fmt: skip
BREAKDOWNS = [
    None,
    {"breakdown": "browser", "breakdown_limit": 1},
    {"breakdown": "browser"},
    {"breakdowns": [{"property": "browser"}, {"property": "price"}], "breakdown_limit": 2},
    {"breakdowns": [{"property": "price", "histogram_bin_count": 2}]},
    {"breakdown": "all", "breakdown_type": "cohort"},
]
DISPLAYS = ["ActionsLineGraph", "ActionsLineGraphCumulative", "BoldNumber"]


def _points(query: trends.TrendsQuery, answer: dict[str, Any]) -> list[tuple[Point, float]]:
    """Every number of an answer, with what is asked to look into it."""
    found = []
    for result in answer["results"]:
        place = {
            "series": result["action"]["order"],
            "breakdown": result.get("breakdown_value"),
            "compare": result.get("compare_label", "current"),
        }
        if query.is_total:
            found.append((Point(**place), result["aggregated_value"]))
        starts = result["action"]["days"]
        found += [(Point(**place, day=day), n) for day, n in zip(starts, result["data"], strict=False)]
    return found


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    data=st.data(),
    clock=CLOCKS,
    week_start_day=st.integers(0, 1),
    breakdown=st.sampled_from(BREAKDOWNS),
    display=st.sampled_from(DISPLAYS),
    compare=st.booleans(),
    math=st.sampled_from([*ACTOR_MATHS, "total"]),
)
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_every_number_has_as_many_actors(
    event_store: EventStore,
    interval: str,
    data: st.DataObject,
    clock: tuple[str, date],
    week_start_day: int,
    breakdown: dict[str, Any] | None,
    display: str,
    compare: bool,
    math: str,
) -> None:
    zone, day = clock
    date_from, date_to = map(str, days_around(day, interval))
    first, last = local(zone, f"{date_from} 00:00"), local(zone, f"{date_to} 23:59:59.999999")
    events = eventful(data.draw(SEEDS), first - timedelta(days=3), last + timedelta(hours=2))
    merges = data.draw(st.sampled_from([[], [Merge("cleo", "ann")]]))
    context = stored_history(event_store, events, merges, timezone=zone, week_start_day=week_start_day)
    query = trends.TrendsQuery.model_validate(
        {
            "series": [
                {"kind": "EventsNode", "event": "other"},
                {
                    "kind": "EventsNode",
                    "event": "view",
                    "math": math,
                    "math_group_type_index": 0,
                    "properties": data.draw(st.sampled_from([[], [{"key": "price", "value": 2, "operator": "gt"}]])),
                },
            ],
            "interval": interval,
            "dateRange": {"date_from": date_from, "date_to": date_to},
            "breakdownFilter": breakdown,
            "compareFilter": {"compare": compare},
            "trendsFilter": {"display": display},
        }
    )
    answer = run(event_store, context, trends.answer(query, context, last))
    points = data.draw(st.permutations(_points(query, answer)))
    for point, number in sorted(points, key=lambda each: not each[1])[:6]:
        found = found_actors(event_store, context, trends.actors(query, point, context, last))
        is_sum = point.series == 0 or math == "total"
        if display == "ActionsLineGraphCumulative" and math in ("weekly_active", "monthly_active"):
            continue  # a running sum of active users counts some of them again and again
        assert (sum(row["event_count"] for row in found) if is_sum else len(found)) == number, point
