"""Persons: their list, and the page of one with its properties, events, cohorts, distinct ids and history."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.access.rules import visible
from hedgerow.activity.views import entries_of
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import Unavailable, ValidationError
from hedgerow.cohorts.models import Cohort
from hedgerow.groups.statistics import related
from hedgerow.organizations.models import User
from hedgerow.persons.cohorts_of_person import cohorts_of
from hedgerow.persons.deletion import delete_persons
from hedgerow.persons.listing import LONGEST_SEARCH, Wanted, count_persons, find_persons
from hedgerow.persons.models import EventDeletion, Person, PersonDistinctId
from hedgerow.persons.property_edits import remove_property, set_properties
from hedgerow.persons.rows import display_name, distinct_ids_of, names_first, person_rows
from hedgerow.persons.splitting import split_off
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError
from hedgerow.recordings.asking import checked_query
from hedgerow.recordings.listing import list_recordings
from hedgerow.recordings.rights import can_see
from hedgerow.spool.lines import PERSON_CHANGE
from hedgerow.spool.own_events import write_own_event
from hedgerow.web.activity import told
from hedgerow.web.events import event_rows, events_query, values_of
from hedgerow.web.groups import named_groups
from hedgerow.web.questions import ask_for_latest
from hedgerow.web.recordings.rows import rows_of
from hedgerow.web.records import (
    ROWS,
    offset_of,
    pages_of,
    people_context,
    sentence_of,
    tabs_of,
    typed,
    uuid_of,
    written,
)
from hedgerow.web.rendering import not_found, project_page, render_page

TABS = {
    "properties": "Properties",
    "events": "Events",
    "recordings": "Recordings",
    "cohorts": "Cohorts",
    "identity": "Distinct ids",
    "related": "Related",
    "activity": "History",
}
MOST_DISTINCT_IDS = 1_000
MOST_EVENTS = 50
MOST_CHOSEN_FROM = 500


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The persons of the project, those seen first last."""
    search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
    cohort = request.GET.get("cohort", "")
    cohort_id = int(cohort) if is_whole(cohort) else None
    offset = offset_of(request)
    wanted = Wanted(search=search, cohort=cohort_id)
    found: list[UUID] = []
    total, problem = 0, ""
    try:
        found = find_persons(project, wanted, ROWS + 1, offset)
        total = count_persons(project, wanted)
    except QueryError as error:
        problem = error.detail
    rows = person_rows(project, found[:ROWS], 2)
    context = {
        **people_context(request, project, "persons"),
        "persons": rows,
        "problem": problem,
        "search": search,
        "cohort": cohort,
        "cohorts": _cohort_options(project, _user(request)),
        "total": total,
        "pages": pages_of(request, offset, len(rows), has_more=len(found) > ROWS),
    }
    return render_page(request, "web/people/persons.html", context)


@project_page
def detail(request: HttpRequest, project: Project, person_uuid: UUID) -> HttpResponse:
    """One person, by what `show` asks for."""
    person = Person.objects.filter(project=project, uuid=person_uuid).first()
    if person is None:
        return _gone(request, project, person_uuid)
    tabs = TABS if can_see(project, request.user) else {key: TABS[key] for key in TABS if key != "recordings"}
    shown = request.GET.get("show", "properties")
    shown = shown if shown in tabs else "properties"
    distinct_ids = names_first(distinct_ids_of([person])[person.pk])
    context = {
        **people_context(request, project, "persons"),
        "person": person,
        "name": display_name(project, person, distinct_ids),
        "distinct_ids": distinct_ids[:MOST_DISTINCT_IDS],
        "distinct_ids_count": len(distinct_ids),
        "tabs": tabs_of(request, tabs, shown),
        "shown": shown,
        **_PARTS[shown](request, person),
    }
    return render_page(request, "web/people/person.html", context)


@require_POST
@project_page
def change(request: HttpRequest, project: Project, person_uuid: UUID) -> HttpResponse:
    """Do something to a person: `do` says what. Leads back to the page of the person."""
    person = Person.objects.filter(project=project, uuid=person_uuid).first()
    action = _ACTIONS.get(request.POST.get("do", ""))
    if person is None or action is None:
        return not_found(request)
    try:
        tab = action(request, person)
    except APIException as error:
        messages.error(request, sentence_of(error))
        tab = request.POST.get("show", "properties")
    address = reverse("person", args=[project.pk, person.uuid])
    return redirect(f"{address}?show={tab}" if tab in TABS else tab or address)


def named_persons(project: Project, names: Iterable[str]) -> tuple[list[UUID], list[str]]:
    """The persons whom distinct ids, uuids or e-mails name, and the names that are nobody's."""
    found: list[UUID] = []
    unknown: list[str] = []
    for name in names:
        named = _named(project, name)
        found += named
        if not named:
            unknown.append(name)
    return found, unknown


def _named(project: Project, name: str) -> list[UUID]:
    by_id = PersonDistinctId.objects.filter(project=project, distinct_id=name).values_list("person__uuid", flat=True)
    if by_id:
        return list(by_id)
    try:
        uuid = UUID(name)
    except ValueError:
        return find_persons(project, Wanted(email=name), ROWS, 0)
    return list(Person.objects.filter(project=project, uuid=uuid).values_list("uuid", flat=True))


def _cohort_options(project: Project, user: User) -> list[tuple[str, str]]:
    cohorts = visible(Cohort.objects.filter(project=project, deleted=False), user, project)
    return [(str(each.pk), str(each)) for each in cohorts.order_by("name", "pk")[:MOST_CHOSEN_FROM]]


def _gone(request: HttpRequest, project: Project, uuid: UUID) -> HttpResponse:
    """The page for somebody who was deleted or merged into another; 404 for who was never there."""
    deletion = EventDeletion.objects.filter(project=project, person_uuid=uuid).order_by("-created_at").first()
    if deletion is None:
        return not_found(request)
    context = {**people_context(request, project, "persons"), "deletion": deletion}
    return render_page(request, "web/people/person_gone.html", context, status=404)


# Parts


def _properties(request: HttpRequest, person: Person) -> dict[str, Any]:
    edited = request.GET.get("edit", "")
    return {
        "values": values_of(person.properties),
        "edited": edited,
        "edited_value": written(person.properties.get(edited, "")),
    }


def _events(request: HttpRequest, person: Person) -> dict[str, Any]:
    answer = ask_for_latest(person.project, events_query("", str(person.uuid), MOST_EVENTS))
    return {"rows": event_rows(answer, person.project), "problem": answer.problem}


def _recordings(request: HttpRequest, person: Person) -> dict[str, Any]:
    query = checked_query({"date_from": "all", "person_uuid": person.uuid, "limit": ROWS})
    found = list_recordings(person.project, query, _user(request)).recordings
    return {"recordings": rows_of(person.project, found, _user(request)), "of_person": True}


def _cohorts(request: HttpRequest, person: Person) -> dict[str, Any]:
    belongs = cohorts_of(person, request.user)
    static = set(Cohort.objects.filter(project=person.project, is_static=True).values_list("pk", flat=True))
    mine = {each["id"] for each in belongs}
    lists = Cohort.objects.filter(project=person.project, is_static=True, deleted=False).exclude(pk__in=mine)
    lists = visible(lists, request.user, person.project)
    return {
        "cohorts": [{**each, "is_static": each["id"] in static} for each in belongs],
        "lists": lists.order_by("name", "pk")[:MOST_CHOSEN_FROM],
    }


def _identity(request: HttpRequest, person: Person) -> dict[str, Any]:
    """The distinct ids; with `split` in the address, what would become of them."""
    wanted = request.GET.getlist("split")
    own = distinct_ids_of([person])[person.pk]
    leaving = [each for each in own if each in set(wanted)]
    other = request.GET.get("merge", "").strip()
    merged: list[dict[str, Any]] = []
    if other:
        found, _ = named_persons(person.project, [other])
        merged = person_rows(person.project, [each for each in found if each != person.uuid][:1], 5)
    return {
        "leaving": leaving,
        "staying": [each for each in own if each not in set(leaving)],
        "merge": other,
        "merged": merged[0] if merged else None,
    }


def _related(request: HttpRequest, person: Person) -> dict[str, Any]:
    found = related(person.project, None, str(person.uuid))
    return {"groups": named_groups(person.project, found)}


def _activity(request: HttpRequest, person: Person) -> dict[str, Any]:
    return {"entries": [told(each) for each in entries_of(person.project_id, "Person", person.pk)[:ROWS]]}


_PARTS: dict[str, Callable[[HttpRequest, Person], dict[str, Any]]] = {
    "properties": _properties,
    "events": _events,
    "recordings": _recordings,
    "cohorts": _cohorts,
    "identity": _identity,
    "related": _related,
    "activity": _activity,
}


# Changing


def _set(request: HttpRequest, person: Person) -> str:
    key = request.POST.get("key", "").replace("\0", "").strip()
    if not key:
        raise ValidationError("Name the property.", attr="key")
    set_properties(person, {key: typed(request.POST.get("value", ""))}, _user(request))
    return "properties"


def _unset(request: HttpRequest, person: Person) -> str:
    remove_property(person, request.POST.get("key", ""), _user(request))
    return "properties"


def _split(request: HttpRequest, person: Person) -> str:
    wanted = request.POST.getlist("split")
    split_off(person, wanted, _user(request))
    messages.success(request, f"{len(wanted)} distinct id{'s are' if len(wanted) > 1 else ' is'} a person of its own.")
    return "identity"


def _merge(request: HttpRequest, person: Person) -> str:
    """Send the event that makes another person part of this one, as an application would."""
    own = distinct_ids_of([person])[person.pk]
    other = Person.objects.filter(project=person.project, uuid=uuid_of(request.POST.get("other", ""))).first()
    others = distinct_ids_of([other])[other.pk] if other is not None else []
    if not own or not others:
        raise ValidationError("Only persons with distinct ids can be merged.")
    merge = ("$merge_dangerously", own[0], {"alias": others[0]})
    try:
        write_own_event(settings.HEDGEROW.spool_dir, person.project_id, *merge, kind=PERSON_CHANGE)
    except OSError:
        raise Unavailable("The merge cannot be stored at the moment.") from None
    messages.success(request, "The two become one person within a few seconds.")
    return "identity"


def _delete(request: HttpRequest, person: Person) -> str:
    events = request.POST.get("events") == "on"
    delete_persons(person.project, [person.pk], _user(request), events=events, keep_person=False)
    messages.success(
        request, "The person is deleted, and the events are being removed." if events else "The person is deleted."
    )
    return reverse("persons", args=[person.project_id])


_ACTIONS: dict[str, Callable[[HttpRequest, Person], str]] = {
    "set": _set,
    "unset": _unset,
    "split": _split,
    "merge": _merge,
    "delete": _delete,
}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
