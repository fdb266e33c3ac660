"""Requests that name things in their query or their body.

`named(own, given)` are requests to the organization `own` that name things of `given`: of its own they work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from tests.tenancy.filled import STEP, TREND, Filled


@dataclass(frozen=True)
class Named:
    """A request in which `field` names something; `works` says whether one with ids of one's own succeeds."""

    field: str
    method: str
    address: str
    body: Any
    works: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.address} {self.field}"


class _Of:
    """Writes requests to paths of the organization and its project."""

    def __init__(self, own: Filled) -> None:
        self.project = f"/api/projects/{own.account.project.pk}"
        self.organization = f"/api/organizations/{own.account.organization.pk}"
        self.own = own

    def get(self, path: str, field: str, value: Any, works: bool = True, /, **others: Any) -> Named:
        """A field of the query."""
        query = {field: value if isinstance(value, str) else orjson.dumps(value).decode(), **others}
        return Named(f"?{field}", "get", f"{self.project}/{path}/?{urlencode(query)}", None, works)

    def send(self, method: str, path: str, field: str, value: Any, works: bool = True, /, **others: Any) -> Named:
        """A field of the body."""
        base = "" if path.startswith("/") else f"{self.project}/"
        return Named(field, method, f"{base}{path}/", {field: value, **others}, works)


def named(own: Filled, given: Filled) -> Iterator[Named]:
    """All of them."""
    of = _Of(own)
    for part in (_organizations, _access, _boards, _insights, _people, _people_asked, _queries, _recordings):
        yield from part(of, given)
    for part in (_sent, _files, _definitions, _groups):
        yield from part(of, given)


def _cohort(given: Filled) -> list[dict[str, Any]]:
    return [{"type": "cohort", "key": "id", "value": given.number("cohorts")}]


def _organizations(of: _Of, given: Filled) -> Iterator[Named]:
    own = of.own
    project, organization = given.account.project.pk, str(given.account.organization.pk)
    yield of.send("patch", of.project, "primary_dashboard", given.number("dashboards"))
    yield of.send("post", "/api/projects", "primary_dashboard", given.number("dashboards"), False, name="N")
    yield of.send("post", f"{of.project}/change_organization", "organization_id", organization)
    yield of.send("patch", of.organization, "default_role_id", given.one("roles"))
    yield of.send("post", "/api/organizations", "default_role_id", given.one("roles"), False, name="N")
    role = f"{of.organization}/roles/{own.one('roles')}/role_memberships"
    yield of.send("post", role, "user_uuid", str(given.account.user.uuid))
    access = [{"id": project, "level": "member"}]
    yield of.send("post", f"{of.organization}/invites", "private_project_access", access, target_email="a@x.example")
    bulk = [{"target_email": "b@x.example", "private_project_access": access}]
    yield Named("private_project_access", "post", f"{of.organization}/invites/bulk/", bulk)
    keys, new = "/api/personal_api_keys", {"label": "K", "scopes": ["query:read"]}
    for field, value in (("scoped_teams", [project]), ("scoped_organizations", [organization])):
        yield of.send("post", keys, field, value, **new)
        yield of.send("patch", f"{keys}/{own.one('personal_api_keys')}", field, value)
    for field, value in (("set_current_team", project), ("set_current_organization", organization)):
        yield of.send("patch", "/api/users/@me", field, value)
    yield of.send("post", "/api/cli-auth/authorize", "project_id", project, user_code=f"{own.word[:4].upper()}-0000")
    yield Named("?email", "get", f"/api/users/?email={given.friend.email}", None)
    yield Named("?email", "get", f"{of.organization}/members/?email={given.friend.email}", None)
    yield of.get("activity_log", "user", str(given.account.user.pk))
    yield of.get("activity_log", "item_id", organization, include_organization_scoped="1")


def _access(of: _Of, given: Filled) -> Iterator[Named]:
    own = of.own
    places = ["access_controls", "resource_access_controls"]
    places += [f"{kind}/{own.one(kind)}/access_controls" for kind in ("actions", "cohorts", "dashboards", "insights")]
    for place in places:
        level = "member" if place == "access_controls" else "viewer"
        others = {"resource": "insight"} if place == "resource_access_controls" else {}
        for field, value in (("organization_member", str(given.membership.pk)), ("role", given.one("roles"))):
            yield of.send("put", place, field, value, access_level=level, **others)


def _boards(of: _Of, given: Filled) -> Iterator[Named]:
    board, tile, theirs = f"dashboards/{of.own.one('dashboards')}", given.tile.pk, given.number("dashboards")
    yield of.send("post", "dashboards", "use_dashboard", theirs, name="Copy")
    yield of.send("post", "dashboards", "tiles", [{"id": tile}], name="New")
    yield of.send("patch", board, "tiles", [{"id": tile, "color": "blue"}])
    yield of.send("patch", board, "duplicate_tiles", [{"id": tile}])
    yield of.send("patch", board, "filters", {"properties": _cohort(given)})
    yield of.send("patch", board, "variables", {given.one("insight_variables"): {"value": "x"}})
    yield of.get(board, "filters_override", {"properties": _cohort(given)}, refresh="force_blocking")
    yield of.get(board, "variables_override", {given.one("insight_variables"): {"value": "x"}})
    second = f"dashboards/{of.own.second_dashboard.pk}"
    yield of.send("post", f"{second}/collaborators", "user_uuid", str(given.friend.uuid), level=37)
    yield of.send("patch", f"{board}/move_tile", "tile", {"id": tile}, to_dashboard=of.own.second_dashboard.pk)
    there = given.second_dashboard.pk
    yield of.send("patch", f"{board}/move_tile", "to_dashboard", there, tile={"id": of.own.tile.pk})
    yield of.send("post", f"{second}/copy_tile", "fromDashboardId", theirs, tileId=tile)
    yield of.send("post", f"{board}/reorder_tiles", "tile_order", [tile], layout="full_width")
    yield of.send("post", f"{board}/delete_tile", "tile_id", tile)
    yield of.send("post", f"{board}/update_text_tile", "tile_id", given.text_tile.pk, body="taken")
    copying = "dashboard_templates/copy_between_projects"
    yield of.send("post", copying, "source_template_id", given.one("dashboard_templates"), False)


def _insights(of: _Of, given: Filled) -> Iterator[Named]:
    insight, board = f"insights/{of.own.one('insights')}", given.number("dashboards")
    filtered = {**TREND, "properties": _cohort(given)}
    yield of.send("post", "insights", "dashboards", [board], query=TREND)
    yield of.send("patch", insight, "dashboards", [board])
    yield of.send("patch", insight, "query", filtered)
    yield of.send("post", "insights", "query", {"kind": "InsightVizNode", "source": filtered})
    yield of.send("post", "insights", "filters", {"insight": "TRENDS", "properties": _cohort(given)})
    yield of.send("post", "insights/viewed", "insight_ids", [given.number("insights")])
    yield of.send("post", "insights/cancel", "client_query_id", given.one("query"))
    yield of.get("insights", "dashboards", [board])
    yield of.get("insights", "short_id", given.ids["insights"][1])
    yield of.get("insights", "created_by", [given.account.user.pk])
    yield of.get(insight, "from_dashboard", str(board))
    yield of.get(insight, "filters_override", {"properties": _cohort(given)}, refresh="force_blocking")
    yield of.get(insight, "variables_override", {given.one("insight_variables"): {"value": "x"}})


def _people(of: _Of, given: Filled) -> Iterator[Named]:
    person, distinct_id = given.one("persons"), given.distinct_id
    cohort = f"cohorts/{of.own.one('cohorts')}"
    criteria = {"type": "OR", "values": [{"type": "OR", "values": _cohort(given)}]}
    yield of.send("post", "cohorts", "_create_static_person_ids", [person], name="C", is_static=True)
    yield of.send("patch", cohort, "_create_static_person_ids", [person])
    yield of.send("post", "cohorts", "filters", {"properties": criteria}, name="C")
    yield of.send("post", "cohorts", "groups", [{"action_id": given.number("actions"), "days": 7}], name="C")
    actors = {"kind": "ActorsQuery", "properties": _cohort(given)}
    yield of.send("post", "cohorts", "query", actors, name="C", is_static=True)
    yield of.send("patch", f"{cohort}/add_persons_to_static_cohort", "person_ids", [person])
    yield of.send("patch", f"{cohort}/remove_person_from_static_cohort", "person_id", person)
    yield of.get("cohorts", "created_by_id", str(given.account.user.pk))
    yield of.get(f"{cohort}/persons", "properties", _cohort(given))
    yield of.send("post", "persons/batch_by_distinct_ids", "distinct_ids", [distinct_id])
    yield of.send("post", "persons/batch_by_uuids", "uuids", [person])
    yield of.send("post", "persons/bulk_delete", "ids", [person])
    yield of.send("post", "persons/bulk_delete", "distinct_ids", [distinct_id])
    yield of.send("post", f"persons/{of.own.one('persons')}/split", "main_distinct_id", distinct_id)


def _people_asked(of: _Of, given: Filled) -> Iterator[Named]:
    person, distinct_id, cohort = given.one("persons"), given.distinct_id, given.one("cohorts")
    for path in ("persons", "persons.csv"):
        yield of.get(path, "cohort", cohort)
        yield of.get(path, "distinct_id", distinct_id)
        yield of.get(path, "email", given.friend.email)
        yield of.get(path, "properties", _cohort(given))
    timeline = f"persons/{of.own.one('persons')}/properties_timeline"
    yield of.get(timeline, "actions", [{"id": given.number("actions"), "type": "actions"}])
    yield of.get(timeline, "properties", _cohort(given), events='[{"id": "$pageview", "type": "events"}]')
    yield of.get(timeline, "breakdown", [given.number("cohorts")], breakdown_type="cohort", events="[]")
    yield of.get("persons/cohorts", "person_id", person)
    yield of.get("persons/deletion_status", "person_uuid", person)
    now = datetime.now(UTC).isoformat()
    yield of.get("persons/properties_at_time", "distinct_id", distinct_id, timestamp=now)
    yield of.get("persons/properties_at_time", "person_id", person, timestamp=now)


def _queries(of: _Of, given: Filled) -> Iterator[Named]:
    cohort, action = given.number("cohorts"), given.number("actions")
    trend = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}
    in_cohort = {"kind": "HogQLQuery", "query": f"select id, properties from persons where id in cohort {cohort}"}
    matching = {"kind": "HogQLQuery", "query": f"select properties from events where matchesAction({action})"}
    for query in (
        {**trend, "properties": _cohort(given)},
        {**trend, "breakdownFilter": {"breakdown": [cohort], "breakdown_type": "cohort"}},
        {"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": action}]},
        {"kind": "ActorsQuery", "select": ["id", "properties"], "properties": _cohort(given)},
        {"kind": "EventsQuery", "select": ["*"], "actionId": action},
        {"kind": "EventsQuery", "select": ["*"], "personId": given.one("persons")},
        in_cohort,
        matching,
    ):
        yield of.send("post", "query", "query", query, refresh="force_blocking")
    yield of.send("post", "query", "client_query_id", given.one("query"), query=in_cohort)
    yield of.send("post", "query", "filters_override", {"properties": _cohort(given)}, query=trend)
    variables = {given.one("insight_variables"): {"code_name": given.word, "value": "x"}}
    yield of.send("post", "query", "variables_override", variables, query=trend)
    yield of.send("post", "query/upgrade", "query", {**trend, "properties": _cohort(given)})


def _recordings(of: _Of, given: Filled) -> Iterator[Named]:
    session, recordings = given.one("session_recordings"), "session_recordings"
    action = [{"id": given.number("actions"), "type": "actions"}]
    yield of.get(recordings, "session_ids", [session])
    yield of.get(recordings, "session_recording_id", session)
    yield of.get(recordings, "person_uuid", given.one("persons"))
    yield of.get(recordings, "distinct_ids", [given.distinct_id])
    yield of.get(recordings, "properties", _cohort(given))
    yield of.get(recordings, "actions", action)
    asked = {"events": '[{"id": "$pageview"}]'}
    yield of.get(f"{recordings}/matching_events", "session_ids", [session], **asked)
    own = {**asked, "session_ids": orjson.dumps([of.own.one("session_recordings")]).decode()}
    yield of.get(f"{recordings}/matching_events", "session_recording_id", session, **own)
    yield of.get(f"{recordings}/matching_events", "person_uuid", given.one("persons"), **own)
    yield of.get(f"{recordings}/matching_events", "distinct_ids", [given.distinct_id], **own)
    yield of.send("post", f"{recordings}/batch_check_exists", "session_ids", [session])
    for path in ("bulk_viewed", "bulk_not_viewed", "bulk_delete"):
        yield of.send("post", f"{recordings}/{path}", "session_recording_ids", [session])


def _sent(of: _Of, given: Filled) -> Iterator[Named]:
    insight, board = given.number("insights"), given.number("dashboards")
    yield of.get("exports", "context_path", f"/api/projects/{given.account.project.pk}/persons.csv")
    yield of.get("exports", "session_recording_id", given.one("session_recordings"))
    yield of.send("post", "exports", "insight", insight, export_format="text/csv")
    yield of.send("post", "exports", "dashboard", board, export_format="image/png")
    path = {"path": f"/api/projects/{given.account.project.pk}/persons.csv"}
    yield of.send("post", "exports", "export_context", path, export_format="text/csv")
    recording = {"session_recording_id": given.one("session_recordings")}
    yield of.send("post", "exports", "export_context", recording, export_format="application/json")
    rule = {"frequency": "weekly", "start_date": "2026-01-05T09:00:00Z", "target_type": "email"}
    rule["target_value"] = "bo@x.example"
    yield of.send("post", "subscriptions", "insight", insight, **rule)
    exported = {"dashboard": of.own.number("dashboards")}
    yield of.send("post", "subscriptions", "dashboard", board, dashboard_export_insights=[insight], **rule)
    yield of.send("post", "subscriptions", "dashboard_export_insights", [insight], **exported, **rule)
    slack = {**rule, "target_type": "slack", "target_value": "C1|#general", "insight": of.own.number("insights")}
    yield of.send("post", "subscriptions", "integration_id", given.number("integrations"), **slack)
    one = f"subscriptions/{of.own.one('subscriptions')}"
    yield of.send("patch", one, "insight", insight)
    yield of.send("patch", one, "dashboard", board, False)
    yield of.send("patch", one, "dashboard_export_insights", [insight], False)
    yield of.send("patch", one, "integration_id", given.number("integrations"), **slack)
    for field in ("insight", "dashboard"):
        yield of.get("subscriptions", field, given.one(f"{field}s"))
    yield of.get("subscriptions", "created_by", str(given.account.user.uuid))


def _files(of: _Of, given: Filled) -> Iterator[Named]:
    ref = given.ids["insights"][1]
    entry, shortcut = f"file_system/{of.own.one('file_system')}", of.own.one("file_system_shortcut")
    at = {"type": "insight", "path": "Found/It"}
    yield of.get("file_system", "ref", ref)
    yield of.send("post", "file_system", "ref", ref, **at)
    yield of.send("patch", entry, "ref", ref)
    yield of.send("post", "file_system/log_view", "ref", ref, type="insight")
    yield of.send("post", "file_system/undo_delete", "items", [{"type": "insight", "ref": ref}], False)
    yield of.send("post", "file_system_shortcut", "ref", ref, **at)
    yield of.send("patch", f"file_system_shortcut/{shortcut}", "ref", ref)
    yield of.send("post", "file_system_shortcut/bulk_update", "add", [{**at, "ref": ref}], remove_ids=[])
    yield of.send("post", "file_system_shortcut/bulk_update", "remove_ids", [given.one("file_system_shortcut")], add=[])
    yield of.send("post", "file_system_shortcut/reorder", "ordered_ids", [given.one("file_system_shortcut")])


def _definitions(of: _Of, given: Filled) -> Iterator[Named]:
    ids, own = [given.one("event_definitions")], f"event_definitions/{of.own.one('event_definitions')}"
    yield of.send("post", "event_definitions", "owner", given.account.user.pk, name="owned")
    yield of.send("patch", own, "owner", given.account.user.pk)
    yield of.send("post", "event_definitions/bulk_update_tags", "ids", ids, action="set", tags=["taken"])
    yield of.send("post", "event_definitions/bulk_update_verified", "ids", ids, verified=True)
    steps = [{**STEP, "properties": _cohort(given)}]
    yield of.send("patch", f"actions/{of.own.one('actions')}", "steps", steps)


def _groups(of: _Of, given: Filled) -> Iterator[Named]:
    index, key = given.one("groups_types"), f"{given.word}-group"
    yield of.get("groups", "group_key", key, group_type_index=index)
    yield of.get("groups/find", "group_key", key, group_type_index=index)
    yield of.get("groups/activity", "id", key, group_type_index=index)
    yield of.get("groups/related", "id", key, group_type_index=index)
    at = f"group_type_index={index}&group_key={key}"
    for path, body in (("update_property", {"key": "name", "value": "x"}), ("delete_property", {"$unset": "name"})):
        yield Named("?group_key", "post", f"{of.project}/groups/{path}/?{at}", body)
