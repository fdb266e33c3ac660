"""Data management: what is known, and said by people, of the project's events and properties."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.activity.views import entries_of
from hedgerow.eventstore.client import EventStoreError, event_store
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryFailure
from hedgerow.taxonomy.core_events import CORE_EVENTS, Known
from hedgerow.taxonomy.core_properties import CORE_PROPERTIES
from hedgerow.taxonomy.editing import (
    EVENT_SCOPE,
    PROPERTY_SCOPE,
    change_event,
    change_property,
    delete_definition,
)
from hedgerow.taxonomy.event_list import EventListChoice, chosen_events
from hedgerow.taxonomy.finding import came_back
from hedgerow.taxonomy.models import EventDefinition, EventProperty, PropertyDefinition
from hedgerow.taxonomy.property_list import PropertyListChoice, chosen_properties
from hedgerow.taxonomy.serializers import EventDefinitionSerializer, PropertyDefinitionSerializer
from hedgerow.taxonomy.session_properties import CORE_SESSION_PROPERTIES, ensure_session_properties
from hedgerow.taxonomy.type_fit import type_fit
from hedgerow.taxonomy.usage import usage
from hedgerow.web.activity import told
from hedgerow.web.generated_code import LANGUAGES
from hedgerow.web.records import ROWS, data_context, offset_of, pages_of, sentence_of
from hedgerow.web.rendering import not_found, project_page, render_page

KINDS = {"event": "All events", "event_custom": "Our own", "event_posthog": "Of client libraries"}
SHOWN = {"": "Not hidden", "verified": "Verified", "all": "All, also hidden"}
STATES = {"": "Neither", "verified": "Verified", "hidden": "Hidden"}
TYPES = [("", "Not known"), *PropertyDefinition.PropertyType.choices]
LONGEST_SEARCH = 200
MOST_LISTED = 200

Definition = EventDefinition | PropertyDefinition


@project_page
def events(request: HttpRequest, project: Project) -> HttpResponse:
    """The events of the project."""
    search, shown = request.GET.get("search", "").strip()[:LONGEST_SEARCH], request.GET.get("shown", "")
    kind = request.GET.get("kind", "event")
    choice = EventListChoice(
        data={"search": search, "event_type": kind if kind in KINDS else "event", **_hidden(shown)}
    )
    choice.is_valid(raise_exception=True)
    asked = dict(choice.validated_data)
    if shown == "verified":
        asked["verified"] = True
    found = chosen_events(EventDefinition.objects.filter(project=project), asked)
    offset = offset_of(request)
    rows = list(found[offset : offset + ROWS + 1])
    context = {
        **data_context(request, project, "event"),
        "rows": [(each, CORE_EVENTS.get(each.name)) for each in rows[:ROWS]],
        "languages": [(key, language.title) for key, language in LANGUAGES.items()],
        "search": search,
        "kind": kind,
        "kinds": KINDS.items(),
        "shown": shown,
        "choices": SHOWN.items(),
        "total": found.count(),
        "pages": pages_of(request, offset, len(rows[:ROWS]), has_more=len(rows) > ROWS),
    }
    return render_page(request, "web/data/events.html", context)


@project_page
def properties(request: HttpRequest, project: Project) -> HttpResponse:
    """The properties of one carrier: events, persons, sessions or a type of groups."""
    search, shown = request.GET.get("search", "").strip()[:LONGEST_SEARCH], request.GET.get("shown", "")
    carriers = _carriers(project)
    carrier = request.GET.get("of", "event")
    carrier = carrier if carrier in carriers else "event"
    kind, _, index = carrier.partition("-")
    given = {"type": kind, "search": search, **({"group_type_index": index} if index else {}), **_hidden(shown)}
    choice = PropertyListChoice(data={**given, **({"verified": True} if shown == "verified" else {})})
    choice.is_valid(raise_exception=True)
    if kind == PropertyDefinition.Type.SESSION:
        ensure_session_properties(project)
    definitions = PropertyDefinition.objects.filter(project=project)
    found = chosen_properties(definitions, project, choice.validated_data)
    offset = offset_of(request)
    rows = list(found[offset : offset + ROWS + 1])
    context = {
        **data_context(request, project, "property"),
        "rows": [(each, _known_property(each)) for each in rows[:ROWS]],
        "search": search,
        "of": carrier,
        "carriers": carriers.items(),
        "shown": shown,
        "choices": SHOWN.items(),
        "total": found.count(),
        "pages": pages_of(request, offset, len(rows[:ROWS]), has_more=len(rows) > ROWS),
    }
    return render_page(request, "web/data/properties.html", context)


@project_page
def event(request: HttpRequest, project: Project, definition_id: UUID) -> HttpResponse:
    """One event: what it is, how it is used, which properties it carries."""
    definition = EventDefinition.objects.filter(project=project, pk=definition_id).select_related("project").first()
    if definition is None:
        return not_found(request)
    given: dict[str, Any] = {}
    problem = ""
    if request.method == "POST":
        given = _sent(request)
        wanted = {**given, "owner": request.POST.get("owner") or None}
        serializer = EventDefinitionSerializer(
            definition, data=wanted, partial=True, context={"request": request, "project": project}
        )
        problem = _save(request, definition, serializer)
        if not problem:
            return redirect("event_definition", project.pk, definition.pk)
    seen = EventProperty.objects.filter(project=project, event=definition.name).values_list("property", flat=True)
    carried = PropertyDefinition.objects.filter(project=project, type="event", name__in=seen).order_by("name")
    try:
        metrics = usage(event_store(), definition)
    except EventStoreError:
        metrics = None
    known = CORE_EVENTS.get(definition.name)
    context = {
        **data_context(request, project, "event"),
        **_editing(project, definition, known, given, problem),
        "owners": User.objects.filter(organizations=project.organization_id).order_by("first_name", "email"),
        "metrics": metrics,
        "carried": [(each, _known_property(each)) for each in carried[:MOST_LISTED]],
        "returned": came_back(definition).get("came_back"),
        "entries": [told(each) for each in entries_of(project.pk, EVENT_SCOPE, definition.pk)[:ROWS]],
    }
    return render_page(request, "web/data/event.html", context, status=422 if problem else 200)


@project_page
def property_page(request: HttpRequest, project: Project, definition_id: UUID) -> HttpResponse:
    """One property: what it is, how its values compare, which events carry it."""
    definitions = PropertyDefinition.objects.filter(project=project, pk=definition_id).select_related("project")
    definition = definitions.first()
    if definition is None:
        return not_found(request)
    given: dict[str, Any] = {}
    problem = ""
    if request.method == "POST":
        given = _sent(request)
        if (kind := request.POST.get("type", "")) != (definition.property_type or ""):
            given["property_type"] = kind or None
        problem = _save(request, definition, PropertyDefinitionSerializer(definition, data=given, partial=True))
        if not problem:
            return redirect("property_definition", project.pk, definition.pk)
    carriers = _carriers(project)
    index = definition.group_type_index
    carrier = f"group-{index}" if definition.type == "group" else definition.type
    names = EventProperty.objects.filter(project=project, property=definition.name).values_list("event", flat=True)
    carrying = EventDefinition.objects.filter(project=project, name__in=names).order_by("name")
    context = {
        **data_context(request, project, "property"),
        **_editing(project, definition, _known_property(definition), given, problem),
        "types": TYPES,
        "carrier": carriers.get(carrier, "Groups"),
        "back": f"{reverse('property_definitions', args=[project.pk])}?{urlencode({'of': carrier})}",
        "carrying": carrying[:MOST_LISTED] if definition.type == "event" else (),
        "entries": [told(each) for each in entries_of(project.pk, PROPERTY_SCOPE, definition.pk)[:ROWS]],
    }
    return render_page(request, "web/data/property.html", context, status=422 if problem else 200)


@project_page
def property_fit(request: HttpRequest, project: Project, definition_id: UUID) -> HttpResponse:
    """A part of the page: which share of the values of late fits each type."""
    definition = PropertyDefinition.objects.filter(project=project, pk=definition_id).select_related("project").first()
    if definition is None:
        return not_found(request)
    try:
        found = type_fit(definition)
    except QueryFailure:
        found = {"values": 0, "fits": {}}
    fits = [(name, round(100 * share)) for name, share in found["fits"].items() if share]
    return render_page(request, "web/data/fit.html", {"values": found["values"], "fits": fits})


@require_POST
@project_page
def change(request: HttpRequest, project: Project, of: str, definition_id: UUID) -> HttpResponse:
    """Verify, hide or delete a definition from a list, or take that back: `do` says what."""
    definition = _find(project, of, definition_id)
    do = request.POST.get("do", "")
    if definition is None or do not in (*_QUICK, "delete"):
        return not_found(request)
    back = request.POST.get("back", "")
    listed = reverse(f"{of}_definitions", args=[project.pk])
    assert isinstance(request.user, User)
    with transaction.atomic():
        if do == "delete":
            delete_definition(definition, request.user)
            messages.success(
                request, f"The definition of {definition.name} is deleted. It comes back if it is seen again."
            )
        else:
            _change(definition, _QUICK[do], request.user)
    return redirect(back if url_has_allowed_host_and_scheme(back, None) else listed)


_QUICK: dict[str, dict[str, bool]] = {
    "verify": {"verified": True},
    "unverify": {"verified": False},
    "hide": {"hidden": True},
    "show": {"hidden": False},
}


def _find(project: Project, of: str, definition_id: UUID) -> Definition | None:
    if of == "event":
        return EventDefinition.objects.filter(project=project, pk=definition_id).select_related("project").first()
    return PropertyDefinition.objects.filter(project=project, pk=definition_id).select_related("project").first()


def _change(definition: Definition, fields: Mapping[str, Any], by: User) -> None:
    if isinstance(definition, EventDefinition):
        change_event(definition, fields, by)
    else:
        change_property(definition, fields, by)


def _save(request: HttpRequest, definition: Definition, serializer: Any) -> str:
    """Save what was sent, by the rules of the API; what is wrong with it, or ""."""
    assert isinstance(request.user, User)
    try:
        serializer.is_valid(raise_exception=True)
    except APIException as error:
        return sentence_of(error)
    with transaction.atomic():
        _change(definition, serializer.validated_data, request.user)
    messages.success(request, "Saved.")
    return ""


def _sent(request: HttpRequest) -> dict[str, Any]:
    """What both kinds of definitions have in common, as the form sent it."""
    state = request.POST.get("state", "")
    tags = [tag.strip() for tag in request.POST.get("tags", "").split(",")]
    return {
        "description": request.POST.get("description", "").strip(),
        "tags": [tag for tag in tags if tag],
        "verified": state == "verified",
        "hidden": state == "hidden",
    }


def _editing(
    project: Project, definition: Definition, known: Known | None, given: Mapping[str, Any], problem: str
) -> dict[str, Any]:
    state = "verified" if definition.verified else "hidden" if definition.hidden else ""
    return {
        "definition": definition,
        "known": known,
        "problem": problem,
        "state": ("verified" if given["verified"] else "hidden" if given["hidden"] else "") if given else state,
        "states": STATES.items(),
        "description": given.get("description", definition.description or ""),
        "tags": ", ".join(given.get("tags", definition.tags)),
    }


def _hidden(shown: str) -> dict[str, bool]:
    return {} if shown == "all" else {"exclude_hidden": True}


def _carriers(project: Project) -> dict[str, str]:
    """What carries properties, by the name in the address."""
    types = GroupTypeMapping.objects.filter(project=project).order_by("group_type_index")
    groups = {f"group-{each.group_type_index}": (each.name_plural or each.group_type).capitalize() for each in types}
    return {"event": "Events", "person": "Persons", "session": "Sessions", **groups}


def _known_property(definition: PropertyDefinition) -> Known | None:
    if definition.type == "session":
        return CORE_SESSION_PROPERTIES.get(definition.name)
    return CORE_PROPERTIES.get(definition.name) if definition.type in ("event", "person") else None
