"""The activity log in words: who did what to what, and what differs since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from hedgerow.activity.models import ActivityLog
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.records import ROWS, data_context, offset_of, pages_of
from hedgerow.web.rendering import project_page, render_page

LONGEST_VALUE = 300

SCOPES = {
    "Person": "person",
    "Group": "group",
    "GroupType": "type of groups",
    "Cohort": "cohort",
    "EventDefinition": "event",
    "PropertyDefinition": "property",
    "Action": "action",
    "Project": "project",
    "Team": "project",
    "Organization": "organization",
    "OrganizationMembership": "membership",
    "OrganizationInvite": "invite",
    "PersonalAPIKey": "API key",
    "ProjectSecretAPIKey": "secret API key",
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
    "people_merged_into": "merged others into",
    "delete_property": "removed a property of",
    "create_property": "added a property to",
    "update_property": "changed a property of",
    "create_group": "made",
}
_PAGES = {
    "Person": "person",
    "Cohort": "cohort",
    "EventDefinition": "event_definition",
    "PropertyDefinition": "property_definition",
}
"""The page of each kind of object. A person is known there by the uuid, which is the name in the log."""


@dataclass(frozen=True)
class ChangeTold:
    """A field that differs, as it was and as it is."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One thing somebody did; `address` leads to what it was done to, where there is a page of it."""

    who: str
    did: str
    kind: str
    name: str
    address: str
    at: datetime
    changes: list[ChangeTold]


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Everything that was done in the project, the newest first."""
    entries = ActivityLog.objects.filter(project=project).select_related("user").order_by("-created_at", "-id")
    scopes = sorted(set(entries.order_by().values_list("scope", flat=True)), key=_kind)
    users = User.objects.filter(pk__in=entries.order_by().values("user")).order_by("first_name", "email")
    scope, user = request.GET.get("scope", ""), request.GET.get("user", "")
    if scope:
        entries = entries.filter(scope=scope)
    if user.isdigit() and len(user) < 10:
        entries = entries.filter(user=int(user))
    offset = offset_of(request)
    found = list(entries[offset : offset + ROWS + 1])
    context = {
        **data_context(request, project, "activity"),
        "entries": [told(each) for each in found[:ROWS]],
        "scopes": [(each, _kind(each).capitalize()) for each in scopes],
        "scope": scope,
        "users": [(str(each.pk), each.first_name or each.email) for each in users],
        "user": user,
        "pages": pages_of(request, offset, len(found[:ROWS]), has_more=len(found) > ROWS),
    }
    return render_page(request, "web/data/activity.html", context)


def told(entry: ActivityLog) -> Entry:
    """An entry for people."""
    who = "The system" if entry.is_system else "Somebody who is gone"
    if entry.user is not None:
        who = entry.user.first_name or entry.user.email
    detail: Mapping[str, Any] = entry.detail or {}
    changes = [_change(each) for each in detail.get("changes") or [] if isinstance(each, Mapping)]
    return Entry(
        who=who,
        did=_VERBS.get(entry.activity, entry.activity.replace("_", " ")),
        kind=_kind(entry.scope),
        name=str(detail.get("name") or entry.item_id),
        address=_address(entry),
        at=entry.created_at,
        changes=changes,
    )


def _kind(scope: str) -> str:
    return SCOPES.get(scope, scope)


def _address(entry: ActivityLog) -> str:
    page = _PAGES.get(entry.scope)
    item = (entry.detail or {}).get("name") if entry.scope == "Person" else entry.item_id
    try:
        return reverse(page, args=[entry.project_id, item]) if page and item and entry.project_id else ""
    except NoReverseMatch:
        return ""


def _change(change: Mapping[str, Any]) -> ChangeTold:
    field = str(change.get("field") or change.get("action") or "")
    return ChangeTold(field.replace("_", " "), _text(change.get("before")), _text(change.get("after")))


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
