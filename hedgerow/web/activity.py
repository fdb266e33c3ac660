"""The activity log in words: who did what to what, and what differs since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from hedgerow.activity.models import ActivityLog
from hedgerow.activity.reading import as_seen_by, seen_by
from hedgerow.api.levels import Level
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.differences import Difference, differences
from hedgerow.web.objects import object_address
from hedgerow.web.records import ROWS, data_context, offset_of, pages_of
from hedgerow.web.rendering import project_page, render_page

LONGEST_SEARCH = 200
FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Days of other years are not looked at: they cannot be told in every time zone."""

SCOPES = {
    "Dashboard": "dashboard",
    "Insight": "insight",
    "DashboardTemplate": "dashboard template",
    "InsightVariable": "variable",
    "Person": "person",
    "Group": "group",
    "GroupType": "type of groups",
    "Cohort": "cohort",
    "EventDefinition": "event",
    "PropertyDefinition": "property",
    "Action": "action",
    "Replay": "recording",
    "Team": "project",
    "Organization": "organization",
    "OrganizationMembership": "member",
    "OrganizationInvite": "invite for",
    "PersonalAPIKey": "API key",
    "ProjectSecretAPIKey": "secret key",
    "OrganizationDomain": "domain",
    "Role": "role",
    "AccessControl": "access to",
    "User": "account",
    "Subscription": "subscription",
}
"""What the kinds of objects are called, for one."""

_VERBS = {
    "created": "made",
    "changed": "changed",
    "updated": "changed",
    "deleted": "deleted",
    "restored": "restored",
    "persons_added_manually": "added persons to",
    "person_removed_manually": "removed a person from",
    "split_person": "split",
    "deleted_events": "deleted the events of",
    "people_merged_into": "merged others into",
    "delete_property": "removed a property of",
    "create_property": "added a property to",
    "update_property": "changed a property of",
    "create_group": "made",
    "sharing enabled": "shared",
    "sharing disabled": "stopped sharing",
    "sharing updated": "changed the sharing of",
    "access token refreshed": "gave a new link to",
    "share password created": "gave a password for",
    "share password deleted": "took away a password for",
    "logged_in": "signed in to",
    "password_changed": "changed the password of",
    "password_reset": "reset the password of",
    "session_ended": "ended sessions of",
    "two_factor_enabled": "switched on the second factor of",
    "two_factor_disabled": "switched off the second factor of",
    "backup_codes_made": "made backup codes for",
    "backup_code_used": "used a backup code of",
    "scim_provisioned": "provisioned",
    "scim_replaced": "replaced",
    "scim_updated": "changed",
    "scim_deprovisioned": "deprovisioned",
    "share_login_success": "let somebody with the password see",
    "share_login_failed": "refused a wrong password for",
}
_PAGES = {
    "Person": "person",
    "EventDefinition": "event_definition",
    "PropertyDefinition": "property_definition",
    "DashboardTemplate": "template",
}
"""The page of each kind of object. A person is known there by the uuid, which is the name in the log."""
_LEVELS: dict[int, str] = {level.value: level.label for level in Level}
_IN_TREE = {"Dashboard": "dashboard", "Insight": "insight", "Cohort": "cohort", "Action": "action"}


@dataclass(frozen=True)
class Entry:
    """One thing somebody did; `address` leads to what it was done to, where there is a page of it."""

    who: str
    did: str
    kind: str
    name: str
    address: str
    at: datetime
    changes: list[Difference]


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """What was done in the project, or in its organization, the newest first."""
    of_organization = request.GET.get("where") == "organization"
    everything = seen_by(request.user, project, _entries(project, of_organization=of_organization))
    scopes = sorted(set(everything.order_by().values_list("scope", flat=True)), key=_kind)
    users = User.objects.filter(pk__in=everything.order_by().values("user")).order_by("first_name", "email")
    entries = _filtered(everything, request)
    offset = offset_of(request)
    found = list(entries[offset : offset + ROWS + 1])
    asked = {name: request.GET.get(name, "") for name in ("scope", "user", "search", "item_id", "from", "to", "where")}
    context = {
        **data_context(request, project, "activity"),
        "entries": [told(each) for each in as_seen_by(request.user, project, found[:ROWS])],
        "scopes": [(each, _kind(each).removesuffix(" for").removesuffix(" to").capitalize()) for each in scopes],
        "users": [(str(each.pk), each.first_name or each.email) for each in users],
        "asked": asked,
        "since": asked["from"],
        "is_filtered": any(asked.values()),
        "pages": pages_of(request, offset, len(found[:ROWS]), has_more=len(found) > ROWS),
    }
    return render_page(request, "web/data/activity.html", context)


def _entries(project: Project, *, of_organization: bool) -> QuerySet[ActivityLog]:
    own = Q(project=None, organization=project.organization_id) if of_organization else Q(project=project)
    return ActivityLog.objects.filter(own).select_related("user").order_by("-created_at", "-id")


def _filtered(entries: QuerySet[ActivityLog], request: HttpRequest) -> QuerySet[ActivityLog]:
    """Those of one person, of a kind, about an object, of some days in the time zone of the project."""
    asked = request.GET
    if scope := asked.get("scope"):
        entries = entries.filter(scope=scope)
    if (user := asked.get("user", "")).isdecimal() and len(user) < 10:
        entries = entries.filter(user=int(user))
    if item_id := asked.get("item_id"):
        entries = entries.filter(item_id=item_id)
    if search := asked.get("search", "").strip()[:LONGEST_SEARCH]:
        entries = entries.filter(Q(detail__name__icontains=search) | Q(item_id=search))
    if first := _day(asked.get("from", "")):
        entries = entries.filter(created_at__gte=_midnight(first))
    if last := _day(asked.get("to", "")):
        entries = entries.filter(created_at__lt=_midnight(last + timedelta(days=1)))
    return entries


def _day(text: str) -> date | None:
    """The day that was written, if it can have entries."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def told(entry: ActivityLog) -> Entry:
    """An entry for people."""
    who = "The system" if entry.is_system else "Somebody who is gone"
    if entry.user is not None:
        who = entry.user.first_name or entry.user.email
    detail: Mapping[str, Any] = entry.detail or {}
    changes = [
        difference
        for each in detail.get("changes") or []
        if isinstance(each, Mapping)
        for difference in _differences(each)
    ]
    return Entry(
        who=who,
        did=_VERBS.get(entry.activity, entry.activity.replace("_", " ")),
        kind=_kind(entry.scope),
        name=str(detail.get("name") or entry.item_id),
        address=_address(entry),
        at=entry.created_at,
        changes=changes,
    )


def _differences(change: Mapping[str, Any]) -> list[Difference]:
    """What a change comes to; the level of a member or of an invite is told by its name."""
    field = str(change.get("field") or change.get("action") or "")
    before, after = change.get("before"), change.get("after")
    if field == "level":
        before, after = (_LEVELS.get(value, value) if isinstance(value, int) else value for value in (before, after))
    return list(differences(field, before, after))


def _kind(scope: str) -> str:
    return SCOPES.get(scope, scope)


def _address(entry: ActivityLog) -> str:
    if not entry.project_id or entry.activity == "deleted":
        return ""
    detail = entry.detail or {}
    if entry.scope in _IN_TREE:
        ref = detail.get("short_id") if entry.scope == "Insight" else entry.item_id
        return object_address(entry.project_id, _IN_TREE[entry.scope], str(ref or ""))
    page = _PAGES.get(entry.scope)
    item = detail.get("name") if entry.scope == "Person" else entry.item_id
    try:
        return reverse(page, args=[entry.project_id, item]) if page and item else ""
    except NoReverseMatch:
        return ""
