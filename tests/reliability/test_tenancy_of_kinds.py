"""Every kind of query is asked by one organization while another's data grows: the answers must not change.

The same question asked by the other organization must change, or it would not show anything.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hedgerow.queries.kinds import KINDS
from tests.reliability.tenants import SECRET, Tenant, wait_for_events
from tests.serving import Server

TODAY = datetime.now(UTC).date().isoformat()
VISITED = {"kind": "EventsNode", "event": "visited"}
TREND = {"kind": "TrendsQuery", "series": [{**VISITED, "math": "dau"}]}
FUNNEL = {"kind": "FunnelsQuery", "series": [VISITED, {"kind": "EventsNode", "event": "$pageview"}]}
STICKINESS = {"kind": "StickinessQuery", "series": [VISITED]}
DAY = {"kind": "InsightActorsQuery", "source": TREND, "day": TODAY, "series": 0}
ENTITY = {"id": "visited", "type": "events"}

QUESTIONS: dict[str, dict[str, Any]] = {
    "ActorsQuery": {"select": ["person", "properties.name"], "source": DAY},
    "DatabaseSchemaQuery": {},
    "EventsQuery": {"select": ["*", "person", "properties.place"]},
    "FunnelsActorsQuery": {"source": FUNNEL, "funnelStep": 1},
    "FunnelsQuery": {k: v for k, v in FUNNEL.items() if k != "kind"},
    "GroupsQuery": {"group_type_index": 0, "select": ["group_name", "key", "properties.name"]},
    "HogQLAutocomplete": {
        "language": "hogQL",
        "query": "select properties.",
        "startPosition": 18,
        "endPosition": 18,
        "sourceQuery": {"kind": "HogQLQuery", "query": "select 1 from events"},
    },
    "HogQLMetadata": {"language": "hogQL", "query": "select properties.place from events"},
    "HogQLQuery": {"query": "select properties.place as place, count() from events group by place order by place"},
    "InsightActorsQuery": {k: v for k, v in DAY.items() if k != "kind"},
    "InsightActorsQueryOptions": {
        "source": {**DAY, "source": {**TREND, "breakdownFilter": {"breakdown": "place", "breakdown_type": "event"}}}
    },
    "LifecycleQuery": {"series": [VISITED]},
    "PathsQuery": {"pathsFilter": {"includeEventTypes": ["$pageview", "custom_event"]}},
    "PersonsNode": {},
    "RecordingsQuery": {},
    "RetentionQuery": {"retentionFilter": {"targetEntity": ENTITY, "returningEntity": ENTITY}},
    "SessionsQuery": {"select": ["session_id", "$entry_current_url"]},
    "StickinessActorsQuery": {"source": STICKINESS, "day": 1, "series": 0},
    "StickinessQuery": {"series": [VISITED]},
    "TrendsQuery": {k: v for k, v in TREND.items() if k != "kind"},
    "WebOverviewQuery": {"properties": []},
    "WebStatsTableQuery": {"breakdownBy": "Page", "properties": []},
}
OF_DEFINITIONS = {"DatabaseSchemaQuery", "HogQLAutocomplete", "HogQLMetadata"}
"""Kinds that tell of names and types, which a project learns a little after its events."""

OF_THE_RUN = {
    *(
        "last_refresh",
        "next_allowed_client_refresh",
        "cache_target_age",
        "cache_key",
        "timings",
        "hogql",
        "query_status",
    ),
    *("resolved_date_range", "resolved_compare_date_range", "dateFrom", "dateTo", "clickhouse", "nextCursor"),
}


@dataclass(frozen=True)
class Asked:
    """The answers to one question before and after the other organization's data grew."""

    curious: tuple[Any, Any]
    other: tuple[Any, Any]


@pytest.fixture(scope="module")
def asked(tenants: tuple[Tenant, Tenant], server: Server) -> dict[str, Asked]:
    """All questions, asked by both before and after."""
    for tenant in tenants:
        tenant.api.patch(f"/api/projects/{tenant.project_id}/", json={"session_recording_opt_in": True})
    send(server, tenants[0], "mine", people=1)
    send(server, tenants[1], SECRET, people=1)
    before = [answers(tenant) for tenant in tenants]
    send(server, tenants[1], SECRET, people=5)
    after = [answers(tenant) for tenant in tenants]
    return {kind: Asked((before[0][kind], after[0][kind]), (before[1][kind], after[1][kind])) for kind in QUESTIONS}


def send(server: Server, tenant: Tenant, value: str, people: int) -> None:
    """People who visit, look at two pages in one session, and belong to groups, all with the value everywhere."""
    count = tenant.query({"kind": "HogQLQuery", "query": "select count() from events"}).json()["results"][0][0]
    batch: list[dict[str, Any]] = []
    for number in range(people):
        who, of = f"{value}-{count}-{number}", {"place": f"{value}-{count}", "$session_id": f"{value}-{count}-{number}"}
        group = {"$group_type": "company", "$group_key": who, "$group_set": {"name": value}}
        url = f"https://{value}.example.com/{number}"
        page = {**of, "$current_url": url, "$pathname": f"/{number}", "$set": {"name": value}}
        batch += [
            {"event": "$groupidentify", "distinct_id": who, "properties": group},
            {"event": "visited", "distinct_id": who, "properties": {**of, "$groups": {"company": who}}},
            {"event": "$pageview", "distinct_id": who, "properties": page},
            {"event": "$pageview", "distinct_id": who, "properties": {**page, "$current_url": f"https://{value}/2"}},
        ]
    httpx.post(f"{server.url}/batch/", json={"api_key": tenant.token, "batch": batch}).raise_for_status()
    wait_for_events(tenant, count + len(batch))
    record(server, tenant, f"{value}-{count}-0")


def record(server: Server, tenant: Tenant, session_id: str) -> None:
    """A recording of a session; what comes in before capture knows that the project wants it is thrown away."""
    moment = int(time.time() * 1000)
    items = [
        {"type": 4, "timestamp": moment, "data": {"href": f"https://{session_id}"}},
        {"type": 2, "timestamp": moment},
    ]
    piece = {"$session_id": session_id, "$snapshot_data": items, "distinct_id": session_id, "token": tenant.token}
    body = [{"event": "$snapshot", "uuid": str(uuid.uuid4()), "properties": piece}]
    deadline = time.monotonic() + 30
    path = f"/api/projects/{tenant.project_id}/session_recordings/{session_id}/"
    while tenant.api.get(path).status_code != 200:
        assert time.monotonic() < deadline
        httpx.post(f"{server.url}/s/", json=body).raise_for_status()
        time.sleep(0.5)


def answers(tenant: Tenant) -> dict[str, Any]:
    found = {}
    for kind, question in QUESTIONS.items():
        answer = tenant.query({"kind": kind, **question})
        assert answer.status_code == 200, (kind, answer.text)
        found[kind] = {name: value for name, value in answer.json().items() if name not in OF_THE_RUN}
    return found


def test_there_is_a_question_of_every_kind() -> None:
    assert set(QUESTIONS) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
def test_what_others_do_changes_no_answer(asked: dict[str, Asked], kind: str) -> None:
    before, after = asked[kind].curious
    assert SECRET not in str(after)
    if kind not in OF_DEFINITIONS:
        assert before == after


@pytest.mark.parametrize("kind", sorted(set(QUESTIONS) - OF_DEFINITIONS))
def test_the_question_shows_its_own_project_what_changed(asked: dict[str, Asked], kind: str) -> None:
    before, after = asked[kind].other
    assert before != after


@pytest.fixture(scope="module")
def borrowed(tenants: tuple[Tenant, Tenant], asked: dict[str, Asked]) -> dict[str, int]:
    """The ids of an action and of a cohort of the other organization."""
    _, other = tenants
    path = f"/api/projects/{other.project_id}"
    action = other.api.post(f"{path}/actions/", json={"name": SECRET, "steps": [{"event": "visited"}]})
    cohort = other.api.post(f"{path}/cohorts/", json={"name": SECRET, "is_static": True})
    assert (action.status_code, cohort.status_code) == (201, 201), (action.text, cohort.text)
    return {"action": action.json()["id"], "cohort": cohort.json()["id"]}


def test_another_projects_actions_and_cohorts_do_not_exist(
    tenants: tuple[Tenant, Tenant], borrowed: dict[str, int]
) -> None:
    curious, _ = tenants
    cohort = {"type": "cohort", "key": "id", "value": borrowed["cohort"]}
    trend = {"kind": "TrendsQuery", "series": [VISITED]}
    refused: list[dict[str, Any]] = [
        {**trend, "properties": [cohort]},
        {**trend, "breakdownFilter": {"breakdown": [borrowed["cohort"]], "breakdown_type": "cohort"}},
        {"kind": "ActorsQuery", "properties": [cohort]},
        {"kind": "EventsQuery", "select": ["event"], "actionId": borrowed["action"]},
        {"kind": "HogQLQuery", "query": f"select 1 from persons where id in cohort {borrowed['cohort']}"},
        {"kind": "HogQLQuery", "query": f"select 1 from persons where id in cohort '{SECRET}'"},
        {"kind": "HogQLQuery", "query": f"select count() from events where matchesAction({borrowed['action']})"},
        {"kind": "HogQLQuery", "query": f"select count() from events where matchesAction('{SECRET}')"},
    ]
    for query in refused:
        answer = curious.query(query)
        assert (answer.status_code, "does not exist" in answer.text) == (400, True), (query, answer.text)
    counted = curious.query({"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": borrowed["action"]}]})
    assert (counted.status_code, counted.json()["results"]) == (200, [])
