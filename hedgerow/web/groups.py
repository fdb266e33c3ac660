"""Groups (companies, teams …): the list of each type, and the page of one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.activity.views import entries_of
from hedgerow.api.errors import ValidationError
from hedgerow.groups.editing import create_group, remove_property, set_properties
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.groups.serializers import NewGroupSerializer
from hedgerow.groups.statistics import related
from hedgerow.organizations.models import User
from hedgerow.persons.rows import person_rows
from hedgerow.projects.models import Project
from hedgerow.web.activity import told
from hedgerow.web.events import event_rows, events_query, values_of
from hedgerow.web.questions import ask_for_latest
from hedgerow.web.records import ROWS, offset_of, pages_of, people_context, sentence_of, tabs_of, typed, written
from hedgerow.web.rendering import not_found, project_page, render_page

TABS = {"properties": "Properties", "events": "Events", "related": "Related", "activity": "History"}
LONGEST_SEARCH = 200
MOST_EVENTS = 50
MOST_COLUMNS = 5


@dataclass(frozen=True)
class GroupLink:
    """A group by the words for it, and where its page is."""

    kind: str
    name: str
    key: str
    address: str


@project_page
def page(request: HttpRequest, project: Project, index: int) -> HttpResponse:
    """The groups of a type, the newest first."""
    group_type = _type(project, index)
    if group_type is None:
        return not_found(request)
    search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
    groups = Group.objects.filter(project=project, group_type_index=index)
    if search:
        groups = groups.filter(Q(group_key__icontains=search) | Q(group_properties__name__icontains=search))
    offset = offset_of(request)
    found = list(groups.order_by("-created_at", "-id")[offset : offset + ROWS + 1])
    columns = [str(name) for name in (group_type.default_columns or []) if name not in ("group_name", "key", "name")]
    context = {
        **people_context(request, project, str(index)),
        "type": group_type,
        "singular": group_type.name_singular or group_type.group_type,
        "columns": columns[:MOST_COLUMNS],
        "groups": [(link_of(each), each, _cells(each, columns[:MOST_COLUMNS])) for each in found[:ROWS]],
        "search": search,
        "total": groups.count(),
        "pages": pages_of(request, offset, len(found[:ROWS]), has_more=len(found) > ROWS),
    }
    return render_page(request, "web/people/groups.html", context)


@project_page
def detail(request: HttpRequest, project: Project, index: int) -> HttpResponse:
    """One group, by its key in the address."""
    group = _group(project, index, request.GET.get("key", ""))
    group_type = _type(project, index)
    if group is None or group_type is None:
        return not_found(request)
    shown = request.GET.get("show", "properties")
    shown = shown if shown in TABS else "properties"
    context = {
        **people_context(request, project, str(index)),
        "group": group,
        "name": name_of(group),
        "singular": group_type.name_singular or group_type.group_type,
        "address": address_of(group),
        "kept_key": format_html('<input type="hidden" name="key" value="{}">', group.group_key),
        "tabs": tabs_of(request, TABS, shown, key=group.group_key),
        "shown": shown,
        **_PARTS[shown](request, group),
    }
    return render_page(request, "web/people/group.html", context)


@require_POST
@project_page
def change(request: HttpRequest, project: Project, index: int) -> HttpResponse:
    """Make a group, or set or remove a property of one: `do` says what."""
    group_type = _type(project, index)
    if group_type is None:
        return not_found(request)
    assert isinstance(request.user, User)
    key = request.POST.get("key", "").replace("\0", "")
    try:
        if request.POST.get("do") == "create":
            wanted = NewGroupSerializer(data={"group_type_index": index, "group_key": key})
            wanted.is_valid(raise_exception=True)
            named: str = wanted.validated_data["group_key"]
            return redirect(address_of(create_group(group_type, named, {}, request.user)))
        group = _group(project, index, key)
        if group is None:
            return not_found(request)
        _edit(request, group, request.user)
    except APIException as error:
        messages.error(request, sentence_of(error))
    group = _group(project, index, key)
    return redirect(address_of(group) if group else reverse("groups", args=[project.pk, index]))


def name_of(group: Group) -> str:
    """What a group is called: by its property `name`, else by its key."""
    name = group.group_properties.get("name")
    return str(name) if name not in (None, "") else group.group_key


def address_of(group: Group) -> str:
    """Where the page of a group is."""
    return _address(group.project_id, group.group_type_index, group.group_key)


def link_of(group: Group, kind: str = "") -> GroupLink:
    """A group to be linked to."""
    return GroupLink(kind, name_of(group), group.group_key, address_of(group))


def named_groups(project: Project, found: Iterable[Mapping[str, Any]]) -> list[GroupLink]:
    """The groups among what is related to something; those that have no properties yet are called by their key."""
    types = {each.group_type_index: each for each in GroupTypeMapping.objects.filter(project=project)}
    keys = [(each["group_type_index"], each["group_key"]) for each in found if each["type"] == "group"]
    known = {
        (each.group_type_index, each.group_key): each
        for each in Group.objects.filter(project=project, group_key__in=[key for _, key in keys])
    }
    links = []
    for index, key in keys:
        kind = (types[index].name_singular or types[index].group_type) if index in types else ""
        group = known.get((index, key))
        links.append(link_of(group, kind) if group else GroupLink(kind, key, key, ""))
    return links


def _address(project_id: int, index: int, key: str) -> str:
    return f"{reverse('group', args=[project_id, index])}?{urlencode({'key': key})}"


def _edit(request: HttpRequest, group: Group, user: User) -> None:
    name = request.POST.get("name", "").replace("\0", "").strip()
    if not name:
        raise ValidationError("Name the property.", attr="key")
    if request.POST.get("do") == "unset":
        remove_property(group, name, user)
    elif request.POST.get("do") == "set":
        set_properties(group, {name: typed(request.POST.get("value", ""))}, user)


def _type(project: Project, index: int) -> GroupTypeMapping | None:
    return GroupTypeMapping.objects.filter(project=project, group_type_index=index).first()


def _group(project: Project, index: int, key: str) -> Group | None:
    groups = Group.objects.filter(project=project, group_type_index=index).select_related("project")
    return groups.filter(group_key=key).first()


def _cells(group: Group, columns: list[str]) -> list[str]:
    return [written(value) if (value := group.group_properties.get(name)) is not None else "–" for name in columns]


# Parts


def _properties(request: HttpRequest, group: Group) -> dict[str, Any]:
    edited = request.GET.get("edit", "")
    return {
        "values": values_of(group.group_properties),
        "edited": edited,
        "edited_value": written(group.group_properties.get(edited, "")),
    }


def _events(request: HttpRequest, group: Group) -> dict[str, Any]:
    key = {"type": "event_metadata", "key": f"$group_{group.group_type_index}", "value": [group.group_key]}
    query = {**events_query("", "", MOST_EVENTS), "properties": [{**key, "operator": "exact"}]}
    answer = ask_for_latest(group.project, query)
    return {"rows": event_rows(answer, group.project), "problem": answer.problem}


def _related(request: HttpRequest, group: Group) -> dict[str, Any]:
    found = related(group.project, group.group_type_index, group.group_key)
    uuids = [UUID(each["id"]) for each in found if each["type"] == "person"]
    return {"persons": person_rows(group.project, uuids, 1), "groups": named_groups(group.project, found)}


def _activity(request: HttpRequest, group: Group) -> dict[str, Any]:
    return {"entries": [told(each) for each in entries_of(group.project_id, "Group", group.pk)[:ROWS]]}


_PARTS: dict[str, Callable[[HttpRequest, Group], dict[str, Any]]] = {
    "properties": _properties,
    "events": _events,
    "related": _related,
    "activity": _activity,
}
