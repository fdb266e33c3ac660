"""Clicking a number of an answer of the endpoint gives exactly that many actors, whatever the number depends on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.queries.actors_asking import know_group, know_person
from tests.queries.asking import Api

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def shop(api: Api) -> Api:
    """Persons with and without a record, groups, sessions and a merge, over some days."""
    ada = know_person(api, "ada", "ada's phone", properties={"plan": "pro", "age": 30})
    know_person(api, "bob", properties={"plan": "free", "age": 50})
    know_person(api, "eve", properties={})
    know_group(api, "acme", {"size": 10})
    groups = {"ada": "acme", "bob": "acme", "eve": "umbrella"}
    events = []
    for days in range(8):
        for place, distinct_id in enumerate(["ada", "bob", "eve", "ghost", "ada's phone"]):
            if (days + place) % 3 == 0:
                continue
            at = TODAY - timedelta(days=days, minutes=place)
            common = {
                "distinct_id": distinct_id,
                "$session_id": f"{distinct_id} {days}",
                "$group_0": groups.get(distinct_id, ""),
                "properties": {"$browser": ["Chrome", "Firefox", "", None][days * place % 4], "price": days * 2.5},
            }
            events.append({**common, "event": "view", "timestamp": at})
            events.append({**common, "event": "buy", "timestamp": at + timedelta(seconds=place)})
    api.store_events(events)
    api.store.command(
        "INSERT INTO person_overrides (team_id, distinct_id, person_id, version)"
        " VALUES ({team:Int64}, {phone:String}, {ada:UUID}, 1)",
        {"team": api.project.pk, "phone": "ada's phone", "ada": ada},
    )
    return api


def person(**condition: Any) -> dict[str, Any]:
    return {"type": "person", **condition}


FILTERS: list[list[dict[str, Any]]] = [
    [],
    [person(key="plan", value="pro", operator="is_not")],
    [person(key="age", operator="is_not_set")],
    [{"type": "group", "group_type_index": 0, "key": "size", "operator": "is_not_set"}],
    [{"type": "group", "group_type_index": 0, "key": "size", "operator": "gt", "value": 5}],
    [{"type": "session", "key": "$session_duration", "operator": "gt", "value": 1}],
    [{"type": "hogql", "key": "person.properties.plan != 'pro'"}],
    [person(key="distinct_id", value=["bob"], operator="is_not")],
]
BREAKDOWNS: list[dict[str, Any]] = [
    {"breakdown": "plan", "breakdown_type": "person"},
    {"breakdown": "size", "breakdown_type": "group", "breakdown_group_type_index": 0},
    {"breakdowns": [{"property": "$session_duration", "type": "session", "histogram_bin_count": 2}]},
    {"breakdown": "$browser", "breakdown_limit": 1},
    {"breakdowns": [{"property": "$browser"}, {"property": "plan", "type": "person"}], "breakdown_limit": 2},
    {"breakdown": "properties.price > 5", "breakdown_type": "hogql"},
]


def test_trends(shop: Api) -> None:
    questions: list[tuple[str, list[dict[str, Any]], dict[str, Any] | None]] = [
        *(("dau", filters, None) for filters in FILTERS),
        *(("dau", [], breakdown) for breakdown in BREAKDOWNS),
        ("total", FILTERS[1], BREAKDOWNS[3]),
        ("weekly_active", FILTERS[2], BREAKDOWNS[0]),
        ("first_time_for_user", FILTERS[5], BREAKDOWNS[0]),
        ("unique_group", FILTERS[4], BREAKDOWNS[4]),
    ]
    for math, filters, breakdown in questions:
        node = {"kind": "EventsNode", "event": "view", "math": math, "math_group_type_index": 0, "properties": filters}
        insight = {"kind": "TrendsQuery", "series": [node], "breakdownFilter": breakdown}
        points = [
            (number, day, result.get("breakdown_value"))
            for result in shop.answer(insight)["results"]
            for day, number in zip(result["days"], result["data"], strict=True)
        ]
        assert any(number for number, _, _ in points)
        for number, day, value in [*points[:1], *(each for each in points[1:] if each[0])][::3][:4]:
            source = {"kind": "InsightActorsQuery", "source": insight, "day": day, "breakdown": value}
            query = {"kind": "ActorsQuery", "select": ["actor", "event_count", "created_at"], "source": source}
            rows = shop.answer(query)["results"]
            assert (sum(row[1] for row in rows) if math == "total" else len(rows)) == number, (math, day, value)


@pytest.mark.parametrize("filters", [FILTERS[1], FILTERS[5]])
def test_insights_of_steps_and_returns(shop: Api, filters: list[dict[str, Any]]) -> None:
    steps = [{"kind": "EventsNode", "event": "view"}, {"kind": "EventsNode", "event": "buy"}]
    common = {"properties": filters, "dateRange": {"date_from": "-3d"}}
    funnel = {"kind": "FunnelsQuery", "series": steps, **common}
    for place, step in enumerate(shop.answer(funnel)["results"], 1):
        assert len(_ids(shop, {"kind": "FunnelsActorsQuery", "source": funnel, "funnelStep": place})) == step["count"]
    view = {"id": "view", "type": "events"}
    retention = {
        "kind": "RetentionQuery",
        "retentionFilter": {"totalIntervals": 3, "targetEntity": view, "returningEntity": view},
        "properties": filters,
    }
    for row, result in enumerate(shop.answer(retention)["results"]):
        source = {"kind": "InsightActorsQuery", "source": retention, "interval": row}
        assert len(_ids(shop, source)) == result["values"][0]["count"]
    lifecycle = {"kind": "LifecycleQuery", "series": steps[:1], **common}
    for result in shop.answer(lifecycle)["results"]:
        source = {"kind": "InsightActorsQuery", "source": lifecycle, "day": result["days"][-1]}
        assert len(_ids(shop, {**source, "status": result["status"]})) == abs(result["data"][-1])
    stickiness = {"kind": "StickinessQuery", "series": steps[:1], **common}
    (result,) = shop.answer(stickiness)["results"]
    for day, number in zip(result["days"], result["data"], strict=True):
        assert len(_ids(shop, {"kind": "StickinessActorsQuery", "source": stickiness, "day": day})) == number


def _ids(api: Api, source: dict[str, Any]) -> list[str]:
    query = {"kind": "ActorsQuery", "select": ["id", "properties.plan"], "source": source}
    return [row[0] for row in api.answer(query)["results"]]
