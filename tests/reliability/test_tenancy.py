"""Two organizations on one server: nobody sees the other's data by any id, filter, query text or breakdown."""

from typing import Any

import httpx
import pytest

from tests.reliability.tenants import SECRET, Tenant
from tests.serving import Server


@pytest.mark.parametrize(
    "text",
    [
        "select * from events",
        "select properties, distinct_id, person.properties, group_0.properties, $session_id from events",
        "select * from persons",
        "select * from groups",
        "select * from sessions",
        "select * from person_distinct_ids",
        "select e.properties, p.properties from events e join persons p on true",
        "select e.properties, g.properties from events e left join groups g on g.key = e.$group_0",
        "select properties from events union all select properties from events",
        "with other as (select * from events) select * from other",
        "select * from (select * from events where 1 or 1)",
        "select * from events where team_id = {other} or 1",
        "select * from events where event = 'visited' or team_id != {other}",
        "select (select groupArray(properties) from events)",
        "select any(properties), count() from events group by properties.place",
        "select person.properties.name from events where distinct_id = 'shared-id'",
        "select e.properties from events as e cross join events as f",
        "select * from persons where id in (select person_id from events)",
    ],
)
def test_no_query_text_shows_the_other_project(tenants: tuple[Tenant, Tenant], text: str) -> None:
    curious, other = tenants

    answer = curious.query({"kind": "HogQLQuery", "query": text, "values": {"other": other.project_id}})

    assert answer.status_code in {200, 400}, answer.text
    assert SECRET not in answer.text
    # The same text shows the other project what is its own: the secret is there to be found.
    if answer.status_code == 200:
        assert "mine" in answer.text
        own = other.query({"kind": "HogQLQuery", "query": text, "values": {"other": curious.project_id}})
        assert SECRET in own.text


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "EventsQuery", "select": ["*", "person", "properties.place"]},
        {"kind": "EventsQuery", "select": ["*"], "where": ["team_id > 0 or 1"]},
        {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}], "breakdownFilter": {"breakdown": "place"}},
        {
            "kind": "TrendsQuery",
            "series": [{"kind": "EventsNode", "event": None}],
            "breakdownFilter": {"breakdown": "name", "breakdown_type": "person"},
        },
        {
            "kind": "TrendsQuery",
            "series": [{"kind": "EventsNode", "event": SECRET}],
            "properties": [{"key": "1 or 1", "type": "hogql", "value": None}],
            "breakdownFilter": {"breakdown": "properties.place", "breakdown_type": "hogql"},
        },
        {
            "kind": "TrendsQuery",
            "series": [{"kind": "EventsNode"}],
            "breakdownFilter": {"breakdown": "name", "breakdown_type": "group", "breakdown_group_type_index": 0},
        },
        {"kind": "DatabaseSchemaQuery"},
    ],
)
def test_no_query_kind_shows_the_other_project(tenants: tuple[Tenant, Tenant], query: dict[str, Any]) -> None:
    curious, _ = tenants

    answer = curious.query(query)

    assert answer.status_code == 200, answer.text
    shown = answer.json()
    counts = (
        [count for series in shown["results"] for count in series["data"]] if query["kind"] == "TrendsQuery" else []
    )
    if any(series.get("event") == SECRET for series in query.get("series", [])):
        assert sum(counts) == 0
    else:
        assert SECRET not in answer.text
        assert sum(counts) == (3 if counts else 0)


@pytest.mark.parametrize("mount", ["projects", "environments"])
@pytest.mark.parametrize("path", ["", "query/", "ingestion_warnings/"])
def test_the_other_projects_id_opens_nothing(tenants: tuple[Tenant, Tenant], mount: str, path: str) -> None:
    curious, other = tenants
    address = f"/api/{mount}/{other.project_id}/{path}"

    for answer in (
        curious.api.get(address),
        curious.api.patch(address, json={"name": "taken"}),
        curious.api.post(address, json={"query": {"kind": "HogQLQuery", "query": "select 1"}}),
        curious.api.delete(address),
    ):
        assert answer.status_code in {403, 404, 405}, answer.text
        assert SECRET not in answer.text
    assert other.api.get(f"/api/{mount}/{other.project_id}/").json()["name"] == "other-test_tenancy project"


def test_the_other_organization_is_closed(tenants: tuple[Tenant, Tenant]) -> None:
    curious, other = tenants

    for path in ("", "projects/", "members/"):
        answer = curious.api.get(f"/api/organizations/{other.organization_id}/{path}")
        assert answer.status_code in {403, 404}, (path, answer.text)
    listed = curious.api.get("/api/organizations/").json()["results"]
    assert [organization["id"] for organization in listed] == [curious.organization_id]
    projects = curious.api.get("/api/projects/").json()["results"]
    assert [project["id"] for project in projects] == [curious.project_id]


def test_a_project_token_reads_nothing(tenants: tuple[Tenant, Tenant], server: Server) -> None:
    curious, _ = tenants

    answer = httpx.post(
        f"{server.url}/api/projects/{curious.project_id}/query/",
        headers={"Authorization": f"Bearer {curious.token}"},
        json={"query": {"kind": "HogQLQuery", "query": "select 1"}},
    )

    assert answer.status_code in {401, 403}
