"""Every operation of the API that changes an object leaves an entry with what was before and after."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from pytest_django import Settings

from hedgerow.accounts.models import LoginSession, TwoFactor
from hedgerow.accounts.sealing import seal
from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.eventstore.client import EventStore
from hedgerow.files.models import Entry
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.organizations.models import Invite, Membership, Organization, User
from hedgerow.projects.models import Project
from hedgerow.recordings.loading import RecordingLoader
from hedgerow.settings import Settings as ServerSettings
from hedgerow.settings import load_settings
from hedgerow.taxonomy.models import PropertyDefinition
from tests.accounts import add_member
from tests.domains.dns_player import PlayedDNS, playing_dns
from tests.integrations.slack_player import playing_slack
from tests.recordings.spooling import click, piece, write_segment
from tests.scim.provider import Provider
from tests.web.peopled import make_person
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES_NO_OBJECT = {
    # asked for with POST because of what is sent
    *("CheckAuthView.post", "QueryView.post", "OneQueryView.post", "OneQueryView.delete", "UpgradeQueryView.post"),
    *("PersonsViewSet.batch_by_distinct_ids", "PersonsViewSet.batch_by_uuids", "InsightsViewSet.cancel"),
    *("FilesViewSet.count", "FilesViewSet.count_by_path"),
    # files and messages made of what is there
    *("ExportsViewSet.create", "SubscriptionsViewSet.test_delivery"),
    "RecordingsViewSet.batch_check_exists",
    # what people look at and keep at hand
    *(f"RecordingsViewSet.{each}" for each in ("partial_update", "bulk_viewed", "bulk_not_viewed")),
    *("InsightsViewSet.viewed", "InsightsViewSet.one_viewed", "FilesViewSet.note_view"),
    *(f"ShortcutsViewSet.{each}" for each in ("create", "partial_update", "destroy", "reorder", "bulk_update")),
    # places in the tree, which are not the objects
    *(f"FilesViewSet.{each}" for each in ("create", "partial_update", "link", "move")),
    # people's own accounts
    *("LoginView.post", "LoginPrecheckView.post", "SignupView.post", "SocialSignupView.post", "LoginTokenView.post"),
    *("AskForResetView.post", "ResetView.post", "VerifyEmailView.post", "RequestVerificationView.post"),
    *("DeviceCodeView.post", "PollDeviceView.post", "AuthorizeDeviceView.post"),
    *("UsersViewSet.partial_update", "UsersViewSet.destroy", "UsersViewSet.cancel_email_change_request"),
    *("UsersViewSet.two_factor_validate", "UsersViewSet.validate_2fa"),  # of which tests of accounts tell
    # refused, or without effect: there is another way to do it
    *(f"{each}ViewSet.destroy" for each in ("Actions", "Cohorts", "Dashboards", "DashboardTemplates", "Insights")),
    "SubscriptionsViewSet.destroy",
    *("PersonsViewSet.create", "PersonsViewSet.reset_person_distinct_id"),
    # a new log begins with an organization, and goes with it
    *("OrganizationsViewSet.create", "OrganizationsViewSet.destroy"),
}
ALIKE = {
    "OrganizationProjectsViewSet": "ProjectsViewSet",
    "RecordingSharingViewSet": "InsightSharingViewSet",
    **{f"{kind}AccessView": "ObjectAccessView" for kind in ("Action", "Cohort", "Dashboard", "Insight")},
}
"""Views that are another one at another path."""


class Walk:
    """An owner who changes one thing after the other, and the log."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.project = visitor, visitor.project
        self.client: Client = visitor.client
        self.user: User | None = visitor.user
        self.done: set[str] = set()
        self.seen = 0

    def do(self, method: str, path: str, body: Any, scope: str, activity: str, field: str = "") -> Any:
        """Do it, and require an entry of this kind, for `field` with a value before or after; gives the answer."""
        base = "/api/" if path.startswith(("organizations", "personal", "projects", "users")) else self.base
        at = path if path.startswith("/") else base + path
        answer = self.client.generic(method, at, json.dumps(body), content_type="application/json")
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.content.decode()[:500]}"
        view = answer.resolver_match.func
        self.done.add(operation(view, method.lower()))
        new = list(ActivityLog.objects.filter(pk__gt=self.seen).order_by("pk"))
        self.seen = max([self.seen, *(entry.pk for entry in new)])
        told = [(entry.scope, entry.activity) for entry in new]
        assert (scope, activity) in told, f"{method} {path} is not in the log: {told}"
        for entry in new:
            assert entry.organization_id == self.project.organization_id
            assert entry.user == self.user, (entry, entry.user)
            if (entry.scope, entry.activity) == (scope, activity) and field:
                changes = (entry.detail or {}).get("changes") or []
                fields = {each["field"]: (each["before"], each["after"]) for each in changes}
                assert field in fields, f"{method} {path} tells of {fields}"
                assert fields[field][0] != fields[field][1] or fields[field][0] == "masked", (path, fields[field])
        return answer.json() if answer.content and answer.status_code != 204 else None

    @property
    def base(self) -> str:
        return f"/api/projects/{self.project.pk}/"


def operation(view: Any, method: str) -> str:
    """`View.action` of a view function."""
    cls = getattr(view, "cls", None) or view.view_class
    action = (getattr(view, "actions", None) or {}).get(method, method)
    return f"{ALIKE.get(cls.__name__, cls.__name__)}.{'partial_update' if action == 'update' else action}"


def changing_operations() -> Iterator[str]:
    """Every operation of the API by a method that changes things."""
    for pattern in _patterns(get_resolver().url_patterns):
        view: Any = pattern.callback
        cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
        if cls is None:
            continue
        methods = getattr(view, "actions", None) or {name: name for name in cls.http_method_names if hasattr(cls, name)}
        for method in methods:
            if method in ("post", "put", "patch", "delete"):
                yield operation(view, method)


def _patterns(patterns: list[Any]) -> Iterator[URLPattern]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns)
        else:
            yield each


def test_every_change_through_the_api_is_in_the_log(
    project: Project, event_store: EventStore, settings: Settings, tmp_path: Path
) -> None:
    visitor = Visitor(project, event_store)
    Membership.objects.filter(user=visitor.user).update(level=Level.OWNER)
    walk = Walk(visitor)
    for part in (insights, dashboards, templates, sharing, cohorts, actions, definitions, variables):
        part(walk)
    with playing_slack(settings):
        integrations(walk)
    with playing_dns() as dns:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"dns_server": dns.address})
        domains(walk, dns)
    for part in (
        subscriptions,
        groups,
        persons,
        files,
        members,
        access,
        account,
        keys,
        secret_keys,
        organization,
        projects,
    ):
        part(walk)
    recordings(walk, load_settings(data_dir=tmp_path))
    scim(walk)
    joins_by_invite(walk)
    forgotten = set(changing_operations()) - walk.done - CHANGES_NO_OBJECT
    assert forgotten == set(), "Walk these too, and let them write to the log."


TREND = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}


def insights(walk: Walk) -> None:
    made = walk.do("POST", "insights", {"name": "A", "query": TREND}, "Insight", "created")
    path = f"insights/{made['id']}"
    walk.do("PATCH", path, {"name": "B"}, "Insight", "updated", "name")
    query = {**TREND, "series": [{"kind": "EventsNode", "event": "paid"}]}
    walk.do("PATCH", path, {"query": query}, "Insight", "updated", "query")
    walk.do("PATCH", path, {"tags": ["x"]}, "Insight", "updated", "tags")
    walk.do("PATCH", path, {"deleted": True}, "Insight", "deleted", "deleted")
    walk.do("PATCH", path, {"deleted": False}, "Insight", "restored", "deleted")


def dashboards(walk: Walk) -> None:
    made = walk.do("POST", "dashboards", {"name": "A"}, "Dashboard", "created")
    other = walk.do("POST", "dashboards", {"name": "Other"}, "Dashboard", "created")
    path = f"dashboards/{made['id']}"
    walk.do("PATCH", path, {"name": "B", "filters": {"date_from": "-7d"}}, "Dashboard", "updated", "filters")
    text = walk.do("POST", f"{path}/create_text_tile", {"body": "Hi"}, "Dashboard", "updated", "tiles")
    walk.do("POST", f"{path}/update_text_tile", {"tile_id": text["id"], "body": "Ho"}, "Dashboard", "updated", "tiles")
    second = walk.do("POST", f"{path}/create_text_tile", {"body": "Two"}, "Dashboard", "updated", "tiles")
    order = {"tile_order": [second["id"], text["id"]], "layout": "full_width"}
    walk.do("POST", f"{path}/reorder_tiles", order, "Dashboard", "updated", "tiles")
    moved = {"tile": {"id": text["id"]}, "to_dashboard": other["id"]}
    walk.do("PATCH", f"{path}/move_tile", moved, "Dashboard", "updated", "tiles")
    copied = {"fromDashboardId": made["id"], "tileId": second["id"]}
    walk.do("POST", f"dashboards/{other['id']}/copy_tile", copied, "Dashboard", "updated", "tiles")
    walk.do("POST", f"{path}/delete_tile", {"tile_id": second["id"]}, "Dashboard", "updated", "tiles")
    friend = add_member(walk.project.organization)
    walk.do("PATCH", path, {"restriction_level": 37}, "Dashboard", "updated", "restriction_level")
    body = {"user_uuid": str(friend.uuid), "level": 37}
    walk.do("POST", f"{path}/collaborators", body, "Dashboard", "updated", "collaborators")
    walk.do("DELETE", f"{path}/collaborators/{friend.uuid}", {}, "Dashboard", "updated", "collaborators")
    walk.do("PATCH", path, {"deleted": True}, "Dashboard", "deleted", "deleted")
    walk.do("PATCH", path, {"deleted": False}, "Dashboard", "restored", "deleted")


RECIPE = {
    "template_name": "T",
    "dashboard_description": "",
    "dashboard_filters": {},
    "tiles": [{"type": "TEXT", "body": "Hello"}],
}


def templates(walk: Walk) -> None:
    made = walk.do("POST", "dashboard_templates", RECIPE, "DashboardTemplate", "created")
    path = f"dashboard_templates/{made['id']}"
    walk.do("PATCH", path, {"template_name": "U"}, "DashboardTemplate", "updated", "template_name")
    walk.do("PATCH", path, {"deleted": True}, "DashboardTemplate", "deleted", "deleted")
    walk.do("PATCH", path, {"deleted": False}, "DashboardTemplate", "restored", "deleted")
    second = Project.objects.create(organization=walk.project.organization, name="Second")
    copy = f"projects/{second.pk}/dashboard_templates/copy_between_projects"
    walk.do("POST", copy, {"source_template_id": made["id"]}, "DashboardTemplate", "created")
    walk.do("POST", "dashboards/create_from_template_json", {"template": RECIPE}, "Dashboard", "created")


def sharing(walk: Walk) -> None:
    insight = walk.do("POST", "insights", {"name": "Shared", "query": TREND}, "Insight", "created")
    dashboard = walk.do("POST", "dashboards", {"name": "Shared"}, "Dashboard", "created")
    for scope, path in (("Insight", f"insights/{insight['id']}"), ("Dashboard", f"dashboards/{dashboard['id']}")):
        at = f"{path}/sharing"
        walk.do("PATCH", at, {"enabled": True}, scope, "sharing enabled", "sharing")
        walk.do("PATCH", at, {"password_required": True}, scope, "sharing updated", "sharing_password_required")
        walk.do("POST", f"{at}/refresh", {}, scope, "access token refreshed")
        password = walk.do(
            "POST", f"{at}/passwords", {"note": "for Bo"}, scope, "share password created", "share_password"
        )
        newest = ActivityLog.objects.order_by("-pk").first()
        assert password["password"] not in json.dumps(newest and newest.detail)
        walk.do("DELETE", f"{at}/passwords/{password['id']}", {}, scope, "share password deleted", "share_password")
        walk.do("PATCH", at, {"enabled": False}, scope, "sharing disabled", "sharing")


def cohorts(walk: Walk) -> None:
    person = make_person(walk.visitor, "cohort-person")
    person_id = str(person.uuid)
    made = walk.do("POST", "cohorts", {"name": "C", "is_static": True}, "Cohort", "created")
    path = f"cohorts/{made['id']}"
    walk.do("PATCH", path, {"name": "D"}, "Cohort", "updated", "name")
    added, removed = {"person_ids": [person_id]}, {"person_id": person_id}
    walk.do("PATCH", f"{path}/add_persons_to_static_cohort", added, "Cohort", "persons_added_manually")
    walk.do("PATCH", f"{path}/remove_person_from_static_cohort", removed, "Cohort", "person_removed_manually")
    walk.do("PATCH", path, {"deleted": True}, "Cohort", "deleted", "deleted")
    group = {"type": "OR", "values": [{"type": "person", "key": "email", "value": "x", "operator": "exact"}]}
    criteria = {"properties": {"type": "OR", "values": [group]}}
    made = walk.do("POST", "cohorts", {"name": "E", "filters": criteria}, "Cohort", "created")
    walk.do("POST", f"cohorts/{made['id']}/duplicate_as_static_cohort", {}, "Cohort", "created")


def actions(walk: Walk) -> None:
    made = walk.do("POST", "actions", {"name": "A", "steps": [{"event": "paid"}]}, "Action", "created")
    path = f"actions/{made['id']}"
    walk.do("PATCH", path, {"steps": [{"event": "refunded"}]}, "Action", "updated", "steps")
    walk.do("PATCH", path, {"deleted": True}, "Action", "deleted")


def definitions(walk: Walk) -> None:
    made = walk.do("POST", "event_definitions", {"name": "bought"}, "EventDefinition", "created")
    path = f"event_definitions/{made['id']}"
    walk.do("PATCH", path, {"description": "Money!"}, "EventDefinition", "changed", "description")
    schema = {"properties": [{"name": "amount", "property_type": "Numeric", "is_required": True}]}
    walk.do("PUT", f"{path}/schema", schema, "EventDefinition", "changed", "schema")
    tags = {"ids": [made["id"]], "action": "set", "tags": ["money"]}
    walk.do("POST", "event_definitions/bulk_update_tags", tags, "EventDefinition", "changed", "tags")
    verified = {"ids": [made["id"]], "verified": True}
    walk.do("POST", "event_definitions/bulk_update_verified", verified, "EventDefinition", "changed", "verified")
    walk.do("DELETE", path, {}, "EventDefinition", "deleted")
    known = PropertyDefinition.objects.create(project=walk.project, name="amount")
    path = f"property_definitions/{known.pk}"
    walk.do("PATCH", path, {"property_type": "Numeric"}, "PropertyDefinition", "changed", "property_type")
    walk.do("DELETE", path, {}, "PropertyDefinition", "deleted")


def variables(walk: Walk) -> None:
    body = {"name": "Plan", "type": "String", "default_value": "free"}
    made = walk.do("POST", "insight_variables", body, "InsightVariable", "created")
    path = f"insight_variables/{made['id']}"
    walk.do("PATCH", path, {"default_value": "paid"}, "InsightVariable", "updated", "default_value")
    walk.do("DELETE", path, {}, "InsightVariable", "deleted")


def integrations(walk: Walk) -> None:
    made = walk.do("POST", "integrations", {"kind": "slack", "access_token": "xoxb-1-secret"}, "Integration", "created")
    newest = ActivityLog.objects.order_by("-pk").first()
    assert "secret" not in json.dumps(newest and newest.detail)
    walk.do("DELETE", f"integrations/{made['id']}", {}, "Integration", "deleted")


def subscriptions(walk: Walk) -> None:
    insight = walk.do("POST", "insights", {"name": "Sent", "query": TREND}, "Insight", "created")
    rule = {"frequency": "weekly", "start_date": "2026-01-05T09:00:00Z"}
    body = {"insight": insight["id"], "target_type": "email", "target_value": "bo@example.com", **rule}
    made = walk.do("POST", "subscriptions", body, "Subscription", "created")
    path = f"subscriptions/{made['id']}"
    walk.do("PATCH", path, {"title": "Weekly"}, "Subscription", "updated", "title")
    walk.do("PATCH", path, {"deleted": True}, "Subscription", "updated", "deleted")


def groups(walk: Walk) -> None:
    GroupTypeMapping.objects.create(project=walk.project, group_type="company", group_type_index=0)
    body = {"group_type_index": 0, "group_key": "acme", "group_properties": {"name": "Acme"}}
    walk.do("POST", "groups", body, "Group", "create_group")
    at = "?group_type_index=0&group_key=acme"
    walk.do("POST", f"groups/update_property{at}", {"key": "name", "value": "A"}, "Group", "update_property", "name")
    walk.do("POST", f"groups/update_property{at}", {"key": "plan", "value": "x"}, "Group", "create_property", "plan")
    body = {**body, "group_properties": {"plan": "y"}}
    walk.do("POST", "groups/upsert_properties", body, "Group", "update_property", "plan")
    walk.do("POST", f"groups/delete_property{at}", {"$unset": "plan"}, "Group", "delete_property", "plan")
    names = [{"group_type_index": 0, "name_singular": "company", "name_plural": "companies"}]
    walk.do("PATCH", "groups_types/update_metadata", names, "GroupType", "updated", "name_plural")
    columns = {"group_type_index": 0, "default_columns": ["name"]}
    walk.do("PUT", "groups_types/set_default_columns", columns, "GroupType", "updated", "default_columns")
    body = {"group_type_index": 0}
    walk.do("PUT", "groups_types/create_detail_dashboard", body, "GroupType", "updated", "detail_dashboard")
    walk.do("DELETE", "groups_types/0", {}, "GroupType", "deleted")


def persons(walk: Walk) -> None:
    names = (f"walker-{number}" for number in itertools.count())
    person = make_person(walk.visitor, next(names), next(names), email="a@example.com")
    path = f"persons/{person.uuid}"
    walk.do("POST", f"{path}/update_property", {"key": "email", "value": "b@example.com"}, "Person", "updated")
    walk.do("PATCH", path, {"properties": {"plan": "x"}}, "Person", "updated")
    walk.do("POST", f"{path}/delete_property", {"$unset": "plan"}, "Person", "delete_property")
    walk.do("POST", f"{path}/split", {}, "Person", "split_person")
    walk.do("POST", f"{path}/delete_events", {}, "Person", "deleted_events")
    walk.do("POST", f"{path}/delete_recordings", {}, "Person", "deleted_recordings")
    walk.do("DELETE", path, {}, "Person", "deleted")
    other = make_person(walk.visitor, next(names))
    walk.do("POST", "persons/bulk_delete", {"ids": [str(other.uuid)]}, "Person", "deleted")


def recordings(walk: Walk, spooled: ServerSettings) -> None:
    write_segment(spooled, [piece(walk.project.pk, session, click(0)) for session in ("s-1", "s-2")])
    assert RecordingLoader(spooled, walk.visitor.events.store).load_once()
    walk.do("DELETE", "session_recordings/s-1", {}, "Replay", "deleted", "deleted")
    ids = {"session_recording_ids": ["s-2"]}
    walk.do("POST", "session_recordings/bulk_delete", ids, "Replay", "deleted", "deleted")


def files(walk: Walk) -> None:
    made = walk.do("POST", "dashboards", {"name": "Filed"}, "Dashboard", "created")
    ref = str(made["id"])
    entry = Entry.objects.get(project=walk.project, type="dashboard", ref=ref)
    walk.do("DELETE", f"file_system/{entry.pk}", {}, "Dashboard", "deleted", "deleted")
    items = {"items": [{"type": "dashboard", "ref": ref}]}
    walk.do("POST", "file_system/undo_delete", items, "Dashboard", "restored", "deleted")


def members(walk: Walk) -> None:
    organization = walk.project.organization
    base = f"organizations/{organization.pk}"
    body = {"target_email": "bo@example.com", "level": 8}
    walk.do("POST", f"{base}/invites", body, "OrganizationInvite", "created", "level")
    walk.do("POST", f"{base}/invites/bulk", [{"target_email": "cy@example.com"}], "OrganizationInvite", "created")
    invite = Invite.objects.get(target_email="cy@example.com")
    walk.do("DELETE", f"{base}/invites/{invite.pk}", {}, "OrganizationInvite", "deleted")
    assert not ActivityLog.objects.filter(item_id=str(invite.pk)).exists(), "the id of an invite is a secret"
    member = add_member(organization)
    path = f"{base}/members/{member.uuid}"
    walk.do("PATCH", path, {"level": 8}, "OrganizationMembership", "updated", "level")
    walk.do("DELETE", path, {}, "OrganizationMembership", "deleted")


def access(walk: Walk) -> None:
    base = f"organizations/{walk.project.organization_id}"
    role = walk.do("POST", f"{base}/roles", {"name": "Sales"}, "Role", "created")
    path = f"{base}/roles/{role['id']}"
    walk.do("PATCH", path, {"name": "Support"}, "Role", "updated", "name")
    body = {"user_uuid": str(add_member(walk.project.organization).uuid)}
    given = walk.do("POST", f"{path}/role_memberships", body, "Role", "updated", "members")
    walk.do("DELETE", f"{path}/role_memberships/{given['id']}", {}, "Role", "updated", "members")
    walk.do("DELETE", path, {}, "Role", "deleted")
    field = "access_level of everybody"
    walk.do("PUT", "access_controls", {"access_level": "member"}, "AccessControl", "created", field)
    body = {"access_level": "viewer", "resource": "insight"}
    walk.do("PUT", "resource_access_controls", body, "AccessControl", "created", field)
    made = walk.do("POST", "dashboards", {"name": "For some"}, "Dashboard", "created")
    path = f"dashboards/{made['id']}/access_controls"
    walk.do("PUT", path, {"access_level": "none"}, "AccessControl", "created", field)
    walk.do("PUT", path, {"access_level": "viewer"}, "AccessControl", "updated", field)
    walk.do("PUT", path, {"access_level": None}, "AccessControl", "deleted", field)


def account(walk: Walk) -> None:
    person = walk.visitor.user
    TwoFactor.objects.create(user=person, secret=seal(pyotp.random_base32()))
    walk.do("POST", "users/@me/two_factor_backup_codes", {}, "User", "backup_codes_made")
    walk.do("POST", "users/@me/two_factor_disable", {}, "User", "two_factor_disabled")
    elsewhere = Client()
    elsewhere.force_login(person)
    session = LoginSession.objects.get(session_key=elsewhere.session.session_key)
    walk.do("DELETE", f"users/@me/sessions/{session.pk}", {}, "User", "session_ended")


def keys(walk: Walk) -> None:
    made = walk.do("POST", "personal_api_keys", {"label": "K", "scopes": ["query:read"]}, "PersonalAPIKey", "created")
    path = f"personal_api_keys/{made['id']}"
    walk.do("PATCH", path, {"scopes": ["*"]}, "PersonalAPIKey", "updated", "scopes")
    rolled = walk.do("POST", f"{path}/roll", {}, "PersonalAPIKey", "updated", "secure_value")
    told = json.dumps(list(ActivityLog.objects.filter(scope="PersonalAPIKey").values_list("detail", flat=True)))
    assert "sha256$" not in told and made["value"] not in told and rolled["value"] not in told
    walk.do("DELETE", path, {}, "PersonalAPIKey", "deleted")


def secret_keys(walk: Walk) -> None:
    scope, first = "ProjectSecretAPIKey", {"label": "K", "scopes": ["account:read"]}
    made = walk.do("POST", "project_secret_api_keys", first, scope, "created", "scopes")
    path = f"project_secret_api_keys/{made['id']}"
    walk.do("PATCH", path, {"label": "L"}, scope, "updated", "label")
    rolled = walk.do("POST", f"{path}/roll", {}, scope, "updated", "secure_value")
    told = json.dumps(list(ActivityLog.objects.filter(scope=scope).values_list("detail", flat=True)))
    assert "sha256$" not in told and made["value"] not in told and rolled["value"] not in told
    walk.do("DELETE", path, {}, scope, "deleted")


def domains(walk: Walk, dns: PlayedDNS) -> None:
    scope, base = "OrganizationDomain", f"organizations/{walk.project.organization_id}/domains"
    made = walk.do("POST", base, {"domain": "acme.example"}, scope, "created", "domain")
    dns.publish("_posthog-challenge.acme.example", made["verification_challenge"])
    path = f"{base}/{made['id']}"
    walk.do("POST", f"{path}/verify", {}, scope, "updated", "verified_at")
    walk.do("PATCH", path, {"jit_provisioning_enabled": True}, scope, "updated", "jit_provisioning_enabled")
    on = walk.do("PATCH", path, {"scim_enabled": True}, scope, "updated", "scim_token_hash")
    new = walk.do("POST", f"{path}/scim/token", {}, scope, "updated", "scim_token_hash")
    told = json.dumps(list(ActivityLog.objects.filter(scope=scope).values_list("detail", flat=True)))
    assert not any(secret in told for secret in (on["scim_bearer_token"], new["scim_bearer_token"], "sha256$"))
    walk.do("DELETE", path, {}, scope, "deleted")


def organization(walk: Walk) -> None:
    path = f"organizations/{walk.project.organization_id}"
    walk.do("PATCH", path, {"name": "Acme & Co"}, "Organization", "updated", "name")


def projects(walk: Walk) -> None:
    path = f"projects/{walk.project.pk}"
    walk.do("PATCH", path, {"timezone": "Europe/Berlin"}, "Team", "updated", "timezone")
    hook = {"slack_incoming_webhook": "https://hooks.example.com/secret"}
    walk.do("PATCH", path, hook, "Team", "updated", "slack_incoming_webhook")
    walk.do("PATCH", f"{path}/reset_token", {}, "Team", "updated", "api_token")
    walk.do("PATCH", f"{path}/rotate_secret_token", {}, "Team", "updated", "secret_api_token")
    walk.project.refresh_from_db()
    secret = str(walk.project.secret_api_token)
    walk.do("PATCH", f"{path}/rotate_secret_token", {}, "Team", "updated", "secret_api_token_backup")
    walk.do("PATCH", f"{path}/delete_secret_token_backup", {}, "Team", "updated", "secret_api_token_backup")
    told = json.dumps(list(ActivityLog.objects.filter(scope="Team").values_list("detail", flat=True)))
    assert secret not in told and "hooks.example.com" not in told
    made = walk.do("POST", "projects", {"name": "New"}, "Team", "created")
    walk.do("DELETE", f"projects/{made['id']}", {}, "Team", "deleted")
    assert ActivityLog.objects.filter(scope="Team", activity="deleted", project=None).exists()
    own = Organization.objects.create(name="Own")
    Membership.objects.create(organization=own, user=walk.visitor.user, level=Level.OWNER)
    body = {"organization_id": str(own.pk)}
    walk.project.organization = own
    walk.do("POST", f"{path}/change_organization", body, "Team", "updated", "organization")


def joins_by_invite(walk: Walk) -> None:
    organization = Organization.objects.create(name="Inviting")
    invite = Invite.objects.create(organization=organization, target_email="di@example.com", level=Level.ADMIN)
    body = {"first_name": "Di", "password": "correct horse battery staple"}
    answer = Client().post(f"/api/signup/{invite.pk}/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    walk.done.add("InviteSignupView.post")
    entry = ActivityLog.objects.get(scope="OrganizationMembership", organization=organization)
    assert (entry.activity, entry.user and entry.user.email) == ("created", "di@example.com")
    assert entry.detail["changes"][0]["after"] == Level.ADMIN


def scim(walk: Walk) -> None:
    """What an identity provider does, nobody has done: the log tells of it as of the system."""
    provider = Provider(walk.visitor.project.organization, "provided.example")
    walk.client, walk.user = provider.client, None
    body = {"emails": [{"value": "bo@provided.example"}]}
    user = walk.do("POST", f"{provider.base}/Users", body, "User", "scim_provisioned")
    person = f"{provider.base}/Users/{user['id']}"
    walk.do("PUT", person, {**body, "userName": "bo"}, "User", "scim_replaced", "user_name")
    off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    walk.do("PATCH", person, off, "User", "scim_updated", "active")
    walk.do("DELETE", person, {}, "User", "scim_deprovisioned")
    role = walk.do("POST", f"{provider.base}/Groups", {"displayName": "Crew"}, "Role", "scim_provisioned")
    group = f"{provider.base}/Groups/{role['id']}"
    walk.do("PUT", group, {"displayName": "Team"}, "Role", "scim_replaced")
    renamed = {"Operations": [{"op": "replace", "path": "displayName", "value": "Band"}]}
    walk.do("PATCH", group, renamed, "Role", "updated", "name")
    walk.do("DELETE", group, {}, "Role", "scim_deprovisioned")
